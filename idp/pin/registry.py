"""Finding a business by its number, through the slot `business_registries`."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from idp.core import Core
from idp.pin import rows
from idp.pin.letter import address_lines
from idp.pin.models import Business, Status
from idp.plugins import BusinessFacts, BusinessRegistry, RegistryStore


@dataclass(frozen=True)
class Imported:
    """The registry `imported`: what `idp business import` has stored.

    Another registry may correct address and status; the id it answers is the store's, for PINs
    and links point to that row.
    """

    store: RegistryStore

    def find(self, number: str, branch: str | None) -> BusinessFacts | None:
        """Return the business with this normalised key, or None."""
        return self.store.business(number, branch)


@dataclass(frozen=True)
class Store:
    """The imported table, as registries may read it."""

    db: scoped_session[Session]

    def business(self, number: str, branch: str | None) -> BusinessFacts | None:
        """Return the imported business with this key, or None."""
        row = self.db.execute(
            select(*Business.__table__.c).where(
                Business.number == number, Business.branch == (branch or "")
            )
        ).one_or_none()
        if row is None:
            return None
        return BusinessFacts(
            id=row.id,
            number=row.number,
            branch=row.branch or None,
            name=row.name,
            address=address_lines(row.name, row.street, row.postcode, row.city, row.country),
            postcode=row.postcode,
            active=row.status == Status.ACTIVE,
        )


def key(core: Core, number: str, branch: str | None) -> rows.Key:
    """Return the normalised key; raises Refused for what can be no number or branch."""
    business = core.settings.business
    return rows.parse_number(number, branch or "", business.number_regex, business.branch_regex)


def find(core: Core, wanted: rows.Key) -> BusinessFacts | None:
    """Ask the chosen registry for a business."""
    return chosen(core).find(*wanted)


def chosen(core: Core) -> BusinessRegistry:
    """Return the registry that the profile names."""
    return core.plugins.business_registries.get(core.settings.pin.registry)(Store(core.db))
