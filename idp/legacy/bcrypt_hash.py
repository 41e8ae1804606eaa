"""bcrypt: `$2a$`, `$2b$` and `$2y$`, which differ in name only."""

import re
from dataclasses import dataclass

import bcrypt

from idp.plugins import HashRefused

# Some programs write the name of the method in front.
FORM = re.compile(r"(?:bcrypt\$)?(\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53})")
KIND = re.compile(r"(?:bcrypt\$)?\$2[abxy]?\$")
LEAST, MOST = 4, 14
# bcrypt looks at no more; who made the hash cut the rest off, or did not notice.
BYTES = 72


@dataclass(frozen=True)
class Bcrypt:
    """The importer `bcrypt`."""

    def read(self, value: str) -> str | None:
        """Return the hash without anything in front."""
        if not KIND.match(value):
            return None
        form = FORM.fullmatch(value)
        if form is None or int(form[2]) < LEAST:
            raise HashRefused("hash_invalid")
        if int(form[2]) > MOST:
            raise HashRefused("hash_costly")
        return form[1]

    def verify(self, stored: str, password: str) -> bool:
        """Verify the first 72 bytes."""
        try:
            return bcrypt.checkpw(password.encode()[:BYTES], stored.encode())
        except ValueError:
            # Signs that fit the form but end in the middle of a byte.
            return False
