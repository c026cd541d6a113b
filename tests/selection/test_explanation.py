"""Why a paper came or did not, in words and numbers."""

from dataclasses import replace

import pytest

from digest.model import Cadence, DeliverySchedule, Pick, Reason, ReasonKind, Vote
from digest.selection.explanation import explain
from tests.factories import (
    make_candidate,
    make_edition,
    make_matrix,
    make_paper,
    make_preferences,
    make_reader,
)

TOPIC = Reason(ReasonKind.TOPIC, "speech")


def explained(reader, picks=None):
    papers = [
        make_paper(1, topics={"speech": 0.9}),
        make_paper(2, topics={"speech": 0.5, "coding": 0.5}),
        make_paper(3, topics={}),
        make_paper(4, topics={"speech": 0.8}),
        make_paper(5, topics={"speech": 0.7}),
    ]
    matrix = make_matrix(
        make_edition(papers), phrases={"noise": [0, 0, 0.5, 0, 1], "fuss": [1] * 5}
    )
    return {one.candidate.paper.id: one for one in explain(matrix, reader, picks)}


def test_the_parts_of_a_score_are_those_of_the_formula():
    prefs = make_preferences({"speech": 2, "coding": 1}, interests=["noise"], max_papers=3)
    found = explained(make_reader(preferences=prefs))
    assert found[2].parts == ((TOPIC, 0.5), (Reason(ReasonKind.TOPIC, "coding"), 0.25))
    assert found[2].trend_part == pytest.approx(0.5 * 0.333)
    assert found[3].parts == ((Reason(ReasonKind.INTEREST, "noise"), 0.75),)
    assert found[2].score == pytest.approx(0.75 + 0.5 * 0.333)


def test_the_verdict_says_why_not():
    prefs = make_preferences({"speech": 1}, muted=["noise"], max_papers=1)
    found = explained(make_reader(preferences=prefs, sent=[2]))
    assert found[1].verdict == "picked, number 1 in the mail"
    assert found[2].verdict == "sent before"
    assert found[3].verdict == "matches nothing that the reader follows"
    assert found[4].verdict == "matches, but others match better"
    assert found[5].verdict == "muted by 'noise'"
    assert (found[3].score, found[3].trend_part, found[3].parts) == (0, 0, ())


def test_what_was_mailed_is_explained_as_it_was_mailed():
    """Even when the reader has muted it since."""
    prefs = make_preferences({"speech": 1}, muted=["fuss"])
    found = explained(make_reader(preferences=prefs), [Pick(4, TOPIC), Pick(2, TOPIC)])
    assert list(found)[:2] == [4, 2]
    assert found[4].picked == TOPIC
    assert found[2].verdict == "picked, number 2 in the mail"
    assert found[1].verdict == "muted by 'fuss'"


WHISPERS = "Whispered speech is coded by a small codec that hears rooms."
LIKED = make_paper(50, "SmallCodec: speech", WHISPERS)


def test_votes_are_a_part_of_the_score_and_a_reason():
    papers = [
        make_paper(1, "Codecs", WHISPERS, topics={"speech": 0.9}),
        make_paper(2, "Codecs again", WHISPERS, topics={}),
        make_paper(3, topics={"speech": 0.9}),
        make_paper(4, topics={"speech": 0.9}),
    ]
    matrix = make_matrix(make_edition(papers))
    votes = [Vote(LIKED, 1), Vote(papers[2], 1), Vote(papers[3], -1)]
    reader = make_reader(preferences=make_preferences({"speech": 1}), votes=votes)
    found = {one.candidate.paper.id: one for one in explain(matrix, reader)}
    assert found[1].taste_part > 0
    assert found[1].score == pytest.approx(0.9 + found[1].trend_part + found[1].taste_part)
    assert found[2].picked == Reason(ReasonKind.LIKED, LIKED.title)
    assert [reason for reason, _ in found[2].parts] == [found[2].picked]
    assert found[3].verdict == "the reader voted for more like it"
    assert found[4].verdict == "the reader voted for less like it"


def test_what_waited_behind_its_like_is_explained():
    papers = [make_paper(n, abstract=WHISPERS) for n in (1, 2)]
    papers += [make_paper(3, topics={"compression": 0.5}), make_paper(4, topics={"speech": 0.5})]
    matrix = make_matrix(make_edition(papers))
    two = make_reader(preferences=make_preferences(max_papers=2))
    found = {one.candidate.paper.id: one for one in explain(matrix, two)}
    assert found[2].verdict == f"too close to “{papers[0].title}”, which is in the mail"
    assert found[2].score > found[3].score
    one = make_reader(preferences=make_preferences(max_papers=1))
    found = {one.candidate.paper.id: one for one in explain(matrix, one)}
    assert found[2].verdict == "matches, but others match better"


def test_a_weekly_reader_sees_the_trend_of_the_week():
    candidate = make_candidate(make_paper(1), score=0.2, weekly=0.8)
    matrix = make_matrix(replace(make_edition(), candidates=(candidate,)))
    parts = []
    for schedule in (DeliverySchedule(), DeliverySchedule(Cadence.WEEKLY)):
        reader = make_reader(preferences=make_preferences(schedule=schedule))
        parts.append(explain(matrix, reader)[0].trend_part)
    assert parts == [0.1, 0.4]


def test_papers_mailed_and_gone_from_the_edition_explain_nothing():
    assert explain(make_matrix(replace(make_edition(), candidates=())), make_reader()) == []
    found = explained(make_reader(preferences=make_preferences()), [Pick(99, TOPIC)])
    assert all(one.place is None for one in found.values())
