"""Compare topics of today with labels in the slugs of the former catalogue."""

from collections.abc import Collection

from digest.topics.former_slugs import FORMER_SLUGS

_SYNTHESIS = "generation"  # stood for speech that is generated, too


def in_former_slugs(given: Collection[str], labelled: Collection[str]) -> frozenset[str]:
    """Say in former slugs what a paper with a label in these was given.

    Any topic of today counts as the former one that it belongs to. Speech counts as generation
    only where that is right, since it may be recognition; topics that no former one stood for are
    left out.
    """
    topics = set(given)
    found = {old for old, new in FORMER_SLUGS.items() if old != _SYNTHESIS and topics & {*new}}
    if topics & ({*FORMER_SLUGS[_SYNTHESIS]} - {"speech"}):
        found.add(_SYNTHESIS)
    elif "speech" in topics and _SYNTHESIS in labelled:
        found.add(_SYNTHESIS)
        if "speech" not in labelled:
            found.discard("speech")
    return frozenset(found)
