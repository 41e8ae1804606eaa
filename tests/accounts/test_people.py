"""One spelling by which addresses are compared, and the words a password must not contain."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from idp.accounts.models import Account, AccountName, State
from idp.accounts.people import by_email, email_key, subject_of
from idp.core import Core
from idp.plugins import Subject
from tests.people import Member


@given(st.text(max_size=60))
def test_every_spelling_of_one_address_has_one_key(text: str) -> None:
    key = email_key(text)

    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert email_key(unicodedata.normalize(form, text)) == key
    assert email_key(key) == key


@given(st.text("aäßSſıİΐŉ@.ﬃǰ漢", max_size=20))
def test_folding_is_the_same_after_folding(text: str) -> None:
    assert email_key(text.casefold()) == email_key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("erika@beispiel.test", " ERIKA@Beispiel.TEST "),
        ("müller@beispiel.test", "mu\u0308ller@beispiel.test"),
        ("MÜLLER@beispiel.test", "müller@beispiel.test"),
        ("straße@beispiel.test", "STRASSE@beispiel.test"),
        ("ｅｒｉｋａ@beispiel.test", "erika@beispiel.test"),
    ],
)
def test_spellings_of_one_mailbox_meet(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("erika@beispiel.test", "еrika@beispiel.test"),  # a Cyrillic е
        ("erika+x@beispiel.test", "erika@beispiel.test"),
        ("eri.ka@beispiel.test", "erika@beispiel.test"),
        ("mike@beispiel.test", "mıke@beispiel.test"),
    ],
)
def test_look_alikes_stay_apart(one: str, other: str) -> None:
    assert email_key(one) != email_key(other)


def test_waiting_registrations_own_no_address(core: Core, account: Member) -> None:
    assert by_email(core, account.email.upper())
    core.db.get_one(Account, account.id).state = State.PENDING
    core.db.commit()

    assert by_email(core, account.email) is None


def test_the_database_lets_an_address_be_owned_once(core: Core, account: Member) -> None:
    now = core.clock.now()
    twin = Account(id="twin", state=State.ACTIVE, email="x", email_key=account.email,
                   created_at=now, updated_at=now)  # fmt: skip

    with pytest.raises(IntegrityError), core.writing():
        core.db.add(twin)


def test_a_password_must_not_hold_name_address_or_service(core: Core, account: Member) -> None:
    chamber = core.settings.chamber

    subject = subject_of(core, core.db.get_one(Account, account.id))

    own = ("erika", "beispiel", "Erika", "Mustermann")
    assert subject == Subject((*own, chamber.service, chamber.name))
    assert subject_of(core, None) == Subject((chamber.service, chamber.name))


def test_a_password_must_not_hold_what_was_said_or_brought_along(
    core: Core, account: Member
) -> None:
    erika = core.db.get_one(Account, account.id)
    erika.claims = {"nickname": "Riki", "phone_number": "+49301234567", "birthdate": "1990-11-23"}
    with core.writing():
        core.db.add(AccountName(kind="old_customer", key="4711-08", account_id=account.id))

    subject = subject_of(core, erika)

    assert {"Riki", "+49301234567", "4711-08"} <= set(subject.words)
    assert subject.dates == (date(1990, 11, 23),)


@pytest.mark.parametrize("birthdate", ["0000-11-23", "1990", "", 7])
def test_a_date_of_birth_that_is_no_whole_date_is_left_out(core: Core, birthdate: object) -> None:
    someone = Account(email="x@beispiel.test", claims={"birthdate": birthdate})

    assert subject_of(core, someone).dates == ()


def test_who_has_no_name_has_no_empty_words(core: Core) -> None:
    nameless = Account(email="x@beispiel.test", given_name=None, family_name="")

    assert subject_of(core, nameless).words[:2] == ("x", "beispiel")
    assert all(subject_of(core, nameless).words)
    assert nameless.name == ""
