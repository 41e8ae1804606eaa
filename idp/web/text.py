"""Texts in the reader's language: gettext by key, moments, and what a refusal says."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask import request
from flask_babel import get_locale, gettext

from idp.accounts import passwords
from idp.core import Core
from idp.errors import Refused, WeakPassword
from idp.plugins import Problem
from idp.web import cookies

LOCALES = ("de", "en")
COOKIE = "idp_lang"
# A language tag (BCP 47) as far as it matters: the language, and that the rest is a tag at all.
TAG = re.compile(r"([a-z]{2,3})(-[a-z0-9]{1,8})*")
MOST_TAGS = 24
# German authorities' time; the only zone in which people read moments here.
ZONE = ZoneInfo("Europe/Berlin")


def choose_locale() -> str:
    """Return the language chosen by button, else the application's, else the browser's, or German.

    The button wins: who has chosen a language has said which one is understood.
    """
    for wish in (request.cookies.get(COOKIE), cookies.get("ui")):
        if wish in LOCALES:
            return wish
    return request.accept_languages.best_match(LOCALES) or "de"


def prefer(ui_locales: str) -> None:
    """Remember the first language of an application's wish that we have (OIDC Core §3.1.2.1).

    It holds until the browser is closed; `en-GB` is English, and what is no tag is no wish.
    """
    for tag in ui_locales.split(None, MOST_TAGS)[:MOST_TAGS]:
        found = TAG.fullmatch(tag.lower())
        if found and found[1] in LOCALES:
            cookies.put("ui", found[1])
            return


def locale() -> str:
    """Return the language of this request."""
    found = get_locale()
    return str(found.language) if found else "de"


def text(key: str, **facts: object) -> str:
    """Return the text of `key` with its placeholders filled."""
    return str(gettext(key, **facts))


def moment(value: datetime) -> str:
    """Write date and time as people here do."""
    if locale() == "de":
        return format_datetime(value.astimezone(ZONE), "d. MMMM yyyy, HH:mm 'Uhr'", locale="de_DE")
    return format_datetime(value.astimezone(ZONE), "d MMMM yyyy, HH:mm", locale="en_GB")


def day(value: datetime) -> str:
    """Write the date alone."""
    return format_date(
        value.astimezone(ZONE), "long", locale="de_DE" if locale() == "de" else "en_GB"
    )


def wait(seconds: int) -> str:
    """Write a waiting time in words, rounded up; never "1 seconds"."""
    if seconds <= 90:
        return text("wait.seconds", count=max(2, seconds))
    return text("wait.minutes", count=-(-seconds // 60))


def problem(found: Problem) -> str:
    """Return the sentence for a broken password rule."""
    return text(f"problem.{found.code}", **found.facts)


def rules(core: Core, *, first: bool = False) -> list[str]:
    """Return the sentences that are shown before input of a password, somebody's `first` or not."""
    said = passwords.advice(core, first=first)
    return [text(f"rule.{rule.code}", **rule.facts) for rule in said]


def explain(refused: Refused) -> str:
    """Return what a person is told about a refusal."""
    if isinstance(refused, WeakPassword):
        return " ".join(problem(item) for item in refused.problems if isinstance(item, Problem))
    facts = {
        name: moment(value) if isinstance(value, datetime) else value
        for name, value in refused.facts.items()
    }
    if isinstance(facts.get("seconds"), int):
        facts["wait"] = wait(int(str(facts["seconds"])))
    return text(f"error.{refused.code}", **facts)
