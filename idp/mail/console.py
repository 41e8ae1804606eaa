"""Carrier `console`: prints mails, for development."""

import sys
from collections.abc import Mapping

from idp.plugins import Mail


class Console:
    """Writes every mail to standard output; its links open accounts, so never in production."""

    def __init__(self, _options: Mapping[str, object]) -> None:
        self._out = sys.stdout

    def send(self, mail: Mail) -> None:
        """Print address, subject and text."""
        self._out.write(f"To: {mail.to}\nSubject: {mail.subject}\n\n{mail.text}\n")
        self._out.flush()
