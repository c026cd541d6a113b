"""What a sentence of an abstract shows of its part: the new idea, or the result.

Plain facts (place, first words, cue words, numbers, what stands before and after) with learnt
weights, whole numbers in a file that can be read (written by benchmarks/fit_summary.py).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest.ground.text.words import stem, words
from digest.summary.said import POINTS_BACK, facts_of, proposes, shows
from digest.summary.titled import facts_of_title

__all__ = ["POINTS_BACK", "Weights", "chances", "features", "parse_weights"]


@dataclass(frozen=True, slots=True)
class Weights:
    """Hundredths of log-odds that a sentence with a feature is the one, by feature."""

    idea: Mapping[str, int]
    result: Mapping[str, int]


def parse_weights(lines: Iterable[str]) -> Weights:
    """Read lines such as "after proposal: idea=-20 result=35"; raise ValueError for any other."""
    read = Weights({}, {})
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        feature, _, values = line.rpartition(":")
        for value in values.split():
            kind, _, weight = value.partition("=")
            number_like = weight.removeprefix("-").isdecimal()
            if not feature or kind not in ("idea", "result") or not number_like:
                raise ValueError(f"weights, line {number}: {line.strip()!r}")
            table = read.idea if kind == "idea" else read.result
            table[feature] = int(weight)  # type: ignore[index]  # being made
    return read


def chances(features: Sequence[set[str]], weights: Mapping[str, int]) -> list[float]:
    """Return for each sentence how likely it is the one of its abstract; the sum is 1."""
    known, weight = weights.__contains__, weights.__getitem__
    sums = [sum(map(weight, filter(known, names))) / 100 for names in features]
    highest = max(sums, default=0.0)
    powers = [math.exp(value - highest) for value in sums]
    total = math.fsum(powers)
    return [power / total for power in powers]


def features(found: Sequence[str], title: str) -> list[set[str]]:
    """Return the names of what is true of each sentence."""
    stems = [[stem(word) for word in words(sentence)] for sentence in found]
    proposing = [proposes(sentence, of) for sentence, of in zip(found, stems, strict=True)]
    showing = [shows(of) for of in stems]
    names = [facts_of(sentence, of) for sentence, of in zip(found, stems, strict=True)]
    for of, titled in zip(names, facts_of_title(found, stems, proposing, title), strict=True):
        of |= titled
    _add_places(names)
    _add_neighbours(names, proposing, showing)
    return names


def _add_places(names: list[set[str]]) -> None:
    """Add where each sentence stands, and whether a list begins after it."""
    count = len(names)
    for n, of in enumerate(names):
        tenth = min(9, int((n + 0.5) / count * 10))
        of.update((f"tenth {tenth}", f"from start {min(n, 7)}", f"from end {min(count - n, 7)}"))
        if n + 1 < count and "item" in names[n + 1]:
            of.add("before item")


def _add_neighbours(names: list[set[str]], proposing: list[bool], showing: list[bool]) -> None:
    """Add how each sentence stands to those that propose and that show something."""
    first = proposing.index(True) if True in proposing else None
    last = len(showing) - 1 - showing[::-1].index(True) if True in showing else len(showing)
    before, after = [False, *proposing], [*proposing[1:], False]
    shown_before, shown_after = [False, *showing], [*showing[1:], False]
    for n, of in enumerate(names):
        distance = None if first is None else max(-3, min(3, n - first))
        of.add("no proposal" if distance is None else f"proposal {distance:+d}")
        facts = (
            ("last to show", n == last),
            ("after all that shows", n > last),
            ("proposes", proposing[n]),
            ("shows", showing[n]),
            ("after proposing", before[n]),
            ("before proposing", after[n]),
            ("after showing", shown_before[n]),
            ("before showing", shown_after[n]),
        )
        of.update([name for name, true in facts if true])
