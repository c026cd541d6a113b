from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import DeliveryState, Empty, Stop, StopKind
from digest.operations.rules.alerts import (
    EditionProgress,
    expected_edition,
    judge_run,
    late_edition,
    run_remedy,
    source_alert,
    stopped_edition,
)
from digest.sources.kinds.hugging_face import HuggingFace
from digest.sources.rules.source_state import SourceState, source_status
from tests.factories import NOON

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
LONG_AGO = SATURDAY - timedelta(days=88)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ({}, ""),
        ({DeliveryState.SENT: 100}, ""),
        ({DeliveryState.SENT: 95, DeliveryState.FAILED: 5}, ""),
        (
            {DeliveryState.SENT: 94, DeliveryState.FAILED: 3, DeliveryState.UNCERTAIN: 3},
            "6 of 100 mails failed",
        ),
        ({DeliveryState.SENT: 1, DeliveryState.DEFERRED: 1}, ""),
        ({DeliveryState.DEFERRED: 2, DeliveryState.SKIPPED: 50}, "2 of 2 mails were deferred"),
        ({DeliveryState.DEFERRED: 1}, "1 of 1 mail was deferred"),
        ({DeliveryState.FAILED: 1}, "1 of 1 mail failed"),
    ],
)
def test_a_run_is_in_trouble_when_many_of_its_mails_are(outcomes, told):
    assert judge_run(outcomes, balanced=True).startswith(told)
    assert bool(judge_run(outcomes, balanced=True)) == bool(told)


def test_a_ledger_that_does_not_add_up_is_always_trouble():
    assert judge_run({DeliveryState.SENT: 1}, balanced=False)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 20, 9, 59, tzinfo=UTC), date(2026, 11, 19)),
        (datetime(2026, 11, 20, 10, 0, tzinfo=UTC), FRIDAY),
        (datetime(2026, 11, 21, 0, 0, tzinfo=UTC), FRIDAY),
    ],
)
def test_an_edition_is_expected_from_its_deadline_on(now, expected):
    assert expected_edition(now, BERLIN, send_hour=7, deadline_hours=4) == expected


@given(
    st.integers(1_577_923_200, 2_051_222_400).map(lambda at: datetime.fromtimestamp(at, UTC)),
    st.integers(0, 23),
    st.integers(1, 48),
)
def test_what_is_expected_never_goes_back_and_is_at_most_four_days_old(now, hour, hours):
    first = expected_edition(now, BERLIN, hour, hours)
    assert first <= expected_edition(now + timedelta(hours=1), BERLIN, hour, hours)
    assert timedelta() <= now.astimezone(BERLIN).date() - first <= timedelta(days=4)


@pytest.mark.parametrize(
    ("expected", "standing", "told"),
    [
        (FRIDAY, EditionProgress(0, None, None, 0), None),
        (FRIDAY, EditionProgress(5, None, None, 0), None),
        (FRIDAY, EditionProgress(5, FRIDAY, FRIDAY, 0), None),
        (FRIDAY, EditionProgress(5, SATURDAY, SATURDAY, 3), None),
        (FRIDAY, EditionProgress(5, FRIDAY, FRIDAY, 3), "3 batches of up to 500 mails wait."),
        (FRIDAY, EditionProgress(5, FRIDAY, FRIDAY, 3, stopped=True), None),
        (MONDAY, EditionProgress(5, FRIDAY, FRIDAY, 3, stopped=True), "No dump came"),
        (FRIDAY, EditionProgress(5, FRIDAY, None, 0), "was not opened"),
        (MONDAY, EditionProgress(5, FRIDAY, FRIDAY, 0), "No dump came"),
        (SATURDAY, EditionProgress(5, FRIDAY, FRIDAY, 0), None),
        (SATURDAY, EditionProgress(5, SATURDAY, FRIDAY, 0), "was not opened"),
        (FRIDAY, EditionProgress(5, MONDAY, FRIDAY, 0, empty=Empty.NOTHING_NEW), None),
        (MONDAY, EditionProgress(5, FRIDAY, MONDAY, 0, empty=Empty.NO_DUMP, until=NOON), "closed"),
        (MONDAY, EditionProgress(5, FRIDAY, MONDAY, 0, empty=Empty.SOURCE_STALE), "3 days before"),
        (SATURDAY, EditionProgress(5, FRIDAY, SATURDAY, 0, empty=Empty.NO_DUMP), None),
        (SATURDAY, EditionProgress(5, LONG_AGO, SATURDAY, 0, empty=Empty.SOURCE_STALE), "No dump"),
        (SATURDAY, EditionProgress(5, LONG_AGO, None, 0), "88 days before"),
        (MONDAY, EditionProgress(5, FRIDAY, FRIDAY, 0, opened_on=MONDAY), None),  # a late list
        (MONDAY, EditionProgress(5, FRIDAY, FRIDAY, 0, opened_on=FRIDAY), "No dump came"),
    ],
)
def test_a_late_edition_is_told_with_what_is_missing(expected, standing, told):
    trouble = late_edition(expected, standing)
    assert (trouble is None) == (told is None)
    if trouble is not None and told is not None:
        assert told in trouble.text
        assert trouble.remedy


@pytest.mark.parametrize(
    ("kind", "batches", "told", "advised"),
    [
        (StopKind.PAUSED, 3, "(3 batches of up to 500 mails wait): typo", "--state failed"),
        (StopKind.PAUSED, 0, "(no mail is planned yet): typo", "digest resume"),
        (
            StopKind.BLOCKED,
            3,
            "(3 batches of up to 500 mails wait): typo",
            "digest lint --date 2026-11-20",
        ),
    ],
)
def test_a_stopped_edition_is_told_with_what_lets_it_go_on(kind, batches, told, advised):
    trouble = stopped_edition(FRIDAY, Stop(kind, NOON, "typo"), batches)
    assert told in trouble.text
    assert advised in trouble.remedy
    assert "digest cancel --date 2026-11-20" in trouble.remedy
    assert ("digest resume" in trouble.remedy) == (kind is StopKind.PAUSED)
    assert ("--state failed" in trouble.remedy) == (kind is StopKind.PAUSED and batches > 0)


def test_only_what_was_tried_is_looked_up_in_the_ledger():
    assert "digest deliveries" in run_remedy({"run": {"failed": 3}})
    assert run_remedy({"error": "no route", "hint": "look at it"}).startswith("look at it. ")
    assert "digest deliveries" not in run_remedy({"error": "no route", "hint": ""})


def test_a_source_that_needs_attention_is_told_with_what_it_says():
    source = HuggingFace(name="s")
    hour = timedelta(hours=1)
    state = SourceState("s", NOON, failing_since=NOON - 23 * hour, failures=9, error="503")
    assert source_alert(source_status(source, state, NOON)) is None
    alert = source_alert(source_status(source, state, NOON + 2 * hour))
    assert alert is not None
    assert alert.name == "source s"
    assert "503" in alert.text
