"""Ways through all pages of the provider, in every state that an address or a form leads to."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import update

from idp.accounts import renewal, sessions
from idp.accounts.models import Account
from idp.accounts.renewal import Reason, Wanted
from idp.demo import postman
from idp.demo.mailbox import Mailbox
from idp.oauth import resources
from idp.web.house import NAME
from tests.people import OTHER_PASSWORD, PASSWORD, Member
from tests.pin.situations import register
from tests.relying_party import Portal
from tests.stories.house import House
from tests.stories.inspector import Inspector

Tour = Callable[[House, Inspector], None]
# As long as people and firms are called, and without a blank to break at.
LONG = "Maximiliane-Wilhelmine-Friederike"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
FIRM = "Holzbaubetriebsverwaltungsgesellschaft"
ESSENTIAL = '{"id_token": {"business": {"essential": true}}}'
NUMBER, OTHER, CLOSED = "1234567", "0000042", "7654321"
FIRMS = f"""Betriebsnummer;Filialnummer;Firma;Straße;PLZ;Ort;Status
{NUMBER};;{FIRM};Holzweg 1;12345;Musterstadt;
{CLOSED};;{FIRM} Ende;Radweg 4;12345;{LONG};geschlossen
"""


class Guide:
    """Leads an inspector through a house."""

    def __init__(self, house: House, inspector: Inspector) -> None:
        self.house, self.inspector, self.page = house, inspector, inspector.page

    def at(self, path: str, name: str = "") -> None:
        """Open a path, and look if the state has a name."""
        self.page.goto(self.house.issuer + path)
        if name:
            self.inspector.look(name)

    def send(self, name: str = "", button: str = "#send", **values: str) -> None:
        """Fill in, press the main button, and look if the state has a name."""
        for field, value in values.items():
            self.page.locator(f"main [name={field}]").fill(value)
        with self.page.expect_navigation():
            self.page.locator(button).first.click()
        if name:
            self.inspector.look(name)

    def sign_in(self, member: Member) -> None:
        self.at("/login")
        self.send(username=member.email, password=member.password)

    def mailed(self, member: Member) -> str:
        return self.house.link(member.email).removeprefix(self.house.issuer)


def strangers(house: House, inspector: Inspector) -> None:
    """What everyone can open."""
    guide = Guide(house, inspector)
    guide.at("/", "home")
    guide.at("/register", "register")
    guide.send("register-wrong", email="name@", given_name=LONG)
    for box in ("accept_terms", "accept_privacy"):
        guide.page.locator(f"[name={box}]").check()
    guide.send("register-sent", email=f"{LONG}@beispiel.test", family_name=LONG, given_name=LONG)
    guide.send("register-again")
    guide.at("/business/pin", "pin-openly")
    guide.send("pin-openly-wrong", number="12", postcode="")
    guide.send("pin-openly-sent", number=NUMBER, postcode="12345")
    guide.at("/nowhere", "error-404")
    guide.at("/language", "error-405")


def texts(house: House, inspector: Inspector) -> None:
    """What the chamber says."""
    guide = Guide(house, inspector)
    for name in ("imprint", "privacy", "terms", "accessibility", "easy"):
        guide.at(f"/legal/{name}", name)
    guide.at("/help", "help")
    for question in guide.page.locator("summary").all():
        question.click()
    inspector.look("help-open")
    guide.at("/help/contact", "contact")
    guide.send(button="button[name=lang][value=en]")
    guide.at("/", "home-en")
    guide.at("/login", "login-en")
    guide.send("login-en-wrong", username="", password="")


def links(house: House, inspector: Inspector) -> None:
    """What mailed links lead to, alive and dead."""
    guide, member = Guide(house, inspector), house.member()
    newcomer = Member("", f"{LONG}@beispiel.test".lower())
    guide.at("/register")
    for box in ("accept_terms", "accept_privacy"):
        guide.page.locator(f"[name={box}]").check()
    guide.send(given_name="Nina", family_name="Neu", email=newcomer.email)
    house.clock.advance(hours=25)
    guide.at(guide.mailed(newcomer), "activate-expired")
    guide.send("link-renewed")
    guide.at(guide.mailed(newcomer), "activate")
    guide.send("activate-wrong", password="abcdefgh")
    guide.send(password=OTHER_PASSWORD)
    guide.at(guide.mailed(newcomer), "activate-used")
    guide.at("/k/unknown", "activate-unknown")
    guide.at("/password/forgot", "forgot")
    guide.send("forgot-wrong", email="name")
    guide.send("forgot-sent", email=member.email)
    house.clock.advance(hours=2)
    guide.at(guide.mailed(member), "reset-expired")
    guide.send()
    guide.at(guide.mailed(member), "reset")
    guide.send("reset-wrong", password="1234 Mustermann")
    guide.send(password=OTHER_PASSWORD)
    guide.at(guide.mailed(member), "reset-used")


def account(house: House, inspector: Inspector) -> None:
    """What a member sees of the account."""
    guide = Guide(house, inspector)
    member = house.member(f"{LONG}@beispiel-{LONG}.test".lower(), LONG)
    guide.at("/account", "login")
    guide.send("login-wrong", username=member.email, password="Falsch-geraten-77")
    guide.send("login-pin", username=member.email, password="K7MP-3TXA-9R4K")
    guide.sign_in(member)
    inspector.look("account")
    guide.at("/", "home-member")
    guide.at("/account/sessions", "sessions")
    with house.app.app_context(), house.core.writing():
        sessions.begin(house.core, member.id, FIREFOX)
    guide.at("/account/sessions", "sessions-two")
    guide.at("/password/change", "change")
    guide.send("change-wrong", current_password="x", password="aaaaaaaa")
    guide.send("change-done", current_password=PASSWORD, password=OTHER_PASSWORD)
    guide.at("/nowhere", "error-404-member")
    house.app.view_functions["legal.contact"] = broken
    guide.at("/help/contact", "error-500")


def broken() -> str:
    raise LookupError("on purpose")


def business(house: House, inspector: Inspector) -> None:
    """What a member does under Mein Betrieb."""
    guide, member = Guide(house, inspector), house.member()
    with house.app.app_context():
        register(house.core, FIRMS)
    guide.sign_in(member)
    guide.at("/business", "business-none")
    guide.at("/business/pin", "pin")
    guide.send("pin-wrong", number="", branch="x")
    guide.send("pin-sent", number=OTHER, branch="")
    house.letter()
    house.clock.advance(days=31)
    guide.sign_in(member)
    guide.at("/business/pin")
    guide.send(number=NUMBER)
    guide.at("/business/link", "link")
    guide.send("link-wrong", number="12", branch="x", pin="O")
    guide.send("linked", number=NUMBER, branch="", pin=house.letter().pin)
    house.linked(member, CLOSED)
    guide.at("/account", "account-linked")
    guide.at("/business?" + house.way_back("contracts"), "business-some")
    with guide.page.expect_navigation():
        guide.page.get_by_role("link", name="Verknüpfung lösen").first.click()
    inspector.look("unlink")
    guide.send("unlinked")
    guide.at("/business/unlink?membership=x", "unlink-unknown")


def protocol(house: House, inspector: Inspector) -> None:
    """What applications lead to."""
    guide, member = Guide(house, inspector), house.member()
    portal, _callback = house.portal(name=f"{LONG} Auswertung", purpose="Damit wir Sie beraten.")
    guide.at(portal.authorization(), "login-for")
    guide.send("consent", username=member.email, password=member.password)
    guide.send(button="#allow")
    guide.at(portal.authorization(prompt="login"), "login-again")
    guide.at("/logout", "logout")
    guide.at(f"/oauth/logout?client_id={portal.client.id}", "logout-for")
    house.linked(member, NUMBER, OTHER)
    guide.at(portal.authorization(), "choose")
    guide.at("/logout")
    guide.send("logged-out", button="#confirm")
    guide.at(portal.authorization(client_id="nobody"), "error-client")
    guide.at(portal.authorization(redirect_uri="https://evil.example/"), "error-redirect")
    guide.at("/login?r=unknown", "error-expired")
    guide.at("/login")
    guide.page.context.clear_cookies()
    guide.send("error-csrf", username=member.email, password=member.password)


def journey(house: House, inspector: Inspector) -> None:
    """What stands between an application and its answer."""
    guide, member = Guide(house, inspector), house.member(f"{LONG}@beispiel.test".lower(), LONG)
    api = f"https://api.{LONG}.test/noten".lower()
    with house.app.app_context():
        resources.add(house.core, api, f"{LONG} Notenauskunft")
    scopes = ("openid", "profile", "email", "phone", "address", "business", "offline_access")
    portal, _callback = house.portal(name=f"{LONG} Auswertung", scopes=scopes, resources=(api,))
    everything = {"prompt": "consent", "resource": api, "scope": "openid email offline_access"}
    claims = '{"userinfo": {"birthdate": null, "phone_number_verified": null}}'
    guide.at(portal.authorization(prompt="create"), "create")
    guide.at(portal.authorization(claims=claims, **everything))
    guide.send("consent-all", username=member.email, password=member.password)
    guide.send(button="#allow")
    guide.at(portal.authorization(prompt="select_account"), "select-account")
    waiting = link_step(guide, portal)
    guide.at("/account/apps", "apps")
    guide.send("apps-withdrawn", button="button[name=client]")
    guide.at(portal.authorization(claims='{"id_token": {"sub": {"value": "x"}}}'), "someone-else")
    form_post(guide, portal)
    what_is_due(guide, portal, member)
    house.clock.advance(minutes=25)
    guide.at(waiting, "over")
    house.clock.advance(hours=1)
    guide.at(waiting, "over-signed-out")


def link_step(guide: Guide, portal: Portal) -> str:
    """A business that an application needs; returns where the request waits."""
    guide.at(portal.authorization(scope="openid business", claims=ESSENTIAL), "link-step")
    waiting = guide.page.url.removeprefix(guide.house.issuer)
    guide.send("link-step-wrong", number="12", pin="O")
    guide.at(waiting.replace("/link", "/pin"))
    guide.send("pin-step-sent", number=NUMBER)
    return waiting


def form_post(guide: Guide, portal: Portal) -> None:
    """The page that sends itself on, while its script is away."""
    script = "**/static/form_post.js*"
    guide.page.route(script, lambda route: route.fulfill(content_type="text/javascript", body=""))
    guide.at(portal.authorization(prompt="none", response_mode="form_post"), "form-post")
    guide.page.unroute(script)


def what_is_due(guide: Guide, portal: Portal, member: Member) -> None:
    """A password and terms that are due."""
    house = guide.house
    found = house.app.extensions[NAME]
    newer = {"terms_renewal": True, "terms_version": "2027-01"}
    terms = found.core.settings.registration.model_copy(update=newer)
    settings = found.core.settings.model_copy(update={"registration": terms})
    house.app.extensions[NAME] = replace(found, core=replace(found.core, settings=settings))
    with house.app.app_context(), house.core.writing():
        due = update(Account).where(Account.id == member.id).values(must_change="policy")
        house.core.db.execute(due)
    guide.at(portal.authorization(), "renew")
    guide.send("renew-wrong", password="aaaaaaaa")
    house.clock.advance(minutes=6)
    guide.at(portal.authorization(), "renew-later")
    guide.send("terms", current_password=PASSWORD, password=OTHER_PASSWORD)
    guide.send("terms-wrong")
    for box in ("accept_terms", "accept_privacy"):
        guide.page.locator(f"[name={box}]").check()
    guide.send("consent-again")
    with house.app.app_context():
        renewal.start(house.core, Wanted(Reason.COMPROMISE, (member.id,), tell=False))
    guide.at("/login")
    guide.send("password-void", username=member.email, password=OTHER_PASSWORD)


def demo(house: House, inspector: Inspector, mailbox: Mailbox) -> None:
    """The mailbox of a demonstration, empty and with everything in it."""
    guide, member = Guide(house, inspector), house.member(f"{LONG}@beispiel.test")
    guide.at("/demo/mailbox", "mailbox-empty")
    guide.sign_in(member)
    guide.at("/business/pin")
    guide.send(number=NUMBER)
    guide.at("/password/forgot")
    guide.send(email=member.email)
    with house.app.app_context():
        postman.once(house.core, mailbox)
    guide.at("/demo/mailbox", "mailbox")


PAGES: dict[Tour, str] = {
    strangers: "home register register_sent business_pin business_pin_sent",
    texts: "legal help contact home login",
    links: "activate link_dead link_renewed reset_ask reset_sent reset_choose",
    account: "login account sessions password_change",
    business: "business business_link business_linked business_unlink business_unlinked",
    protocol: "login logged_out",
    journey: "register apps password_renew password_void terms business_link business_pin_sent",
}
SHOWS = {tour: {f"pages/{name}.html" for name in names.split()} for tour, names in PAGES.items()}
SHOWS[strangers] |= {"error.html"}
SHOWS[protocol] |= {f"oauth/{name}.html" for name in ("consent", "choose", "logout_confirm")}
SHOWS[journey] |= {f"oauth/{name}.html" for name in ("account", "form_post", "over")}
