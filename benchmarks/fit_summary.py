"""Learn the weights by which summaries choose sentences, and say honestly how good they are.

    python -m benchmarks.fit_summary MARKED.jsonl [--more LABELS --papers PAPERS] [--write]

MARKED: abstracts in which people marked idea and result. LABELS: a folder of JSON Lines (id, idea,
result: numbers of sentences, the best first). PAPERS: JSON Lines (id, title, abstract), may be
gzipped. Without more: cross-validation on the development parts. `--kept` judges the kept parts
once; `--write` learns from the development parts and writes digest/catalogue/summary.txt.
"""

import argparse
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import softmax
from benchmarks.marked import KINDS, Example, Labelled, figures, read, read_labelled
from digest.ground.shipped import summary_weights_file
from digest.summary.cues import Weights, features
from digest.summary.summary import Summariser

_HEAD = """\
# What tells the sentence with the idea, and the one with the result, in hundredths of log-odds.
# Written by `python -m benchmarks.fit_summary MARKED --more LABELS --papers PAPERS --write`;
# not edited by hand. The first lines are set in that module.
"""
# Too rare to be learnt.
_BY_HAND = {
    "idea": {"item": -300, "before item": -40, "question": -150, "link": -200},
    "result": {"item": -200, "before item": -60, "question": -200, "link": -200},
}
_PENALTY = 5.0
_RAREST = 12  # abstracts that a feature must be in
_WORD_SCALE = 0.5  # words are many, so each is believed half as much
_SMALLEST = 2  # hundredths; what is nearer to nothing is left out
_FOLDS = 6
_SEEDS = (0, 1, 2)
_LIMIT = 360

Names = dict[str, list[set[str]]]


def learn(papers: Sequence[Example], names: Names) -> Weights:
    """Return the weights learnt from these abstracts, with those set by hand."""
    seen = Counter(name for paper in papers for name in set().union(*names[paper.id]))
    fixed = {name for table in _BY_HAND.values() for name in table}
    vocabulary = sorted(
        name for name, count in seen.items() if count >= _RAREST and name not in fixed
    )
    tables = {kind: _BY_HAND[kind] | _fit(kind, papers, names, vocabulary) for kind in KINDS}
    return Weights(tables["idea"], tables["result"])


def _fit(
    kind: str, papers: Sequence[Example], names: Names, vocabulary: list[str]
) -> dict[str, int]:
    column = {name: n for n, name in enumerate(vocabulary)}
    scale = np.array([_WORD_SCALE if name.startswith("word ") else 1.0 for name in vocabulary])
    told = [(paper, target) for paper in papers if (target := paper.targets(kind))]
    rows = [row for paper, _ in told for row in names[paper.id]]
    matrix = np.zeros((len(rows), len(vocabulary)))
    for n, row in enumerate(rows):
        known = [column[name] for name in row if name in column]
        matrix[n, known] = scale[known]
    weights = softmax.learn(matrix, [target for _, target in told], _PENALTY)
    hundredths = np.rint(weights * scale * 100).astype(int)
    return {
        name: int(weight)
        for name, weight in zip(vocabulary, hundredths, strict=True)
        if abs(weight) >= _SMALLEST
    }


def cross_validate(
    papers: Sequence[Example], names: Names, seed: int
) -> dict[str, dict[str, bool]]:
    """Return by id what was caught in each abstract with weights learnt without it."""
    order = list(papers)
    random.Random(seed).shuffle(order)
    judged: dict[str, dict[str, bool]] = {}
    for fold in range(_FOLDS):
        picker = Summariser(learn([p for n, p in enumerate(order) if n % _FOLDS != fold], names))
        judged |= _judge(picker, order[fold::_FOLDS])
    return judged


def _judge(picker: Summariser, papers: Sequence[Example]) -> dict[str, dict[str, bool]]:
    return {
        paper.id: paper.caught(picker.choose(paper.title, paper.found, _LIMIT)) for paper in papers
    }


def write(weights: Weights, path: Path) -> None:
    """Write the weights, those set by hand first."""
    by_hand = {name for table in _BY_HAND.values() for name in table}
    lines = []
    everything = weights.idea.keys() | weights.result.keys()
    for name in sorted(everything, key=lambda n: (n not in by_hand, n)):
        pairs = (("idea", weights.idea), ("result", weights.result))
        values = " ".join(f"{kind}={table[name]}" for kind, table in pairs if table.get(name))
        lines.append(f"{name}: {values}\n")
    path.write_text(_HEAD + "".join(lines), encoding="utf-8")


def show(label: str, judged: Sequence[dict[str, bool]]) -> None:
    """Print shares with their 95 % intervals (bootstrap over abstracts)."""
    lists = figures(judged)
    rng = random.Random(0)
    draws = [figures(rng.choices(judged, k=len(judged))) for _ in range(1000)]
    texts = []
    for kind, caught in lists.items():
        drawn = sorted(statistics.fmean(draw[kind]) for draw in draws)
        texts.append(f"{kind} {statistics.fmean(caught):.3f} ({drawn[25]:.2f} to {drawn[974]:.2f})")
    print(f"{label}, {len(judged)}:", *texts)


def _show_both(label: str, papers: Sequence[Example], judged: dict[str, dict[str, bool]]) -> None:
    """Print the figures of the marked abstracts and of the labelled papers."""
    for of_labelled, name in ((False, "marked"), (True, "labelled")):
        ids = [paper.id for paper in papers if isinstance(paper, Labelled) == of_labelled]
        if ids:
            show(f"{label}, {name}", [judged[one] for one in ids])


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("marked", type=Path)
    parser.add_argument("--more", type=Path)
    parser.add_argument("--papers", type=Path)
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args(arguments)
    if (chosen.more is None) != (chosen.papers is None):
        parser.error("--more and --papers go together")

    def examples(*, kept: bool) -> list[Example]:
        more = read_labelled(chosen.more, chosen.papers, kept=kept) if chosen.more else []
        return [*read(chosen.marked, kept=kept), *more]

    papers = examples(kept=False)
    names = {paper.id: features(paper.found, paper.title) for paper in papers}
    if chosen.write:
        write(learn(papers, names), summary_weights_file())
    elif chosen.kept:
        kept = examples(kept=True)
        _show_both("kept", kept, _judge(Summariser(learn(papers, names)), kept))
    else:
        for seed in _SEEDS:
            _show_both(f"seed {seed}", papers, cross_validate(papers, names, seed))


if __name__ == "__main__":
    main()
