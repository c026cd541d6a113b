import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.evaluation.rules.measures import Judged, average_precision, ndcg, topic_f1


def test_f1_counts_every_decision_and_leaves_doubtful_ones_out():
    scores = topic_f1(
        [
            Judged({"a", "b"}, {"a"}, {"b"}),
            Judged({"b"}, {"a", "b"}),
            Judged({"c"}, {"b"}),
        ]
    )
    assert scores.micro == pytest.approx(2 * 2 / (2 * 2 + 1 + 2))
    assert scores.per_topic == {"a": pytest.approx(2 / 3), "b": pytest.approx(2 / 3)}
    assert scores.macro == pytest.approx(2 / 3)


def test_rare_topics_do_not_count_in_macro_where_others_are_common():
    papers = [Judged({"a"}, {"a"})] * 5 + [Judged({"b"}, {"c"})]
    assert topic_f1(papers).macro == 1
    assert topic_f1(papers[1:]).macro == pytest.approx(0.5)


def test_nothing_to_measure_is_zero():
    scores = topic_f1([])
    assert (scores.micro, scores.macro) == (0, 0)
    assert ndcg([], []) == 0
    assert average_precision([0, 0]) == 0


def test_ndcg_of_a_known_ranking():
    assert ndcg([2, 0, 1], [1, 2, 0]) == pytest.approx((3 + 0.5) / (3 + 1 / 1.584962500721156))


def test_average_precision_of_a_known_ranking():
    assert average_precision([1, 0, 2, 0]) == pytest.approx((1 + 2 / 3) / 2)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=40))
def test_the_best_order_scores_1_and_no_order_more(grades):
    best = sorted(grades, reverse=True)
    assert 0 <= ndcg(grades, grades) <= 1 + 1e-12
    if best[0]:
        assert ndcg(best, grades) == pytest.approx(1)
        assert average_precision(best) == pytest.approx(1)
