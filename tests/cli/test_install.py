"""init, migrate, check, purge and mail."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from idp.clock import Chance, Clock
from idp.db import installation
from idp.outbox import OutboxRow
from tests.cli.conftest import Run
from tests.cli.issuers import listening
from tests.mail.server import Postbox
from tests.migrations.database import connected
from tests.postgresql import free_port


def address(folder: Path) -> str:
    return f"sqlite:///{folder}/idp.sqlite"


def test_init_makes_keys_and_tables_that_nobody_else_can_read(idp: Run, tmp_path: Path) -> None:
    done = idp("init")

    assert done.exit_code == 0
    for path in (*(tmp_path / "keys").iterdir(), tmp_path / "idp.sqlite"):
        assert path.stat().st_mode & 0o077 == 0
    assert "made" in done.output
    assert "0001" in done.output


def test_init_keeps_what_is_there(installed: Run, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()}

    done = installed("init")

    assert done.output.count("kept") == 3
    assert "already at this version" in done.output
    assert {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before


def test_migrate_tells_each_step_and_then_that_there_is_none(idp: Run) -> None:
    assert "applied 0001\n" in idp("migrate").output
    assert idp("migrate").output == "already at this version\n"


def test_migrate_drafts_the_next_step(
    installed: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "idp.db.migrate.draft", lambda _url, what: asked.append(what) or tmp_path / "0009_x.py"
    )

    done = installed("migrate", "--draft", "a colour")

    assert asked == ["a colour"]
    assert "0009_x.py" in done.output


def levels(done: Result) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in json.loads(done.output):
        found.setdefault(row["name"], set()).add(row["level"])
    return found


def test_check_finds_nothing_wrong_with_a_good_installation(
    mailing: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tls").mkdir()
    with listening(tmp_path / "tls") as (issuer, cert):
        monkeypatch.setenv("IDP_ISSUER", issuer.url)
        monkeypatch.setenv("IDP_OUTBOUND__ALLOWED", '["127.0.0.0/8", "::1/128"]')
        monkeypatch.setenv("IDP_OUTBOUND__CA_FILE", str(cert))

        done = mailing("check", "--json")

    assert done.exit_code == 0
    found = levels(done)
    # Every preset departs from some public advice.
    assert found.pop("passwords") == {"warn"}
    assert set().union(*found.values()) == {"ok"}


def test_check_prints_a_line_for_each_finding(mailing: Run) -> None:
    lines = mailing("check").output.splitlines()

    assert lines[0] == "ok    settings    the configuration loads"
    assert "warn  issuer" in lines[1]


def test_check_on_a_bare_machine_fails_and_says_what_to_do(idp: Run) -> None:
    done = idp("check")

    assert done.exit_code == 1
    assert "run `idp init`" in done.output
    assert "run `idp migrate`" in done.output


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("IDP_NONSENSE", "1", ("settings", "fail")),
        ("IDP_LIMITS__PER_IP", "off", ("limits", "warn")),
        ("IDP_MAIL__CARRIER", "console", ("mail", "warn")),
        ("IDP_MAIL__CARRIER", "pigeon", ("plugins", "fail")),
        ("IDP_PLUGINS", '["acme"]', ("plugins", "fail")),
        ("IDP_DATABASE__URL", "sqlite:////no/such/folder/x.sqlite", ("database", "fail")),
    ],
)
def test_check_sees_a_single_fault(
    mailing: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, finding: tuple[str, str]
) -> None:
    monkeypatch.setenv(name, value)

    done = mailing("check", "--json")

    assert finding[1] in levels(done)[finding[0]]
    assert done.exit_code == (1 if finding[1] == "fail" else 0)


def test_check_sees_a_mail_server_that_is_away(
    installed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDP_MAIL__PORT", str(free_port()))

    assert levels(installed("check", "--json"))["mail"] == {"fail"}


def test_check_warns_of_mail_in_clear_over_the_net(
    installed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDP_MAIL__HOST", "mail.invalid")

    assert "warn" in levels(installed("check", "--json"))["mail"]


def test_check_sees_keys_that_others_may_read_or_own(
    mailing: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys" / "vault.key").chmod(0o644)
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    monkeypatch.setattr("idp.cli.checks.ROOT", 54321)

    found = mailing("check").output

    assert "vault.key: others may read it" in found
    assert "pepper.key: belongs to another user" in found


def test_check_sees_what_lies_in_the_outbox(mailing: Run, tmp_path: Path) -> None:
    with connected(address(tmp_path)) as connection:
        for number, failed in enumerate(("NULL", "'2020-01-01 00:00:00.000000'")):
            connection.execute(
                text(
                    "INSERT INTO outbox (id, kind, payload, created_at, due_at, tries, failed_at)"
                    f" VALUES ('{number}', 'mail', 'x', '2020-01-01 00:00:00.000000',"
                    f" '2020-01-01 00:00:00.000000', 1, {failed})"
                )
            )

    found = mailing("check").output

    assert "1 could not be delivered" in found
    assert "1 wait for long" in found


def test_check_sees_a_demo(mailing: Run, tmp_path: Path) -> None:
    mark(tmp_path)

    assert "is a demo" in mailing("check").output


def test_check_sees_missing_files(
    mailing: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idp.cli.checks.HOUSE", tmp_path)

    assert levels(mailing("check", "--json"))["files"] == {"fail", "warn"}


def test_check_measures_hashes_when_asked(mailing: Run) -> None:
    lines = [line for line in mailing("check", "--hash").output.splitlines() if "argon2" in line]

    assert lines[0].startswith("ok    argon2      measured ")
    assert "m=8, t=1, p=1" in lines[0]


def mark(folder: Path) -> None:
    with connected(address(folder)) as connection, Session(connection) as db:
        installation.mark_demo(db)
        db.commit()


@pytest.mark.parametrize("command", [("worker", "--once"), ("serve",)])
def test_a_demo_is_run_by_idp_demo_alone(
    installed: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    mark(tmp_path)

    done = installed(*command)

    assert done.exit_code == 1
    assert "only `idp demo` may use it" in done.stderr


@pytest.mark.parametrize("command", [("worker", "--once"), ("serve",)])
def test_a_database_without_tables_is_refused(idp: Run, command: tuple[str, ...]) -> None:
    done = idp(*command)

    assert done.exit_code == 1
    assert "run `idp migrate` first" in done.stderr


def test_a_database_that_is_away_is_told(installed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"postgresql+psycopg://idp@127.0.0.1:{free_port()}/idp"
    monkeypatch.setenv("IDP_DATABASE__URL", address)

    done = installed("worker", "--once")

    assert done.exit_code == 1
    assert "cannot be reached" in done.stderr


def test_serve_wants_certificate_and_key_together(installed: Run, tmp_path: Path) -> None:
    (tmp_path / "c.pem").touch()

    done = installed("serve", "--tls-cert", str(tmp_path / "c.pem"))

    assert done.exit_code == 2
    assert "belong together" in done.stderr


def test_worker_once_delivers_and_forgets(mailing: Run, postbox: Postbox) -> None:
    mailing("account", "add", "--email", "a@b.test", "--given-name", "A", "--family-name", "B")

    done = mailing("worker", "--once")

    assert done.exit_code == 0
    assert "handled 1, removed 0\n" in done.stdout
    assert postbox.recipients == ["a@b.test"]


def test_purge_reports_what_it_would_remove_and_then_removes_it(
    installed: Run, tmp_path: Path
) -> None:
    with connected(address(tmp_path)) as connection:
        connection.execute(
            text(
                "INSERT INTO counter (key, value, ends_at, next_at) VALUES ('x', 1,"
                " '2020-01-01 00:00:00.000000', '2020-01-01 00:00:00.000000')"
            )
        )

    assert "would remove 1 rows" in installed("purge", "--dry-run").output
    assert "counters: 1\n" in installed("purge").output
    assert "removed 0 rows" in installed("purge").output


def test_mail_test_sends_at_once(mailing: Run, postbox: Postbox) -> None:
    done = mailing("mail", "test", "a@b.test", "--locale", "en")

    assert done.exit_code == 0
    assert "sent to a@b.test through smtp 127.0.0.1:" in done.output
    assert postbox.mails[0]["Subject"] == "Kammer-Konto: test message"


def test_mail_test_says_why_nothing_was_sent(mailing: Run, postbox: Postbox) -> None:
    postbox.refuse = "550 no such user"

    done = mailing("mail", "test", "a@b.test")

    assert done.exit_code == 1
    assert "SMTPRecipientsRefused" in done.stderr


def test_a_database_is_empty_until_somebody_used_it(installed: Run, tmp_path: Path) -> None:
    with connected(address(tmp_path)) as connection, Session(connection) as db:
        now = Clock().now()
        assert installation.is_empty(db)
        installation.mark_demo(db)
        assert installation.is_empty(db)
        assert installation.is_demo(db)
        db.add(OutboxRow(id=Chance().token(), kind="nothing", created_at=now, due_at=now, tries=0))
        db.flush()
        assert not installation.is_empty(db)
