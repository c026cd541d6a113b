from datetime import timedelta

import pytest

from digest.delivery.rules.outcome import Outcome
from digest.model import DeliveryState
from digest.outbox.rules.attempts import date_of, resend_once
from tests.factories import NOON


@pytest.mark.parametrize(("minutes", "dated"), [(0, 0), (29, 0), (30, 30), (600, 600), (-1, -1)])
def test_the_date_is_when_it_was_written_or_begun_if_that_is_late(minutes, dated):
    now = NOON + timedelta(minutes=minutes)
    assert date_of(NOON, None, 0, now) == NOON + timedelta(minutes=dated)
    assert date_of(NOON, NOON + timedelta(minutes=5), 0, now) == NOON + timedelta(minutes=dated)


def test_a_retry_keeps_its_date():
    assert date_of(NOON, NOON, 1, NOON + timedelta(days=1)) == NOON


@pytest.mark.parametrize("state", DeliveryState)
def test_only_what_may_have_arrived_twice_is_not_repeated(state):
    outcome = Outcome(state, "x", NOON)
    assert resend_once(outcome, 0) == outcome
    repeated = resend_once(outcome, 1).not_before is not None
    assert repeated == (state is not DeliveryState.UNCERTAIN)
