"""Many at once, each in a context of its own, and what becomes of them."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import select

from idp.core import Core
from idp.errors import LinkDead, Refused
from tests import people


def together(
    app: Flask, deeds: Sequence[Callable[[Core], object]], refusal: type[Refused] = LinkDead
) -> list[object]:
    """Do everything at once; returns results, and the refusals of this kind in their places."""
    barrier = Barrier(len(deeds))

    def one(deed: Callable[[Core], object]) -> object:
        with app.app_context():
            core = people.core_of(app)
            core.db.execute(select(1))
            barrier.wait(20)
            try:
                return deed(core)
            except refusal as refused:
                return refused

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


def codes(results: Iterable[object]) -> list[str]:
    """Return why some of them were refused."""
    return [result.code for result in results if isinstance(result, Refused)]
