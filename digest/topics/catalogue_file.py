"""Read a topic catalogue: TOML in, topics out, every mistake at once."""

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from digest.errors import InputError
from digest.ground.languages.marking import N_
from digest.ground.text.phrases import Key
from digest.ground.text.words import singulars
from digest.topics.catalogue import PHRASE_KINDS, Catalogue, Topic

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TEXTS = ("slug", "name", "group", "description")
_NO_GROUP = N_("More topics")  # of files that were written before there were groups
_FORMER_KINDS = {"strong": "sure", "medium": "hint", "weak": "hint"}  # in older files


def parse_catalogue(data: bytes) -> Catalogue:
    """Read a catalogue file, see the shipped one; InputError lists every mistake, one a line."""
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise InputError(f"The topic catalogue is not valid TOML: {exc}") from None
    problems: list[str] = []
    topics = _read_topics(document.pop("topic", []), problems)
    home = _keys(document.pop("home", []), "home", problems)
    document.pop("families", None)  # of older files: names for interests, which are shipped now
    problems.extend(f"unknown entry {name!r}" for name in document)
    if not topics and not problems:
        problems.append("it has no [[topic]]")
    if problems:
        raise InputError(
            "\n".join(f"Topic catalogue: {problem}" for problem in problems),
            hint="compare with the shipped catalogue, its head explains every entry",
        )
    return Catalogue(tuple(topics), frozenset(home))


def _read_topics(entries: Any, problems: list[str]) -> list[Topic]:
    topics: list[Topic] = []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.append("topics are written as [[topic]] blocks")
        return topics
    slugs: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        slug = entry.get("slug")
        where = f"topic {slug!r}" if isinstance(slug, str) else f"topic number {number}"
        texts = {name: entry.get(name) for name in _TEXTS} | {
            "group": entry.get("group", _NO_GROUP)
        }
        mistakes = _mistakes(texts, entry)
        phrases = _phrases(entry, mistakes)
        if slug in slugs:
            mistakes.append("the slug is used twice")
        problems.extend(f"{where}: {mistake}" for mistake in mistakes)
        if not mistakes:
            slugs.add(str(slug))
            topics.append(Topic(**texts, phrases=phrases))
    return topics


def _mistakes(texts: dict[str, Any], entry: dict[str, Any]) -> list[str]:
    """Say what is wrong with one topic but for its phrases."""
    found = []
    for name, value in texts.items():
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            found.append(f"{name} must be one line of text")
    slug = texts["slug"]
    if isinstance(slug, str) and slug.strip() and not _SLUG.fullmatch(slug):
        found.append("the slug may have small letters, digits and single hyphens only")
    if not any(entry.get(kind) for kind in ("title", "sure", "strong")):
        found.append("it needs at least one phrase in title or sure")
    unknown = entry.keys() - {*PHRASE_KINDS, *_FORMER_KINDS, *_TEXTS}
    found.extend(f"unknown entry {name!r}" for name in sorted(unknown))
    return found


def _phrases(entry: dict[str, Any], mistakes: list[str]) -> dict[Key, frozenset[str]]:
    kinds: dict[Key, set[str]] = {}
    for name in (*PHRASE_KINDS, *_FORMER_KINDS):
        for key in _keys(entry.get(name, []), name, mistakes):
            kinds.setdefault(key, set()).add(_FORMER_KINDS.get(name, name))
    alike: dict[frozenset[str], frozenset[str]] = {}  # thousands of phrases, a few sets of kinds
    sets = ((key, frozenset(names)) for key, names in kinds.items())
    return {key: alike.setdefault(names, names) for key, names in sets}


def _keys(listed: Any, where: str, mistakes: list[str]) -> Iterable[Key]:
    """Return the words of each phrase, in singular form."""
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        mistakes.append(f"{where} must be a list of phrases")
        return []
    keys = {text: tuple(singulars(text)) for text in listed}
    mistakes.extend(f"{where}: {text!r} has no word to look for" for text in keys if not keys[text])
    mistakes.extend(
        f"{where}: {text!r}: write a phrase as it stands in a text, without +"
        for text in keys
        if " + " in text
    )
    return filter(None, keys.values())
