"""The sheet that every letter is set on: one A4 page after DIN 5008 form B, as PDF/A.

What stands on it is in `paper.py` and `notice.py`. Import these only where letters are made; fpdf
costs most of a second.
"""

import datetime as dt
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import cast

from babel.dates import format_date
from fpdf import FPDF
from fpdf.fonts import TTFFont

from idp.pin.letter import LetterFacts, Sender, one_line

# Millimetres, as DIN 5008 form B and the window of the envelope want them.
LEFT, WIDTH, _FOOT = 25, 165, 281
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
class Type:
    """How text is set: size in points, grey level, and the most lines it may take."""

    size: float = 10
    style: str = ""
    grey: int = 0
    most: int = 9
    family: str = "sans"


BODY, BOLD = Type(), Type(style="B")
LABEL, SMALL = Type(8.5, grey=70, most=1), Type(7.5, grey=70, most=2)


def day(date: dt.date) -> str:
    """Write a date as letters do."""
    return format_date(date, "d. MMMM y", locale="de")


def begun(facts: LetterFacts, title: str) -> FPDF:
    """Return a page with everything but its text: head, foot, marks, window, and metadata."""
    paper = _empty(facts, title)
    _frame(paper, facts.sender)
    _window(paper, facts)
    return paper


def _empty(facts: LetterFacts, title: str) -> FPDF:
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
    title = escape(one_line(f"{title} {facts.key} {facts.business_name}"))
    author = escape(one_line(facts.sender.name))
    paper.set_xmp_metadata(_XMP.format(title=title, author=author, moment=moment.isoformat()))
    paper.add_page()
    return paper


def put(paper: FPDF, text: str, at: tuple[float, float, float], how: Type = BODY) -> float:
    """Print text at x, y within a width, and return the y below it."""
    x, y, width = at
    paper.set_text_color(how.grey)
    for line in _wrapped(paper, text, width, how):
        paper.set_xy(x, y)
        paper.cell(width, how.size * 0.45, line)
        y += how.size * 0.45
    return y


def entries(paper: FPDF, said: Iterable[tuple[str, str | None]], y: float) -> float:
    """Print labelled lines, leaving out what is not there; returns the y below them."""
    for label, value in said:
        if value:
            beside = put(paper, label, (LEFT, y, 33), Type(most=2))
            below = put(paper, value, (LEFT + 35, y, WIDTH - 35), Type(style="B", most=2))
            y = max(beside, below) + 0.8
    return y


def _wrapped(paper: FPDF, text: str, width: float, how: Type) -> list[str]:
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
    put(paper, sender.name, (LEFT, 17, WIDTH), Type(17, "B", most=1))
    put(paper, " · ".join(sender.lines), (LEFT, 25.5, WIDTH), LABEL)
    paper.set_line_width(0.2)
    paper.line(LEFT, _FOOT, LEFT + WIDTH, _FOOT)
    put(paper, sender.contact, (LEFT, _FOOT + 1.2, WIDTH), SMALL)
    for y, end in _MARKS.items():
        paper.line(5, y, end, y)
    paper.set_line_width(0.6)
    paper.line(LEFT, 32, LEFT + WIDTH, 32)


def _window(paper: FPDF, facts: LetterFacts) -> None:
    """Return line and address, the franking's zone free between them; date and sign beside."""
    back = " · ".join((facts.sender.name, *facts.sender.lines))
    put(paper, back, (LEFT, _RETURN_LINE + 1, _ADDRESS_WIDTH), Type(6.5, grey=70, most=1))
    y, (lines, how) = _ADDRESS, _address(paper, facts.recipient)
    for line in lines:
        put(paper, line, (LEFT, y, _ADDRESS_WIDTH), how)
        y += _ADDRESS_LINE
    y = 50.0
    for label, value in (("Unser Zeichen", facts.id), ("Datum", day(facts.date))):
        put(paper, label, (125, y + 0.4, 25), LABEL)
        y = put(paper, value, (150, y, 40), Type(most=2)) + 1


def _address(paper: FPDF, recipient: tuple[str, ...]) -> tuple[list[str], Type]:
    """The address in its six lines: smaller type first, then the longest entry gets shorter."""
    for size in (10.5, 9.5, 8.5, 8.0):
        entries = [_wrapped(paper, entry, _ADDRESS_WIDTH, Type(size)) for entry in recipient]
        if sum(map(len, entries)) <= _ADDRESS_LINES:
            break
    while sum(map(len, entries)) > _ADDRESS_LINES:
        at = max(range(len(entries)), key=lambda at: len(entries[at]))
        how = Type(size, most=len(entries[at]) - 1)
        entries[at] = _wrapped(paper, recipient[at], _ADDRESS_WIDTH, how)
    return [line for entry in entries for line in entry], Type(size)
