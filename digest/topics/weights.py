"""What plain words say about topics: learnt weights in a file of their own.

The file is text. A line `topic SLUG BIAS PHRASES` gives, in hundredths, what the odds of the topic
start from and how much its phrases count; `threshold N` the odds from which a topic is given;
a line `gram: NUMBER=WEIGHT ...` what a word or pair adds for the topics with these numbers, in the
order of the topic lines. All are whole numbers, so every machine comes to the same sum.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from digest.errors import InputError

UNIT = 100


@dataclass(frozen=True, slots=True)
class Weights:
    """Learnt weights, immutable; see the module for the units.

    topics: slug -> (bias, phrases). grams: gram -> topic number, weight, topic number, weight ...
    """

    threshold: int = 0
    topics: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    grams: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def leanings(self, grams: Mapping[str, int], length: float) -> dict[str, float]:
        """Sum what the grams of a paper say: slug -> odds, bias included, for every known topic."""
        sums = [0] * len(self.topics)
        for gram, value in grams.items():
            entries = self.grams.get(gram)
            if entries:
                for place in range(0, len(entries), 2):
                    sums[entries[place]] += value * entries[place + 1]
        return {
            slug: total / (length * UNIT) + bias / UNIT
            for (slug, (bias, _)), total in zip(self.topics.items(), sums, strict=True)
        }


NO_WEIGHTS = Weights()


def parse_topic_weights(data: bytes) -> Weights:
    """Read a file of write_weights; InputError names the first line that is wrong."""
    threshold = 0
    topics: dict[str, tuple[int, int]] = {}
    grams: dict[str, tuple[int, ...]] = {}
    shared = functools.cache(int)  # the same numbers come again and again
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        try:
            gram, colon, listed = line.partition(":")
            if colon:
                entries = tuple(shared(n) for n in listed.replace("=", " ").split())
                if len(entries) % 2 or not all(n in range(len(topics)) for n in entries[::2]):
                    raise ValueError
                grams[gram] = entries
            elif line.startswith("topic "):
                _, slug, bias, phrases = line.split()
                topics[slug] = (int(bias), int(phrases))
            else:
                name, value = line.split()
                if name != "threshold":
                    raise ValueError
                threshold = int(value)
        except ValueError:
            raise InputError(f"Weights of topics: line {number} makes no sense.") from None
    return Weights(threshold, topics, grams)


def write_weights(heading: Iterable[str], weights: Weights) -> bytes:
    """Return the file for these weights, grams in alphabetical order."""
    lines = [f"# {line}" for line in heading]
    lines.append(f"threshold {weights.threshold}")
    lines += [f"topic {slug} {bias} {phr}" for slug, (bias, phr) in weights.topics.items()]
    lines += [f"{gram}:{_listed(weights.grams[gram])}" for gram in sorted(weights.grams)]
    return ("\n".join(lines) + "\n").encode()


def _listed(entries: Sequence[int]) -> str:
    return " ".join(f"{n}={w}" for n, w in zip(entries[::2], entries[1::2], strict=True))
