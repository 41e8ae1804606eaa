"""Invented courses of the coming weeks, so that the list is not bare."""

from collections.abc import Iterator
from datetime import date, timedelta

NORTH, SOUTH = "Bildungszentrum Nord", "Bildungszentrum Süd"
COURSES = (
    (
        "Ausbildung der Ausbilder (AdA)",
        "Recht, Planung und Methoden der Ausbildung im Betrieb. Mit Prüfung nach der AEVO.",
        *(NORTH, 5, 18, 640),
    ),
    (
        "Wärmepumpen planen und einbauen",
        "Auslegung, hydraulischer Abgleich und Inbetriebnahme. Ein Tag in der Werkstatt.",
        *(SOUTH, 3, 12, 790),
    ),
    (
        "Digitale Buchführung im Handwerksbetrieb",
        "Belege scannen, E-Rechnungen lesen und schreiben, Umsatzsteuer voranmelden.",
        *("Online", 2, 25, 280),
    ),
    (
        "Schweißen: Grundlehrgang MAG",
        "Kehlnähte und Stumpfnähte an Blechen. Vorbereitung auf DIN EN ISO 9606-1.",
        *(SOUTH, 5, 8, 980),
    ),
    (
        "Meistervorbereitung Teil III",
        "Betriebswirtschaft, Kaufmännisches und Recht. Berufsbegleitend am Abend.",
        *(NORTH, 30, 20, 1450),
    ),
    (
        "Arbeitsschutz im kleinen Betrieb",
        "Gefährdungen beurteilen, unterweisen, dokumentieren. Mit Vorlagen zum Mitnehmen.",
        *(NORTH, 1, 1, 140),
    ),
)


def from_day(today: date) -> Iterator[tuple[str | int, ...]]:
    """One course a week, each on a Monday, the first in one to two weeks."""
    monday = today + timedelta(days=14 - today.weekday())
    for week, course in enumerate(COURSES):
        yield ((monday + timedelta(weeks=week)).isoformat(), *course)
