"""What is in a mail, and what never is."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from idp.mail import compose
from idp.plugins import Mail
from idp.settings import Settings
from tests.mail.facts import ENDS, FACTS, LINK

TEMPLATES = Path(compose.HOUSE) / "templates" / "mail"
every_mail = [
    pytest.mark.parametrize("locale", ["de", "en"]),
    pytest.mark.parametrize("template", FACTS),
]


class Words(HTMLParser):
    """The readable words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag: str, _: object) -> None:
        self.hidden = tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words += data.split()


def composed(settings: Settings, template: str, locale: str = "de", **more: object) -> Mail:
    facts = {**FACTS[template], **more}
    payload = {"to": "a@b.test", "template": template, "locale": locale, "facts": facts}
    return compose.mail(settings, payload, "row-1_x")


def test_every_template_is_tried_here() -> None:
    names = {path.stem for path in TEMPLATES.iterdir()} - {"layout", "parts"}

    assert names == set(FACTS)


class TestEveryMail:
    pytestmark = every_mail

    def test_says_the_same_as_text_and_as_page(
        self, settings: Settings, template: str, locale: str
    ) -> None:
        mail = composed(settings, template, locale)

        page = Words()
        page.feed(mail.html)
        said = re.sub(r":(?=\s+http)", "", mail.text).split()
        assert said == re.sub(r":(?=\s+http)", "", " ".join(page.words)).split()

    def test_has_a_text_for_every_key(self, settings: Settings, template: str, locale: str) -> None:
        mail = composed(settings, template, locale)

        for part in (mail.subject, mail.text, mail.html):
            assert "mail." not in part
            assert "%(" not in part

    def test_keeps_every_line_short(self, settings: Settings, template: str, locale: str) -> None:
        lines = composed(settings, template, locale).text.splitlines()

        assert max(map(len, lines)) <= 76

    def test_has_its_links_alone_on_a_line_and_all_to_us(
        self, settings: Settings, template: str, locale: str
    ) -> None:
        mail = composed(settings, template, locale)

        for line in mail.text.splitlines():
            assert "http" not in line or re.fullmatch(r"http://127\.0\.0\.1:8000/\S+", line)
        for target in re.findall(r'href="([^"]*)"', mail.html):
            assert target.startswith("http://127.0.0.1:8000/")

    def test_loads_nothing_from_anywhere(
        self, settings: Settings, template: str, locale: str
    ) -> None:
        html = composed(settings, template, locale).html

        assert not re.search(r"<img|<script|<link|src=|url\(|@import", html)

    def test_names_sender_support_and_legal_notice(
        self, settings: Settings, template: str, locale: str
    ) -> None:
        mail = composed(settings, template, locale)

        assert mail.sender_name == settings.mail.sender_name
        assert mail.subject.startswith("Kammer-Konto: ")
        for said in (settings.chamber.name, settings.support.email, "/legal/imprint"):
            assert said in mail.text

    def test_has_its_language_in_the_page(
        self, settings: Settings, template: str, locale: str
    ) -> None:
        mail = composed(settings, template, locale)

        assert f'<html lang="{locale}">' in mail.html
        assert mail.locale == locale


def test_the_end_of_a_link_is_an_absolute_moment_in_german_time(settings: Settings) -> None:
    assert "gültig bis 23. November 2026, 14:05 Uhr." in composed(settings, "activate").text
    assert "valid until 23 November 2026, 14:05." in composed(settings, "reset", "en").text


def test_people_are_greeted_by_name(settings: Settings) -> None:
    assert composed(settings, "reset").text.startswith("Guten Tag Anna Groß,\n")


def test_an_unconfirmed_address_reads_nothing_that_was_typed(settings: Settings) -> None:
    mail = composed(settings, "activate")

    assert mail.text.startswith("Guten Tag,\n")
    assert set(FACTS["activate"]) == {"link", "ends"}


def test_whoever_asked_for_nothing_need_do_nothing(settings: Settings) -> None:
    for template in ("activate", "register_known", "reset"):
        assert "müssen Sie nichts tun" in " ".join(composed(settings, template).text.split())


def test_a_link_as_long_as_allowed_stays_whole(settings: Settings) -> None:
    link = "https://" + "a" * 43 + "/k/" + "A" * 22

    assert len(link) == 76
    assert f"\n{link}\n" in composed(settings, "activate", link=link).text


def test_facts_cannot_break_lines_or_turn_the_reading_direction(settings: Settings) -> None:
    name = "Anna\r\nBcc: x@evil.test\u202e\u200b\x00 Groß"

    mail = composed(settings, "reset", name=name)

    assert mail.text.startswith("Guten Tag Anna Bcc: x@evil. test Groß,\n")


def test_what_people_typed_becomes_no_link(settings: Settings) -> None:
    mail = composed(
        settings, "business_new_member", person="Gewinn: https://evil.test/x www.evil.de"
    )

    assert "evil.test" not in mail.text
    assert "www.evil" not in mail.text
    assert "://evil" not in mail.html


def test_facts_are_no_markup(settings: Settings) -> None:
    mail = composed(settings, "business_linked")

    assert "Tischlerei <Beispiel> & Co. KG" in " ".join(mail.text.split())
    assert "Tischlerei &lt;Beispiel&gt; &amp; Co. KG" in mail.html


def test_a_percent_sign_in_a_fact_stays_one(settings: Settings) -> None:
    assert "100%(x)s Holz" in composed(settings, "business_linked", business="100%(x)s Holz").text


def test_every_try_has_the_same_id_at_the_issuers_host(settings: Settings) -> None:
    assert composed(settings, "reset").id == composed(settings, "reset").id == "row-1_x@127.0.0.1"


def test_an_unknown_language_is_read_in_german(settings: Settings) -> None:
    assert composed(settings, "reset", "fr").locale == "de"


def test_a_missing_fact_is_a_mistake_and_no_blank(settings: Settings) -> None:
    payload = {"to": "a@b.test", "template": "reset", "locale": "de", "facts": {"ends": ENDS}}

    with pytest.raises(UndefinedError):
        compose.mail(settings, payload, "x")


def test_the_link_appears_where_it_can_be_copied_and_where_it_can_be_pressed(
    settings: Settings,
) -> None:
    html = composed(settings, "activate").html

    assert f'<a class="button" href="{LINK}">Konto aktivieren</a>' in html
    assert f'<a href="{LINK}">{LINK}</a>' in html
