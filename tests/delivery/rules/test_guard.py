"""The rules of canary and guard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.rules.guard import (
    LEAST_CANARY,
    MOST_CANARY,
    QUARTER,
    WHOLE,
    LastMessages,
    canary_size,
    is_too_much,
    judge,
    weight,
)
from digest.model import DeliveryState, Lost, Reply, Unreachable


@given(st.integers(0, 100), st.integers(0, 2_000_000), st.floats(0, 100))
def test_a_canary_is_small_and_leaves_something_behind_it(before, total, percent):
    size = canary_size(before, total, percent)
    if size:
        assert LEAST_CANARY <= size <= MOST_CANARY
        assert size < total
        assert before < LEAST_CANARY
    else:
        assert percent == 0 or before >= LEAST_CANARY or total <= MOST_CANARY


@pytest.mark.parametrize(
    ("total", "size"), [(20, 0), (21, 20), (5000, 50), (5001, 51), (60_000, 500)]
)
def test_one_percent_goes_first(total, size):
    assert canary_size(0, total, 1) == size


@pytest.mark.parametrize(
    ("answer", "quarters"),
    [
        (Reply(250, "ok"), 0),
        (Reply(451, "later"), QUARTER),
        (Unreachable("no"), QUARTER),
        (Reply(550, "no"), WHOLE),
        (Lost("?"), WHOLE),
    ],
)
def test_what_an_answer_weighs(answer, quarters):
    assert weight(answer) == quarters


def test_few_failures_are_no_news():
    assert not is_too_much(2 * WHOLE, 2, 10)
    assert is_too_much(3 * WHOLE, 29, 10)
    assert not is_too_much(3 * WHOLE, 30, 10)
    assert not is_too_much(100 * WHOLE, 100, 0)


def test_a_canary_is_judged_by_what_was_tried():
    assert judge({DeliveryState.SENT: 18, DeliveryState.FAILED: 2}, 10) == ""
    assert "3 failed" in judge(
        {DeliveryState.SENT: 17, DeliveryState.FAILED: 2, DeliveryState.UNCERTAIN: 1}, 10
    )
    assert "12 were put off" in judge({DeliveryState.SENT: 8, DeliveryState.DEFERRED: 12}, 10)
    assert judge({DeliveryState.SENT: 12, DeliveryState.DEFERRED: 8}, 10) == ""
    assert judge({DeliveryState.SKIPPED: 500}, 10) == ""


@given(st.lists(st.sampled_from([0, QUARTER, WHOLE]), max_size=80), st.integers(1, 20))
def test_the_last_messages_are_those(weights, size):
    last = LastMessages(size, 30)
    tripped = False
    for number, one in enumerate(weights, 1):
        last.note(one)
        recent = weights[max(0, number - size) : number]
        tripped = tripped or (len(recent) == size and is_too_much(sum(recent), size, 30))
        assert bool(last.too_many) == tripped


def test_without_a_size_nothing_is_looked_at():
    last = LastMessages(0, 10)
    for _ in range(50):
        last.note(WHOLE)
    assert not last.too_many
