"""Learn from abstracts how common words are, which go together, and what abbreviations mean.

    python -m benchmarks.learn_interests PAPERS.jsonl.gz digest/catalogue

Writes `learnt.npz` (whole numbers) and `abbreviations.txt` (readable) into the folder.

Latent semantic analysis: the papers' terms (log counts times rarity, the title three times), a
singular value decomposition, and each term's row, rounded to whole numbers of one byte.
"""

import gzip
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.interests.positions import passages_of, terms_of

RANK = 128
LEAST_STEM, LEAST_PAIR = 5, 12  # papers that have a term, else it is left out of the vectors
LEAST_NAME = 8  # papers that have a pair, else it is not counted at all
_ROUNDS = 5
_HEAD = (
    "# Abbreviations that several papers explain alike, as in names.txt; "
    "written by learn_interests.py.\n"
)
_LEAST = 3  # papers that explain an abbreviation alike, else it may be one paper's own name
_SHARE = 0.5  # of all explanations of an abbreviation, so that it does not mean two things
_IN_BRACKETS = re.compile(r"\(\s*([A-Z][A-Za-z0-9]{0,3}[A-Z][A-Za-z0-9]{0,4}?)s?\s*\)")
_WORD = re.compile(r"[A-Za-z0-9]+")
_LINKS = frozenset(["of", "for", "and", "in", "with", "to", "the", "on", "from", "by"])
Floats = NDArray[np.float32]


def main() -> None:
    """Read papers, learn, write."""
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as file:
        papers = [json.loads(line) for line in file]
    folder = Path(sys.argv[2])
    lines = (f"{k} = {v}\n" for k, v in abbreviations(p["abstract"] for p in papers).items())
    (folder / "abbreviations.txt").write_text(_HEAD + "".join(lines), "utf-8")
    texts = [passages_of(paper["title"], paper["abstract"]) for paper in papers]
    bags = [terms_of(text) for text in texts]
    found_in = Counter(term for bag in bags for term in bag)
    kept = sorted(t for t, n in found_in.items() if n >= (LEAST_PAIR if " " in t else LEAST_STEM))
    counts = Counter(stem for text in texts for passage in text for stem in passage)
    found_in |= Counter(stem for text in texts for stem in {s for part in text for s in part})
    counted = {t for t, n in found_in.items() if " " not in t or n >= LEAST_NAME}
    rest = sorted(counted - set(kept))
    rarity = np.array([math.log(len(papers) / found_in[t]) for t in kept], dtype=np.float32)
    vectors = term_vectors(matrix(bags, kept, rarity), RANK)
    terms = kept + rest
    np.savez_compressed(
        folder / "learnt.npz",
        terms=np.frombuffer("\n".join(terms).encode(), dtype=np.uint8),
        found_in=np.array([found_in[t] for t in terms], dtype=np.uint16),
        counts=np.array([counts[t] for t in terms], dtype=np.uint32),
        totals=np.array([len(papers), sum(counts.values())], dtype=np.int64),
        vectors=vectors,
    )


def matrix(bags: list[dict[str, float]], terms: list[str], rarity: Floats) -> Floats:
    """One row of length 1 for each paper."""
    column = {term: number for number, term in enumerate(terms)}
    rows = np.zeros((len(bags), len(terms)), dtype=np.float32)
    for row, bag in zip(rows, bags, strict=True):
        for term, count in bag.items():
            if term in column:
                row[column[term]] = (1 + math.log(count)) * rarity[column[term]]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.maximum(lengths, np.float32(1e-9))
    return unit


def term_vectors(rows: Floats, rank: int) -> NDArray[np.int8]:
    """Rows of the right singular vectors, by subspace iteration from a fixed start."""
    start = np.random.default_rng(0).standard_normal((rows.shape[1], rank + 20))
    basis = rows @ start.astype(np.float32)
    for _ in range(_ROUNDS):
        basis = rows @ np.linalg.qr(rows.T @ np.linalg.qr(basis)[0])[0]
    basis = np.linalg.qr(basis)[0]
    _, sizes, right = np.linalg.svd(basis.T @ rows, full_matrices=False)
    found = right[:rank].T * (sizes[:rank] ** -0.5)
    scale = 127 / np.quantile(np.abs(found).max(axis=0), 0.5)
    rounded: NDArray[np.int8] = np.clip(np.rint(found * scale), -127, 127).astype(np.int8)
    return rounded


def abbreviations(texts: Iterable[str]) -> dict[str, str]:
    """Return abbreviation -> what it stands for, in small letters, for what papers agree on."""
    votes: dict[str, Counter[str]] = {}
    for text in texts:
        for short, long in {(s, long_form(s, b)) for s, b in _candidates(text)}:
            if long:
                votes.setdefault(short, Counter())[long] += 1
    found = {}
    for short, longs in sorted(votes.items()):
        long, papers = longs.most_common(1)[0]
        if papers >= _LEAST and papers >= _SHARE * longs.total():
            found[short] = long
    return found


def long_form(short: str, before: str) -> str:
    """Return the words before a bracket whose first letters spell `short`; empty when none do."""
    words = _WORD.findall(before)
    letters = short.casefold()
    for count in range(2, min(len(words), len(letters) + 3) + 1):
        chosen = words[-count:]
        if chosen[0].casefold() in _LINKS:
            continue
        main = "".join(w[0] for w in chosen if w.casefold() not in _LINKS).casefold()
        if main == letters or "".join(word[0] for word in chosen).casefold() == letters:
            return _singular(" ".join(chosen).casefold())
    return ""


def _candidates(text: str) -> Iterable[tuple[str, str]]:
    for bracket in _IN_BRACKETS.finditer(text):
        yield bracket[1], text[max(0, bracket.start() - 100) : bracket.start()]


def _singular(phrase: str) -> str:
    return phrase[:-1] if phrase.endswith("s") and not phrase.endswith(("ss", "is")) else phrase


if __name__ == "__main__":
    main()
