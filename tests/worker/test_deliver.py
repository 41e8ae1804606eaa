"""The outbox leaves the house: once, again after failures, and never by two workers."""

import logging
import threading
from dataclasses import replace

import pytest
from flask import Flask

from idp.core import Core
from idp.outbox import DELAYS, LEASE, OutboxRow
from idp.plugins import Mail, Plugins
from idp.worker import deliver
from tests.conftest import MovableClock
from tests.mail.server import Postbox
from tests.postgresql import free_port
from tests.worker.conftest import ordered, told


def row_of(core: Core, row_id: str) -> OutboxRow:
    return core.db.get_one(OutboxRow, row_id, populate_existing=True)


def test_a_mail_is_sent_and_its_text_forgotten(mailing: Core, postbox: Postbox) -> None:
    [row_id] = ordered(mailing)

    assert deliver.once(mailing) == 1

    row = row_of(mailing, row_id)
    assert postbox.recipients == ["a0@b.test"]
    assert postbox.mails[0]["Message-ID"] == f"<{row_id}@127.0.0.1>"
    assert row.delivered_at
    assert row.payload is None


def test_what_is_nothing_leaves_as_nothing(mailing: Core, postbox: Postbox) -> None:
    with mailing.writing():
        row_id = mailing.post.nothing()

    assert deliver.once(mailing) == 1

    assert row_of(mailing, row_id).delivered_at
    assert postbox.mails == []


def test_a_letter_goes_to_the_letter_carrier(
    mailing: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[object] = []
    monkeypatch.setattr(deliver.printing, "deliver", lambda *given: printed.append(given[1]))
    with mailing.writing():
        row_id = mailing.post.letter({"letter": "l1"})

    deliver.once(mailing)

    assert printed == [{"letter": "l1"}]
    assert row_of(mailing, row_id).delivered_at


def test_no_more_than_asked_are_handled(mailing: Core, postbox: Postbox) -> None:
    ordered(mailing, 3)

    assert deliver.once(mailing, most=2) == 2
    assert deliver.once(mailing, most=2) == 1
    assert deliver.once(mailing, most=2) == 0
    assert len(postbox.mails) == 3


def test_nothing_is_started_after_the_stop(mailing: Core, postbox: Postbox) -> None:
    ordered(mailing)
    stop = threading.Event()
    stop.set()

    assert deliver.once(mailing, stop=stop) == 0
    assert postbox.mails == []


def test_a_refusal_is_tried_again_later(
    mailing: Core, postbox: Postbox, clock: MovableClock
) -> None:
    [row_id] = ordered(mailing)
    postbox.refuse = "450 mailbox busy"
    deliver.once(mailing)
    postbox.refuse = None

    at_once = deliver.once(mailing)
    clock.advance(seconds=31)
    later = deliver.once(mailing)

    assert (at_once, later) == (0, 1)
    assert row_of(mailing, row_id).delivered_at
    assert len(postbox.mails) == 1


def test_a_refusal_for_good_is_given_up_after_the_last_try(
    mailing: Core, postbox: Postbox, clock: MovableClock
) -> None:
    [row_id] = ordered(mailing)
    postbox.refuse = "550 no such user secret-text"

    for delay in (*DELAYS, DELAYS[-1]):
        deliver.once(mailing)
        clock.advance(seconds=delay.total_seconds() + 1)

    row = row_of(mailing, row_id)
    assert row.failed_at
    assert row.tries == len(DELAYS) + 1
    assert row.error == "recipient_refused 550"
    assert deliver.once(mailing) == 0


@pytest.mark.parametrize(
    ("refuse", "code"), [("451 later secret-text", "SMTPDataError 451"), (None, None)]
)
def test_an_error_names_its_kind_and_no_content(
    mailing: Core, postbox: Postbox, refuse: str | None, code: str | None
) -> None:
    [row_id] = ordered(mailing)
    postbox.refuse_data = refuse

    deliver.once(mailing)

    assert row_of(mailing, row_id).error == code


def test_a_server_that_is_away_costs_a_try(app: Flask) -> None:
    core = told(app, free_port())
    with app.app_context():
        [row_id] = ordered(core)

        deliver.once(core)

        assert row_of(core, row_id).error == "ConnectionRefusedError"


def test_a_payload_that_cannot_be_composed_does_not_stop_the_others(
    mailing: Core, postbox: Postbox
) -> None:
    [broken] = ordered(mailing, template="no_such_template")
    ordered(mailing)

    assert deliver.once(mailing) == 2

    assert row_of(mailing, broken).error == "TemplateNotFound"
    assert len(postbox.mails) == 1


def test_a_lease_that_ran_out_closes_nothing(app: Flask, clock: MovableClock) -> None:
    with app.app_context():
        core = app.extensions["idp"].core
        with core.writing():
            row_id = core.post.nothing()
            (late,) = core.post.lease(1)
        clock.advance(seconds=LEASE.total_seconds() + 1)
        with core.writing():
            (current,) = core.post.lease(1)
            core.post.failed(late, "late")
        assert row_of(core, row_id).error is None

        with core.writing():
            core.post.delivered(current)
        assert row_of(core, row_id).delivered_at


def test_threat_41_a_row_that_was_changed_does_not_stop_the_others(
    mailing: Core, postbox: Postbox
) -> None:
    first, second = ordered(mailing, 2)
    with mailing.writing():
        row_of(mailing, first).payload = row_of(mailing, second).payload

    assert deliver.once(mailing) == 2

    assert row_of(mailing, first).error == "SealBroken"
    assert row_of(mailing, second).delivered_at
    assert len(postbox.mails) == 1


def test_a_row_that_takes_workers_down_is_given_up(
    mailing: Core, postbox: Postbox, clock: MovableClock
) -> None:
    [row_id] = ordered(mailing)
    for _ in range(len(DELAYS) + 1):
        with mailing.writing():
            assert len(mailing.post.lease(1)) == 1
        clock.advance(seconds=LEASE.total_seconds() + 1)

    deliver.once(mailing)

    assert row_of(mailing, row_id).error == "worker_died"
    assert row_of(mailing, row_id).failed_at
    assert postbox.mails == []


def test_a_crash_before_the_close_sends_twice_with_one_message_id(
    mailing: Core, postbox: Postbox, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered(mailing)
    with monkeypatch.context() as crashing:
        crashing.setattr(type(mailing.post), "delivered", _crash)
        with pytest.raises(KeyboardInterrupt):
            deliver.once(mailing)

    too_early = deliver.once(mailing)
    clock.advance(seconds=LEASE.total_seconds() + 1)
    after_the_lease = deliver.once(mailing)

    assert (too_early, after_the_lease) == (0, 1)
    assert len(postbox.mails) == 2
    assert len({mail["Message-ID"] for mail in postbox.mails}) == 1


def _crash(*_: object) -> None:
    raise KeyboardInterrupt


def test_many_workers_send_each_mail_once(both_app: Flask, postbox: Postbox) -> None:
    core = told(both_app, postbox.port)
    with both_app.app_context():
        ids = ordered(core, 24)
    start = threading.Barrier(4)

    def work() -> None:
        with both_app.app_context():
            start.wait()
            while deliver.once(core, most=3):
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    sent = [mail["Message-ID"] for mail in postbox.mails]
    assert sorted(sent) == sorted(f"<{row_id}@127.0.0.1>" for row_id in ids)


def test_logs_tell_rows_and_codes_and_nothing_else(
    mailing: Core, postbox: Postbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "idp.worker")
    [row_id] = ordered(mailing)
    postbox.refuse = "550 no"

    deliver.once(mailing)

    told = {key: str(value) for key, value in vars(caplog.records[-1]).items()}
    assert told["row"] == row_id
    assert told["error"] == "recipient_refused 550"
    assert not any("a0@b.test" in value or "Anna" in value for value in told.values())


def test_another_carrier_takes_the_mail(app: Flask) -> None:
    taken: list[Mail] = []

    class Bag:
        def __init__(self, _options: object) -> None: ...

        def send(self, mail: Mail) -> None:
            taken.append(mail)

    plugins = Plugins()
    plugins.mail_carriers.add("smtp", Bag)
    core = replace(told(app, 25), plugins=plugins)
    with app.app_context():
        ordered(core)

        deliver.once(core)

    assert [mail.to for mail in taken] == ["a0@b.test"]
