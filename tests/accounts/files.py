"""Files of accounts from the system before this one, and what an import makes of them."""

from pathlib import Path

from sqlalchemy import func, select

from idp.accounts import login
from idp.accounts.login import Attempt
from idp.accounts.models import Account, AccountName
from idp.accounts.moving import load
from idp.accounts.moving.load import Order, Report
from idp.accounts.moving.models import AccountImport, AccountImportName, AccountImportRow
from idp.core import Core
from tests.people import PASSWORD

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
NOTHING = dict.fromkeys((table.__tablename__ for table in TABLES), 0)
HEAD = "email;given_name;family_name;password_hash;email_verified;old_id;old_email\n"


def row(number: int, **more: str) -> str:
    cells = {
        "email": f"p{number}@beispiel.test", "given": "Paula", "family": f"Person {number}",
        "hash": "", "verified": "ja", "id": str(number), "old": f"p.{number}@alt.test", **more,
    }  # fmt: skip
    return ";".join(cells.values()) + "\n"


def table(numbers: range, **more: str) -> str:
    return HEAD + "".join(row(number, **more) for number in numbers)


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


def enter(core: Core, name: str, password: str = PASSWORD) -> str:
    """Sign in and return whose account it is."""
    core.db.expire_all()
    return login.enter(core, Attempt(name, password, "address:192.0.2.1", "")).account_id
