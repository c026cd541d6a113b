"""What relevance costs: classifying 1,000 papers, indexing them, scoring 1,000 interests.

    python -m benchmarks.relevance [PHRASES]

Made-up papers of real length over a made-up vocabulary with word frequencies like those of real
text; beside it a plain Python BM25 that loops over all papers.
"""

import math
import random
import sys
import time
from collections import Counter

from digest.ground.shipped import catalogue_file, topic_weights_file
from digest.ground.text.words import content, tokens
from digest.interests.relevance import InterestIndex
from digest.model import Paper
from digest.topics.catalogue_file import parse_catalogue
from digest.topics.classifier import Classifier
from digest.topics.weights import parse_topic_weights
from tests.interests.knowledge import shipped

PAPERS = 1000
WORDS = 200  # in an abstract


def made_up(seed: int = 0) -> tuple[list[Paper], list[str]]:
    """Papers and interests that mix the catalogue's own words with invented ones."""
    chance = random.Random(seed)
    catalogue = parse_catalogue(catalogue_file().read_bytes())
    phrases = [" ".join(key) for topic in catalogue.topics for key in topic.phrases]
    syllables = [a + b for a in "bdfgklmnprstv" for b in ("a", "e", "i", "o", "u", "an", "er")]
    invented = ["".join(chance.choices(syllables, k=3)) for _ in range(8000)]
    weights = [1 / (rank + 5) for rank in range(len(invented))]

    def sentence(length: int) -> str:
        words = chance.choices(invented, weights, k=length)
        words[0], words[-1] = chance.choice(phrases), chance.choice(phrases)
        return " ".join(words).capitalize() + "."

    papers = [
        Paper(n, sentence(9)[:-1], " ".join(sentence(20) for _ in range(WORDS // 20)))
        for n in range(PAPERS)
    ]
    return papers, [f"{chance.choice(phrases)} {chance.choice(invented)}" for _ in range(20_000)]


def plain_bm25(papers: list[Paper], interests: list[str]) -> float:
    """Seconds for the same with dictionaries and a loop over the papers."""
    bags = [Counter(content(tokens(f"{p.title} {p.abstract}"))) for p in papers]
    found_in = Counter(term for bag in bags for term in bag)
    mean = sum(bag.total() for bag in bags) / len(bags)
    lengths = [bag.total() / mean for bag in bags]
    start = time.perf_counter()
    for interest in interests:
        query = content(tokens(interest))
        for bag, length in zip(bags, lengths, strict=True):
            score = 0.0
            for term in query:
                count, n = bag.get(term, 0), found_in[term]
                rarity = math.log1p((len(bags) - n + 0.5) / (n + 0.5))
                score += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length))
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    papers, interests = made_up()
    weights = parse_topic_weights(topic_weights_file().read_bytes())
    classifier = Classifier(parse_catalogue(catalogue_file().read_bytes()), weights)
    start = time.perf_counter()
    for paper in papers:
        classifier.classify(paper.title, paper.abstract)
    print(f"classify {PAPERS} papers       {time.perf_counter() - start:8.2f} s")
    start = time.perf_counter()
    index = InterestIndex(papers, shipped)
    print(f"index {PAPERS} papers          {time.perf_counter() - start:8.2f} s")
    start = time.perf_counter()
    for interest in interests[:count]:
        index.scores(interest)
    seconds = time.perf_counter() - start
    print(f"score {count} interests       {seconds:8.2f} s  {1000 * seconds / count:.2f} ms each")
    start = time.perf_counter()
    for interest in interests[:count]:
        index.mentions(interest)
    seconds = time.perf_counter() - start
    print(f"find {count} muted phrases    {seconds:8.2f} s  {1000 * seconds / count:.2f} ms each")
    seconds = plain_bm25(papers, interests[:100])
    print(f"plain Python BM25, 100 interests{seconds:7.2f} s  {10 * seconds:.2f} ms each")


if __name__ == "__main__":
    main()
