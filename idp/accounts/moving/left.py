"""How many passwords of other software are still to be replaced."""

from collections.abc import Mapping

from sqlalchemy import case, func, select

from idp.accounts.models import Account, State
from idp.core import Core


def left(core: Core) -> Mapping[str, int]:
    """Return how many accounts have which kind of hash: an importer's name, `own` or `none`.

    `unknown` are hashes whose importer is no longer loaded: these passwords open nothing. Reads
    all accounts; for operators, not for requests.
    """
    encoded = Account.password_hash
    kind = case(
        (encoded.is_(None), "none"),
        *(
            (encoded.startswith(f"{name}:", autoescape=True), name)
            for name, _ in core.plugins.account_importers.items()
        ),
        (encoded.contains(":"), "unknown"),
        else_="own",
    )
    kinds = select(kind.label("kind")).where(Account.state != State.PENDING).subquery()
    counted = select(kinds.c.kind, func.count()).group_by(kinds.c.kind).order_by(kinds.c.kind)
    return {str(name): int(count) for name, count in core.db.execute(counted)}
