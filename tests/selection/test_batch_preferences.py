"""What readers want, in numbers."""

from digest.model import Cadence, DeliverySchedule, Reason, ReasonKind, Vote
from digest.selection.batch_preferences import (
    batch_preferences,
    exclude,
    is_weekly,
    list_follows,
    score_relevance,
)
from tests.factories import make_edition, make_matrix, make_paper, make_preferences, make_reader


def test_a_topic_that_left_the_catalogue_does_not_belittle_the_others():
    matrix = make_matrix(make_edition())
    prefs = make_preferences({"astrology": 10, "compression": 1})
    assert [follow.weight for follow in list_follows(matrix, prefs)] == [100]


def test_relevance_is_the_weighted_sum_of_what_matches():
    papers = [make_paper(1, topics={"speech": 0.5, "coding": 1.0}), make_paper(2, topics={})]
    matrix = make_matrix(make_edition(papers), phrases={"noise": [0, 0.8]})
    prefs = make_preferences({"speech": 2, "coding": 1}, interests=["noise"])
    scores = score_relevance(matrix, [list_follows(matrix, prefs), []])
    assert scores.tolist() == [[100 * 500 + 50 * 1000, 150 * 800], [0, 0]]


def test_what_was_sent_voted_on_or_is_muted_is_excluded():
    matrix = make_matrix(make_edition(), phrases={"noise": [0, 0, 0, 0, 1]})
    prefs = make_preferences(muted=["noise"])
    votes = [Vote(make_paper(3), -1), Vote(make_paper(99), 1)]
    assert exclude(matrix, make_reader(preferences=prefs, sent=[1, 98], votes=votes)) == {0, 2, 4}


def test_who_has_not_voted_has_no_taste_and_gets_nothing_more():
    matrix = make_matrix(
        make_edition([make_paper(1, "Codecs", topics={}), make_paper(2, "Lemmas")])
    )
    voter = make_reader(votes=[Vote(make_paper(50, "Codecs", make_paper(1).abstract), 1)])
    wanted = batch_preferences(matrix, [make_reader(), voter])
    assert wanted.tastes[0] is None
    assert [len(things) for things in wanted.followed] == [1, 2]
    assert wanted.relevant[0].tolist() == [0, 100 * 900]
    assert wanted.relevant[1][0] > 0
    assert wanted.followed[1][1].reason == Reason(ReasonKind.LIKED)


def test_only_the_weekly_rhythm_is_weekly():
    found = {
        cadence: is_weekly(
            make_reader(preferences=make_preferences(schedule=DeliverySchedule(cadence)))
        )
        for cadence in Cadence
    }
    assert found == {Cadence.DAILY: False, Cadence.WEEKDAYS: False, Cadence.WEEKLY: True}
