"""Invitations of people who moved: only when asked for, only to whom needs one."""

from pathlib import Path

from flask import Flask

from idp.core import Core
from tests.accounts.files import HASHES, HEAD, NOTHING, counts, imported, row, table, written
from tests.people import Postbox


def test_nobody_is_written_to_unless_that_was_asked_for(
    core: Core, tmp_path: Path, postbox: Postbox
) -> None:
    imported(core, written(tmp_path, table(range(2))))

    assert postbox.mails == []


def test_who_has_no_password_is_invited_when_that_was_asked_for(
    both_app: Flask, both_core: Core, tmp_path: Path
) -> None:
    rows = row(0) + row(1, verified="") + row(2, hash=HASHES["bcrypt"])
    rows = rows.replace("\n", ";aktiv\n") + row(3).replace("\n", ";locked\n")
    file = written(tmp_path, HEAD.replace("\n", ";status\n") + rows)

    imported(both_core, file, invite=True)

    mails = Postbox(both_app).mails
    assert sorted(mail.to for mail in mails) == ["p0@beispiel.test", "p1@beispiel.test"]
    by = {mail.to: mail for mail in mails}
    assert "Paula Person 0" in by["p0@beispiel.test"].text
    assert "Paula" not in by["p1@beispiel.test"].text
    for mail in mails:
        assert f"{both_core.settings.issuer}/password/forgot" in mail.text
        assert "/k/" not in mail.text


def test_no_invitation_goes_out_for_a_file_that_is_refused(
    core: Core, tmp_path: Path, postbox: Postbox
) -> None:
    imported(core, written(tmp_path, table(range(2)) + row(0)), invite=True)

    assert postbox.mails == []
    assert counts(core) == NOTHING
