"""Files of accounts from the system before this one, and what an import makes of them."""

from pathlib import Path

from sqlalchemy import func, select

from idp.accounts.models import Account, AccountName
from idp.accounts.moving import load
from idp.accounts.moving.load import Order, Report
from idp.accounts.moving.models import AccountImport, AccountImportName, AccountImportRow
from idp.core import Core

# All of these fit the password of everybody here.
HASHES = {
    "bcrypt": "$2b$04$2n8aWKnXH26Atk5gUw6P6.8D5WXEDsDEu.KzB.z4P5FpTPNpmv.sO",
    "pbkdf2": "pbkdf2_sha256$1000$salz$6iMOsKv5+ss9TU2dXz6VcBQofAhlmXcRdmk4pMsCGro=",
    "sha512-crypt": (
        "$6$rounds=1000$salz$a1T1a4lumfjAkYCCz8oQfpC8n.KdoBrUg.AwHYXy"
        "umGUYJcUKNZir8sVXg.H3/FjNn9kzp9pEByemuhG3pzoM/"
    ),
    "argon2": "$argon2id$v=19$m=16,t=1,p=1$c29tZXNhbHQ$uBqhw0tMcD/XvLYnQa+S1Ga/cuP/weDKapdHyzijbR0",
}
TABLES = (Account, AccountName, AccountImport, AccountImportRow, AccountImportName)


def written(folder: Path, text: str, name: str = "accounts.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def imported(core: Core, path: Path, **more: object) -> Report:
    report = load.load(core, Order(path, **more))  # type: ignore[arg-type]
    core.db.expire_all()
    return report


def problems(report: Report) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.column, problem.code) for problem in report.problems]


def people(core: Core) -> list[str]:
    return list(core.db.scalars(select(Account.email).order_by(Account.email)))


def counts(core: Core) -> dict[str, int]:
    """Return how many rows each table holds."""
    found = {
        table.__tablename__: int(core.db.scalar(select(func.count()).select_from(table)) or 0)
        for table in TABLES
    }
    core.db.rollback()
    return found
