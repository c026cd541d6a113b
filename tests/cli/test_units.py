"""Times, spans and sizes as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.cli.units import ago, clock_time, clock_time_ago, size, span

NOW = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "now"),
        (-40, "40 seconds ago"),
        (-3600 * 3, "3 hours ago"),
        (-86400 * 9, "1 week ago"),
        (3600 * 14, "in 14 hours"),
        (86400 * 2, "in 2 days"),
    ],
)
def test_a_distance_in_time(seconds, said):
    assert ago(NOW + timedelta(seconds=seconds), NOW) == said


def test_moments_spans_and_sizes():
    assert clock_time(NOW) == "2026-11-19 12:00 UTC"
    assert clock_time_ago(NOW, NOW + timedelta(days=1)) == "2026-11-19 12:00 UTC, 1 day ago"
    assert clock_time_ago(None, NOW) == "never"
    assert span(725) == "12 minutes"
    assert (size(83_500_000_000), size(1_500_000), size(0)) == ("83.5 GB", "1.5 MB", "0.0 MB")
