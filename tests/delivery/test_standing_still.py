"""A sender that stands still, with the machine or alone: nobody gets a second mail for that."""

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from digest.app import App
from digest.delivery import planning, recovery, send_report
from digest.delivery.leasing import LEASE
from digest.errors import DigestError
from digest.ground.database.tables.delivery import BatchRow
from digest.model import DeliveryState, Lost, Message, Reply
from digest.workers import local
from tests.factories import DAY, NOON
from tests.rows import let_leases_run_out

TAKEN = Reply(250, "2.0.0 Ok")
MUCH_LATER = datetime(2100, 1, 1, tzinfo=UTC)


class Relay:
    """Takes everything; before the second message something happens."""

    def __init__(self, happens=lambda: None, answer=TAKEN) -> None:
        self.handed_over: Counter[str] = Counter()
        self._happens, self._answer = happens, answer

    def deliver(self, messages, recorder, stop) -> None:
        for place, message in enumerate(messages):
            if place == 1:
                self._happens()
            self._take(message, recorder)
            if stop():
                return

    def _take(self, message: Message, recorder) -> None:
        recorder.begin(message)
        self.handed_over[message.recipient] += 1
        recorder.answer(message, self._answer)


@pytest.fixture
def edition(app, subscribe):
    subscribe("ann", "bob", "cy")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition, now=app.clock())
    return edition


def states(app: App, edition) -> dict[str, int]:
    return send_report.make_report(app.database, edition).states


def recover(app: App, journals: Path):
    return recovery.recover(app.database, journals, now=app.clock(), uncertain="resend")


def test_a_batch_whose_worker_stands_still_is_left_to_it(app, sink, edition):
    """The machine slept beyond the lease; another process of it looks first."""

    def sleep() -> None:
        let_leases_run_out(app.database)
        assert not local.send(app, DAY).outcomes

    relay = Relay(sleep)
    assert app.delivery.sender(edition, relay).run() == {DeliveryState.SENT: 3}
    assert set(relay.handed_over.values()) == {1}
    assert not sink.messages
    assert states(app, edition) == {DeliveryState.SENT: 3}


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # test_lease_keeper has PostgreSQL
def test_who_wakes_and_finds_the_batch_with_others_begins_nothing_more(app, edition, tmp_path):
    def sleep() -> None:
        time.sleep(0.5)  # longer than the lease: whoever was stopped for so long knows it
        let_leases_run_out(app.database)
        assert recover(app, tmp_path / "elsewhere")

    relay = Relay(sleep)
    sender = replace(app.delivery.sender(edition, relay), lease=timedelta(seconds=0.3))
    with pytest.raises(DigestError, match="another worker"):
        sender.run()
    assert relay.handed_over.total() == 1


def ends(app: App) -> datetime:
    with app.database.read() as session:
        found = session.scalar(select(BatchRow.leased_until))
    assert found is not None
    return found


def test_a_long_batch_stays_ours_on_one_machine_too(app, edition):
    seen = []

    def wait() -> None:
        seen.append(ends(app))
        time.sleep(0.6)

    class Slow(Relay):
        def _take(self, message, recorder):
            super()._take(message, recorder)
            seen.append(ends(app))

    sender = replace(app.delivery.sender(edition, Slow(wait)), lease=timedelta(seconds=1.5))
    assert sender.run() == {DeliveryState.SENT: 3}
    assert seen[-1] > seen[0]


def test_what_the_clock_is_said_to_be_ends_no_lease(app, edition, tmp_path):
    """`--now` is for those who look ahead; what another worker is sending is not theirs."""
    ahead = replace(app, clock=lambda: MUCH_LATER, given_database=app.database)

    def look_ahead() -> None:
        assert not recover(ahead, tmp_path / "elsewhere")

    relay = Relay(look_ahead)
    assert app.delivery.sender(edition, relay).run() == {DeliveryState.SENT: 3}
    assert set(relay.handed_over.values()) == {1}


def test_a_lease_that_was_taken_with_such_a_clock_ends_in_its_time(app, edition):
    behind = replace(app, clock=lambda: NOON - timedelta(days=99), given_database=app.database)
    seen: list[datetime] = []
    sender = behind.delivery.sender(edition, Relay(lambda: seen.append(ends(app))))
    begun = datetime.now(UTC)
    replace(sender, clock=app.clock, lease=LEASE).run()
    assert abs(seen[0] - begun - LEASE) < timedelta(minutes=1)


def test_a_relay_that_loses_all_replies_gets_two_copies_at_most(app, clock, edition):
    relay = Relay(answer=Lost("the connection was lost"))
    for _ in range(9):
        app.delivery.sender(edition, relay).run()
        clock.now += timedelta(hours=9)
    assert dict(relay.handed_over) == {f"{name}@example.org": 2 for name in ("ann", "bob", "cy")}
    assert states(app, edition) == {DeliveryState.UNCERTAIN: 3}
