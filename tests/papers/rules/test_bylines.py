from hypothesis import given
from hypothesis import strategies as st

from digest.model import Byline
from digest.papers.rules.bylines import fullest

NAMES = st.lists(st.text(min_size=1, max_size=5), max_size=4).map(tuple)
BYLINES = st.builds(Byline, NAMES, NAMES)


def test_more_names_win_then_more_letters_and_affiliations_by_themselves():
    short, long = Byline(("A. Ode", "B. Elm"), ()), Byline(("Ada Ode", "B. Elm"), ("U",))
    assert fullest(short, long) == long
    assert fullest(Byline(("Ada Augusta Ode",), ("U", "V")), short) == Byline(
        ("A. Ode", "B. Elm"), ("U", "V")
    )


def test_of_equally_full_ones_the_first_stays():
    one, other = Byline(("Ada Ode",)), Byline(("Ode Ada",))
    assert fullest(one, other) == one
    assert fullest(other, one) == other


@given(st.lists(BYLINES, min_size=1, max_size=5), st.randoms())
def test_the_order_in_which_lists_come_does_not_change_how_full_the_best_is(found, chance):
    def best(bylines):
        kept = Byline()
        for each in bylines:
            kept = fullest(kept, each)
        return len(kept.authors), sum(map(len, kept.authors)), len(kept.affiliations)

    mixed = list(found)
    chance.shuffle(mixed)
    assert best(found) == best(mixed)
