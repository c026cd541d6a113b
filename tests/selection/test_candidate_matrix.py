"""An edition as arrays: whole numbers, best first, and each phrase looked up once."""

from dataclasses import replace

import pytest

from digest.selection.candidate_matrix import THOUSAND, CandidateMatrix
from tests.factories import MadeUpIndex, make_candidate, make_edition, make_matrix, make_paper


def test_a_topic_matches_its_papers_by_confidence_then_trend():
    papers = [
        make_paper(11, topics={"speech": 0.5}),
        make_paper(12, topics={"coding": 0.9}),
        make_paper(13, topics={"speech": 0.75, "coding": 0.1}),
        make_paper(14, topics={"speech": 0.5}),
    ]
    matches = make_matrix(make_edition(papers)).topic("speech")
    assert matches.positions.tolist() == [2, 0, 3]
    assert matches.scores.tolist() == [750, 500, 500]
    assert matches.members == {0, 2, 3}


def test_a_topic_that_left_the_catalogue_matches_nothing():
    matrix = make_matrix(make_edition([make_paper(1, topics={"astrology": 1.0})]))
    assert "astrology" not in matrix.topic_row
    assert not matrix.topic_scores.any()
    with pytest.raises(KeyError):
        matrix.topic("astrology")


def test_a_phrase_matches_from_the_level_on():
    matrix = make_matrix(make_edition(), phrases={"noise": [0.29, 0.3001, 0.0, 1.0, 0.5]})
    matches = matrix.phrase("noise")
    assert matches.positions.tolist() == [3, 4, 1]
    assert matches.scores.tolist() == [1000, 500, 300]
    assert matrix.muted_by("noise") == {3}


def test_a_score_that_rounds_to_nothing_is_no_match():
    edition = make_edition([make_paper(1, topics={"speech": 0.0004})])
    matrix = CandidateMatrix(
        edition, ["speech"], MadeUpIndex(1, {"p": [0.0004]}), match_level=0.0001
    )
    assert not matrix.topic("speech").members
    assert not matrix.phrase("p").members


def test_each_phrase_is_looked_up_once():
    edition = make_edition()
    index = MadeUpIndex(5, {})
    matrix = CandidateMatrix(edition, [], index, match_level=0.3)
    for _ in range(3):
        matrix.phrase("noise")
        matrix.muted_by("noise")
    assert index.asked == ["noise", "noise"]


def test_trend_is_in_thousandths_and_papers_have_places():
    matrix = make_matrix(make_edition([make_paper(7), make_paper(5)]))
    assert matrix.trend.tolist() == [0.5 * THOUSAND, round(THOUSAND / 3)]
    assert matrix.paper_ids == [7, 5]
    assert matrix.position_of == {7: 0, 5: 1}


def test_an_empty_edition_is_a_matrix_too():
    edition = make_edition()
    empty = type(edition)(edition.date, edition.sends_at, edition.domain, ())
    matrix = make_matrix(empty)
    assert matrix.size == 0
    assert not matrix.topic("speech").members
    assert not matrix.phrase("noise").members
    assert matrix.muted_by("noise") == frozenset()


def test_the_trend_of_the_week_is_the_days_where_none_was_kept():
    kept = [
        make_candidate(make_paper(1), score=0.5),
        make_candidate(make_paper(2), 0.4, weekly=0.9),
    ]
    matrix = make_matrix(replace(make_edition(), candidates=tuple(kept)))
    assert matrix.weekly_trend.tolist() == [500, 900]
    assert matrix.weekly_order == [1, 0]


def test_an_edition_from_before_a_topic_was_replaced_still_has_it():
    matrix = make_matrix(make_edition([make_paper(1, topics={"code": 0.5})]))
    assert matrix.topic_scores[matrix.topic_row["coding"]].tolist() == [500]
