"""Terms and privacy notice: which version a person accepted, and when a new one is due."""

from collections.abc import Mapping

from sqlalchemy import or_, update

from idp.accounts import audit
from idp.accounts.models import AcceptedText, Account
from idp.core import Core
from idp.seal import fingerprint


def wanted(core: Core) -> str | None:
    """Return the version that everybody must have accepted; None if nobody is asked again."""
    settings = core.settings.registration
    return settings.terms_version if settings.terms_renewal else None


def accept(core: Core, account_id: str, texts: Mapping[str, str]) -> None:
    """Record that the present version was accepted, once; `texts` maps each kind to its wording."""
    version = core.settings.registration.terms_version
    with core.writing():
        first = core.db.scalars(
            update(Account)
            .where(
                Account.id == account_id,
                or_(Account.terms_version.is_(None), Account.terms_version != version),
            )
            .values(terms_version=version)
            .returning(Account.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if first:
            record(core, account_id, texts)
            audit.note(core, "terms.accepted", account_id, version=version)


def record(core: Core, account_id: str, texts: Mapping[str, str]) -> None:
    """Write which wording was accepted when, in the caller's transaction."""
    for kind, wording in texts.items():
        core.db.add(
            AcceptedText(
                id=core.chance.token(16),
                account_id=account_id,
                kind=kind,
                version=core.settings.registration.terms_version,
                digest=fingerprint(wording),
                accepted_at=core.clock.now(),
            )
        )
