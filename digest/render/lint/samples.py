"""Make the readers, papers and picks of the pre-flight check's sample mails."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import cycle, islice

from digest.model import (
    Candidate,
    Edition,
    Layout,
    Paper,
    Pick,
    Preferences,
    Reader,
    Reason,
    ReasonKind,
    Trend,
)

MOST_CANDIDATES = 80  # of the edition; about 60 fill the longest mail
_PHRASE = "a phrase of our own"
_TITLE = "Number {} of the Papers That Nobody Wrote, About Nothing in Particular"
_ABSTRACT = "We look at something plain. It works as one would think. Nothing else is claimed."


def made_up_edition(edition: Edition, topics: Sequence[str]) -> Edition:
    """Return an edition of the same day with made-up papers, some without what is optional."""
    papers = (
        Paper(1, _TITLE.format(1), _ABSTRACT, "https://arxiv.org/abs/2611.00001"),
        Paper(2, _TITLE.format(2), "", topics=dict.fromkeys(topics, 0.9)),
        Paper(
            3,
            _TITLE.format(3),
            _ABSTRACT,
            code_urls=("https://github.com/example/code",),
            project_urls=("https://example.github.io/project",),
            topics=dict.fromkeys(topics[:1], 0.9),
        ),
        Paper(4, _TITLE.format(4), _ABSTRACT, topics=dict.fromkeys(topics[:2], 0.5)),
        Paper(5, _TITLE.format(5), _ABSTRACT),
        Paper(6, _TITLE.format(6), _ABSTRACT),
    )
    trends = (
        Trend(score=1 / paper.id, best_rank=paper.id, dumps=paper.id, age_days=paper.id - 1)
        for paper in papers
    )
    return replace(edition, candidates=tuple(map(Candidate, papers, trends)))


def make_picks(candidates: Iterable[Candidate], topics: Sequence[str]) -> list[Pick]:
    """Pick all candidates, for every kind of reason; picks of one kind are neighbours."""
    reasons = [
        Reason(ReasonKind.EDITORS),
        Reason(ReasonKind.INTEREST, _PHRASE),
        *(Reason(ReasonKind.TOPIC, topic) for topic in topics[:1]),
        Reason(ReasonKind.LIKED, _TITLE.format(0)),
        Reason(ReasonKind.TRENDING),
        *(Reason(ReasonKind.OUTSIDE, topic) for topic in topics[1:2]),
    ]
    ids = [candidate.paper.id for candidate in candidates]
    chosen = sorted(islice(cycle(range(len(reasons))), len(ids)))
    return [Pick(paper_id, reasons[at]) for paper_id, at in zip(ids, chosen, strict=True)]


NONCE = bytes(16)  # nobody's: no link of a sample leads anywhere


def make_reader(topics: Sequence[str], layout: Layout, language: str) -> Reader:
    """Return a made-up reader who has everything that a footer can show."""
    preferences = Preferences(
        topics=dict.fromkeys(topics, 1.0), interests=(_PHRASE,), layout=layout, language=language
    )
    return Reader(1, "reader@example.com", "A Reader", preferences, NONCE)
