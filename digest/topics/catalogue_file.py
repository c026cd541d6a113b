"""Read a topic catalogue: TOML in, topics and families out, every mistake at once."""

import re
import tomllib
from typing import Any

from digest.errors import InputError
from digest.ground.text.phrases import Key
from digest.ground.text.words import content, singulars, tokens
from digest.topics.catalogue import GROUPS, Catalogue, Evidence, Hit, Topic
from digest.topics.leanings import NO_LEANINGS, Leanings

__all__ = ["Catalogue", "Evidence", "Hit", "Topic", "parse_catalogue"]

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TEXTS = ("slug", "name", "description")


def parse_catalogue(data: bytes, leanings: Leanings = NO_LEANINGS) -> Catalogue:
    """Read a catalogue file, see the shipped one; InputError lists every mistake, one a line.

    leanings: what words say about topics, for those of the catalogue that they know.
    """
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise InputError(f"The topic catalogue is not valid TOML: {exc}") from None
    problems: list[str] = []
    topics = _read_topics(document.pop("topic", []), problems)
    families = _read_families(document.pop("families", []), problems)
    problems.extend(f"unknown entry {name!r}" for name in document)
    if not topics and not problems:
        problems.append("it has no [[topic]]")
    if problems:
        raise InputError(
            "\n".join(f"Topic catalogue: {problem}" for problem in problems),
            hint="compare with the shipped catalogue, its head explains every entry",
        )
    return Catalogue(tuple(topics), tuple(families), leanings)


def _read_topics(entries: Any, problems: list[str]) -> list[Topic]:
    topics: list[Topic] = []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.append("topics are written as [[topic]] blocks")
        return topics
    slugs: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        slug = entry.get("slug")
        where = f"topic {slug!r}" if isinstance(slug, str) else f"topic number {number}"
        mistakes = _mistakes(entry)
        phrases = _phrases(entry, mistakes)
        if slug in slugs:
            mistakes.append("the slug is used twice")
        problems.extend(f"{where}: {mistake}" for mistake in mistakes)
        if not mistakes:
            slugs.add(slug)
            topics.append(Topic(slug, entry["name"], entry["description"], phrases))
    return topics


def _mistakes(entry: dict[str, Any]) -> list[str]:
    """What is wrong with one topic but for its phrases, in words."""
    found = []
    for name in _TEXTS:
        value = entry.get(name)
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            found.append(f"{name} must be one line of text")
    slug = entry.get("slug")
    if isinstance(slug, str) and slug.strip() and not _SLUG.fullmatch(slug):
        found.append("the slug may have small letters, digits and single hyphens only")
    if not any(entry.get(group) for group in ("title", "sure", "strong")):
        found.append("it needs at least one phrase in title, sure or strong")
    unknown = entry.keys() - {*GROUPS, *_TEXTS}
    found.extend(f"unknown entry {name!r}" for name in sorted(unknown))
    return found


def _parts(phrase: str) -> tuple[Key, ...]:
    return tuple(tuple(singulars(part)) for part in phrase.split(" + "))


def _phrases(entry: dict[str, Any], mistakes: list[str]) -> dict[tuple[Key, ...], frozenset[str]]:
    groups: dict[tuple[Key, ...], set[str]] = {}
    for group in GROUPS:
        listed = entry.get(group, [])
        if not isinstance(listed, list) or not all(isinstance(phrase, str) for phrase in listed):
            mistakes.append(f"{group} must be a list of phrases")
            continue
        for phrase in listed:
            parts = _parts(phrase)
            if all(parts):
                groups.setdefault(parts, set()).add(group)
            else:
                mistakes.append(f"{group}: {phrase!r} has no word to look for")
    alike: dict[frozenset[str], frozenset[str]] = {}  # thousands of phrases, a few sets of groups
    sets = ((parts, frozenset(names)) for parts, names in groups.items())
    return {parts: alike.setdefault(names, names) for parts, names in sets}


def _read_families(entries: Any, problems: list[str]) -> list[frozenset[Key]]:
    families: list[frozenset[Key]] = []
    if not isinstance(entries, list):
        problems.append("families must be a list of lists of phrases")
        return families
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, list) or not all(isinstance(phrase, str) for phrase in entry):
            problems.append(f"family number {number} must be a list of phrases")
            continue
        keys = frozenset(key for key in (tuple(content(tokens(text))) for text in entry) if key)
        if len(keys) < 2:
            problems.append(f"family number {number} needs two phrases that differ")
        families.append(keys)
    return families
