"""What the script asks while somebody types a new password: the answer that the form would get.

Nothing is stored, and nothing of the password is in the answer but the run that a problem names.
Without the script the same is said when the form is sent.
"""

from contextlib import suppress

from flask import Blueprint, Response, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState

from idp.accounts import links
from idp.accounts.models import Account
from idp.accounts.people import subject_of
from idp.errors import LinkDead
from idp.plugins import Subject
from idp.policy import LIMIT, Verdict
from idp.policy.signs import lookalikes
from idp.web import cookies, text
from idp.web.choosing import marked
from idp.web.client import address
from idp.web.house import NAME, core
from idp.web.rates import Rates

bp = Blueprint("check", __name__)

# Two a second for all who share an address: the script waits until a person pauses.
RATE = "120/minute"
COUNTER = "idp.rates.check"


@bp.record_once
def count(state: BlueprintSetupState) -> None:
    """Give these questions a counter of their own: they cost more than others."""
    house_core = state.app.extensions[NAME].core
    limits = house_core.settings.limits
    if limits.per_ip == "on":
        state.app.extensions[COUNTER] = Rates(house_core.clock, limits.storage, RATE)


@bp.post("/password/check")
def password() -> Response:
    """Tell which rules a password fulfils, in the order in which the page lists them."""
    rates: Rates | None = current_app.extensions.get(COUNTER)
    if rates:
        rates.spend(address())
    typed = request.form.get("password", "")[:LIMIT]
    verdicts = core().policy.verdicts(typed, _subject())
    response = jsonify(
        rules=_ticks(verdicts),
        problems=[problem for verdict in verdicts for problem in _problems(verdict)],
        notes=[text.text(f"note.{note.code}") for note in lookalikes(typed)],
        status=_status(verdicts),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _subject() -> Subject:
    """Return whose password it is: the owner of the form's link, else who is signed in."""
    token = cookies.get("link") or ""
    if token and request.form.get("link") == marked(token):
        with suppress(LinkDead):
            return subject_of(core(), links.account_behind(core(), token))
    who = cookies.signed_in()
    return subject_of(core(), core().db.get(Account, who.account_id) if who else None)


def _problems(verdict: Verdict) -> list[dict[str, object]]:
    """Return what is wrong; `listed` when the page's list has the rule."""
    listed = verdict.advice is not None
    return [
        {"code": problem.code, "text": text.problem(problem), "listed": listed}
        for problem in verdict.problems
    ]


def _ticks(verdicts: tuple[Verdict, ...]) -> list[bool]:
    return [not verdict.problems for verdict in verdicts if verdict.advice]


def _status(verdicts: tuple[Verdict, ...]) -> str:
    """Return what a screen reader says: how far it is, and what the list does not have."""
    if not any(verdict.problems for verdict in verdicts):
        # Former passwords cost a hash each to compare: only the form tells.
        former = core().settings.password.history
        return text.text("form.rules_so_far" if former else "form.rules_done")
    ticks = _ticks(verdicts)
    unlisted = [item for verdict in verdicts if not verdict.advice for item in verdict.problems]
    counted = text.text("form.rules_status", met=sum(ticks), all=len(ticks))
    return " ".join([counted, *map(text.problem, unlisted)])
