"""Reasons are stored once, and picks pack into eight bytes."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.store import reasons
from digest.model import Pick, Reason, ReasonKind, Team

REASONS = [Reason(kind, subject) for kind in ReasonKind for subject in ("", "speech", "ünïcode")]
numbers = st.integers(1, 2**32 - 1)
picked = st.lists(st.builds(Pick, numbers, st.sampled_from(REASONS)), max_size=20)


@given(picked, st.permutations(REASONS), st.integers(0, 500))
def test_what_is_packed_can_be_unpacked(picks, order, rest):
    ids = {reason: number * 1000 for number, reason in enumerate(order)}
    packed = reasons.pack(picks, ids, rest=rest)
    assert len(packed) == 8 * (len(picks) + (rest > 0))
    known = {id_: reason for reason, id_ in ids.items()}
    assert reasons.unpack(packed, known) == (tuple(picks), rest)
    assert reasons.paper_ids(packed) == [pick.paper_id for pick in picks]


def test_a_reason_without_an_id_cannot_be_packed():
    with pytest.raises(KeyError):
        reasons.pack([Pick(1, REASONS[0])], {})


def test_reasons_are_stored_once(database):
    with database.write() as session:
        assert reasons.ids_of(session, REASONS) == {}
        reasons.intern(session, REASONS[:3])
        before = reasons.ids_of(session, REASONS)
        reasons.intern(session, reversed(REASONS))
        reasons.intern(session, [])
        after = reasons.ids_of(session, REASONS)
        assert reasons.ids_of(session, REASONS[2:3]) == {REASONS[2]: after[REASONS[2]]}
    assert before.keys() == set(REASONS[:3])
    assert after.keys() == set(REASONS)
    assert len(set(after.values())) == len(REASONS)
    assert before.items() <= after.items()


def test_the_reasons_behind_some_picks_are_those_that_were_packed(database):
    picks = [Pick(paper, reason) for paper, reason in enumerate(REASONS, start=1)]
    with database.write() as session:
        reasons.intern(session, REASONS)
        ids = reasons.ids_of(session, REASONS)
        packs = [reasons.pack(some, ids, rest=2) for some in (picks[:5], picks[3:8])]
        known = reasons.behind(session, packs, ids_a_query=2)
        assert reasons.behind(session, []) == {}
    assert [reasons.unpack(pack, known) for pack in packs] == [
        (tuple(picks[:5]), 2),
        (tuple(picks[3:8]), 2),
    ]
    assert set(known.values()) == set(REASONS[:8])


def test_workers_at_once_store_each_reason_once(database):
    many = [Reason(ReasonKind.INTEREST, f"phrase {number}") for number in range(200)]
    start = threading.Barrier(4, timeout=20)

    def store(number):
        start.wait()
        with database.write() as session:
            reasons.intern(session, many[number * 30 :] + many[: number * 30])

    threads = [threading.Thread(target=store, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with database.read() as session:
        ids = reasons.ids_of(session, many)
    assert len(set(ids.values())) == len(ids) == len(many)


@given(
    st.lists(st.sampled_from([None, Team.A, Team.B]), max_size=70),
    st.sampled_from([0, 1, 2**31 - 1]),
)
def test_teams_are_packed_beside_the_picks(teams, rest):
    picks = [Pick(number, REASONS[0]) for number in range(1, len(teams) + 1)]
    by_paper = {pick.paper_id: team for pick, team in zip(picks, teams, strict=True) if team}
    packed = reasons.pack(picks, {REASONS[0]: 9}, rest=rest, teams=by_paper)
    assert reasons.unpack(packed, {9: REASONS[0]}) == (tuple(picks), rest)
    assert reasons.paper_ids(packed) == [pick.paper_id for pick in picks]
    assert reasons.teams_of(packed) == (by_paper if picks else None)
    assert reasons.are_whole(packed)


def test_picks_of_one_ranking_have_no_teams_and_take_no_more_room():
    picks = [Pick(5, REASONS[0]), Pick(6, REASONS[0])]
    packed = reasons.pack(picks, {REASONS[0]: 9}, rest=3)
    assert len(packed) == 24
    assert reasons.teams_of(packed) is None
    assert reasons.teams_of(reasons.pack(picks, {REASONS[0]: 9}, teams={})) == {}
