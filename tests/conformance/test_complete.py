"""Every module of the plans is walked, in the file of its plan."""

import importlib

import pytest

from tests.conformance import FILES, LOGOUT, MODULES, module_of


@pytest.mark.parametrize("file", FILES)
def test_each_module_of_a_plan_has_a_test_that_is_named_after_it(file: str) -> None:
    walked = vars(importlib.import_module(f"tests.conformance.{file}"))

    named = {module_of(name) for name in walked if name.startswith("test_oidcc_")}

    assert named == set(FILES[file])


def test_no_module_is_named_twice_in_a_plan() -> None:
    for file, names in FILES.items():
        assert len(set(names)) == len(names), file


def test_the_plans_have_as_many_modules_as_the_suite_runs() -> None:
    assert {file: len(names) for file, names in FILES.items()} == {
        "test_config": 1, "test_basic": 34, "test_refresh": 1, "test_form_post": 35,
        "test_rp_initiated_logout": 11, "test_backchannel_logout": 2,
    }  # fmt: skip


def test_a_test_belongs_to_the_longest_name_that_it_begins_with() -> None:
    assert module_of("test_oidcc_codereuse_30seconds_later") == "oidcc-codereuse-30seconds"
    assert module_of("test_oidcc_codereuse_is_refused") == "oidcc-codereuse"
    assert module_of("test_oidcc_rp_initiated_logout_leads_back") == LOGOUT[1]
    assert module_of("test_something_else") == ""
    assert len(MODULES) == 49
