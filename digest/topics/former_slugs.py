"""The slugs of the catalogue before there were groups, and what readers of these follow now.

A preference for an old topic becomes one for each of the new ones, so that no paper is lost that
was sent before: what the old topic covered, the new ones cover together.
"""

from collections.abc import Collection, Iterable, Mapping

from digest.ground.languages.marking import N_

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

# What topics were called whose slug is no longer one: reasons of old mails name them.
FORMER_NAMES: Mapping[str, str] = {
    "code": N_("Code generation & software engineering"),
    "generation": N_("Image, video & audio generation"),
    "science-health": N_("Science & health"),
}


def current(slug: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the topics that a slug stands for: itself, or what replaced it; none for no topic.

    known: the slugs of the catalogue in use.
    """
    if slug in known:
        return (slug,)
    return tuple(new for new in FORMER_SLUGS.get(slug, ()) if new in known)


def all_current(slugs: Iterable[str], known: Collection[str]) -> list[str]:
    """Return the topics that these slugs stand for, each once, without what is none."""
    return list(dict.fromkeys(new for slug in slugs for new in current(slug, known)))


def replaced(slugs: Iterable[str], known: Collection[str]) -> list[str]:
    """Say of each slug that was replaced what it stands for now: "code is now coding"."""
    return [
        f"topic {slug!r} is now {' and '.join(map(repr, new))}"
        for slug in slugs
        if slug not in known and (new := current(slug, known))
    ]
