"""The topic catalogue: what readers can follow, and the phrases by which papers are recognised."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from digest.ground.text.phrases import Key

# What a phrase can be listed as; see the head of digest/catalogue/topics.toml.
PHRASE_KINDS = ("title", "sure", "hint", "except")


@dataclass(frozen=True, slots=True)
class Topic:
    """What subscribers can follow.

    group: the heading under which it is listed. phrases: each phrase, as its words in singular
    form, with what it is listed as (PHRASE_KINDS).
    """

    slug: str
    name: str
    group: str
    description: str
    phrases: Mapping[Key, frozenset[str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All topics, in the order of the file.

    home: words of the fields that the topics are about; papers without them are of other fields.
    """

    topics: tuple[Topic, ...]
    home: frozenset[Key] = frozenset()

    def groups(self) -> dict[str, list[Topic]]:
        """Return the topics by group, both in the order of the file."""
        found: dict[str, list[Topic]] = {}
        for topic in self.topics:
            found.setdefault(topic.group, []).append(topic)
        return found
