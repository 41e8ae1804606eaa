"""The businesses of the fictional chamber: always the same, as the CSV file a chamber exports."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

COUNT = 300
# So many of them have a second place of work, and so many are closed.
EVERY_BRANCH, EVERY_CLOSED = 12, 50

TRADES = (
    ("Tischler", "Tischlerei {}"), ("Bäcker", "Bäckerei {}"), ("Maler", "Malerbetrieb {}"),
    ("Elektrotechniker", "Elektro {}"), ("Dachdecker", "Dachdeckerei {}"),
    ("Installateur und Heizungsbauer", "{} Sanitär und Heizung"), ("Friseur", "Salon {}"),
    ("Kraftfahrzeugtechniker", "Autohaus {}"), ("Metallbauer", "Metallbau {}"),
    ("Maurer und Betonbauer", "Bauunternehmung {}"), ("Fleischer", "Fleischerei {}"),
    ("Augenoptiker", "{} Augenoptik"), ("Zimmerer", "Zimmerei {}"), ("Schornsteinfeger", "{}"),
    ("Fliesenleger", "Fliesen {}"), ("Raumausstatter", "Raumausstattung {}"),
    ("Hörakustiker", "{} Hörakustik"), ("Glaser", "Glaserei {}"), ("Steinmetz", "Steinmetz {}"),
    ("Konditor", "Konditorei {}"), ("Orthopädietechniker", "{} Orthopädietechnik"),
    ("Zweiradmechaniker", "Zweirad {}"), ("Gebäudereiniger", "{} Gebäudereinigung"),
    ("Buchbinder", "Buchbinderei {}"), ("Goldschmied", "Goldschmiede {}"),
    ("Schuhmacher", "Schuhmacherei {}"), ("Uhrmacher", "Uhren {}"),
    ("Landmaschinenmechaniker", "Landtechnik {}"), ("Gerüstbauer", "Gerüstbau {}"),
)  # fmt: skip
NAMES = (
    "Ahlbrecht", "Bärenfänger", "Claaßen", "Dornseifer", "Eickmann", "Fehling", "Grünewald",
    "Hagedorn", "Immenroth", "Jäckel", "Kühnhold", "Lüdecke", "Meerkötter", "Nagel", "Oelschläger",
    "Pfeffer", "Quandt", "Rühmann", "Süßmilch", "Tönnies", "Ullrich", "Völker", "Weißhaupt",
    "Zöllner", "Brinkmann & Söhne", "Geschwister Arndt", "Özkan", "Nowak", "Ferrari-Lenz",
    "Thiele & Partner", "Vogelsang",
)  # fmt: skip
FORMS = (" GmbH", "", " e. K.", "", " GmbH & Co. KG", " OHG", "")
STREETS = (
    "Hobelweg", "Ambossgasse", "Am Kalkofen", "Zunftstraße", "Lindenring", "Gesellenstraße",
    "Alte Schmiede", "Innungsplatz", "Meisterallee", "Walzwerkstraße", "Töpfergasse",
)  # fmt: skip
# Postcodes that no place in Germany has.
PLACES = (
    ("12345", "Musterstadt"), ("05101", "Altmuster"), ("05102", "Beispielhausen"),
    ("12345", "Musterstadt"), ("05103", "Probsthagen an der Muster"), ("05104", "Neumuster"),
)  # fmt: skip
HEADER = ("Betriebsnummer", "Filialnummer", "Firma", "Straße", "PLZ", "Ort", "Status", "Gewerk")


@dataclass(frozen=True)
class Entry:
    """A row of the register; `branch` is empty for the main place of work."""

    number: str
    branch: str
    name: str
    street: str
    postcode: str
    city: str
    status: str
    trade: str


def register() -> list[Entry]:
    """Return all businesses."""
    return [entry for index in range(COUNT) for entry in _entries(index)]


def as_csv(entries: list[Entry]) -> bytes:
    """Return the file that `idp business import` reads."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADER)
    writer.writerows(
        (e.number, e.branch, e.name, e.street, e.postcode, e.city, e.status, e.trade)
        for e in entries
    )
    return text.getvalue().encode()


def number(index: int) -> str:
    """Return a business number: seven digits, every seventh with leading zeros."""
    return f"{index * 97 + 4021:07d}" if index % 7 == 3 else f"{1_204_007 + index * 6_311:07d}"


def closed(index: int) -> bool:
    """Tell whether a business has been struck off."""
    return index % EVERY_CLOSED == EVERY_CLOSED - 1


def branched(index: int) -> bool:
    """Tell whether a business has the branch 001."""
    return index % EVERY_BRANCH == 5 and not closed(index)


def _entries(index: int) -> Iterator[Entry]:
    trade, pattern = TRADES[index % len(TRADES)]
    name = pattern.format(NAMES[index % len(NAMES)]) + FORMS[index % len(FORMS)]
    status = "geschlossen" if closed(index) else "aktiv"
    yield Entry(number(index), "", name, *_address(index), status, trade)
    if branched(index):
        address = _address(index + 1)
        branch = f"{name}, Filiale {address[2]}"
        yield Entry(number(index), "001", branch, *address, status, trade)


def _address(index: int) -> tuple[str, str, str]:
    street = f"{STREETS[index % len(STREETS)]} {index * 7 % 83 + 1}"
    postcode, city = PLACES[index % len(PLACES)]
    return street, postcode, city
