"""Composing: the payload of an outbox row becomes subject, text and HTML in the reader's language.

Templates are `templates/mail/<name>.{subject,txt,html}`; their texts are the keys `mail.*` of the
catalogues. Text and HTML say the same. Links are built from the issuer alone.
"""

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from idp.plugins import Mail
from idp.settings import Settings

HOUSE = Path(__file__).parent.parent
LOCALES = {"de": "de_DE", "en": "en_GB"}
ZONE = ZoneInfo("Europe/Berlin")
WIDTH = 76
# What people typed about themselves and others will read: no mail program may make a link of it.
TYPED = frozenset({"name", "person"})


def mail(settings: Settings, payload: Mapping[str, Any], mail_id: str) -> Mail:
    """Return the mail of an outbox payload: `to`, `template`, `locale` and `facts`.

    `mail_id` is the row's id, so that every try carries the same Message-ID.
    """
    locale = payload["locale"] if payload["locale"] in LOCALES else "de"
    facts = {name: _fact(name, value) for name, value in payload["facts"].items()}
    context = {"settings": settings, **facts}

    def fill(ending: str) -> str:
        template = _environment(locale).get_template(f"{payload['template']}.{ending}")
        return template.render(context)

    context["subject"] = subject = clean(fill("subject"))
    return Mail(
        id=f"{mail_id}@{_host(settings)}",
        to=payload["to"],
        sender=settings.mail.sender,
        sender_name=clean(settings.mail.sender_name),
        subject=subject,
        text=re.sub(r"\n{3,}", "\n\n", fill("txt")).strip() + "\n",
        html=fill("html"),
        locale=locale,
    )


def clean(value: str) -> str:
    """Return `value` on one line, without control, direction and other invisible signs."""
    blank = re.sub(r"\s", " ", value)
    return " ".join("".join(s for s in blank if unicodedata.category(s)[0] != "C").split())


def _fact(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    value = clean(value)
    if name in TYPED:
        value = re.sub(r"[:/\\]{2,}", " ", value)
        value = re.sub(r"(?<=\w)\.(?=\w)", ". ", value)
    return value


def _host(settings: Settings) -> str:
    host = urlsplit(settings.issuer).hostname or "localhost"
    return "localhost" if ":" in host else host


@cache
def _environment(locale: str) -> Environment:
    translations = Translations.load(str(HOUSE / "translations"), [locale])

    def text(key: str, **facts: object) -> str:
        return str(translations.gettext(key)) % facts

    def moment(value: str) -> str:
        when = datetime.fromisoformat(value).astimezone(ZONE)
        form = "d. MMMM yyyy, HH:mm 'Uhr'" if locale == "de" else "d MMMM yyyy, HH:mm"
        return format_datetime(when, form, locale=LOCALES[locale])

    environment = Environment(
        loader=FileSystemLoader(HOUSE / "templates" / "mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=text, moment=moment, locale=locale)
    environment.filters["wrap"] = _wrap
    return environment


def _wrap(words: str) -> str:
    return textwrap.fill(words, WIDTH, break_long_words=False, break_on_hyphens=False)
