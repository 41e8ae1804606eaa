"""The Form Post plan: every module of Basic again, the answer posted by a page of ours.

OAuth 2.0 Form Post Response Mode. `Module.ask` looks at the mode of every answer, errors too.
"""

import pytest

from idp.web.page import STATIC
from tests.conformance import test_basic, test_refresh
from tests.conformance.suite import ALIAS, Module, Provider


@pytest.fixture
def mode() -> str | None:
    return "form_post"


for walked in (test_basic, test_refresh):
    globals().update({name: it for name, it in vars(walked).items() if name.startswith("test_")})


def test_the_mode_is_advertised(running: Provider) -> None:
    modes = Module(running, "").discovery["response_modes_supported"]

    assert "form_post" in modes


def test_the_page_has_a_script_that_sends_and_a_button_for_browsers_without(
    running: Provider,
) -> None:
    module = Module(running, "oidcc-server", "form_post", ALIAS)

    page = module.runner.browser.open(module.authorization(module.request(prompt="none")))

    (form,) = page.forms
    assert 'type="submit"' in page.response.text
    assert set(form.fields) == {"error", "iss", "state"}
    assert "/static/form_post.js" in page.response.text
    assert "submit" in (STATIC / "form_post.js").read_text(encoding="utf-8")
