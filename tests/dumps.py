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


def make_dump(papers: int, day: date, seed: int = 1) -> str:
    """A page of `papers` made-up papers."""
    rng = random.Random(seed)
    blocks = ["new", "Subscribe", f"{day:%b} {day.day}"]
    for number in range(papers):
        thing, other = rng.sample(_THINGS, 2)
        words = " ".join(rng.sample(_WORDS, 2)).capitalize()
        blocks.append(f"{words} {thing}: study {number} with {other}")
        blocks.append(
            f"We propose a {rng.choice(_WORDS)} method for {thing}, number {number}. "
            f"It combines {other} with a {rng.choice(_WORDS)} schedule & needs no labels. "
            f"In tests on {rng.randint(3, 30)} data sets it wins by {rng.random() * 9:.1f} points, "
            f"at {rng.randint(10, 90)} % of the cost of the strongest method that was known before."
        )
    return "\n\n".join(blocks)
