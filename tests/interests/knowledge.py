"""Small made-up knowledge, and the shipped one, for the tests of interests."""

from functools import lru_cache
from io import BytesIO

import numpy as np

from digest.ground.shipped import knowledge_files
from digest.interests.knowledge import Knowledge, parse_knowledge

NAMES = """
! LLM, model
TTS = text-to-speech ~ voice cloning
RL = reinforcement learning
bees = apiary, beekeeping ~ honey
law = legal / scaling law
agents
RL for agents = agentic RL
"""


@lru_cache
def shipped() -> Knowledge:
    """The files that come with the program."""
    learnt, names, foreign = knowledge_files()
    texts = "\n".join(path.read_text("utf-8") for path in names)
    return parse_knowledge(np.load(learnt), texts, foreign.read_text("utf-8"))


def small() -> Knowledge:
    """A few names; two words that are learnt to go together."""
    terms = ["bee", "honey", "tree", "prune", "often", "tree prune"]
    file = BytesIO()
    np.savez_compressed(
        file,
        terms=np.frombuffer("\n".join(terms).encode(), dtype=np.uint8),
        found_in=np.array([5, 5, 9, 9, 90, 8], dtype=np.uint16),
        counts=np.array([5, 5, 9, 9, 900, 0], dtype=np.uint32),
        totals=np.array([100, 10_000], dtype=np.int64),
        vectors=np.array([[100, 0], [90, 10], [0, 100], [10, 90]], dtype=np.int8),
    )
    return parse_knowledge(np.load(BytesIO(file.getvalue())), NAMES, "Bienen = bees\n")
