"""The plain rankers that ours is compared with; nothing else uses them."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from digest.evaluation.rules.postings import Floats, Postings
from digest.ground.text.words import content, tokens
from digest.model import Paper

Terms = Mapping[str, float]


def plain_bm25(papers: Sequence[Paper]) -> Postings:
    """BM25 over stems with the usual k1 = 1.2 and b = 0.75; a title counts like the abstract."""
    return Postings([bag(f"{p.title} . {p.abstract}") for p in papers], k1=1.2, b=0.75)


def bag(text: str) -> dict[str, float]:
    """The stems of a text and how often each occurs, stop words left out."""
    return {term: float(count) for term, count in Counter(content(tokens(text))).items()}


def tfidf_similarity(papers: Sequence[Paper], phrases: Sequence[str]) -> list[Floats]:
    """Cosine of TF-IDF vectors: for each phrase the similarity of each paper, in [0, 1]."""
    bags = [bag(f"{paper.title} . {paper.abstract}") for paper in papers]
    found_in = Counter(term for terms in bags for term in terms)
    weights = {term: float(np.log((1 + len(bags)) / n)) for term, n in found_in.items()}
    vectors = [_unit(terms, weights) for terms in bags]
    queries = [_unit(bag(phrase), weights) for phrase in phrases]
    return [np.array([_dot(q, v) for v in vectors], dtype=np.float32) for q in queries]


def _unit(terms: Terms, weights: Terms) -> dict[str, float]:
    values = {term: count * weights.get(term, 0.0) for term, count in terms.items()}
    length = sum(value**2 for value in values.values()) ** 0.5
    return {term: value / length for term, value in values.items()} if length else {}


def _dot(first: Terms, second: Terms) -> float:
    return sum(value * second.get(term, 0.0) for term, value in first.items())
