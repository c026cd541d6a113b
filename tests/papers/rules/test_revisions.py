from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Revision
from digest.papers.rules.identity import is_revision, same_text

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def test_white_space_is_no_revision():
    assert same_text("a b\n c", " a  b c ")
    assert not same_text("a b", "ab")


def test_a_changed_abstract_is_a_revision_also_when_the_old_text_comes_back():
    known = [Revision(MARCH, "old"), Revision(APRIL, "new")]
    assert not is_revision("new", MAY, known)
    assert is_revision("newer", MAY, known)
    assert is_revision("old", MAY, known)


def test_a_late_dump_is_compared_with_its_own_time():
    known = [Revision(MARCH, "old"), Revision(MAY, "new")]
    assert not is_revision("old", APRIL, known)
    assert is_revision("new", APRIL, known)


def test_a_dump_older_than_all_is_compared_with_the_oldest():
    known = [Revision(APRIL, "old"), Revision(MAY, "new")]
    assert not is_revision("old", MARCH, known)
    assert is_revision("new", MARCH, known)


def test_the_first_text_is_always_new():
    assert is_revision("anything", MARCH, [])


@given(st.lists(st.sampled_from(["a", "b", "c"])))
def test_in_order_of_dates_every_change_and_nothing_else_is_kept(texts):
    known = []
    for number, text in enumerate(texts, 1):
        if is_revision(text, date(2026, 1, 1).replace(year=2000 + number), known):
            known.append(Revision(date(2000 + number, 1, 1), text))
    assert all(one.abstract != other.abstract for one, other in pairwise(known))
    assert (known[-1].abstract if known else "") == (texts[-1] if texts else "")
