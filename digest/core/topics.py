"""The topic catalogue: read it, and tell which topics a paper belongs to, and why."""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from digest.core.phrases import Key, PhraseTable
from digest.core.sentences import sentences
from digest.core.text import tokens
from digest.errors import InputError

MOST_TOPICS = 4
GROUPS = ("title", "strong", "medium", "weak", "except")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CLAIM = re.compile(
    r"\b(?:we|our|this (?:paper|work|study|article|survey|report|thesis|research|approach|method)"
    r"|(?:in|to) this (?:paper|end|work)|propos\w+|introduc\w+|present\w*|novel|named|called"
    r"|dubbed|termed)\b",
    re.IGNORECASE,
)

# How much the logarithm of one more phrase adds to the log-odds that a paper belongs to a topic,
# by group and by place; fitted on labelled papers, see docs/relevance.md.
_EVIDENCE = {
    ("strong", "title"): 2.90,
    ("medium", "title"): 1.83,
    ("weak", "title"): 2.10,
    ("strong", "claim"): 2.16,
    ("medium", "claim"): 1.02,
    ("weak", "claim"): 1.32,
    ("strong", "abstract"): 2.21,
    ("medium", "abstract"): 1.10,
    ("weak", "abstract"): 0.78,
}
_REPEATS = 1.37
_BIAS = -5.52
_THRESHOLD = 0.2
_OF_THE_BEST = 0.5  # a topic this much less sure than the first one is left out


@dataclass(frozen=True, slots=True)
class Topic:
    """What subscribers can follow; `phrases` maps each stemmed phrase to its groups."""

    slug: str
    name: str
    description: str
    phrases: Mapping[Key, frozenset[str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of a topic in a paper. place: "title", "claim" (says what is new), "abstract"."""

    slug: str
    phrase: str
    group: str
    place: str


class Catalogue:
    """All topics in the order of the file. Immutable, and safe in any number of threads."""

    def __init__(self, topics: tuple[Topic, ...], families: tuple[frozenset[Key], ...]) -> None:
        self.topics = topics
        self.families = families  # ways to say the same thing, as stemmed phrases
        self._names = {topic.slug: topic.name for topic in topics}
        entries: dict[Key, list[tuple[str, frozenset[str]]]] = {}
        for topic in topics:
            for key, groups in topic.phrases.items():
                entries.setdefault(key, []).append((topic.slug, groups))
        self._table = PhraseTable(entries)

    def name(self, slug: str) -> str:
        """The name that readers see; the slug itself for a topic that is not in the catalogue."""
        return self._names.get(slug, slug)

    def classify(self, title: str, abstract: str) -> dict[str, float]:
        """The topics of a paper: slug -> confidence in (0, 1], most confident first, at most 4.

        The best topic is there even when it is unlikely; empty only when no phrase of any topic
        occurs. Ties go by the order of the catalogue.
        """
        evidence = self._evidence(self.explain(title, abstract))
        confidences = {slug: 1 / (1 + math.exp(-odds)) for slug, odds in evidence.items()}
        ranked = sorted(confidences.items(), key=lambda item: -item[1])[:MOST_TOPICS]
        if not ranked:
            return {}
        least = max(_THRESHOLD, _OF_THE_BEST * ranked[0][1])
        return dict(ranked[:1] + [item for item in ranked[1:] if item[1] >= least])

    def explain(self, title: str, abstract: str) -> list[Hit]:
        """Which phrases of which topics occur where, in reading order; exceptions left out."""
        hits = self._hits(title, "title")
        for sentence in sentences(abstract):
            place = "claim" if _CLAIM.search(sentence) else "abstract"
            hits.extend(self._hits(sentence, place))
        return hits

    def _hits(self, text: str, place: str) -> list[Hit]:
        """Hits of one sentence: of the phrases of a topic that overlap, the first and longest."""
        hits = []
        covered: dict[str, int] = {}  # topic -> where its last phrase ended
        for position, key, entries in self._table.find(tokens(text)):
            for slug, groups in entries:
                group = _group(groups, place)
                if group is None or position < covered.get(slug, 0):
                    continue
                covered[slug] = position + len(key)
                if group != "except":
                    hits.append(Hit(slug, " ".join(key), group, place))
        return hits

    def _evidence(self, hits: list[Hit]) -> dict[str, float]:
        """Log-odds of each topic with a hit, in the order of the catalogue."""
        phrases: dict[str, dict[str, Hit]] = {}
        for hit in hits:  # a phrase counts where it occurs first: the title comes before the rest
            known = phrases.setdefault(hit.slug, {}).setdefault(hit.phrase, hit)
            if known.place == "abstract" and hit.place == "claim":
                phrases[hit.slug][hit.phrase] = hit
        repeats = Counter(hit.slug for hit in hits if hit.group == "strong")
        odds = {}
        for slug in (slug for slug in self._names if slug in phrases):
            distinct = Counter((hit.group, hit.place) for hit in phrases[slug].values())
            strong = sum(n for (group, _), n in distinct.items() if group == "strong")
            odds[slug] = _BIAS + _REPEATS * math.log1p(max(0, repeats[slug] - strong))
            odds[slug] += sum(_EVIDENCE[kind] * math.log1p(n) for kind, n in distinct.items())
        return odds


def _group(groups: frozenset[str], place: str) -> str | None:
    """The group in which a phrase counts at a place; None when it counts only in titles."""
    if "except" in groups:
        return "except"
    if "title" in groups and place == "title":
        return "strong"
    return next((group for group in ("strong", "medium", "weak") if group in groups), None)


def parse_catalogue(data: bytes) -> Catalogue:
    """Read a catalogue file (TOML, see the shipped one); InputError lists every mistake, one a line."""
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
        raise InputError("\n".join(f"Topic catalogue: {problem}" for problem in problems))
    return Catalogue(tuple(topics), tuple(families))


def _read_topics(entries: Any, problems: list[str]) -> list[Topic]:
    topics: list[Topic] = []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.append("topics are written as [[topic]] blocks")
        return topics
    for number, entry in enumerate(entries, start=1):
        slug = entry.get("slug")
        where = f"topic {slug!r}" if isinstance(slug, str) else f"topic number {number}"
        if any(topic.slug == slug for topic in topics):
            problems.append(f"{where}: the slug is used twice")
        found = [f"{where}: {problem}" for problem in _mistakes(entry)]
        problems.extend(found)
        if not found:
            phrases = _phrases(entry)
            topics.append(Topic(slug, entry["name"], entry["description"], phrases))
    return topics


def _mistakes(entry: dict[str, Any]) -> list[str]:
    """What is wrong with one topic, in words."""
    found = []
    for name in ("slug", "name", "description"):
        value = entry.get(name)
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            found.append(f"{name} must be one line of text")
    if isinstance(entry.get("slug"), str) and not _SLUG.fullmatch(entry["slug"]):
        found.append("the slug may have small letters, digits and single hyphens only")
    for group in GROUPS:
        listed = entry.get(group, [])
        if not isinstance(listed, list) or not all(isinstance(phrase, str) for phrase in listed):
            found.append(f"{group} must be a list of phrases")
        else:
            found.extend(f"{group}: {p!r} has no word in it" for p in listed if not tokens(p))
    if not any(entry.get(group) for group in ("strong", "title")):
        found.append("it needs at least one strong or title phrase")
    found.extend(
        f"unknown entry {name!r}"
        for name in entry
        if name not in (*GROUPS, "slug", "name", "description")
    )
    return found


def _phrases(entry: dict[str, Any]) -> dict[Key, frozenset[str]]:
    groups: dict[Key, set[str]] = {}
    for group in GROUPS:
        for phrase in entry.get(group, []):
            groups.setdefault(tuple(tokens(phrase)), set()).add(group)
    return {key: frozenset(names) for key, names in groups.items()}


def _read_families(entries: Any, problems: list[str]) -> list[frozenset[Key]]:
    families: list[frozenset[Key]] = []
    if not isinstance(entries, list):
        problems.append("families must be a list of lists of phrases")
        return families
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, list) or not all(isinstance(phrase, str) for phrase in entry):
            problems.append(f"family number {number} must be a list of phrases")
            continue
        keys = frozenset(key for key in (tuple(tokens(phrase)) for phrase in entry) if key)
        if len(keys) < 2:
            problems.append(f"family number {number} needs two phrases that differ")
        families.append(keys)
    return families
