from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Place
from digest.render.rank_plot import plot
from tests.factories import DAY

PLACES = st.builds(
    Place,
    st.integers(0, 400).map(lambda days: DAY + timedelta(days=days)),
    st.just(""),
    st.integers(0, 5000),
    st.just(5000),
)


def test_each_day_has_its_best_rank_and_the_top_is_above():
    places = [
        Place(DAY + timedelta(days=3), "", 1, 30),
        Place(DAY, "b", 20, 30),
        Place(DAY, "a", 10, 30),
        Place(DAY, "feed", 0, 30),
    ]
    drawn = plot(places)
    assert (drawn.first, drawn.last, drawn.lowest) == (DAY, DAY + timedelta(days=3), 10)
    assert drawn.points == ((drawn.left, drawn.bottom), (drawn.right, drawn.top))
    assert drawn.line == "30.0,104.0 310.0,12.0"


def test_one_day_is_no_drawing():
    assert plot([]) is None
    assert plot([Place(DAY, "", 1, 9), Place(DAY, "b", 2, 9)]) is None
    assert plot([Place(DAY, "", 1, 9), Place(DAY + timedelta(days=1), "", 0, 9)]) is None


@given(st.lists(PLACES, max_size=30))
def test_every_point_lies_in_the_plane_from_left_to_right(places):
    if drawn := plot(places):
        xs = [x for x, _ in drawn.points]
        assert xs == sorted(set(xs))
        assert all(drawn.left <= x <= drawn.right for x in xs)
        assert all(drawn.top <= y <= drawn.bottom for _, y in drawn.points)
