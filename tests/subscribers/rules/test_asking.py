"""How often a request brings a mail: an hour, a day, a week apart, and then not any more."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from digest.subscribers.rules.asking import PAUSES, SILENCE, Asked, ask, hashes_of
from tests.factories import NOON

NEW = Asked(0, None, NOON)


def mails(hours: list[float], asked: Asked = NEW) -> list[float]:
    """Return at which of these hours a mail goes out."""
    found = []
    for hour in hours:
        allowed, asked = ask(asked, NOON + timedelta(hours=hour))
        found += [hour] if allowed else []
    return found


def test_mails_in_a_row_come_an_hour_a_day_and_a_week_apart_and_then_none():
    every_hour = [float(hour) for hour in range(24 * 60)]
    assert mails(every_hour) == [0, 1, 25, 193]


def test_after_a_week_of_silence_the_next_request_counts_as_the_first_one():
    busy = [hour / 3 for hour in range(3 * 200)]
    last = busy[-1]
    assert mails([*busy, last + 167, last + 334, last + 336]) == [*mails(busy)]
    assert mails([*busy, last + 168, last + 169]) == [*mails(busy), last + 168, last + 169]


def test_a_refusal_holds_for_a_year_whoever_asks():
    refused = Asked(1, NOON, NOON, refused_at=NOON)
    assert mails([1, 24, 24 * 30, 24 * 364.9], refused) == []
    assert mails([24 * 30, 24 * 365], refused) == [24 * 365]


@given(st.lists(st.floats(0, 24 * 90), min_size=1, max_size=200))
def test_in_no_week_more_than_four_mails_come_and_never_two_within_an_hour(hours):
    found = mails(sorted(hours))
    assert found[:1] == sorted(hours)[:1]
    assert all(b - a >= 1 - 1e-6 for a, b in pairwise(found))
    week = SILENCE / timedelta(hours=1)
    assert all(b - a >= week - 1e-6 for a, b in zip(found, found[len(PAUSES) + 1 :], strict=False))


def test_a_hash_says_nothing_without_its_key_and_each_key_has_its_own():
    first, second = hashes_of("ann@example.org", [b"one key", b"another"])
    assert first != second
    assert hashes_of("ann@example.org", [b"another"]) == [second]
    assert len(first) == 64
