import pytest

from digest.evaluation.rules.intervals import f1_intervals, mean_interval
from digest.evaluation.rules.measures import Judged, topic_f1

MIXED = [Judged({"a"}, {"a"})] * 12 + [Judged({"a", "b"}, {"b"})] * 6 + [Judged((), {"b"})] * 3


def test_an_interval_is_around_its_figure():
    scores, found = topic_f1(MIXED), f1_intervals(MIXED)
    assert found.micro[0] < scores.micro < found.micro[1]
    assert found.macro[0] < scores.macro < found.macro[1]


def test_more_papers_have_a_narrower_interval():
    few, many = f1_intervals(MIXED).micro, f1_intervals(MIXED * 10).micro
    assert many[1] - many[0] < few[1] - few[0]


def test_the_same_papers_have_the_same_interval():
    assert f1_intervals(MIXED) == f1_intervals(MIXED)


def test_what_is_perfect_is_perfect_in_every_draw():
    found = f1_intervals([Judged({"a"}, {"a"})] * 3)
    assert (found.micro, found.macro) == ((1, 1), (1, 1))
    assert mean_interval([0.5, 0.5]) == pytest.approx((0.5, 0.5))


def test_topics_that_may_be_argued_about_do_not_count():
    assert f1_intervals([Judged({"a", "b"}, {"a"}, {"b"})]).micro == (1, 1)


def test_nothing_to_measure_is_zero():
    assert f1_intervals([]).micro == (0, 0)
    assert mean_interval([]) == (0, 0)
