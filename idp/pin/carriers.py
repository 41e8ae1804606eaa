"""Letter carriers that we ship."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from idp.plugins import PrintedLetter


class Folder:
    """Puts each letter as a PDF file into a folder that only the printing person can read.

    Option `folder`. A file appears whole or not at all, and a repeated letter replaces itself.
    """

    def __init__(self, options: Mapping[str, object]) -> None:
        self.folder = Path(str(options["folder"]))

    def send(self, letter: PrintedLetter) -> None:
        """Write `<id>.pdf`, mode 0600; raises OSError when the disk is full or read-only."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes it 0600 under a name that no print job picks up.
        handle, fresh = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(letter.pdf)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).replace(self.folder / f"{letter.id}.pdf")
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
