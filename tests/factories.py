"""Made-up values with a default for everything."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from digest.errors import InputError
from digest.ground.tokens.nonces import Binding
from digest.model import (
    Candidate,
    DeliverySchedule,
    Edition,
    Letterhead,
    Paper,
    Preferences,
    Reader,
    Trend,
    Vote,
)
from digest.selection.candidate_matrix import CandidateMatrix
from digest.subscribers.rules.vocabulary import Vocabulary

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 19)
NONCE = bytes(range(16))  # of made-up readers


def make_paper(
    id: int = 1,
    title: str = "",
    abstract: str = "",
    topics: Mapping[str, float] | None = None,
) -> Paper:
    return Paper(
        id=id,
        title=title or f"Made-up paper number {id}",
        abstract=abstract or f"We study made-up matter {id}. It works well in all our tests.",
        topics={"compression": 0.9} if topics is None else topics,
    )


def make_candidate(
    paper: Paper | None = None, score: float = 0.5, rank: int = 1, weekly: float | None = None
) -> Candidate:
    trend = Trend(score, rank, dumps=1, age_days=0, weekly=weekly)
    return Candidate(paper or make_paper(), trend)


def make_edition(papers: Sequence[Paper] = (), day: date = DAY) -> Edition:
    """An edition in which the first paper trends most."""
    candidates = tuple(
        make_candidate(paper, score=round(1 / (place + 2), 6), rank=place + 1)
        for place, paper in enumerate(papers or [make_paper(n) for n in range(1, 6)])
    )
    return Edition(day, datetime(day.year, day.month, day.day, 7, tzinfo=UTC), "x.org", candidates)


def make_preferences(
    topics: Mapping[str, float] | None = None,
    interests: Sequence[str] = (),
    muted: Sequence[str] = (),
    max_papers: int = 10,
    schedule: DeliverySchedule | None = None,
) -> Preferences:
    return Preferences(
        {"compression": 1.0} if topics is None else topics,
        tuple(interests),
        tuple(muted),
        max_papers,
        schedule or DeliverySchedule(),
    )


def make_reader(
    id: int = 1,
    preferences: Preferences | None = None,
    sent: Sequence[int] = (),
    votes: Sequence[Vote] = (),
) -> Reader:
    address = f"reader{id}@example.org"
    wanted = preferences or make_preferences()
    return Reader(id, address, "", wanted, NONCE, frozenset(sent), tuple(votes))


def everybodys(_subscriber_id: int) -> Binding:
    """Look up what the tokens of made-up readers are bound to: one nonce."""
    return Binding(NONCE)


def make_letterhead() -> Letterhead:
    return Letterhead(
        name="Daily papers",
        sender_name="Daily papers",
        sender_address="digest@example.org",
        bounce_address="bounces@example.org",
        base_url="https://digest.example.org",
        postal_address="1 Example Street, 12345 Example Town",
    )


def make_vocabulary(
    topics: Collection[str] = ("compression", "speech", "coding"), default_timezone: str = "UTC"
) -> Vocabulary:
    """A vocabulary whose phrases say something unless they are "the"."""

    def check_phrase(phrase: str) -> None:
        if phrase == "the":
            raise InputError(f"{phrase!r} says nothing")

    zones = {"UTC", "Europe/Berlin", "America/New_York"}
    return Vocabulary(set(topics), zones, check_phrase, check_phrase, default_timezone)


class MadeUpIndex:
    """A phrase index of given arrays: phrase -> the score of each paper; mentioned: score 1."""

    def __init__(self, size: int, scores: Mapping[str, Sequence[float]]) -> None:
        self._scores = {phrase: np.array(row, np.float32) for phrase, row in scores.items()}
        self._nothing = np.zeros(size, np.float32)
        self.asked: list[str] = []

    def scores(self, phrase: str) -> NDArray[np.float32]:
        self.asked.append(phrase)
        return self._scores.get(phrase, self._nothing)

    def mentions(self, phrase: str) -> NDArray[np.bool_]:
        self.asked.append(phrase)
        found: NDArray[np.bool_] = self._scores.get(phrase, self._nothing) >= 1
        return found


def make_matrix(
    edition: Edition,
    topics: Sequence[str] = ("compression", "speech", "coding"),
    phrases: Mapping[str, Sequence[float]] | None = None,
    **changes: int,
) -> CandidateMatrix:
    """A candidate matrix whose phrases match from 0.3 on."""
    index = MadeUpIndex(len(edition.candidates), phrases or {})
    return CandidateMatrix(edition, topics, index, match_level=0.3, **changes)
