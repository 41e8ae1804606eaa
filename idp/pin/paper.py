"""The posted letter with the PIN, on the chamber's sheet.

Pure: equal facts give equal bytes, so that an export can be repeated and compared.
"""

import segno
from fpdf import FPDF

from idp.pin import sheet
from idp.pin.letter import TEXTS, LetterFacts, qr_payload
from idp.pin.sheet import BOLD, LABEL, LEFT, WIDTH, Type, day, put


def pdf(facts: LetterFacts) -> bytes:
    """Print the letter; it stays one page however long the names are."""
    paper = sheet.begun(facts, "PIN-Brief")
    y = _opening(paper, facts)
    y = _pin(paper, facts, y + 3)
    y = _steps(paper, facts, y + 4.5)
    _ending(paper, facts, y + 2)
    return bytes(paper.output())


def _opening(paper: FPDF, facts: LetterFacts) -> float:
    """Subject, what this is about, and which business it concerns."""
    put(paper, TEXTS["subject"], (LEFT, 98, WIDTH), Type(12, "B"))
    y = put(paper, TEXTS["greeting"], (LEFT, 107.5, WIDTH)) + 2
    on = f" am {day(facts.requested_on)}" if facts.requested_on else ""
    y = put(paper, TEXTS[_occasion(facts)].format(on=on), (LEFT, y, WIDTH)) + 3
    said = (
        ("Betrieb", facts.business_name),
        (facts.number_label, facts.number),
        ("Filialnummer", facts.branch),
        ("Bestellt von", facts.requested_by),
    )
    return sheet.entries(paper, said, y)


def _occasion(facts: LetterFacts) -> str:
    if facts.requested_by:
        return "person"
    return "chamber" if facts.by_chamber else "nobody"


def _pin(paper: FPDF, facts: LetterFacts, y: float) -> float:
    """The PIN in its frame, below the first fold and far from the window."""
    height = 23
    paper.set_line_width(0.4)
    paper.rect(LEFT, y, WIDTH, height)
    put(paper, TEXTS["pin"], (LEFT + 5, y + 4, 30), BOLD)
    put(paper, facts.pin, (LEFT + 35, y + 2.5, WIDTH - 40), Type(30, "B", family="mono"))
    valid = TEXTS["valid"].format(valid_until=day(facts.valid_until))
    put(paper, valid, (LEFT + 35, y + 17, WIDTH - 40), LABEL)
    return y + height


def _steps(paper: FPDF, facts: LetterFacts, y: float) -> float:
    """What to do, step by step, with the QR code beside it."""
    bottom = _qr(paper, facts, y)
    y = put(paper, TEXTS["steps"], (LEFT, y, 120), BOLD) + 1
    key = f"{facts.number_label} {facts.number}"
    key += f", Filialnummer {facts.branch}" if facts.branch else ""
    steps = ("open", "sign_in_person" if facts.requested_by else "sign_in", "enter")
    for number, step in enumerate(steps, 1):
        text = TEXTS[step].format(start_url=facts.start_url, key=key)
        put(paper, f"{number}.", (LEFT, y, 6))
        y = put(paper, text, (LEFT + 6, y, 116), Type(most=3)) + 1
    y = put(paper, TEXTS["care"], (LEFT, y + 1, 122))
    return max(y, bottom)


def _qr(paper: FPDF, facts: LetterFacts, y: float) -> float:
    """The code as black squares, run by run, and what it holds."""
    matrix = segno.make(qr_payload(facts), error="m", micro=False).matrix
    module, left = 30 / len(matrix), LEFT + WIDTH - 30
    paper.set_fill_color(0)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                paper.rect(left + column * module, y + row * module, module, module, "F")
    return put(paper, TEXTS["code"], (left, y + 31, 30), Type(7, grey=70))


def _ending(paper: FPDF, facts: LetterFacts, y: float) -> None:
    """What to do in doubt, whom to ask, and the signature."""
    occasion = _occasion(facts)
    if occasion != "chamber":
        y = put(paper, TEXTS["doubt"], (LEFT, y, WIDTH), BOLD)
        y = put(paper, TEXTS[f"doubt_{occasion}"], (LEFT, y, WIDTH)) + 2
    support = TEXTS["support"].format(contact=facts.sender.contact)
    y = put(paper, support, (LEFT, y, WIDTH), Type(most=2)) + 2.5
    y = put(paper, TEXTS["closing"], (LEFT, y, WIDTH)) + 1
    put(paper, facts.sender.name, (LEFT, y, WIDTH), Type(style="B", most=1))
