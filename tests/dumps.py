"""Made-up dumps in the text page format, of any length."""

import random
from datetime import date

_THINGS = (
    "quantization of weights",
    "speech recognition",
    "tool use by agents",
    "code generation",
    "dense retrieval",
    "machine translation",
    "protein design",
    "text-to-SQL parsing",
    "mixture of experts",
    "chain-of-thought reasoning",
    "KV cache eviction",
    "diffusion for images",
)
_WORDS = ("gradual", "sparse", "careful", "lazy", "robust", "joint", "frugal", "patient", "deep")


def make_phrase(chance: random.Random) -> str:
    """What somebody may be interested in who reads such dumps."""
    return f"{chance.choice(_WORDS)} {chance.choice(_THINGS)}"


def make_dump(papers: int, day: date, seed: int = 1, sentences: int = 0) -> str:
    """A page of `papers` made-up papers, their abstracts longer by so many sentences."""
    rng = random.Random(seed)
    blocks = ["new", "Subscribe", f"{day:%b} {day.day}"]
    for number in range(papers):
        thing, other = rng.sample(_THINGS, 2)
        words = " ".join(rng.sample(_WORDS, 2)).capitalize()
        blocks.append(f"{words} {thing}: study {number} with {other}")
        more = (
            f" On task {place} the {rng.choice(_WORDS)} schedule for {rng.choice(_THINGS)} holds up"
            f" against {rng.randint(2, 40)} others, within {rng.random():.2f} points of the best."
            for place in range(sentences)
        )
        blocks.append(
            f"We propose a {rng.choice(_WORDS)} method for {thing}, number {number}. "
            f"It combines {other} with a {rng.choice(_WORDS)} schedule & needs no labels. "
            f"In tests on {rng.randint(3, 30)} data sets it wins by {rng.random() * 9:.1f} points, "
            f"at {rng.randint(10, 90)} % of the cost of the strongest method that was known before."
            + "".join(more)
        )
    return "\n\n".join(blocks)
