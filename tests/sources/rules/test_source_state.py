"""One rule says how a source does, for the list of sources, the status and the alerts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.kinds.arxiv import ArxivAnnouncements, quiet_time
from digest.sources.kinds.feeds import Feed
from digest.sources.kinds.hugging_face import HuggingFace
from digest.sources.rules.source_state import Health, SourceState, source_status

THURSDAY = datetime(2026, 11, 19, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAILY = HuggingFace(name="s")
FEED = Feed(name="s", url="https://example.org/feed")
ARXIV = ArxivAnnouncements(name="s", query="cs.CL")
WELL = SourceState("s", THURSDAY, last_success_at=THURSDAY, last_new_at=THURSDAY)
FAILING = replace(WELL, failing_since=THURSDAY, failures=3, error="503")
FAILING_FRIDAY = replace(FAILING, failing_since=THURSDAY + DAY)
REPEATING = replace(WELL, repeating_since=THURSDAY)
NEVER_ANY = replace(WELL, last_new_at=None)


@pytest.mark.parametrize(
    ("source", "state", "after", "health", "told"),
    [
        (DAILY, None, DAY, Health.UNTRIED, False),
        (DAILY, WELL, 4 * DAY, Health.FINE, False),
        (DAILY, WELL, 4 * DAY + HOUR, Health.SILENT, True),
        (DAILY, NEVER_ANY, 4 * DAY, Health.FINE, False),
        (DAILY, NEVER_ANY, 4 * DAY + HOUR, Health.SILENT, True),
        (FEED, WELL, 14 * DAY, Health.FINE, False),
        (FEED, WELL, 14 * DAY + HOUR, Health.SILENT, True),
        (DAILY, FAILING, 24 * HOUR, Health.FAILING, False),
        (DAILY, FAILING, 25 * HOUR, Health.FAILING, True),
        (DAILY, REPEATING, HOUR, Health.REPEATING, True),
        # Friday 20:00 to Sunday 20:00 in New York is quiet: neither silence nor failure.
        (ARXIV, WELL, 5 * DAY, Health.FINE, False),
        (ARXIV, WELL, 5 * DAY + HOUR, Health.SILENT, True),
        (ARXIV, FAILING_FRIDAY, 4 * DAY, Health.FAILING, False),
        (ARXIV, FAILING_FRIDAY, 4 * DAY + HOUR, Health.FAILING, True),
    ],
)
def test_how_a_source_does_and_whether_the_operator_is_told(source, state, after, health, told):
    found = source_status(source, state, THURSDAY + after)
    assert (found.health, found.needs_attention) == (health, told)
    assert found.is_well == (health in (Health.FINE, Health.UNTRIED))
    assert found.words.startswith("s: ")


MOMENTS = st.integers(0, 24 * 365).map(lambda hours: THURSDAY + timedelta(hours=hours))


@given(MOMENTS, MOMENTS)
def test_two_days_of_seven_are_quiet(one, other):
    first, last = sorted((one, other))
    quiet = quiet_time(first, last)
    assert timedelta() <= quiet <= last - first
    assert quiet_time(first, last + 7 * DAY) == quiet + 2 * DAY


def test_a_time_that_ends_before_it_begins_is_not_quiet():
    assert quiet_time(THURSDAY + 3 * DAY, THURSDAY) == timedelta()
