"""What votes bring: nDCG@10 of the next mail without and with votes on labelled papers.

    python -m benchmarks.votes FOLDER

FOLDER has `dumps` and `relevance` (papers-labelled.jsonl, interests.jsonl). The papers are halved
at random four times; a reader votes on shown papers of one half, by the labels, and is then mailed
from the other. Three kinds of readers: *of two* follows two topics and cares for one of them,
*narrow* follows the two topics of what answers one of the typed interests and cares for that
interest, *none* follows nothing and cares for a topic. A wrong vote is a single one against the
reader's labels; `worst` is the worst of the ten that the reader could cast.
"""

import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import mean

from digest.editions.rules.trend import Appearance, score_trend
from digest.evaluation.labelled import read_interests, read_labels, read_papers
from digest.evaluation.rules.measures import ndcg
from digest.ground.shipped import catalogue_file
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Candidate, Edition, Paper, Preferences, Reader, Vote
from digest.papers.rules.identity import identity
from digest.selection.batch_preferences import batch_preferences
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.rankings import STANDARD
from digest.selection.selection import select
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.classifier import Classifier
from tests.interests.knowledge import shipped

COUNTS = (1, 3, 5, 10)
SPLITS = 4
DAY = date(2026, 11, 19)
FEWEST = 8  # papers of a topic that are worth halving


@dataclass(frozen=True)
class Persona:
    """A made-up reader: what is followed, and grades of papers by id; others are unwanted."""

    kind: str
    topics: Mapping[str, float]
    grades: Mapping[int, int]
    judged: frozenset[int]


@dataclass(frozen=True)
class Material:
    """The papers with their topics as we classify them, and the made-up readers."""

    papers: Sequence[Paper]
    personas: Sequence[Persona]
    classifier: Classifier


def load(folder: Path) -> Material:
    """Read dumps and labels."""
    classifier = Classifier(parse_catalogue(catalogue_file().read_bytes()))
    papers = [
        Paper(p.id, p.title, p.abstract, topics=classifier.classify(p.title, p.abstract))
        for p in read_papers(folder / "dumps")
    ]
    ids = {identity(paper.title): paper.id for paper in papers}
    labels = read_labels(folder / "relevance" / "papers-labelled.jsonl")
    counts = Counter(slug for label in labels for slug in label.topics)
    slugs = sorted(slug for slug, count in counts.items() if count >= FEWEST)
    personas = []
    for place, slug in enumerate(slugs):
        judged = frozenset(ids[identity(one.title)] for one in labels if slug not in one.either)
        grades = {ids[identity(one.title)]: 1 for one in labels if slug in one.topics}
        other = slugs[(place + 7) % len(slugs)]
        personas.append(Persona("of two", {slug: 1.0, other: 1.0}, grades, judged))
        personas.append(Persona("none", {}, grades, judged))
    topics_of = {paper.id: paper.topics for paper in papers}
    for wish in read_interests(folder / "relevance" / "interests.jsonl"):
        grades = {ids[key]: grade for key, grade in wish.grades.items()}
        common = Counter(slug for paper_id in grades for slug in topics_of[paper_id])
        followed = dict.fromkeys([slug for slug, _ in common.most_common(2)], 1.0)
        personas.append(Persona("narrow", followed, grades, frozenset(topics_of)))
    return Material(papers, personas, classifier)


def make_matrix(papers: Sequence[Paper], classifier: Classifier) -> CandidateMatrix:
    """Return an edition of these papers, in which the first trends most."""
    trends = [score_trend([Appearance(DAY, rank)], on=DAY) for rank in range(1, len(papers) + 1)]
    candidates = tuple(map(Candidate, papers, trends))
    edition = Edition(DAY, datetime(2026, 11, 19, 7, tzinfo=UTC), "x.org", candidates)
    topics = [topic.slug for topic in classifier.catalogue.topics]
    return CandidateMatrix(edition, topics, InterestIndex(papers, shipped), match_level=MATCH)


def gains(
    matrix: CandidateMatrix, persona: Persona, ballots: Sequence[Sequence[Vote]]
) -> list[float]:
    """Return nDCG@10 of the mail that each of these ballots gives, by falling score."""
    wanted = Preferences(topics=persona.topics, max_papers=10)
    readers = [Reader(1, "", "", wanted, b"", votes=tuple(votes)) for votes in ballots]
    batch = batch_preferences(matrix, readers)
    ideal = [persona.grades.get(paper_id, 0) for paper_id in matrix.paper_ids]
    found = []
    for row, picks in enumerate(select(matrix, readers)):
        scores = batch.relevant[row] + STANDARD.trend * matrix.trend
        if (one := batch.tastes[row]) is not None:
            scores = scores + one.scores
        places = sorted(
            (matrix.position_of[pick.paper_id] for pick in picks), key=lambda p: (-scores[p], p)
        )
        found.append(ndcg([ideal[place] for place in places], ideal))
    return found


def shown(matrix: CandidateMatrix, persona: Persona, chance: random.Random) -> list[Paper]:
    """Return what the reader sees and may vote on: a mail; with nothing followed, a browse."""
    papers = [one.paper for one in matrix.edition.candidates]
    if persona.topics:
        wanted = Preferences(topics=persona.topics, max_papers=max(COUNTS))
        by_id = {paper.id: paper for paper in papers}
        picks = select(matrix, [Reader(1, "", "", wanted, b"")])[0]
        seen = [by_id[pick.paper_id] for pick in picks]
    else:
        liked = [paper for paper in papers if paper.id in persona.grades]
        others = [paper for paper in papers if paper.id not in persona.grades]
        half = max(COUNTS) // 2
        seen = chance.sample(liked, min(half, len(liked))) + chance.sample(others, half)
    chance.shuffle(seen)
    return seen


def simulate(
    material: Material, *, splits: int = SPLITS, every: int = 1
) -> dict[str, dict[str, float]]:
    """Return kind of reader -> number of votes, "wrong" or "worst" -> mean nDCG@10.

    every: take only every so many of the readers.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for number, persona in enumerate(material.personas[::every]):
        for split in range(splits):
            chance = random.Random(1000 * split + number)
            judged = [paper for paper in material.papers if paper.id in persona.judged]
            chance.shuffle(judged)
            half = len(judged) // 2
            now, later = (
                make_matrix(papers, material.classifier)
                for papers in (judged[:half], judged[half:])
            )
            votes = [
                Vote(paper, 1 if paper.id in persona.grades else -1)
                for paper in shown(now, persona, chance)
            ]
            wrong = [[Vote(vote.paper, -vote.value)] for vote in votes]
            tallies = gains(later, persona, [[], *(votes[:n] for n in COUNTS), *wrong])
            kind = found.setdefault(persona.kind, {})
            names = ["0", *map(str, COUNTS)]
            for name, gain in zip(names, tallies, strict=False):
                kind.setdefault(name, []).append(gain)
            kind.setdefault("wrong", []).append(mean(tallies[len(names) :]))
            kind.setdefault("worst", []).append(min(tallies[len(names) :]))
    return {
        kind: {name: mean(values) for name, values in named.items()}
        for kind, named in found.items()
    }


if __name__ == "__main__":
    for kind, figures in simulate(load(Path(sys.argv[1]))).items():
        shown_figures = "  ".join(f"{name}: {value:.3f}" for name, value in figures.items())
        print(f"{kind:8} {shown_figures}")
