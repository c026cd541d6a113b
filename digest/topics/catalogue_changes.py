"""Say how two catalogues differ: in topics, their names, their phrases by kind, in home words."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from digest.ground.text.phrases import Key
from digest.topics.catalogue import PHRASE_KINDS, Catalogue, Topic

_TEXTS = ("name", "group", "description")


@dataclass(frozen=True, slots=True)
class TopicChange:
    """How one topic differs.

    texts: name, group or description -> (before, after). added, removed: kind -> phrases, in
    singular form and in alphabetical order; kinds without any are left out.
    """

    slug: str
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    added: dict[str, list[str]] = field(default_factory=dict)
    removed: dict[str, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return bool(self.texts or self.added or self.removed)


@dataclass(frozen=True, slots=True)
class CatalogueChanges:
    """How two catalogues differ.

    added, removed: slugs. changed: topics that both have. home_added, home_removed: home words.
    moved: whether topics that both have stand in another order.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[TopicChange, ...]
    home_added: tuple[str, ...]
    home_removed: tuple[str, ...]
    moved: bool

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return any(
            (
                *(self.added, self.removed, self.changed),
                *(self.home_added, self.home_removed, self.moved),
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as programs read it."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return it in words, a line each; none when nothing differs."""
        found = [f"+ topic {slug}" for slug in self.added]
        found += [f"- topic {slug}" for slug in self.removed]
        for change in self.changed:
            for name, (before, after) in change.texts.items():
                found.append(f"{change.slug}: {name}: {before!r} -> {after!r}")
            for sign, by_kind in (("-", change.removed), ("+", change.added)):
                for kind, phrases in by_kind.items():
                    found += [f"{change.slug}: {kind}: {sign} {phrase}" for phrase in phrases]
        found += [f"home: - {word}" for word in self.home_removed]
        found += [f"home: + {word}" for word in self.home_added]
        return [*found, "topics stand in another order"] if self.moved else found


def compare(before: Catalogue, after: Catalogue) -> CatalogueChanges:
    """Return how a catalogue differs from the one before it."""
    old = {topic.slug: topic for topic in before.topics}
    new = {topic.slug: topic for topic in after.topics}
    both = [slug for slug in new if slug in old]
    changes = (_compare_topics(old[slug], new[slug]) for slug in both)
    return CatalogueChanges(
        added=tuple(slug for slug in new if slug not in old),
        removed=tuple(slug for slug in old if slug not in new),
        changed=tuple(filter(None, changes)),
        home_added=tuple(_sorted(after.home - before.home)),
        home_removed=tuple(_sorted(before.home - after.home)),
        moved=both != [slug for slug in old if slug in new],
    )


def _compare_topics(before: Topic, after: Topic) -> TopicChange:
    texts = {
        name: (getattr(before, name), getattr(after, name))
        for name in _TEXTS
        if getattr(before, name) != getattr(after, name)
    }
    return TopicChange(after.slug, texts, _beyond(after, before), _beyond(before, after))


def _beyond(topic: Topic, other: Topic) -> dict[str, list[str]]:
    """Return the phrases that a topic has and another one lacks, by what they are listed as."""
    found = {
        kind: _sorted(
            key
            for key, kinds in topic.phrases.items()
            if kind in kinds and kind not in other.phrases.get(key, ())
        )
        for kind in PHRASE_KINDS
    }
    return {kind: phrases for kind, phrases in found.items() if phrases}


def _sorted(keys: Iterable[Key]) -> list[str]:
    return sorted(" ".join(key) for key in keys)
