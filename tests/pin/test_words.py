"""A password says nothing about the business of its owner."""

from flask import Flask

from idp.accounts.models import Account
from idp.accounts.people import subject_of
from idp.core import Core
from tests import people
from tests.browser import Browser
from tests.oauth.businesses import end, linked
from tests.people import PASSWORD, Member


def words(core: Core, member: Member) -> set[str]:
    return set(subject_of(core, core.db.get_one(Account, member.id)).words)


def test_names_and_numbers_of_a_persons_businesses_are_personal(both_app: Flask) -> None:
    core, erika = people.core_of(both_app), people.member(both_app)
    with people.inside(both_app):
        linked(core, erika, "1234567")
        left = linked(core, erika, "7654321")
        linked(core, people.member(both_app, "bert@beispiel.test"), "5555555")

        assert {"Tischlerei 1234567", "1234567", "7654321"} <= words(core, erika)
        assert "5555555" not in words(core, erika)
        end(core, left)
        assert not {"Tischlerei 7654321", "7654321"} & words(core, erika)


def test_a_password_with_the_name_of_the_firm_is_refused(
    app: Flask, core: Core, signed_in: Browser, account: Member
) -> None:
    linked(core, account)

    page = signed_in.open("/password/change").send(
        current_password=PASSWORD, password="T1schlerei!Süd"
    )

    assert (page.status, page.error_code) == (422, "weak_password")
    assert "Namen oder anderes, was zu Ihnen oder uns gehört" in page.text
