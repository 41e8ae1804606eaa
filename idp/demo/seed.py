"""Filling an empty demo: the register, the people, and letters that are on their way."""

from idp.core import Core
from idp.db import installation
from idp.demo import chamber, members
from idp.pin import ask, businesses

# Businesses that get a PIN in the chamber's name: whoever holds the letter may use it.
ISSUED = (6, 7, 8)
# What two of the members have ordered themselves: only they can use these.
ORDERED = ((0, 9), (1, 10))


def fill(core: Core) -> None:
    """Mark the database as a demo and fill it: all of it, or nothing."""
    with core.writing():
        installation.mark_demo(core.db)
        report = businesses.load(core, chamber.as_csv(chamber.register()), dry_run=False)
        if report.problems:
            raise LookupError(report.problems[0])
        accounts = members.add(core)
        for index in ISSUED:
            ask.issue(core, members.known(core, (chamber.number(index), None)))
        for person, index in ORDERED:
            who = members.at_the_desk(core, accounts[person])
            ask.order(core, who, chamber.number(index), None)
