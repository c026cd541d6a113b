"""Whether a database lacks what was seen: it says what, and says nothing of one that has more."""

from hypothesis import given
from hypothesis import strategies as st

from digest.installation.rules.state import State, missing

counts = st.integers(0, 50)
states = st.builds(
    State,
    st.just("ours"),
    st.just("first"),
    edition=st.sampled_from(["", "2026-11-19", "2026-11-20"]),
    event=counts,
    event_at=st.just("noon"),
    settlements=counts,
)


@given(states, states)
def test_a_database_that_has_more_of_everything_lacks_nothing(seen, more):
    found = seen._replace(
        edition=max(seen.edition, more.edition),
        event=seen.event + more.event,
        settlements=seen.settlements + more.settlements,
    )
    assert missing(seen, found, None, "noon") == []


@given(states, states)
def test_what_is_less_is_named(seen, found):
    lines = missing(seen, found, None, "noon" if found.event >= seen.event else "")
    expected = [
        found.edition < seen.edition,
        found.event < seen.event,
        found.settlements < seen.settlements,
    ]
    assert len(lines) == sum(expected)


def test_an_event_number_that_was_given_out_anew_is_noticed():
    seen = State("ours", "first", event=5, event_at="noon")
    assert missing(seen, seen._replace(event=9), None, "later") == [
        "event 5 as it was written at noon"
    ]


def test_after_an_accepted_restore_a_mark_is_compared_with_what_was_accepted():
    accepted = State("ours", "first", event=5, event_at="noon", settlements=3)
    found = accepted._replace(epoch="second", event=20_000, settlements=90)
    assert missing(accepted, found, accepted, "noon") == []
    ahead = accepted._replace(settlements=4)
    assert missing(ahead, found, accepted, "noon") == ["1 of 4 batches"]
    assert missing(found, accepted, None, "noon")[-1] == "the restore that was accepted since"


def test_another_installation_is_told_from_an_older_state():
    ours, theirs = State("ours", "first"), State("theirs", "first")
    assert missing(ours, theirs, None, "") == ["it is the database of another installation"]
