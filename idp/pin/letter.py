"""What the posted letter says: its facts, its wording, the address as DIN 5008 wants it.

How it comes onto paper is in `paper.py`, on the sheet of `sheet.py`, which alone needs fpdf.
"""

import datetime as dt
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlencode

from babel import Locale

TEXTS = {
    "subject": "Ihre PIN für „Mein Betrieb“",
    "greeting": "Guten Tag,",
    "person": "für Ihren Betrieb wurde{on} online eine PIN bestellt. Mit ihr verknüpft die unten "
    "genannte Person ihr Konto mit dem Betrieb. Danach kann sie online für ihn handeln.",
    "nobody": "wir wurden{on} online um eine PIN für Ihren Betrieb gebeten. Mit ihr verknüpfen "
    "Sie Ihr Konto mit dem Betrieb. Danach können Sie online für ihn handeln.",
    "chamber": "mit dieser PIN verknüpfen Sie Ihr Konto mit Ihrem Betrieb. Danach können Sie "
    "online für ihn handeln.",
    "pin": "Ihre PIN",
    "valid": "Gültig bis {valid_until}, einmal verwendbar. Groß oder klein spielt keine Rolle.",
    "steps": "So geht es weiter",
    "open": "Scannen Sie den Code, oder öffnen Sie {start_url}",
    "sign_in": "Melden Sie sich mit Ihrem Konto an, oder legen Sie ein Konto an.",
    "sign_in_person": "Melden Sie sich mit dem Konto an, mit dem die PIN bestellt wurde. "
    "Nur dort gilt sie.",
    "enter": "Geben Sie unter „Mein Betrieb“ ein: {key} und die PIN.",
    "code": "Der Code enthält die Adresse und die Nummer, nicht die PIN.",
    "care": "Geben Sie die PIN nur weiter, wenn jemand für Ihren Betrieb handeln darf. "
    "Wir fragen Sie nie am Telefon oder per E-Mail nach ihr.",
    "doubt": "Sie haben keine PIN bestellt?",
    "doubt_person": "Wenn Sie die Person nicht kennen oder sie nicht für Ihren Betrieb handeln "
    "soll, geben Sie die PIN nicht weiter. Melden Sie sich bitte bei uns.",
    "doubt_nobody": "Wenn bei Ihnen niemand um die PIN gebeten hat, müssen Sie nichts tun. Ohne "
    "diesen Brief kann niemand Ihren Betrieb mit dieser PIN verknüpfen. Vernichten Sie ihn.",
    "support": "Fragen? So erreichen Sie uns: {contact}",
    "closing": "Mit freundlichen Grüßen",
}


@dataclass(frozen=True)
class Sender:
    """The chamber on paper: `lines` are street and city, `contact` says how to reach it."""

    name: str
    lines: tuple[str, ...]
    contact: str


@dataclass(frozen=True)
class LetterFacts:
    """Everything one letter says; `recipient` has at most six lines, as `address_lines` makes them.

    Without `requested_by` nobody was signed in when the PIN was asked for; `by_chamber` means that
    nobody asked and the chamber sends it of its own accord. `number_label` is what this chamber
    calls its numbers.
    """

    id: str
    date: dt.date
    sender: Sender
    recipient: tuple[str, ...]
    business_name: str
    number: str
    branch: str | None
    pin: str
    requested_by: str | None
    valid_until: dt.date
    start_url: str
    requested_on: dt.date | None = None
    by_chamber: bool = False
    number_label: str = "Betriebsnummer"

    @property
    def key(self) -> str:
        """Number and branch as people write them."""
        return f"{self.number}-{self.branch}" if self.branch else self.number


def qr_payload(facts: LetterFacts) -> str:
    """Start address and number, never the PIN: scanner apps and histories keep addresses."""
    separator = "&" if "?" in facts.start_url else "?"
    return facts.start_url + separator + urlencode({"number": facts.key})


def address_lines(
    name: str, street: str, postcode: str, city: str, country: str = "DE"
) -> tuple[str, ...]:
    """The address after DIN 5008: no blank lines, the country only abroad and in capitals."""
    code = one_line(country).upper()
    abroad = code not in {"", "DE", "DEUTSCHLAND"}
    land = Locale("de").territories.get(code, code).upper() if abroad else ""
    lines = (one_line(line) for line in (name, street, f"{postcode} {city}", land))
    return tuple(line for line in lines if line)


def one_line(text: str) -> str:
    """Composed characters on one line; control, direction and invisible ones fall away."""
    blank = "".join(" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", text))
    return " ".join("".join(s for s in blank if unicodedata.category(s)[0] != "C").split())
