"""Every PIN that opens nothing says what to do next, and what it says leads on."""

from idp.pin import ask, registry
from tests.people import Member
from tests.pin.situations import shift
from tests.stories.conftest import Scene
from tests.stories.house import House
from tests.stories.steps import NUMBER, link, mistyped, order, sign_in
from tests.stories.visitor import Visitor

OTHER = "0000042"


def test_every_pin_that_opens_nothing_says_what_to_do_next(scene: Scene) -> None:
    house, anna, bert = scene.house, scene.visitor(), scene.visitor()
    first, second = house.member("anna@beispiel.test", "Anna"), house.member("bert@b.test", "Bert")
    sign_in(house, anna, first.email)
    sign_in(house, bert, second.email)

    pin = mistypes(house, anna)
    may_not_use_what_another_ordered(house, bert, pin)
    lets_it_expire(house, anna, first, pin)
    sign_in(house, bert, second.email)
    comes_second(house, anna, bert)


def test_a_pin_ordered_without_an_account_is_used_by_who_holds_the_letter(scene: Scene) -> None:
    house, visitor = scene.house, scene.visitor()
    visitor.open(house.issuer)
    visitor.follow("PIN anfordern")
    answers = []
    for number, postcode in (("9999999", "12345"), (NUMBER, "99999"), (NUMBER, "12345")):
        visitor.open(f"{house.issuer}/business/pin")
        visitor.fill(number=f"{number[:3]} {number[3:]}", postcode=postcode)
        visitor.press("PIN anfordern")
        answers.append(visitor.text)

    assert len(set(answers)) == 1
    assert "Wenn die Angaben zu einem Betrieb passen, ist ein Brief unterwegs." in answers[0]
    letter = house.letter()
    assert "Wenn bei Ihnen niemand um die PIN gebeten hat" in letter.text

    # The letter's code leads to the form, through the sign-in, and brings the number along.
    anna = house.member("anna@beispiel.test", "Anna")
    visitor.open(f"{house.issuer}/business/link?number={NUMBER}")
    visitor.fill(username=anna.email, password=anna.password)
    visitor.press("Anmelden")
    assert visitor.value("number") == NUMBER
    visitor.fill(pin=letter.pin)
    visitor.press("Mit Betrieb verknüpfen")

    assert "Ihr Betrieb ist verknüpft" in visitor.text
    assert "Anna Mustermann" in house.letter().text


def mistypes(house: House, anna: Visitor) -> str:
    """What the check symbol or the alphabet catches costs no try and names the mistake."""
    pin = order(house, anna)
    for typed, code, hint in (
        (mistyped(pin), "pin_typo", "Vergleichen Sie sie bitte mit dem Brief."),
        (f"{pin[:-1]}S", "pin_sign", "Meinten Sie „5“?"),
        (f"{pin[:-1]}O", "pin_sign_plain", "Das Zeichen „O“ kommt in keiner PIN vor."),
        (pin[:-1], "pin_length", "Bitte geben Sie alle ein."),
        (shift(pin), "pin_mismatch", "Beide stehen im selben Brief."),
    ):
        link(house, anna, typed)
        assert (anna.code, anna.title[:7]) == (code, "Fehler:")
        assert hint in anna.text
        assert (anna.value("number"), anna.value("pin")) == (NUMBER, "")
    link(house, anna, pin, number=OTHER)
    assert anna.code == "pin_mismatch"
    anna.open(f"{house.issuer}/business/pin")
    anna.fill(number=NUMBER)
    anna.press("PIN anfordern")
    assert "Für diese Nummer haben Sie gerade erst eine PIN angefordert." in anna.text
    return pin


def may_not_use_what_another_ordered(house: House, bert: Visitor, pin: str) -> None:
    link(house, bert, pin)
    assert "Fordern Sie bitte eine eigene an." in bert.text
    bert.follow("Noch keine PIN? PIN anfordern")
    assert bert.url == f"{house.issuer}/business/pin"


def lets_it_expire(house: House, anna: Visitor, member: Member, pin: str) -> None:
    """After its 30 days a PIN is over; the way to a new one is on the page."""
    house.clock.advance(days=30, minutes=1)
    sign_in(house, anna, member.email)
    link(house, anna, pin)
    assert "Diese PIN ist abgelaufen. Sie können eine neue anfordern." in anna.text
    anna.follow("Noch keine PIN? PIN anfordern")
    anna.fill(number=NUMBER)
    anna.press("PIN anfordern")

    link(house, anna, house.letter().pin)
    assert "Ihr Betrieb ist verknüpft" in anna.text


def comes_second(house: House, anna: Visitor, bert: Visitor) -> None:
    """A letter to the business is used once; the second person is told, and orders an own one."""
    with house.app.app_context():
        business = registry.find(house.core, (OTHER, None))
        assert business
        ask.issue(house.core, business)
    pin = house.letter().pin
    link(house, anna, pin, number=OTHER)
    assert "Ihr Betrieb ist verknüpft" in anna.text

    link(house, bert, pin, number=OTHER)
    assert "Diese PIN wurde schon verwendet. Sie können eine neue anfordern." in bert.text
    bert.follow("Noch keine PIN? PIN anfordern")
    bert.fill(number=OTHER)
    bert.press("PIN anfordern")
    link(house, bert, house.letter().pin, number=OTHER)

    assert "Ihr Betrieb ist verknüpft" in bert.text
    assert "jetzt auch dieses Konto verknüpft: Bert" in house.words("anna@beispiel.test")
    link(house, bert, pin, number=OTHER)
    assert "Sie müssen nichts weiter tun." in bert.text
