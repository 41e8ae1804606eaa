"""The carrier `console`."""

import pytest

from idp.mail.console import Console
from tests.mail.test_message import MAIL


def test_a_mail_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    Console({}).send(MAIL)

    printed = capsys.readouterr().out
    assert printed.startswith("To: anna@example.test\nSubject: Kammer-Konto: Verknüpfung\n")
    assert MAIL.text in printed
