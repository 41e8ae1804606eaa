"""Registration through its form: one answer for everybody, the mail tells the owner."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from idp.accounts.models import AcceptedText, Account, State
from idp.core import Core
from idp.seal import fingerprint
from idp.web import legal
from tests import people
from tests.browser import Browser
from tests.conftest import MovableClock, built, dispose, settings_for
from tests.people import Member, Postbox

EMAIL = "neu@beispiel.test"
FORM = {
    "given_name": "Nina",
    "family_name": "Neumann",
    "email": EMAIL,
    "accept_terms": "y",
    "accept_privacy": "y",
}
Answer = tuple[int, list[tuple[str, str]], str]


def raw(browser: Browser, path: str, form: dict[str, str]) -> list[Answer]:
    """Send a form and open what it leads to; tokens that differ for everybody are masked."""
    token = browser.open(path).form().fields["csrf_token"]
    sent = browser.client.post(path, data={**form, "csrf_token": token}, base_url=browser.issuer)
    shown = browser.client.get("/register/sent", base_url=browser.issuer)
    return [
        (
            answer.status_code,
            sorted((name, mask(value)) for name, value in answer.headers.items()),
            mask(answer.text),
        )
        for answer in (sent, shown)
    ]


def mask(text: str) -> str:
    text = re.sub(r'name="csrf_token" value="[^"]+"', 'name="csrf_token"', text)
    text = re.sub(r"idp_browser=[^;]+", "idp_browser=…", text)
    return re.sub(r"Expires=[^;]+", "Expires=…", text)


def test_the_answer_is_the_same_to_the_byte_for_unknown_pending_and_known(
    app: Flask, core: Core, postbox: Postbox
) -> None:
    unknown = raw(Browser(app), "/register", FORM)
    pending = raw(Browser(app), "/register", FORM)
    Browser(app).open(postbox.link(EMAIL)).send(password=people.PASSWORD)
    known = raw(Browser(app), "/register", FORM)
    account = core.db.scalars(select(Account).where(Account.state == State.ACTIVE)).one()
    account.state = State.LOCKED
    core.db.commit()
    locked = raw(Browser(app), "/register", FORM)

    assert unknown[0][0] == 303
    assert unknown == pending == known == locked


def test_sending_again_answers_the_same_for_unknown_pending_and_known(
    app: Flask, postbox: Postbox
) -> None:
    first = Browser(app)
    people.register(first, EMAIL)
    answers = []
    for step in ("pending", "known"):
        if step == "known":
            Browser(app).open(postbox.link(EMAIL)).send(password=people.PASSWORD)
        answers.append(raw(first, "/register/sent", {}))
    nobody = Browser(app)
    people.register(nobody, "wer@beispiel.test")
    with people.inside(app):
        core = people.core_of(app)
        core.db.execute(Account.__table__.delete().where(Account.email == "wer@beispiel.test"))
        core.db.commit()
    answers.append(raw(nobody, "/register/sent", {}))

    statuses = [[status for status, _, _ in answer] for answer in answers]
    assert statuses == [[200, 200]] * 3
    assert answers[0] == answers[1]
    assert answers[2][0][2].replace("wer@", "neu@") == answers[0][0][2]


def test_a_known_owner_is_told_by_mail_and_nothing_of_the_form_is_in_it(
    browser: Browser, account: Member, postbox: Postbox
) -> None:
    people.register(
        browser, account.email.upper(), given_name="Gewinnspiel", family_name="evil.example"
    )

    (mail,) = postbox.mails
    assert mail.to == account.email
    assert "/login" in mail.text
    assert "/k/" not in mail.text
    for part in (mail.subject, mail.text, mail.html):
        assert "Gewinnspiel" not in part
        assert "evil" not in part


def test_the_first_mail_holds_a_link_and_nothing_that_was_typed(
    browser: Browser, postbox: Postbox
) -> None:
    people.register(browser, EMAIL, given_name="Gewinnspiel", family_name="evil.example")

    (mail,) = postbox.mails
    assert mail.to == EMAIL
    assert people.link_in(mail)
    for part in (mail.subject, mail.text, mail.html):
        assert "Gewinnspiel" not in part
        assert "evil" not in part


def test_a_locked_owner_gets_no_mail(browser: Browser, core: Core, postbox: Postbox) -> None:
    member = people.member(browser.client.application)
    core.db.get_one(Account, member.id).state = State.LOCKED
    core.db.commit()

    people.register(browser, member.email)

    assert postbox.mails == []
    assert postbox.nothings == 1


@pytest.mark.parametrize("missing", ["accept_terms", "accept_privacy"])
def test_terms_and_privacy_are_accepted_separately(
    browser: Browser, core: Core, missing: str
) -> None:
    form = {name: value for name, value in FORM.items() if name != missing}

    page = browser.open("/register").send(**form)

    assert page.status == 422
    assert f"{missing}-error" in page.ids
    assert core.db.scalars(select(Account)).all() == []


def test_nothing_is_ticked_beforehand(browser: Browser) -> None:
    form = browser.open("/register").form("given_name")

    assert not {"accept_terms", "accept_privacy"} & set(form.fields)


def test_what_was_accepted_is_stored_with_version_and_wording(
    browser: Browser, core: Core, clock: MovableClock
) -> None:
    people.register(browser, EMAIL)

    texts = core.db.scalars(select(AcceptedText)).all()
    assert {text.kind for text in texts} == {"terms", "privacy"}
    assert {text.version for text in texts} == {core.settings.registration.terms_version}
    assert all(len(text.digest) == 64 for text in texts)
    assert len({text.digest for text in texts}) == 2
    assert all(abs((clock.now() - text.accepted_at).total_seconds()) < 60 for text in texts)


def test_the_digest_is_that_of_the_text_as_it_can_be_read(browser: Browser, core: Core) -> None:
    people.register(browser, EMAIL)

    text = core.db.scalars(select(AcceptedText).where(AcceptedText.kind == "terms")).one()

    with browser.client.application.test_request_context():
        words = legal.wording("terms")
    shown = browser.open("/legal/terms").text
    assert text.digest == fingerprint(words)
    assert all(word in shown for word in words.split() if word.isalnum())


def test_rival_registrations_of_an_address_wait_side_by_side(
    app: Flask, core: Core, postbox: Postbox
) -> None:
    people.register(Browser(app), EMAIL, given_name="Erste")
    people.register(Browser(app), EMAIL, given_name="Zweite")

    names = core.db.scalars(select(Account.given_name).order_by(Account.created_at)).all()

    assert names == ["Erste", "Zweite"]
    first, second = (people.link_in(mail) for mail in postbox.mails)
    assert first != second


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given_name", ""),
        ("given_name", "   "),
        ("given_name", "x" * 101),
        ("given_name", "x" * 60_000),
        ("given_name", "Nina\u202eecilA"),
        ("given_name", "Nina\u200b"),
        ("family_name", "Neu\nmann"),
        ("family_name", "Neu\rmann"),
        ("family_name", "Neu\x1bmann"),
        ("family_name", "Neu\u2028mann"),
        ("email", "keine Adresse"),
        ("email", "a@b@c.test"),
        ("email", "a\nBcc: b@c.test@d.test"),
        ("email", "x" * 65 + "@beispiel.test"),
        ("email", "x" * 300 + "@beispiel.test"),
        ("email", "nina@localhost"),
        ("email", "nina@[127.0.0.1]"),
        ("email", '"nina neu"@beispiel.test'),
        ("email", "ni\u202ena@beispiel.test"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_else_is_lost(
    browser: Browser, core: Core, field: str, value: str
) -> None:
    page = browser.open("/register").send(**{**FORM, field: value})

    assert page.status == 422
    assert f"{field}-error" in page.ids
    kept = page.form("given_name").fields
    for name in {"given_name", "family_name", "email"} - {field}:
        assert kept[name] == FORM[name]
    assert kept["accept_terms"] == kept["accept_privacy"] == "y"
    assert core.db.scalars(select(Account)).all() == []


@pytest.mark.parametrize("field", sorted(FORM))
def test_nul_is_refused_at_the_door(browser: Browser, core: Core, field: str) -> None:
    page = browser.open("/register").send(**{**FORM, field: "a\0b"})

    assert page.status == 400
    assert page.error_code == "bad_request"
    assert core.db.scalars(select(Account)).all() == []


@pytest.mark.parametrize("name", ["Ŋüño", "D’Angelo", "李", "محمد", "Anna-Lena", "von der Weiß"])
def test_peoples_names_follow_no_rule(browser: Browser, core: Core, name: str) -> None:
    people.register(browser, EMAIL, family_name=name)

    assert core.db.scalars(select(Account.family_name)).all() == [name]


def test_a_name_is_shown_as_text_and_never_as_markup(browser: Browser) -> None:
    page = browser.open("/register").send(**{**FORM, "given_name": '"><script>x', "email": "?"})

    assert "<script>x" not in page.response.text
    assert page.form("given_name").fields["given_name"] == '"><script>x'


def test_fields_that_nobody_asked_for_are_ignored(browser: Browser, core: Core) -> None:
    page = browser.open("/register")
    data = {**page.form("given_name").fields, **FORM, "state": "active", "id": "mine",
            "email_verified_at": "2020-01-01", "password_hash": "x", "locale": "xx"}  # fmt: skip

    browser.post("/register", data)

    account = core.db.scalars(select(Account)).one()
    assert account.state == State.PENDING
    assert account.id != "mine"
    assert (account.email_verified_at, account.password_hash) == (None, None)
    assert account.locale == "de"


def test_the_sent_page_shows_the_address_and_sends_again(
    browser: Browser, postbox: Postbox
) -> None:
    page = people.register(browser, EMAIL)
    assert EMAIL in page.text

    again = page.send()

    assert again.status == 200
    assert EMAIL in again.text
    first, second = (people.link_in(mail) for mail in postbox.to(EMAIL))
    assert browser.open(str(first)).error_code == "link_unknown"
    assert browser.open(str(second)).status == 200


def test_the_sent_page_of_a_stranger_leads_to_the_form(browser: Browser) -> None:
    assert browser.open("/register/sent").path == "/register"


def test_a_changed_mail_cookie_sends_nothing(browser: Browser, postbox: Postbox) -> None:
    people.register(browser, EMAIL)
    cookie = browser.client.get_cookie("idp_mail", "127.0.0.1")
    assert cookie
    browser.client.set_cookie("idp_mail", cookie.value[:-2] + "xx", domain="127.0.0.1")

    assert browser.open("/register/sent").path == "/register"


def test_after_too_many_mails_the_form_says_when_to_come_back(
    tmp_path_factory: pytest.TempPathFactory, clock: MovableClock
) -> None:

    folder = tmp_path_factory.mktemp("few")
    app = built(settings_for(folder, limits={"per_ip": "off", "mails": 2}), clock)
    pages = [people.register(Browser(app), spelled) for spelled in (EMAIL, EMAIL.upper(), EMAIL)]

    assert [page.status for page in pages] == [200, 200, 429]
    assert pages[2].error_code == "throttled"
    assert 3590 <= int(pages[2].response.headers["Retry-After"]) <= 3600
    assert pages[2].form("given_name").fields["given_name"] == "Nina"
    clock.advance(hours=1, seconds=1)
    assert people.register(Browser(app), EMAIL).status == 200
    dispose(app)
