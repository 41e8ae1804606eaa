"""Where all mails and letters of a demo arrive: files in a folder, one a piece.

Unlike any carrier it keeps the PIN of a letter beside the PDF, for people and programs to read.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from idp.plugins import Mail, PrintedLetter

LETTER_ID = re.compile(r"[0-9A-Za-z-]{1,40}")


@dataclass(frozen=True)
class DemoMail:
    """A mail as it arrived; `at` is in epoch seconds."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    at: int


@dataclass(frozen=True)
class DemoLetter:
    """A letter as it arrived; `address` as printed, line by line. A notice has no PIN."""

    id: str
    number: str
    branch: str | None
    address: str
    pin: str
    at: int


@dataclass(frozen=True)
class Envelope:
    """The letter carrier of one letter, whose PIN the demo knows."""

    mailbox: "Mailbox"
    pin: str
    written: datetime

    def send(self, letter: PrintedLetter) -> None:
        """Put the letter into the mailbox; again, it replaces itself."""
        self.mailbox.put_letter(letter, self.pin, self.written)


@dataclass(frozen=True)
class Mailbox:
    """The folder of a demo's mails and letters."""

    folder: Path

    def put_mail(self, row_id: str, mail: Mail, at: datetime) -> None:
        """Keep a mail; again, it replaces itself."""
        piece = DemoMail(row_id, mail.to, mail.subject, mail.text, mail.html, int(at.timestamp()))
        self._write("mails", f"{_name(at, row_id)}.json", _json(piece))

    def put_letter(self, letter: PrintedLetter, pin: str, at: datetime) -> None:
        """Keep a letter and its PDF; again, it replaces itself."""
        address, seconds = "\n".join(letter.address), int(at.timestamp())
        piece = DemoLetter(letter.id, letter.number, letter.branch, address, pin, seconds)
        self._write("letters", f"{letter.id}.pdf", letter.pdf)
        self._write("letters", f"{_name(at, letter.id)}.json", _json(piece))

    def mails(self) -> list[DemoMail]:
        """Return all mails, newest last."""
        return [DemoMail(**json.loads(text)) for text in self._read("mails")]

    def letters(self) -> list[DemoLetter]:
        """Return all letters, newest last."""
        return [DemoLetter(**json.loads(text)) for text in self._read("letters")]

    def pdf(self, letter_id: str) -> bytes | None:
        """Return a letter as it was printed, or None."""
        if not LETTER_ID.fullmatch(letter_id):
            return None
        path = self.folder / "letters" / f"{letter_id}.pdf"
        return path.read_bytes() if path.is_file() else None

    def _read(self, kind: str) -> Iterator[str]:
        for path in sorted((self.folder / kind).glob("*.json")):
            yield path.read_text(encoding="utf-8")

    def _write(self, kind: str, name: str, content: bytes) -> None:
        folder = self.folder / kind
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whole or not at all: the pages read while the postman writes.
        fresh = folder / f".{name}.part"
        fresh.write_bytes(content)
        fresh.replace(folder / name)


def _name(at: datetime, piece_id: str) -> str:
    """Sort by the moment of writing, which stays the same when a piece is delivered again."""
    return f"{int(at.timestamp() * 1_000_000):017d}-{piece_id}"


def _json(piece: DemoMail | DemoLetter) -> bytes:
    return json.dumps(asdict(piece), ensure_ascii=False).encode()
