"""Marks of this installation, in a table of its own: whether its database is a demo."""

from sqlalchemy import String, inspect, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, scoped_session

from idp.db import Base

DEMO = "demo"
# What migrations and the first start put into a database that nobody has used.
UNUSED = frozenset({"alembic_version", "installation", "signing_key"})


class Installation(Base):
    """A mark: a name and its value."""

    __tablename__ = "installation"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str]


def is_demo(db: Session | scoped_session[Session]) -> bool:
    """Tell whether `idp demo` has marked this database."""
    return (
        db.scalars(select(Installation.value).where(Installation.key == DEMO)).first() is not None
    )


def mark_demo(db: Session | scoped_session[Session]) -> None:
    """Mark this database as a demo, in the caller's transaction."""
    db.merge(Installation(key=DEMO, value="yes"))


def is_empty(db: Session | scoped_session[Session]) -> bool:
    """Tell whether nothing was ever stored: every table of ours is missing or has no row."""
    there = set(inspect(db.connection()).get_table_names())
    tables = [table for table in Base.metadata.sorted_tables if table.name in there - UNUSED]
    return not any(db.scalar(select(text("1")).select_from(table).limit(1)) for table in tables)
