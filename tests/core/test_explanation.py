"""Why a paper came or did not, in words and numbers."""

import pytest

from digest.core.explanation import explain
from digest.model import Pick, Reason, ReasonKind
from tests.factories import make_edition, make_paper, make_preferences, make_reader, make_slate

TOPIC = Reason(ReasonKind.TOPIC, "speech")


def explained(reader, picks=None):
    papers = [
        make_paper(1, topics={"speech": 0.9}),
        make_paper(2, topics={"speech": 0.5, "code": 0.5}),
        make_paper(3, topics={}),
        make_paper(4, topics={"speech": 0.8}),
        make_paper(5, topics={"speech": 0.7}),
    ]
    slate = make_slate(make_edition(papers), phrases={"noise": [0, 0, 0.5, 0, 1], "fuss": [1] * 5})
    return {one.candidate.paper.id: one for one in explain(slate, reader, picks)}


def test_the_parts_of_a_score_are_those_of_the_formula():
    prefs = make_preferences({"speech": 2, "code": 1}, interests=["noise"], max_papers=3)
    found = explained(make_reader(preferences=prefs))
    assert found[2].parts == ((TOPIC, 0.5), (Reason(ReasonKind.TOPIC, "code"), 0.25))
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
