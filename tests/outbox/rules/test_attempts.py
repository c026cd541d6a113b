from datetime import timedelta

import pytest

from digest.outbox.rules.attempts import date_of
from tests.factories import NOON


@pytest.mark.parametrize(("minutes", "dated"), [(0, 0), (29, 0), (30, 30), (600, 600), (-1, -1)])
def test_the_date_is_when_it_was_written_or_begun_if_that_is_late(minutes, dated):
    now = NOON + timedelta(minutes=minutes)
    assert date_of(NOON, None, 0, now) == NOON + timedelta(minutes=dated)
    assert date_of(NOON, NOON + timedelta(minutes=5), 0, now) == NOON + timedelta(minutes=dated)


def test_a_retry_keeps_its_date():
    assert date_of(NOON, NOON, 1, NOON + timedelta(days=1)) == NOON
