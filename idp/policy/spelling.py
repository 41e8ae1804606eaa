"""One word, many spellings: case, umlauts, accents, wide letters, digits for letters."""

import unicodedata

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# Signs that people write for a letter. 1, ! and | stand for two: so there are two ways to read.
LETTERS = {"4": "a", "@": "a", "8": "b", "3": "e", "€": "e", "6": "g", "9": "g", "0": "o",
           "5": "s", "$": "s", "7": "t", "+": "t", "2": "z"}  # fmt: skip
AS_I = str.maketrans({**LETTERS, "1": "i", "!": "i", "|": "i"})
AS_L = str.maketrans({**LETTERS, "1": "l", "!": "l", "|": "l"})


def folded(text: str) -> str:
    """Return the small letters of a text; full-width and other forms become plain ones."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def spellings(text: str) -> frozenset[str]:
    """Return a text with umlauts written out (ae) and with bare letters (a)."""
    small = folded(text)
    return frozenset(_bare(form) for form in (small, small.translate(UMLAUTS)))


def readings(text: str) -> frozenset[str]:
    """Return all spellings of a text, as it stands and with its digits and signs as letters."""
    return frozenset(
        form
        for spelled in spellings(text)
        for form in (spelled, spelled.translate(AS_I), spelled.translate(AS_L))
    )


def _bare(text: str) -> str:
    """Drop accents: what is put on a letter is a sign of its own in NFD."""
    if text.isascii():
        return text
    signs = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in signs if not unicodedata.combining(sign))
