"""Where mails and letters arrive, and how they are shown."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from idp.demo.mailbox import Envelope, Mailbox
from idp.plugins import Mail, PrintedLetter
from tests.browser import Browser

AT = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
LETTER = PrintedLetter("261122-1", "0012345", None, ("Tischlerei", "Weg 1"), b"%PDF-1")


def a_mail(to: str) -> Mail:
    return Mail("id@host", to, "k@kammer.test", "Kammer", "Betreff", "Text", "<p>Text</p>", "de")


@pytest.fixture
def filled(mailbox: Mailbox) -> Mailbox:
    mailbox.put_mail("b", a_mail("first@b.test"), AT)
    mailbox.put_mail("a", a_mail("second@b.test"), AT + timedelta(microseconds=5))
    Envelope(mailbox, "AAAA-BBBB-CCCC", AT).send(LETTER)
    branch = PrintedLetter("261122-2", "0012345", "001", ("Tischlerei", "Weg 2"), b"%PDF-2")
    Envelope(mailbox, "", AT + timedelta(seconds=1)).send(branch)
    return mailbox


def test_an_empty_mailbox_is_empty(mailbox: Mailbox) -> None:
    assert mailbox.mails() == []
    assert mailbox.letters() == []
    assert mailbox.pdf("261122-1") is None


def test_the_newest_is_last(filled: Mailbox) -> None:
    assert [mail.to for mail in filled.mails()] == ["first@b.test", "second@b.test"]
    assert [letter.id for letter in filled.letters()] == ["261122-1", "261122-2"]


def test_what_is_delivered_again_replaces_itself(filled: Mailbox) -> None:
    filled.put_mail("a", a_mail("second@b.test"), AT + timedelta(microseconds=5))
    Envelope(filled, "AAAA-BBBB-CCCC", AT).send(LETTER)

    assert len(filled.mails()) == 2
    assert len(filled.letters()) == 2


@pytest.mark.parametrize("name", ["..", "../261122-1", "*", "", "x" * 50])
def test_no_other_file_is_read(filled: Mailbox, name: str) -> None:
    assert filled.pdf(name) is None


def test_programs_read_json(demo_app: Flask, filled: Mailbox) -> None:
    client = demo_app.test_client()

    mails = client.get("/demo/mailbox.json", base_url="http://127.0.0.1:8000").get_json()
    letters = client.get("/demo/letters.json", base_url="http://127.0.0.1:8000").get_json()

    assert mails[0] == {
        "id": "b",
        "to": "first@b.test",
        "subject": "Betreff",
        "text": "Text",
        "html": "<p>Text</p>",
        "at": int(AT.timestamp()),
    }
    assert letters[0] == {
        "id": "261122-1",
        "number": "0012345",
        "address": "Tischlerei\nWeg 1",
        "pin": "AAAA-BBBB-CCCC",
        "pdf": "http://127.0.0.1:8000/demo/letters/261122-1.pdf",
        "at": int(AT.timestamp()),
    }
    assert letters[1]["branch"] == "001"


def test_people_see_the_newest_first(demo_app: Flask, filled: Mailbox) -> None:
    page = Browser(demo_app).open("/demo/mailbox")

    assert page.status == 200
    assert page.text.index("0012345-001") < page.text.index("AAAA-BBBB-CCCC")
    assert page.text.index("second@b.test") < page.text.index("first@b.test")
    assert "http://127.0.0.1:8000/demo/letters/261122-1.pdf" in page.links


def test_a_letter_is_sent_as_it_was_printed(demo_app: Flask, filled: Mailbox) -> None:
    client = demo_app.test_client()
    base = "http://127.0.0.1:8000"

    assert client.get("/demo/letters/261122-1.pdf", base_url=base).data == b"%PDF-1"
    assert client.get("/demo/letters/261122-9.pdf", base_url=base).status_code == 404


def test_every_page_of_a_demo_leads_to_the_mailbox(demo_app: Flask) -> None:
    assert "/demo/mailbox" in Browser(demo_app).open("/").links


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:8000", 200),
        ("konto.test:8000", 200),
        ("konto.test", 200),
        ("[::1]:8000", 200),
        ("evil.example", 400),
        ("evil.example:8000", 400),
        ("localhost.evil.example:8000", 400),
        ("127.0.0.1.evil.example:8000", 400),
        ("eviltest", 400),
    ],
)
def test_a_demo_answers_to_names_of_this_machine_alone(
    demo_app: Flask, host: str, status: int
) -> None:
    for path in ("/", "/demo/mailbox.json"):
        assert demo_app.test_client().get(path, headers={"Host": host}).status_code == status


def test_the_house_without_a_demo_has_no_mailbox(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/demo/mailbox.json", base_url="http://127.0.0.1:8000").status_code == 404
    assert client.get("/", base_url="http://localhost:8000").status_code == 400
