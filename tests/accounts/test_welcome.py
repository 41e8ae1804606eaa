"""Accounts that came without a password: theirs is who reads the mail of the address."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from idp.accounts import admin, links, login
from idp.accounts.links import Purpose
from idp.accounts.login import Attempt
from idp.accounts.models import Account, AuditEvent, Link, State, UserSession
from idp.core import Core
from idp.errors import WrongCredentials
from idp.plugins import Mail
from tests import people
from tests.accounts.files import HASHES, imported, written
from tests.browser import Browser
from tests.conftest import MovableClock
from tests.people import OTHER_PASSWORD, PASSWORD, Member, Postbox
from tests.relying_party import Portal

EMAIL = "paula@beispiel.test"
HEAD = "email;given_name;family_name;password_hash;email_verified;old_email\n"


@pytest.fixture
def paula(core: Core, tmp_path: Path) -> Member:
    """Who came without a password."""
    return moved(core, tmp_path)


def moved(core: Core, folder: Path, encoded: str = "", verified: str = "ja") -> Member:
    line = f"{EMAIL};Paula;Person;{encoded};{verified};p@alt.test\n"
    assert imported(core, written(folder, HEAD + line)).problems == []
    return Member(core.db.scalars(select(Account.id)).one(), EMAIL)


def sessions(core: Core) -> int:
    people.fresh(core)
    return int(core.db.scalar(select(func.count()).select_from(UserSession)) or 0)


def of(core: Core, member: Member) -> Account:
    people.fresh(core)
    return core.db.get_one(Account, member.id)


def subjects(mails: list[Mail]) -> list[str]:
    return [mail.subject.rpartition(": ")[2] for mail in mails]


# --- nothing can be taken over (CVE-2026-119128)


@pytest.mark.parametrize("password", ["", " ", PASSWORD, "None", "null", "bcrypt:", "\0"])
def test_no_password_opens_an_account_that_has_none(
    core: Core, paula: Member, password: str
) -> None:
    for name in (EMAIL, "p@alt.test"):
        with pytest.raises(WrongCredentials):
            login.enter(core, Attempt(name, password, f"a{len(password)}", ""))

    assert sessions(core) == 0


def test_the_password_of_somebody_else_does_not_open_it(app: Flask, core: Core) -> None:
    """The hash that is compared for names without one is somebody's."""
    people.member(app)
    nobodys = Account(id="none", state=State.ACTIVE, email=EMAIL, email_key=EMAIL,
                      created_at=core.clock.now(), updated_at=core.clock.now())  # fmt: skip
    with core.writing():
        core.db.add(nobodys)

    for name in (EMAIL, "nie@beispiel.test"):
        with pytest.raises(WrongCredentials):
            login.enter(core, Attempt(name, PASSWORD, "", ""))


def test_registering_the_address_makes_no_rival_and_sends_the_same_mail(
    app: Flask, core: Core, paula: Member, postbox: Postbox
) -> None:
    attacker = Browser(app)

    page = people.register(attacker, EMAIL.upper())
    attacker.open("/register/sent").send()

    assert page.path == "/register/sent"
    assert core.db.scalars(select(Account.id)).all() == [paula.id]
    assert [mail.to for mail in postbox.mails] == [EMAIL] * 2
    assert len(set(subjects(postbox.mails))) == 1
    assert "Nina" not in str(postbox.mails)
    assert attacker.open("/account").path == "/login"


def test_an_unknown_address_gets_the_same_pages(
    app: Flask, paula: Member, postbox: Postbox
) -> None:
    def pages(email: str) -> list[tuple[int, str]]:
        browser = Browser(app)
        asked = browser.open("/password/forgot").send(email=email)
        registered = people.register(browser, email)
        found = [(page.status, page.path, page.response.text) for page in (asked, registered)]
        return [(status, path + masked(text, email)) for status, path, text in found]

    assert pages(EMAIL) == pages("niemand@beispiel.test")


def masked(text: str, email: str) -> str:
    """Return a page without what is drawn for each visit, and without the typed address."""
    return "".join(
        line for line in text.replace(email, "@").splitlines(keepends=True) if "csrf" not in line
    )


@pytest.mark.parametrize("forge", [lambda t: t[::-1], lambda t: t.swapcase(), lambda _: "x"])
def test_a_forged_link_opens_nothing(
    app: Flask, core: Core, paula: Member, postbox: Postbox, forge: Callable[[str], str]
) -> None:
    Browser(app).open("/password/forgot").send(email=EMAIL)
    link = postbox.link(EMAIL)
    head, _, token = link.rpartition("/")

    page = Browser(app).open(f"{head}/{forge(token)}")

    assert page.error_code == "link_unknown"
    assert of(core, paula).password_hash is None


@pytest.mark.parametrize("path", ["/activate", "/password/reset"])
def test_a_forged_cookie_chooses_no_password(
    app: Flask, core: Core, paula: Member, path: str
) -> None:
    browser = Browser(app)
    browser.open(path)
    for value in (paula.id, EMAIL, "", f"{paula.id}.x"):
        browser.client.set_cookie("idp_link", value, domain="127.0.0.1")
        browser.client.post(path, data={"password": PASSWORD}, base_url=core.settings.issuer)

    assert of(core, paula).password_hash is None
    assert sessions(core) == 0


def test_an_activation_link_cannot_be_made_for_it(
    app: Flask, core: Core, paula: Member, postbox: Postbox
) -> None:
    """Nor would one open it: the account waits for no activation."""
    account = of(core, paula)
    with core.writing():
        link = links.make(core, Purpose.ACTIVATE, account, core.settings.reset.link_ttl)

    page = Browser(app).open(link.removeprefix(core.settings.issuer)).send(password=PASSWORD)

    assert page.error_code == "link_used"
    assert of(core, paula).password_hash is None


def test_no_application_hears_of_it_before_the_owner_came(
    app: Flask, core: Core, paula: Member, postbox: Postbox
) -> None:
    portal = Portal.register(app, scopes=("openid", "email"))
    browser = Browser(app)

    refused = portal.start(browser).send(username=EMAIL, password=PASSWORD)

    assert refused.error_code == "wrong_credentials"
    welcome(browser, postbox)
    tokens = portal.tokens(portal.answer(browser))
    assert portal.userinfo(tokens["access_token"]).json["email_verified"] is True


@pytest.mark.parametrize("state", [State.LOCKED, State.DISABLED])
def test_who_is_locked_is_not_welcomed(
    app: Flask, core: Core, paula: Member, postbox: Postbox, state: State
) -> None:
    core.db.execute(update(Account).values(state=state))
    core.db.commit()

    Browser(app).open("/password/forgot").send(email=EMAIL)
    people.register(Browser(app), EMAIL)

    assert postbox.mails == []


# --- the owner comes


def welcome(browser: Browser, postbox: Postbox, email: str = EMAIL) -> None:
    browser.open("/password/forgot").send(email=email)
    assert browser.open(postbox.link(EMAIL)).send(password=PASSWORD).path == "/account"


@pytest.mark.parametrize("typed", [EMAIL, "PAULA@Beispiel.test", "p@alt.test"])
def test_the_owner_is_welcomed_over_by_mail_and_is_in(
    app: Flask, core: Core, paula: Member, postbox: Postbox, typed: str
) -> None:
    welcome(Browser(app), postbox, typed)

    (mail,) = postbox.mails
    assert (mail.to, mail.subject) == (
        EMAIL, "Kammer-Konto: Ihr Konto ist umgezogen, wählen Sie ein Passwort",
    )  # fmt: skip
    assert "Guten Tag Paula Person," in mail.text
    assert Member(paula.id, EMAIL).sign_in(Browser(app)).path == "/account"
    kinds = core.db.scalars(select(AuditEvent.kind).where(AuditEvent.account_id == paula.id)).all()
    assert kinds[0] == "account.welcomed"


def test_who_has_a_password_is_not_welcomed_again(
    app: Flask, paula: Member, postbox: Postbox
) -> None:
    welcome(Browser(app), postbox)

    Browser(app).open("/password/forgot").send(email=EMAIL)
    people.register(Browser(app), EMAIL)

    assert subjects(postbox.mails)[1:] == ["neues Passwort wählen", "Sie haben schon ein Konto"]


def test_an_old_link_is_renewed_as_a_welcome(
    app: Flask, paula: Member, postbox: Postbox, clock: MovableClock
) -> None:
    browser = Browser(app)
    browser.open("/password/forgot").send(email=EMAIL)
    link = postbox.link(EMAIL)
    clock.advance(minutes=61)

    browser.open(link).send(renew="1")

    assert len(set(subjects(postbox.mails))) == 1
    assert browser.open(postbox.link(EMAIL)).send(password=PASSWORD).path == "/account"


def test_the_link_proves_the_address(
    app: Flask, core: Core, tmp_path: Path, postbox: Postbox
) -> None:
    member = moved(core, tmp_path, verified="")
    assert of(core, member).email_verified_at is None

    welcome(Browser(app), postbox)

    assert of(core, member).email_verified_at
    assert "Paula" not in postbox.mails[0].text


def test_an_address_that_was_proven_before_stays_proven_since_then(
    app: Flask, core: Core, paula: Member, postbox: Postbox, clock: MovableClock
) -> None:
    before = of(core, paula).email_verified_at
    clock.advance(days=1)

    welcome(Browser(app), postbox)

    assert before is not None
    assert of(core, paula).email_verified_at == before


# --- who made the account before may be somebody else (CVE-2026-105215)


def test_an_unproven_account_gives_its_maker_nothing_once_the_owner_came(
    app: Flask, core: Core, tmp_path: Path, postbox: Postbox
) -> None:
    member = moved(core, tmp_path, HASHES["bcrypt"], verified="")
    portal = Portal.register(app, scopes=("openid", "email", "offline_access"))
    maker, owner = Browser(app), Browser(app)
    assert member.sign_in(maker).path == "/account"
    tokens = portal.tokens(portal.answer(maker))
    assert portal.userinfo(tokens["access_token"]).json["email_verified"] is False

    owner.open("/password/forgot").send(email=EMAIL)
    assert "Paula" not in postbox.mails[-1].text
    page = owner.open(postbox.link(EMAIL)).send(password=OTHER_PASSWORD)

    assert page.path == "/account"
    assert maker.open("/account").path == "/login"
    assert member.sign_in(Browser(app)).error_code == "wrong_credentials"
    assert portal.userinfo(tokens["access_token"]).status_code == 401
    if "refresh_token" in tokens:
        assert portal.refresh(tokens["refresh_token"]).status_code == 400
    assert core.db.scalars(select(Link).where(Link.used_at.is_(None))).all() == []


def test_signing_in_proves_no_address(core: Core, tmp_path: Path) -> None:
    member = moved(core, tmp_path, HASHES["pbkdf2"], verified="nein")

    login.enter(core, Attempt(EMAIL, PASSWORD, "", ""))

    assert of(core, member).email_verified_at is None


def test_an_operator_cannot_add_the_address_once_more(core: Core, paula: Member) -> None:
    for password in (PASSWORD, None):
        with pytest.raises(admin.NotAllowed):
            admin.add(core, admin.Person(EMAIL, "Paul", "Falsch"), password)
