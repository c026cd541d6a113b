"""What the editors have pinned, in the mails of readers of all kinds."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from digest.model import EmptyDay, ReasonKind, Vote
from digest.selection.arrangement import arrange
from digest.selection.explanation import explain
from digest.selection.selection import select
from tests.factories import make_edition, make_matrix, make_paper, make_preferences, make_reader

TOPICS = ({"compression": 0.9}, {"speech": 0.9}, {"coding": 0.9})
PAPERS = [make_paper(number, topics=TOPICS[number % 3]) for number in range(1, 25)]


def matrix_of(*pinned, papers=PAPERS, phrases=None):
    return make_matrix(replace(make_edition(papers), pinned=pinned), phrases=phrases)


def chosen(matrix, reader):
    return select(matrix, [reader])[0]


def ids(picks):
    return [pick.paper_id for pick in picks]


def test_everybody_gets_it_first_and_no_mail_gets_longer():
    plain, pinned = matrix_of(), matrix_of(20, 7)
    for wishes in (
        make_preferences({"speech": 1.0}),
        make_preferences({"compression": 1.0}, max_papers=3),
        make_preferences({}),
    ):
        reader = make_reader(1, wishes)
        picks = chosen(pinned, reader)
        assert ids(picks)[:2] == [20, 7]
        assert {pick.reason.kind for pick in picks[:2]} == {ReasonKind.EDITORS}
        assert ReasonKind.EDITORS not in {pick.reason.kind for pick in picks[2:]}
        assert len(picks) <= wishes.max_papers
        assert len(set(ids(picks))) == len(picks) >= len(chosen(plain, reader)) - 1


def test_a_short_mail_is_all_pins():
    reader = make_reader(1, make_preferences({"speech": 1.0}, max_papers=1))
    assert ids(chosen(matrix_of(20, 7), reader)) == [20]


def test_what_was_sent_voted_on_or_muted_stays_out():
    assert 20 not in ids(chosen(matrix_of(20), make_reader(1, sent=[20])))
    assert 20 not in ids(chosen(matrix_of(20), make_reader(1, votes=[Vote(PAPERS[19], -1)])))
    row = [1.0 if number == 20 else 0.0 for number in range(1, 25)]
    muted = make_reader(1, make_preferences({"speech": 1.0}, muted=["this"]))
    assert 20 not in ids(chosen(matrix_of(20, phrases={"this": row}), muted))


def test_a_pin_makes_no_mail_of_its_own():
    nothing = make_reader(1, make_preferences({}, interests=["nothing like this"]))
    assert chosen(matrix_of(20), nothing) == ()
    filled = replace(nothing.preferences, empty_day=EmptyDay.FILL)
    assert ids(chosen(matrix_of(20), make_reader(2, filled)))[0] == 20


def test_a_pin_that_matches_makes_the_mail_that_it_made_before():
    papers = [make_paper(1, topics={"speech": 0.9}), make_paper(2, topics={"coding": 0.9})]
    reader = make_reader(1, make_preferences({"speech": 1.0}))
    assert ids(chosen(matrix_of(1, papers=papers), reader))[0] == 1
    assert chosen(matrix_of(2, papers=[papers[1]]), reader) == ()


def test_pins_stand_together_and_without_a_heading():
    reader = make_reader(1, make_preferences({"speech": 1.0}))
    matrix = matrix_of(20, 7, 3, 5, 11)
    first = arrange(chosen(matrix, reader), reader.preferences.summaries)[0]
    assert first.heading is None
    assert ids(first.picks) == [3, 5, 7, 11, 20] or ids(first.picks) == [20, 7, 3, 5, 11]


def test_an_explanation_says_so():
    reader = make_reader(1, make_preferences({"speech": 1.0}))
    first = explain(matrix_of(20), reader)[0]
    assert (first.candidate.paper.id, first.place) == (20, 0)
    assert first.picked.kind is ReasonKind.EDITORS


@given(
    st.sets(st.integers(1, 24), max_size=6),
    st.integers(1, 12),
    st.sets(st.integers(1, 24), max_size=6),
    st.sampled_from([{}, {"speech": 1.0}, {"speech": 1.0, "coding": 2.0}]),
)
def test_no_paper_comes_twice_and_the_length_is_kept(pinned, length, sent, topics):
    reader = make_reader(1, make_preferences(topics, max_papers=length), sent=sorted(sent))
    picks = chosen(matrix_of(*sorted(pinned)), reader)
    assert len(set(ids(picks))) == len(picks) <= length
    assert not set(ids(picks)) & sent
    expected = [paper for paper in sorted(pinned) if paper not in sent][:length]
    assert not picks or ids(picks)[: len(expected)] == expected
