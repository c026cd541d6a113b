"""What choosing papers costs: 1,000 papers, a million readers, 20,000 distinct interests.

    python -m benchmarks.selection [READERS] [PROCESSES]

Made-up papers and interests (benchmarks.relevance). Every reader has five topics with different
weights, one of the interests, and ten papers; one in ten had thirty of the papers before. Each
process makes its own candidate matrix, as a send does, and scores every interest it meets.
Readers are made 500 at a time, outside the CPU and wall-clock seconds that are counted for a
process; the total has them, and the start of the processes, too. Beside it, for some
of the readers, a plain loop over all papers, which only finds the best scores and divides nothing.
"""

import gc
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from benchmarks.relevance import made_up
from digest.editions.rules.trend import Appearance, score_trend
from digest.ground.shipped import catalogue_file
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Candidate, Edition, Preferences, Reader
from digest.selection.batch_preferences import list_follows
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.rankings import STANDARD
from digest.selection.selection import select
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.classifier import Classifier
from tests.interests.knowledge import shipped

BATCH = 500
SAMPLE = 200  # readers of the plain loop
DAY = date(2026, 11, 19)


@dataclass(frozen=True)
class Share:
    """What one process took: CPU and wall-clock seconds of matrix and choice, peak RSS in MB."""

    matrix_cpu: float
    matrix_wall: float
    choice_cpu: float
    choice_wall: float
    peak: float
    picks: int


def make_matrix() -> tuple[CandidateMatrix, list[str], list[str]]:
    """Return 1,000 papers as a candidate matrix, the topics, and the interests."""
    papers, interests = made_up()
    classifier = Classifier(parse_catalogue(catalogue_file().read_bytes()))
    candidates = []
    for rank, paper in enumerate(papers, start=1):
        confidences = classifier.classify(paper.title, paper.abstract)
        known = Candidate(
            type(paper)(paper.id + 1, paper.title, paper.abstract, topics=confidences),
            score_trend([Appearance(DAY, rank)], on=DAY),
        )
        candidates.append(known)
    edition = Edition(DAY, datetime(2026, 11, 19, 7, tzinfo=UTC), "x.org", tuple(candidates))
    index = InterestIndex([one.paper for one in candidates], shipped)
    topics = [topic.slug for topic in classifier.catalogue.topics]
    return CandidateMatrix(edition, topics, index, match_level=MATCH), topics, interests


def make_readers(first: int, count: int, topics: list[str], interests: list[str]) -> list[Reader]:
    """Return readers by number; the same number is always the same reader."""
    readers = []
    for number in range(first, first + count):
        chance = random.Random(number)
        weights = dict(zip(chance.sample(topics, 5), (2.0, 1.5, 1.0, 1.0, 0.5), strict=True))
        wants = Preferences(weights, (interests[number % len(interests)],))
        sent = frozenset(chance.sample(range(1, 1001), 30) if number % 10 == 0 else ())
        readers.append(Reader(number, f"reader{number}@example.org", "", wants, b"", sent))
    return readers


def work(numbers: range) -> Share:
    """Choose for some readers."""
    start = time.process_time(), time.perf_counter()
    matrix, topics, interests = make_matrix()
    matrix_cpu, matrix_wall = _since(start)
    choice_cpu, choice_wall, picks = 0.0, 0.0, 0
    gc.freeze()  # as a send does
    for first in range(numbers.start, numbers.stop, BATCH):
        readers = make_readers(first, min(BATCH, numbers.stop - first), topics, interests)
        start = time.process_time(), time.perf_counter()
        picks += sum(map(len, select(matrix, readers)))
        cpu, wall = _since(start)
        choice_cpu += cpu
        choice_wall += wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Share(matrix_cpu, matrix_wall, choice_cpu, choice_wall, peak, picks)


def _since(start: tuple[float, float]) -> tuple[float, float]:
    """CPU and wall-clock seconds since then."""
    return time.process_time() - start[0], time.perf_counter() - start[1]


def plainly(matrix: CandidateMatrix, readers: list[Reader]) -> Iterator[list[int]]:
    """Yield each reader's best ten by score, without shares, by a loop over papers."""
    position_of, size = matrix.position_of, matrix.size
    for reader in readers:
        excluded = {position_of[paper_id] for paper_id in reader.sent}
        scored = []
        followed = [
            (follow.weight, dict(zip(f.positions.tolist(), f.scores.tolist(), strict=True)))
            for follow in list_follows(matrix, reader.preferences)
            for f in [follow.matches]
        ]
        for position in range(size):
            score = sum(weight * found.get(position, 0) for weight, found in followed)
            if score and position not in excluded:
                scored.append((-score - STANDARD.trend * float(matrix.trend[position]), position))
        yield [position for _, position in sorted(scored)[: reader.preferences.max_papers]]


def main() -> None:
    """Measure and print."""
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    share = -(-readers // processes)
    shares = [
        range(start, min(start + share, readers + 1)) for start in range(1, readers + 1, share)
    ]
    began = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(len(shares)) as pool:
        found = pool.map(work, shares, chunksize=1)
    total = time.perf_counter() - began
    for number, one in enumerate(found, start=1):
        cpu, wall = one.matrix_cpu + one.choice_cpu, one.matrix_wall + one.choice_wall
        print(f"process {number}: {wall:.1f} s wall clock, {cpu:.1f} s CPU", end=" ")
        print(f"(matrix {one.matrix_wall:.1f} and {one.matrix_cpu:.1f}), peak {one.peak:.0f} MB")
    print(f"{readers:,} readers in {len(found)} processes: {total:.1f} s wall clock", end=" ")
    print(f"with making the readers; {sum(one.peak for one in found):.0f} MB in all")
    each = 1e6 * sum(one.choice_cpu for one in found) / readers
    print(f"select: {each:.1f} us CPU a reader; {sum(one.picks for one in found):,} picks")
    matrix, topics, interests = make_matrix()
    some = make_readers(1, SAMPLE, topics, interests)
    select(matrix, some)  # the interests are known now
    start = time.process_time()
    for _ in plainly(matrix, some):
        pass
    print(f"plain loop: {1e6 * (time.process_time() - start) / SAMPLE:.0f} us a reader")


if __name__ == "__main__":
    main()
