"""Which formula of trend says best which papers are listed again?

    python -m benchmarks.trend FOLDER

FOLDER has text dumps; their order in time is that of their dates (the year does not matter). For
each dump but the first, every paper listed before is scored on the day before by each formula, and
the papers that come again should score higher than those that do not (AUC: the share of pairs in
the right order, ties count half). `place` is Spearman's correlation of the scores of those that
came again with their places in the new dump, the first place being the highest.
"""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import mean

from digest.editions.rules.trend import Appearance, score_trend
from digest.papers.dumps import Entry, detect
from digest.papers.dumps.parts import Header
from digest.papers.rules.identity import identity

Formula = Callable[[Sequence[Appearance], date], float]
LAST_DAY = date(2025, 12, 31)


def halving(days: float, recurrence: float) -> Formula:
    """Sum of DCG discounts that halve in so many days, times 1 + recurrence x ln dumps."""

    def score(seen: Sequence[Appearance], on: date) -> float:
        total = sum(2 ** (-(on - s.date).days / days) / math.log2(1 + s.rank) for s in seen)
        return (1 + recurrence * math.log(len(seen))) * total

    return score


def newest_rank(seen: Sequence[Appearance], _on: date) -> float:
    """The newest dump, by its order."""
    newest = max(seen, key=lambda one: one.date)
    return newest.date.toordinal() + 1 / (1 + newest.rank)


def reciprocal(seen: Sequence[Appearance], _on: date) -> float:
    """Reciprocal rank fusion over all dumps (Cormack, Clarke and Buettcher 2009), k = 60."""
    return sum(1 / (60 + one.rank) for one in seen)


FORMULAS: Mapping[str, Formula] = {
    "ours (3 days)": lambda seen, on: score_trend(seen, on=on).score,
    "ours, weekly": lambda seen, on: score_trend(seen, on=on).weekly or 0.0,
    "half-life 3": halving(3, 0.25),
    "half-life 3, no recurrence": halving(3, 0),
    "half-life 7": halving(7, 0.25),
    "half-life 30": halving(30, 0.25),
    "half-life 90": halving(90, 0.25),
    "newest dump's order": newest_rank,
    "reciprocal rank fusion": reciprocal,
    "number of dumps": lambda seen, _on: len(seen),
    "best place": lambda seen, _on: -min(one.rank for one in seen),
}


def read(folder: Path) -> list[tuple[date, dict[str, int]]]:
    """Return (day, identity -> rank) of each dump by date."""
    dumps = []
    for path in sorted(folder.glob("*.txt")):
        data = path.read_bytes()
        parts = list(detect(data[:4096]).parse([data], not_after=LAST_DAY))
        ranks: dict[str, int] = {}
        for part in parts:
            if isinstance(part, Entry):
                ranks.setdefault(identity(part.title), part.rank)
        day = next(part.date for part in parts if isinstance(part, Header))
        dumps.append((day, ranks))
    return sorted(dumps, key=lambda one: one[0])


def auc(again: Sequence[float], gone: Sequence[float]) -> float:
    """Return the share of pairs in the right order."""
    won = sum((a > b) + (a == b) / 2 for a in again for b in gone)
    return won / (len(again) * len(gone))


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the correlation of two rankings; ties get their mean rank."""
    a, b = _ranks(first), _ranks(second)
    ma, mb = mean(a), mean(b)
    spread = math.sqrt(sum((x - ma) ** 2 for x in a) * sum((y - mb) ** 2 for y in b))
    return sum((x - ma) * (y - mb) for x, y in zip(a, b, strict=True)) / spread if spread else 0.0


def _ranks(values: Sequence[float]) -> list[float]:
    return [sum((v < x) + (v == x) / 2 for v in values) for x in values]


def main() -> None:
    """Measure and print."""
    history: dict[str, list[Appearance]] = {}
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in FORMULAS}
    counts = []
    for day, ranks in read(Path(sys.argv[1])):
        again = [key for key in ranks if key in history]
        if again:
            gone = [key for key in history if key not in ranks]
            on = max(day - timedelta(days=1), *(s.date for seen in history.values() for s in seen))
            counts.append(f"{day:%d %b}: {len(again)} of {len(history)}")
            for name, formula in FORMULAS.items():
                scores = {key: formula(seen, on) for key, seen in history.items()}
                right = auc([scores[key] for key in again], [scores[key] for key in gone])
                places = spearman([scores[key] for key in again], [-ranks[key] for key in again])
                results[name].append((right, places))
        for key, rank in ranks.items():
            history.setdefault(key, []).append(Appearance(day, rank))
    print("listed again:", ", ".join(counts))
    for name, found in results.items():
        rights = "  ".join(f"{right:.3f}" for right, _ in found)
        means = f"{mean(r for r, _ in found):.3f}  place {mean(p for _, p in found):+.3f}"
        print(f"{name:28} AUC {rights}  mean {means}")


if __name__ == "__main__":
    main()
