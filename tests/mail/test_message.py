"""The message as it goes over the line."""

from dataclasses import replace

import pytest

from idp.mail.message import message
from idp.plugins import Mail
from tests.conftest import MovableClock
from tests.mail.facts import LINK

MAIL = Mail(
    id="row@127.0.0.1",
    to="anna@example.test",
    sender="konto@hwk.test",
    sender_name="Handwerkskammer für Musterstadt, Süd",
    subject="Kammer-Konto: Verknüpfung",
    text=f"Grüße\n{LINK}\n",
    html=f"<p>Grüße {LINK}</p>",
    locale="de",
)


def test_headers_say_who_when_what_and_that_a_machine_wrote(clock: MovableClock) -> None:
    found = message(MAIL, clock)

    assert str(found["From"]) == '"Handwerkskammer für Musterstadt, Süd" <konto@hwk.test>'
    assert found["To"] == "anna@example.test"
    assert found["Subject"] == "Kammer-Konto: Verknüpfung"
    assert found["Message-ID"] == "<row@127.0.0.1>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Content-Language"] == "de"
    assert found["Date"].datetime == clock.now().replace(microsecond=0)


def test_it_has_a_text_and_a_page_and_nothing_attached() -> None:
    found = message(MAIL)

    assert found.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert list(found.iter_attachments()) == []


def test_only_ascii_goes_over_the_line_and_links_stay_on_one() -> None:
    long = "https://" + "a" * 43 + "/k/" + "A" * 22

    raw = message(replace(MAIL, text=f"Grüße\n{long}\n")).as_bytes()

    assert raw.isascii()
    assert f"\r\n{long}\r\n".encode() in raw


@pytest.mark.parametrize(
    "broken",
    [
        {"subject": "Hallo\r\nBcc: x@evil.test"},
        {"sender_name": "Kammer\nBcc: x@evil.test"},
        {"to": "a@b.test\r\nBcc: x@evil.test"},
        {"to": "a@b.test, x@evil.test"},
        {"id": "row@h\r\nBcc: x@evil.test"},
    ],
)
def test_nothing_can_add_a_header(broken: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        message(replace(MAIL, **broken))


def test_a_domain_goes_by_the_rules_of_2008() -> None:
    assert message(replace(MAIL, to="anna@faß.de"))["To"] == "anna@xn--fa-hia.de"
