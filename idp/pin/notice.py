"""The posted notice: somebody was linked with the business by a PIN that named nobody.

Set on the same sheet as the letter with the PIN, and as heavy to import.
"""

from idp.pin import sheet
from idp.pin.letter import LetterFacts
from idp.pin.sheet import BOLD, LEFT, WIDTH, Type, day, put

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
    paper = sheet.begun(facts, "Mitteilung")
    put(paper, TEXTS["subject"], (LEFT, 98, WIDTH), Type(12, "B"))
    y = put(paper, TEXTS["greeting"], (LEFT, 107.5, WIDTH)) + 2
    y = put(paper, TEXTS["what"].format(day=day(facts.date)), (LEFT, y, WIDTH)) + 3
    said = (
        ("Betrieb", facts.business_name),
        (facts.number_label, facts.number),
        ("Filialnummer", facts.branch),
        ("Person", facts.requested_by),
    )
    y = sheet.entries(paper, said, y)
    for part in ("known", "unknown"):
        y = put(paper, TEXTS[part], (LEFT, y + 3, WIDTH), BOLD)
        y = put(paper, TEXTS[f"{part}_text"], (LEFT, y, WIDTH))
    y = put(paper, TEXTS["support"].format(contact=facts.sender.contact), (LEFT, y + 3, WIDTH)) + 5
    y = put(paper, TEXTS["closing"], (LEFT, y, WIDTH)) + 1
    put(paper, facts.sender.name, (LEFT, y, WIDTH), BOLD)
    return bytes(paper.output())
