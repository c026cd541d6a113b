"""Try the numbers of digest/interests/relevance.py on labelled interests, leaving one out a time.

    python -m benchmarks.fit_interests INTERESTS DUMPS

For each interest the combination that is best for all the others is used: their mean is what other
interests can expect. The spread over all combinations says how much the choice matters at all.
"""

import sys
from itertools import product
from pathlib import Path

import numpy as np

from digest.evaluation.evaluation import rank_scores
from digest.evaluation.labelled import read_interests, read_papers
from digest.ground.shipped import catalogue_file, leanings_file
from digest.interests import relevance
from digest.interests.relevance import InterestIndex
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.leanings import parse_leanings

GRID = {
    "_SYNONYM_WEIGHT": (0.4, 0.6, 0.8),
    "_MOST": (1.5, 2.0, 3.0),
    "_TOPIC_WEIGHT": (0.2, 0.3, 0.45),
    "_PAIR_WEIGHT": (0.3, 0.6),
    "_COMMON_WEIGHT": (0.2, 0.5),
}
ALONE = {
    "without synonyms": {"_SYNONYM_WEIGHT": 0.0},
    "without topics": {"_TOPIC_WEIGHT": 0.0},
    "without pairs": {"_PAIR_WEIGHT": 0.0},
    "common words full": {"_COMMON_WEIGHT": 1.0},
}


def main() -> None:
    """Print the leave-one-out mean, the spread, and what each signal brings."""
    wishes, papers = read_interests(Path(sys.argv[1])), read_papers(Path(sys.argv[2]))
    leanings = parse_leanings(leanings_file().read_bytes())
    catalogue = parse_catalogue(catalogue_file().read_bytes(), leanings)
    index = InterestIndex(papers, catalogue)

    def gains(**numbers: float) -> list[float]:
        shipped = {name: getattr(relevance, name) for name in numbers}
        vars(relevance).update(numbers)
        found = rank_scores(index.scores, papers, wishes)
        vars(relevance).update(shipped)
        return [gain for gain, _ in found.per_interest.values()]

    combinations = list(product(*GRID.values()))
    table = np.array([gains(**dict(zip(GRID, c, strict=True))) for c in combinations])
    everyone = np.arange(len(wishes))
    left_out = [table[table[:, everyone != n].mean(axis=1).argmax(), n] for n in range(len(wishes))]
    means = table.mean(axis=1)
    print(f"nDCG@10 as shipped                {np.mean(gains()):.3f}")
    print(f"leaving one interest out          {np.mean(left_out):.3f}")
    print(f"over {len(means)} combinations: worst {means.min():.3f}, ", end="")
    print(f"median {np.median(means):.3f}, best {means.max():.3f}")
    for name, numbers in ALONE.items():
        print(f"{name:33} {np.mean(gains(**numbers)):.3f}")


if __name__ == "__main__":
    main()
