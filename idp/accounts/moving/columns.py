"""The columns of a file of accounts: their titles, how long a value may be, how it is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from email_validator import EmailNotValidError, validate_email

from idp.accounts.models import State
from idp.plugins import HashRefused

YES = {"true", "1", "yes", "ja", "y", "j", "wahr"}
NO = {"", "false", "0", "no", "nein", "n", "falsch"}
STATES = {
    **dict.fromkeys(("", "active", "aktiv", "true"), State.ACTIVE),
    **dict.fromkeys(("locked", "gesperrt"), State.LOCKED),
    **dict.fromkeys(("disabled", "inactive", "inaktiv", "deaktiviert", "false"), State.DISABLED),
}
LOCALES = {"", "de", "en"}
# Old addresses of one person; those of many rows go into one statement.
MOST_ADDRESSES = 20
GERMAN_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
# A number this large counts milliseconds, not seconds, since 1970.
MILLISECONDS = 100_000_000_000


class Odd(ValueError):
    """A value that is not taken; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Judge:
    """What values are measured against, beside their form."""

    now: datetime
    taken_in: Callable[[str], str]
    checks: Mapping[str, Callable[[str], str | None]]
    numbers: Mapping[str, str] | None


Value = str | datetime | tuple[str, ...] | None


def address(text: str, _judge: Judge) -> str:
    """Return an e-mail address as we write it to; the domain need not exist any more."""
    if not text:
        raise Odd("value_missing")
    try:
        return str(
            validate_email(
                text, check_deliverability=False, test_environment=True, strict=True
            ).normalized
        )
    except EmailNotValidError as error:
        raise Odd("email_invalid") from error


def addresses(text: str, _judge: Judge) -> tuple[str, ...]:
    """Return old spellings: several stand between blanks, commas, semicolons or strokes."""
    found = [part for part in re.split(r"[\s,;|]+", text) if part]
    if any("@" not in part.strip("@") for part in found):
        raise Odd("email_invalid")
    if len(found) > MOST_ADDRESSES:
        raise Odd("too_many")
    return tuple(found)


def given_name(text: str, judge: Judge) -> str | None:
    """Return a given name, if it is one to whoever asks for it at the registration."""
    return _name("given_name", text, judge)


def family_name(text: str, judge: Judge) -> str | None:
    """Return a family name."""
    return _name("family_name", text, judge)


def _name(column: str, text: str, judge: Judge) -> str | None:
    check = judge.checks.get(column)
    code = check(text) if check and text else None
    if code:
        raise Odd(code)
    return text or None


def locale(text: str, _judge: Judge) -> str:
    """Return the language: `de_DE` is German too."""
    language = re.split(r"[-_]", text.casefold(), maxsplit=1)[0]
    if language not in LOCALES:
        raise Odd("locale_unknown")
    return language or "de"


def state(text: str, _judge: Judge) -> State:
    """Return where the account stands; nothing said means active."""
    found = STATES.get(text.casefold())
    if found is None:
        raise Odd("state_unknown")
    return found


def password_hash(text: str, judge: Judge) -> str | None:
    """Return the stored form of a hash; an account may have none."""
    try:
        return judge.taken_in(text) if text else None
    except HashRefused as refused:
        raise Odd(refused.code) from refused


def verified(text: str, judge: Judge) -> datetime | None:
    """Return when the address was proven: a moment, or "yes"; nothing said means it was not."""
    if text.casefold() in NO:
        return None
    return judge.now if text.casefold() in YES else moment(text, judge)


def moment(text: str, judge: Judge) -> datetime | None:
    """Return a moment that is over: ISO 8601, or seconds or milliseconds since 1970."""
    if not text:
        return None
    try:
        if text.isdecimal():
            number = int(text)
            found = datetime.fromtimestamp(number / 1000 if number >= MILLISECONDS else number, UTC)
        else:
            found = datetime.fromisoformat(text)
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Odd("date_invalid") from error
    if found > judge.now:
        raise Odd("date_invalid")
    return found


def birthday(text: str, judge: Judge) -> str | None:
    """Return a birth date as claims have it: `1980-12-31`, also when written `31.12.1980`."""
    if not text:
        return None
    german = GERMAN_DAY.fullmatch(text)
    try:
        day, month, year = (int(part) for part in german.groups()) if german else (0, 0, 0)
        found = date(year, month, day) if german else date.fromisoformat(text)
    except ValueError as error:
        raise Odd("date_invalid") from error
    if not date(1900, 1, 1) <= found <= judge.now.date():
        raise Odd("date_invalid")
    return found.isoformat()


def plain(text: str, _judge: Judge) -> str | None:
    """Return an identifier as it is."""
    return text or None


@dataclass(frozen=True)
class Column:
    """`titles` are folded (`files.folded`)."""

    longest: int
    titles: str
    read: Callable[[str, Judge], Value]


COLUMNS = {
    "email": Column(254, "email emailadresse mail", address),
    "given_name": Column(100, "givenname vorname firstname", given_name),
    "family_name": Column(100, "familyname nachname lastname", family_name),
    "locale": Column(20, "locale sprache language", locale),
    "state": Column(20, "state status enabled", state),
    "password_hash": Column(10_000, "passwordhash passworthash credential credentials",
                            password_hash),
    "email_verified": Column(40, "emailverified emailbestätigt", verified),
    "created_at": Column(40, "createdat createdtimestamp angelegt", moment),
    "birthdate": Column(20, "birthdate geburtsdatum", birthday),
    "old_id": Column(100, "oldid altekennung id", plain),
    "old_email": Column(1000, "oldemail alteemail", addresses),
    "customer_number": Column(40, "customernumber kundennummer", plain),
    "old_customer_number": Column(40, "oldcustomernumber altekundennummer", plain),
}  # fmt: skip
COLUMN_OF = {title: name for name, column in COLUMNS.items() for title in column.titles.split()}
