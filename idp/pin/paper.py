"""The posted letter on paper: one A4 page after DIN 5008 form B, as PDF/A.

Pure: equal facts give equal bytes, so that an export can be repeated and compared. Import this
module only where letters are made; fpdf costs most of a second.
"""

import datetime as dt
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import cast

import segno
from babel.dates import format_date
from fpdf import FPDF
from fpdf.fonts import TTFFont

from idp.pin.letter import TEXTS, LetterFacts, Sender, one_line, qr_payload

# Millimetres, as DIN 5008 form B and the window of the envelope want them (`domain.md` §2.4).
_LEFT, _WIDTH, _FOOT = 25, 165, 281
_ADDRESS_WIDTH, _ADDRESS_LINES, _ADDRESS_LINE = 80, 6, 27.3 / 6
_RETURN_LINE, _ADDRESS = 45, 45 + 5 + 12.7
_MARKS = {105: 8, 148.5: 10, 210: 8}  # folds and the hole between them -> where the mark ends

_FONTS = (
    ("sans", "", "fontpkg_fira_sans", "FiraSans-Regular.ttf"),
    ("sans", "B", "fontpkg_fira_sans", "FiraSans-Bold.ttf"),
    ("mono", "B", "fontpkg_ibm_plex_mono", "IBMPlexMono-Bold.ttf"),
)

# Written by hand, as fpdf would put the time of printing into it.
_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>de-DE</rdf:li></rdf:Bag></dc:language>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


@dataclass(frozen=True)
class _Type:
    """How text is set: size in points, grey level, and the most lines it may take."""

    size: float = 10
    style: str = ""
    grey: int = 0
    most: int = 9
    family: str = "sans"


_BODY, _BOLD = _Type(), _Type(style="B")
_LABEL, _SMALL = _Type(8.5, grey=70, most=1), _Type(7.5, grey=70, most=2)


def pdf(facts: LetterFacts) -> bytes:
    """Print the letter; it stays one page however long the names are."""
    paper = _paper(facts)
    _frame(paper, facts.sender)
    _window(paper, facts)
    y = _opening(paper, facts)
    y = _pin(paper, facts, y + 3)
    y = _steps(paper, facts, y + 4.5)
    _ending(paper, facts, y + 2)
    return bytes(paper.output())


def _day(day: dt.date) -> str:
    return format_date(day, "d. MMMM y", locale="de")


def _paper(facts: LetterFacts) -> FPDF:
    """An empty page with its fonts and metadata; nothing in it depends on the hour."""
    paper = FPDF(enforce_compliance="PDF/A-2u")
    paper.set_auto_page_break(False)
    paper.set_margin(0)
    paper.c_margin = 0
    for family, style, package, name in _FONTS:
        paper.add_font(family, style, str(files(package) / "files" / name))
    moment = dt.datetime.combine(facts.date, dt.time(), dt.UTC)
    paper.set_creation_date(moment)
    paper.set_lang("de-DE")
    title = escape(one_line(f"PIN-Brief {facts.key} {facts.business_name}"))
    author = escape(one_line(facts.sender.name))
    paper.set_xmp_metadata(_XMP.format(title=title, author=author, moment=moment.isoformat()))
    paper.add_page()
    return paper


def _put(paper: FPDF, text: str, at: tuple[float, float, float], how: _Type = _BODY) -> float:
    """Print text at x, y within a width, and return the y below it."""
    x, y, width = at
    paper.set_text_color(how.grey)
    for line in _wrapped(paper, text, width, how):
        paper.set_xy(x, y)
        paper.cell(width, how.size * 0.45, line)
        y += how.size * 0.45
    return y


def _wrapped(paper: FPDF, text: str, width: float, how: _Type) -> list[str]:
    """The text in lines; what exceeds the most of them is cut with an ellipsis."""
    paper.set_font(how.family, how.style, how.size)
    known = cast(TTFFont, paper.current_font).cmap
    text = "".join(s if ord(s) in known else _nearest(s, known) for s in one_line(text))
    found = paper.multi_cell(width, text=text, dry_run=True, output="LINES", align="L")
    lines = cast(list[str], found)
    if len(lines) <= how.most:
        return lines
    last = lines[how.most - 1]
    while paper.get_string_width(last + "…") > width:
        last = last[:-1]
    return [*lines[: how.most - 1], last + "…"]


def _nearest(sign: str, known: Container[int]) -> str:
    """The plain letters of a sign that the font lacks, or else a question mark for all to see."""
    if unicodedata.category(sign)[0] == "M":
        return ""
    return "".join(s for s in unicodedata.normalize("NFKD", sign) if ord(s) in known) or "?"


def _frame(paper: FPDF, sender: Sender) -> None:
    """Letter head and foot, and the marks for folding and punching."""
    _put(paper, sender.name, (_LEFT, 17, _WIDTH), _Type(17, "B", most=1))
    _put(paper, " · ".join(sender.lines), (_LEFT, 25.5, _WIDTH), _LABEL)
    paper.set_line_width(0.2)
    paper.line(_LEFT, _FOOT, _LEFT + _WIDTH, _FOOT)
    _put(paper, sender.contact, (_LEFT, _FOOT + 1.2, _WIDTH), _SMALL)
    for y, end in _MARKS.items():
        paper.line(5, y, end, y)
    paper.set_line_width(0.6)
    paper.line(_LEFT, 32, _LEFT + _WIDTH, 32)


def _window(paper: FPDF, facts: LetterFacts) -> None:
    """Return line and address, the franking's zone free between them; date and sign beside."""
    back = " · ".join((facts.sender.name, *facts.sender.lines))
    _put(paper, back, (_LEFT, _RETURN_LINE + 1, _ADDRESS_WIDTH), _Type(6.5, grey=70, most=1))
    y, (lines, how) = _ADDRESS, _address(paper, facts.recipient)
    for line in lines:
        _put(paper, line, (_LEFT, y, _ADDRESS_WIDTH), how)
        y += _ADDRESS_LINE
    y = 50.0
    for label, value in (("Unser Zeichen", facts.id), ("Datum", _day(facts.date))):
        _put(paper, label, (125, y + 0.4, 25), _LABEL)
        y = _put(paper, value, (150, y, 40), _Type(most=2)) + 1


def _address(paper: FPDF, recipient: tuple[str, ...]) -> tuple[list[str], _Type]:
    """The address in its six lines: smaller type first, then the longest entry gets shorter."""
    for size in (10.5, 9.5, 8.5, 8.0):
        entries = [_wrapped(paper, entry, _ADDRESS_WIDTH, _Type(size)) for entry in recipient]
        if sum(map(len, entries)) <= _ADDRESS_LINES:
            break
    while sum(map(len, entries)) > _ADDRESS_LINES:
        at = max(range(len(entries)), key=lambda at: len(entries[at]))
        how = _Type(size, most=len(entries[at]) - 1)
        entries[at] = _wrapped(paper, recipient[at], _ADDRESS_WIDTH, how)
    return [line for entry in entries for line in entry], _Type(size)


def _opening(paper: FPDF, facts: LetterFacts) -> float:
    """Subject, what this is about, and which business it concerns."""
    _put(paper, TEXTS["subject"], (_LEFT, 98, _WIDTH), _Type(12, "B"))
    y = _put(paper, TEXTS["greeting"], (_LEFT, 107.5, _WIDTH)) + 2
    on = f" am {_day(facts.requested_on)}" if facts.requested_on else ""
    y = _put(paper, TEXTS[_occasion(facts)].format(on=on), (_LEFT, y, _WIDTH)) + 3
    for label, value in (
        ("Betrieb", facts.business_name),
        ("Betriebsnummer", facts.number),
        ("Filialnummer", facts.branch),
        ("Bestellt von", facts.requested_by),
    ):
        if value:
            _put(paper, label, (_LEFT, y, 35))
            y = _put(paper, value, (_LEFT + 35, y, _WIDTH - 35), _Type(style="B", most=2)) + 0.8
    return y


def _occasion(facts: LetterFacts) -> str:
    if facts.requested_by:
        return "person"
    return "chamber" if facts.by_chamber else "nobody"


def _pin(paper: FPDF, facts: LetterFacts, y: float) -> float:
    """The PIN in its frame, below the first fold and far from the window."""
    height = 23
    paper.set_line_width(0.4)
    paper.rect(_LEFT, y, _WIDTH, height)
    _put(paper, TEXTS["pin"], (_LEFT + 5, y + 4, 30), _BOLD)
    _put(paper, facts.pin, (_LEFT + 35, y + 2.5, _WIDTH - 40), _Type(30, "B", family="mono"))
    valid = TEXTS["valid"].format(valid_until=_day(facts.valid_until))
    _put(paper, valid, (_LEFT + 35, y + 17, _WIDTH - 40), _LABEL)
    return y + height


def _steps(paper: FPDF, facts: LetterFacts, y: float) -> float:
    """What to do, step by step, with the QR code beside it."""
    bottom = _qr(paper, facts, y)
    y = _put(paper, TEXTS["steps"], (_LEFT, y, 120), _BOLD) + 1
    key = f"Betriebsnummer {facts.number}"
    key += f", die Filialnummer {facts.branch}" if facts.branch else ""
    steps = ("open", "sign_in_person" if facts.requested_by else "sign_in", "enter")
    for number, step in enumerate(steps, 1):
        text = TEXTS[step].format(start_url=facts.start_url, key=key)
        _put(paper, f"{number}.", (_LEFT, y, 6))
        y = _put(paper, text, (_LEFT + 6, y, 116), _Type(most=3)) + 1
    y = _put(paper, TEXTS["care"], (_LEFT, y + 1, 122))
    return max(y, bottom)


def _qr(paper: FPDF, facts: LetterFacts, y: float) -> float:
    """The code as black squares, run by run, and what it holds."""
    matrix = segno.make(qr_payload(facts), error="m", micro=False).matrix
    module, left = 30 / len(matrix), _LEFT + _WIDTH - 30
    paper.set_fill_color(0)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                paper.rect(left + column * module, y + row * module, module, module, "F")
    return _put(paper, TEXTS["code"], (left, y + 31, 30), _Type(7, grey=70))


def _ending(paper: FPDF, facts: LetterFacts, y: float) -> None:
    """What to do in doubt, whom to ask, and the signature."""
    occasion = _occasion(facts)
    if occasion != "chamber":
        y = _put(paper, TEXTS["doubt"], (_LEFT, y, _WIDTH), _BOLD)
        y = _put(paper, TEXTS[f"doubt_{occasion}"], (_LEFT, y, _WIDTH)) + 2
    support = TEXTS["support"].format(contact=facts.sender.contact)
    y = _put(paper, support, (_LEFT, y, _WIDTH), _Type(most=2)) + 2.5
    y = _put(paper, TEXTS["closing"], (_LEFT, y, _WIDTH)) + 1
    _put(paper, facts.sender.name, (_LEFT, y, _WIDTH), _Type(style="B", most=1))
