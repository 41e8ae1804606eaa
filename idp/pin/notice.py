"""The posted notice: somebody was linked with the business by a PIN that named nobody.

Set on the same paper as the letter with the PIN (`paper.py`), and as heavy to import.
"""

from idp.pin import paper
from idp.pin.letter import LetterFacts

TEXTS = {
    "subject": "Neue Verknüpfung mit Ihrem Betrieb",
    "greeting": "Guten Tag,",
    "what": "am {day} hat eine Person ihr Konto mit Ihrem Betrieb verknüpft. Sie hat dazu eine PIN "
    "aus einem Brief von uns eingegeben. Ab jetzt kann sie online für Ihren Betrieb handeln.",
    "known": "Das ist richtig so?",
    "known_text": "Dann müssen Sie nichts tun.",
    "unknown": "Sie kennen die Person nicht, oder sie soll nicht für Ihren Betrieb handeln?",
    "unknown_text": "Melden Sie sich bitte gleich bei uns. Wir lösen die Verknüpfung.",
    "support": "So erreichen Sie uns: {contact}",
    "closing": "Mit freundlichen Grüßen",
}


def pdf(facts: LetterFacts) -> bytes:
    """Print the notice: `requested_by` is who was linked; there is no PIN in it."""
    sheet = paper._paper(facts)
    paper._frame(sheet, facts.sender)
    paper._window(sheet, facts)
    left, width = paper._LEFT, paper._WIDTH
    paper._put(sheet, TEXTS["subject"], (left, 98, width), paper._Type(12, "B"))
    y = paper._put(sheet, TEXTS["greeting"], (left, 107.5, width)) + 2
    y = paper._put(sheet, TEXTS["what"].format(day=paper._day(facts.date)), (left, y, width)) + 3
    for label, value in _lines(facts):
        paper._put(sheet, label, (left, y, 35))
        bold = paper._Type(style="B", most=2)
        y = paper._put(sheet, value, (left + 35, y, width - 35), bold) + 0.8
    for part in ("known", "unknown"):
        y = paper._put(sheet, TEXTS[part], (left, y + 3, width), paper._BOLD)
        y = paper._put(sheet, TEXTS[f"{part}_text"], (left, y, width))
    support = TEXTS["support"].format(contact=facts.sender.contact)
    y = paper._put(sheet, support, (left, y + 3, width)) + 5
    y = paper._put(sheet, TEXTS["closing"], (left, y, width)) + 1
    paper._put(sheet, facts.sender.name, (left, y, width), paper._BOLD)
    return bytes(sheet.output())


def _lines(facts: LetterFacts) -> list[tuple[str, str]]:
    found = [
        ("Betrieb", facts.business_name),
        ("Betriebsnummer", facts.number),
        ("Filialnummer", facts.branch),
        ("Person", facts.requested_by),
    ]
    return [(label, value) for label, value in found if value]
