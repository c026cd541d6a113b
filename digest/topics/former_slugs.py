"""The slugs of the catalogue before there were groups, and what readers of these follow now.

A preference for an old topic becomes one for each of the new ones, so that no paper is lost that
was sent before: what the old topic covered, the new ones cover together.
"""

from collections.abc import Collection, Mapping

# Where one of the new slugs is spelt as the old one, it means less than the old one meant.
FORMER_SLUGS: Mapping[str, tuple[str, ...]] = {
    "inference": ("inference",),
    "compression": ("compression",),
    "long-context": ("long-context",),
    "training": ("training",),
    "fine-tuning": ("fine-tuning",),
    "architectures": ("architectures",),
    "data": ("data",),
    "evaluation": ("evaluation",),
    "reasoning": ("reasoning",),
    "agents": ("agents", "multi-agent", "computer-use", "deep-research"),
    "alignment": ("alignment", "rl"),
    "retrieval": ("retrieval",),
    "recommendation": ("recommendation",),
    "code": ("coding",),
    "vision": ("multimodal", "vision", "video-understanding", "documents", "3d"),
    "generation": ("image-generation", "video-generation", "music-audio", "speech"),
    "speech": ("speech",),
    "multilingual": ("multilingual",),
    "nlp-tasks": ("nlp-tasks",),
    "structured-data": ("structured-data", "graphs-time-series"),
    "science-health": ("science", "health"),
    "finance-law": ("finance-law",),
    "hardware": ("hardware",),
    "interpretability": ("interpretability", "theory"),
    "safety": ("safety", "security"),
    "survey": ("survey",),
    "models": ("models",),
}


def successors(slug: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the topics that an old slug stands for; none for one that is known or never was.

    known: the slugs of the catalogue in use.
    """
    if slug in known:
        return ()
    return tuple(new for new in FORMER_SLUGS.get(slug, ()) if new in known)
