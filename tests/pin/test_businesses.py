import pytest
from sqlalchemy import func, select

from idp.accounts.models import AuditEvent
from idp.accounts.sessions import SignedIn
from idp.core import Core
from idp.pin import businesses, overview, redeem
from idp.pin.models import Business
from tests.conftest import MovableClock
from tests.pin.situations import CLOSED, NUMBER, REGISTER, entry, ordered, register, states
from tests.pin.test_unlink import grant, revoked

GONE = REGISTER.replace("Musterstadt;\n", "Musterstadt;gelöscht\n")


def count(core: Core) -> int:
    return core.db.scalar(select(func.count()).select_from(Business)) or 0


def figures(report: businesses.Report) -> tuple[int, int, int]:
    return report.created, report.updated, report.unchanged


def test_an_import_fills_the_register(core: Core) -> None:
    report = register(core)

    assert figures(report) == (4, 0, 0)
    assert (report.problems, report.notes) == ((), ())
    business = entry(core, "1234567", "001")
    assert business.id.startswith("b_")
    assert (business.name, business.street) == ("Tischlerei Beispiel, Filiale Süd", "Südring 2")
    assert (business.country, business.status, business.trade) == ("DE", "active", None)
    assert entry(core, CLOSED).status == "closed"


def test_a_second_import_updates_and_keeps_the_ids(core: Core, clock: MovableClock) -> None:
    register(core)
    before = entry(core)
    known, created = before.id, before.created_at
    clock.advance(days=1)

    report = register(core, REGISTER.replace("Holzweg 1", "Neuer Weg 9"))

    assert figures(report) == (0, 1, 3)
    after = entry(core)
    assert (after.id, after.street, after.created_at) == (known, "Neuer Weg 9", created)
    assert after.updated_at > created


def test_businesses_that_a_file_does_not_name_stay(core: Core) -> None:
    register(core)

    lines = REGISTER.splitlines(keepends=True)
    report = register(core, lines[0] + "5555555;;Neu GmbH;Weg 5;12345;Musterstadt;\n")

    assert figures(report) == (1, 0, 0)
    assert count(core) == 5
    assert entry(core).status == "active"


def test_one_bad_row_and_nothing_is_imported(core: Core) -> None:
    report = register(core, REGISTER + "77;;;;;\n")

    assert figures(report) == (0, 0, 0)
    assert {problem.line for problem in report.problems} == {6}
    assert count(core) == 0


def test_a_dry_run_counts_and_writes_nothing(core: Core) -> None:
    register(core)

    report = businesses.load(core, GONE.encode(), dry_run=True)

    assert figures(report) == (0, 2, 2)
    assert entry(core).status == "active"


def test_unknown_columns_are_noted(core: Core) -> None:
    header, *lines = REGISTER.splitlines()
    text = "\n".join([f"{header};Farbe", *(f"{line};rot" for line in lines)])

    report = register(core, text)

    assert [note.code for note in report.notes] == ["column_unknown"]
    assert report.created == 4


def test_closing_ends_grants_and_pins_and_keeps_the_link(
    registered: Core, anna: SignedIn, bert: SignedIn
) -> None:
    linked = redeem.link(registered, anna, NUMBER, "", ordered(registered, anna)).membership_id
    held, waiting = grant(registered, anna, linked), ordered(registered, bert)

    register(registered, GONE)

    assert revoked(registered, held)
    assert states(registered) == ["used", "cancelled"]
    (link,) = overview.memberships(registered, anna.account_id)
    assert link.usable is False
    with pytest.raises(Exception, match="pin_cancelled"):
        redeem.link(registered, bert, NUMBER, "", waiting)


def test_a_business_entered_again_is_usable_again(registered: Core, anna: SignedIn) -> None:
    redeem.link(registered, anna, NUMBER, "", ordered(registered, anna))
    register(registered, GONE)

    register(registered)

    (link,) = overview.memberships(registered, anna.account_id)
    assert link.usable is True


def test_a_large_file_is_written_in_chunks(core: Core) -> None:
    lines = [f"{number:07};;Betrieb {number};Weg 1;12345;Ort;" for number in range(1200)]
    text = "\n".join([REGISTER.splitlines()[0], *lines])

    assert register(core, text).created == 1200
    closed = text.replace("12345;Ort;", "12345;Ort;geschlossen")
    assert register(core, closed).updated == 1200


def test_an_import_is_recorded_with_its_figures(core: Core) -> None:
    register(core)
    register(core, GONE)

    events = core.db.scalars(select(AuditEvent).order_by(AuditEvent.at)).all()
    assert {(event.kind, event.actor) for event in events} == {("business.imported", "operator")}
    assert events[1].facts == {"created": 0, "updated": 2, "closed": 2}


def test_active_businesses_are_listed_by_key(registered: Core) -> None:
    assert businesses.active(registered) == [
        ("0000042", None), ("1234567", None), ("1234567", "001"),
    ]  # fmt: skip
