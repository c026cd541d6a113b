"""Every answer leads to a state, and every delivery comes to an end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.rules.outcome import BACKOFF, Outcome, bounded, fail, settle, skip
from digest.model import DeliveryState, Lost, Reply, Unreachable

NOW = datetime(2026, 11, 19, 8, tzinfo=UTC)
replies = st.builds(
    Reply,
    st.integers(100, 999),
    st.text(max_size=40),
    st.sampled_from(["MAIL", "RCPT", "DATA", "."]),
)
answers = replies | st.builds(Lost, st.text()) | st.builds(Unreachable, st.text())
attempts = st.integers(1, 50)
jitters = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Reply(250, "2.0.0 queued"), DeliveryState.SENT),
        (Reply(451, "4.3.0 later"), DeliveryState.DEFERRED),
        (Reply(452, "4.2.2 mailbox full", "RCPT"), DeliveryState.DEFERRED),
        (Reply(421, "4.7.0 too busy", "MAIL"), DeliveryState.DEFERRED),
        (Reply(354, "go ahead"), DeliveryState.DEFERRED),
        (Reply(550, "5.1.1 no such user", "RCPT"), DeliveryState.FAILED),
        (Reply(554, "5.7.1 spam"), DeliveryState.FAILED),
        (Reply(554, "5.7.1 your address is blocked", "MAIL"), DeliveryState.DEFERRED),
        (Lost("timeout after the final dot"), DeliveryState.UNCERTAIN),
        (Unreachable("connection refused"), DeliveryState.DEFERRED),
    ],
)
def test_the_first_answer_decides(answer, state):
    outcome = settle(answer, attempts=1, now=NOW)
    assert outcome.state is state
    assert outcome.attempted
    assert str(answer) in outcome.reply
    assert (outcome.not_before is not None) == (
        state in (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
    )


@given(answers, attempts, jitters)
def test_every_answer_leads_to_a_state_that_stays_or_has_a_time(answer, made, jitter):
    outcome = settle(answer, attempts=made, now=NOW, jitter=jitter)
    if outcome.state is DeliveryState.DEFERRED:
        assert outcome.not_before is not None
    elif outcome.state is not DeliveryState.UNCERTAIN:
        assert outcome.state in (DeliveryState.SENT, DeliveryState.FAILED)
        assert outcome.not_before is None


@given(answers, attempts, jitters)
def test_a_retry_waits_between_four_and_six_fifths_of_its_backoff(answer, made, jitter):
    outcome = settle(answer, attempts=made, now=NOW, jitter=jitter)
    if outcome.not_before is not None:
        wait = outcome.not_before - NOW
        assert 0.8 * BACKOFF[made - 1] <= wait <= 1.2 * BACKOFF[made - 1]


@given(answers, st.integers(len(BACKOFF) + 1, 1000))
def test_given_up_ends(answer, made):
    outcome = settle(answer, attempts=made, now=NOW)
    assert outcome.not_before is None
    assert outcome.state is not DeliveryState.DEFERRED


def test_what_was_given_up_says_so_and_a_lost_reply_stays_uncertain():
    made = len(BACKOFF) + 1
    later = Reply(451, "later")
    outcome = settle(later, attempts=made, now=NOW)
    said = f"451 later (given up after {made} attempts)"
    assert outcome == Outcome(DeliveryState.FAILED, said, refusal=later)
    assert settle(Lost("gone"), attempts=made, now=NOW) == Outcome(DeliveryState.UNCERTAIN, "gone")


def test_a_mail_whose_reply_is_lost_again_is_not_repeated_again():
    lost = Lost("timeout after the final dot")
    first = settle(lost, attempts=1, now=NOW, uncertain_attempts=0)
    again = settle(lost, attempts=2, now=NOW, uncertain_attempts=1)
    assert first.not_before is not None
    assert again == Outcome(DeliveryState.UNCERTAIN, "timeout after the final dot")


def test_the_waits_grow():
    waits = [settle(Unreachable("x"), attempts=n, now=NOW).not_before for n in range(1, 7)]
    assert waits == sorted(set(waits))
    assert waits[0] == NOW + timedelta(minutes=5)


def test_not_sent_on_purpose_and_not_composed_are_no_attempts():
    assert skip("paused") == Outcome(DeliveryState.SKIPPED, "paused", attempted=False)
    assert fail("no template") == Outcome(DeliveryState.FAILED, "no template", attempted=False)


@given(answers, attempts, jitters, st.timedeltas(timedelta(hours=-9), timedelta(hours=9)))
def test_nothing_is_put_off_until_its_edition_is_too_old(answer, made, jitter, left):
    outcome = settle(answer, attempts=made, now=NOW, jitter=jitter)
    found = bounded(outcome, NOW + left, NOW)
    if left < timedelta(0):
        assert found == outcome  # it is sent on purpose
    elif found.not_before is not None:
        assert found == outcome
        assert found.not_before <= NOW + left
    else:
        kept = DeliveryState.FAILED if outcome.state is DeliveryState.DEFERRED else outcome.state
        assert found.state is kept
        assert found.reply.startswith(outcome.reply)
