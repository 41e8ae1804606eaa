"""Places of invented firms, so that the board is not bare."""

from collections.abc import Iterator
from datetime import date

PLACES = (
    (
        *("Elektro Funke & Töchter", "Elektroniker/in", "Musterstadt"),
        "Energie- und Gebäudetechnik, von der Altbausanierung bis zur Ladesäule. "
        "Sie arbeiten vom ersten Tag an in einem festen Team.",
    ),
    (
        *("Dachdeckerei Himmelreich GmbH", "Dachdecker/in", "Neudorf"),
        "Steildach, Flachdach und Solar. Werkzeug und Arbeitskleidung stellen wir.",
    ),
    (
        *("Bäckerei Sonnenschein", "Bäcker/in", "Musterstadt"),
        "Ein kleines Team mit eigenen Rezepten. "
        "Wir zeigen Ihnen alles, vom Sauerteig bis zur Hochzeitstorte.",
    ),
)


def for_next_year(today: date) -> Iterator[tuple[str, ...]]:
    """All of them begin with the next training year, on 1 August."""
    starts = date(today.year + (today.month > 6), 8, 1).isoformat()
    for number, place in enumerate(PLACES):
        yield (starts, f"example-{number}", *place)
