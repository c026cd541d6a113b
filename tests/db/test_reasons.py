"""Reasons are stored once, and picks pack into eight bytes."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.db import reasons
from digest.model import Pick, Reason, ReasonKind

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
        assert reasons.all_reasons(session) == {}
        reasons.intern(session, REASONS[:3])
        before = reasons.all_reasons(session)
        reasons.intern(session, reversed(REASONS))
        reasons.intern(session, [])
        after = reasons.all_reasons(session)
    assert sorted(after.values(), key=str) == sorted(REASONS, key=str)
    assert before.items() <= after.items()


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
        assert len(reasons.all_reasons(session)) == len(many)
