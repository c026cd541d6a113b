"""What the editors change, applied to a frozen edition."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editions.rules.changes import LONGEST_NOTE, apply, checked_text
from digest.errors import InputError
from digest.model import Change, ChangeKind
from tests.factories import NOON, make_candidate, make_edition, make_paper

PAPERS = 6
EDITION = make_edition([make_paper(number) for number in range(1, PAPERS + 1)])


def change(id, kind, paper=None, value="", undone=False):
    return Change(id, ChangeKind(kind), paper, value, "ann", NOON, NOON if undone else None)


def ids(edition):
    return [each.paper.id for each in edition.candidates]


def scores(edition):
    return [each.trend.score for each in edition.candidates]


def entries():
    """Changes of any kind, to papers of the edition and to others, some undone."""
    papers = st.integers(1, PAPERS + 2)
    kinds = st.one_of(
        st.tuples(st.sampled_from(["drop", "pin"]), papers, st.just("")),
        st.tuples(st.just("move"), papers, st.integers(1, PAPERS).map(str)),
        st.tuples(st.sampled_from(["claim", "note"]), papers, st.text("abc", min_size=1)),
        st.tuples(st.just("note"), st.none(), st.text("abc", min_size=1)),
        st.tuples(st.sampled_from(["approve", "withdraw"]), st.none(), st.just("")),
    )
    return st.lists(st.tuples(kinds, st.booleans()), max_size=12).map(
        lambda found: [change(n, *what, undone) for n, (what, undone) in enumerate(found, 1)]
    )


def test_without_changes_it_stays_the_same_object():
    assert apply(EDITION, []) is EDITION
    assert apply(EDITION, [change(1, "drop", 1, undone=True)]) is EDITION


@given(entries())
def test_whatever_is_changed_the_order_is_that_of_falling_trend(found):
    edited = apply(EDITION, found)
    assert scores(edited) == sorted(scores(edited), reverse=True)
    dropped = {e.paper_id for e in found if e.kind is ChangeKind.DROP and not e.undone_at}
    assert sorted(ids(edited)) == sorted(set(ids(EDITION)) - dropped)
    assert edited.dropped == PAPERS - len(edited.candidates)
    assert set(edited.pinned) <= set(ids(edited))
    assert [paper for paper in ids(edited) if paper in edited.pinned] == list(edited.pinned)


@given(entries())
def test_what_was_not_moved_keeps_its_trend_and_its_order(found):
    edited = apply(EDITION, found)
    moved = {e.paper_id for e in found if e.kind is ChangeKind.MOVE and not e.undone_at}
    before = {each.paper.id: each.trend for each in EDITION.candidates}
    left = [each for each in edited.candidates if each.paper.id not in moved]
    assert [each.trend for each in left] == [before[each.paper.id] for each in left]
    assert [each.paper.id for each in left] == sorted(each.paper.id for each in left)


@given(entries())
def test_undoing_all_that_was_added_leads_back(found):
    undone = [replace(each, undone_at=NOON, undone_by="bob") for each in found]
    assert apply(EDITION, undone) is EDITION


@given(st.integers(1, PAPERS), st.integers(1, PAPERS))
def test_a_moved_paper_stands_where_it_was_put(paper, place):
    edited = apply(EDITION, [change(1, "move", paper, str(place))])
    assert ids(edited).index(paper) == place - 1


def test_a_moved_paper_trends_like_its_neighbour_below():
    edited = apply(EDITION, [change(1, "move", 5, "2")])
    assert ids(edited) == [1, 5, 2, 3, 4, 6]
    assert scores(edited)[1] == scores(EDITION)[1]
    last = apply(EDITION, [change(1, "move", 1, "6")])
    assert scores(last)[-1] == scores(EDITION)[-1]


def test_the_places_count_without_what_was_dropped_before():
    edited = apply(EDITION, [change(1, "drop", 1), change(2, "move", 6, "2")])
    assert ids(edited) == [2, 6, 3, 4, 5]
    later = apply(EDITION, [change(1, "move", 6, "3"), change(2, "drop", 1)])
    assert ids(later) == [2, 6, 3, 4, 5]


def test_all_papers_may_be_moved():
    found = [change(n, "move", n, "1") for n in range(1, PAPERS + 1)]
    edited = apply(EDITION, found)
    assert ids(edited) == list(range(PAPERS, 0, -1))
    assert scores(edited) == scores(EDITION)


def test_the_trend_of_the_week_follows():
    papers = [make_paper(number) for number in (1, 2, 3)]
    week = (0.2, 0.9, 0.5)
    candidates = tuple(
        make_candidate(paper, score=0.9 - n / 10, weekly=weekly)
        for n, (paper, weekly) in enumerate(zip(papers, week, strict=True))
    )
    edited = apply(replace(EDITION, candidates=candidates), [change(1, "move", 1, "1")])
    assert edited.candidates[0].trend.weekly == 0.9
    assert [each.trend.weekly for each in edited.candidates[1:]] == [0.9, 0.5]


def test_the_last_claim_and_note_count():
    found = [
        *(change(1, "claim", 2, "one"), change(2, "claim", 2, "two")),
        *(change(3, "note", 2, "a"), change(4, "note", None, "b"), change(5, "note", None, "c")),
    ]
    edited = apply(EDITION, found)
    assert (edited.candidates[1].claim, edited.candidates[1].note) == ("two", "a")
    assert edited.note == "c"


def test_pins_are_in_the_order_of_the_edition_and_a_dropped_one_is_none():
    found = [change(1, "pin", 4), change(2, "pin", 2), change(3, "pin", 3), change(4, "drop", 3)]
    assert apply(EDITION, found).pinned == (2, 4)


def test_texts_are_kept_on_one_line_and_bounded():
    assert checked_text(ChangeKind.NOTE, " a\n b\u202e ") == "a b"
    with pytest.raises(InputError, match="is empty"):
        checked_text(ChangeKind.CLAIM, " \u200b")
    with pytest.raises(InputError, match="111 characters"):
        checked_text(ChangeKind.CLAIM, "x" * 111)
    with pytest.raises(InputError, match="at most 400"):
        checked_text(ChangeKind.NOTE, "x" * (LONGEST_NOTE + 1))
