"""Read one topic of a catalogue's text as it was written, and write it back.

The rest of the text stays as it is, comments and order included, so that a version that was saved
on a page can be compared with the operator's file line by line.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from digest.errors import InputError, NotFoundError
from digest.topics.catalogue import PHRASE_KINDS, Topic
from digest.topics.catalogue_file import parse_catalogue

_HEAD = "[[topic]]"
_TEXTS = ("slug", "name", "group", "description")
_WIDTH = 100
_FORMER = {"strong": "sure", "medium": "hint", "weak": "hint"}  # what older files call kinds
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


@dataclass(frozen=True, slots=True)
class WrittenTopic:
    """A topic as somebody wrote it. phrases: kind (PHRASE_KINDS) -> phrases, as they are typed."""

    slug: str
    name: str
    group: str
    description: str
    phrases: Mapping[str, Sequence[str]]


def written_topics(text: str) -> dict[str, WrittenTopic]:
    """Return the topics by slug as they are written in a catalogue that can be read."""
    found = map(_written, tomllib.loads(text).get("topic", []))
    return {topic.slug: topic for topic in found}


def written_topic(text: str, slug: str) -> WrittenTopic:
    """Return one of them; NotFoundError for none."""
    if found := written_topics(text).get(slug):
        return found
    raise NotFoundError(f"The catalogue has no topic {slug!r}.", hint="digest topics")


def read_topic(topic: WrittenTopic) -> Topic:
    """Return a topic as the classifier takes it; InputError lists every mistake."""
    return parse_catalogue(_block(topic).encode()).topics[0]


def changed_phrases(
    topic: WrittenTopic,
    added: Sequence[tuple[str, str]] = (),
    removed: Sequence[tuple[str, str]] = (),
) -> WrittenTopic:
    """Return a topic with some phrases more, at the end, and some less.

    added, removed: kind and phrase. InputError names every phrase to remove that is not there.
    """
    phrases = {kind: list(topic.phrases.get(kind, ())) for kind in PHRASE_KINDS}
    missing = [pair for pair in removed if pair[1] not in phrases[pair[0]]]
    if missing:
        raise InputError(
            "\n".join(
                f"Topic {topic.slug!r} has no phrase {phrase!r} in {kind}."
                for kind, phrase in missing
            )
        )
    for kind, phrase in removed:
        phrases[kind].remove(phrase)
    for kind, phrase in added:
        if phrase not in phrases[kind]:
            phrases[kind].append(phrase)
    return replace(topic, phrases=phrases)


def with_topic(text: str, topic: WrittenTopic) -> str:
    """Return the text of a catalogue with one of its topics replaced.

    Nothing is checked but that the topic is there: read the result with `parse_catalogue`.
    NotFoundError when it is not; InputError when the text is laid out so that its block cannot be
    told from what surrounds it.
    """
    lines = text.splitlines(keepends=True)
    starts = [place for place, line in enumerate(lines) if line.strip() == _HEAD]
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        block = "".join(lines[start:end])
        if _slug_of(block) == topic.slug:
            last = _end_of_entries(lines, start, end)
            after = "".join(lines[last:])
            found = "".join(lines[:start]) + _block(topic) + after
            if _others(found, topic.slug) != _others(text, topic.slug):
                break
            return found
    written_topic(text, topic.slug)  # says that there is none
    raise InputError(
        f"The block of topic {topic.slug!r} cannot be told from the text around it.",
        hint=f"begin each topic with a line that says {_HEAD}, or change it with a file",
    )


def _end_of_entries(lines: Sequence[str], start: int, end: int) -> int:
    """Return where a block ends: blank lines and comments behind it belong to what follows."""
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def _slug_of(block: str) -> object:
    try:
        return tomllib.loads(block)["topic"][0].get("slug")
    except tomllib.TOMLDecodeError:  # the line was within a text of several lines
        return None


def _others(text: str, slug: str) -> object:
    """Return all that a text says but for one topic; None when it cannot be read."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    topics = [entry for entry in document.pop("topic", []) if entry.get("slug") != slug]
    return document, topics


def _written(entry: Mapping[str, Any]) -> WrittenTopic:
    phrases: dict[str, list[str]] = {kind: list(entry.get(kind, [])) for kind in PHRASE_KINDS}
    for former, kind in _FORMER.items():
        phrases[kind] += entry.get(former, [])
    slug, name, group, said = (str(entry.get(text, "")) for text in _TEXTS)
    return WrittenTopic(slug, name, group, said, phrases)


def _block(topic: WrittenTopic) -> str:
    lines = [_HEAD]
    for name in _TEXTS:
        if value := getattr(topic, name):
            lines.append(f"{name} = {_quoted(value)}")
    for kind in PHRASE_KINDS:
        if phrases := topic.phrases.get(kind):
            lines += [f"{kind} = [", *_folded(phrases), "]"]
    return "\n".join(lines) + "\n"


def _folded(phrases: Sequence[str]) -> list[str]:
    """Return the phrases in lines of at most 100 characters, like those of the shipped file."""
    lines = [" "]
    for phrase in phrases:
        item = f" {_quoted(phrase)},"
        if len(lines[-1]) + len(item) > _WIDTH and lines[-1].strip():
            lines.append(" ")
        lines[-1] += item
    return lines


def _quoted(text: str) -> str:
    """Return a text as TOML writes it; control characters, which TOML refuses, as escapes."""
    found = "".join(
        _ESCAPES.get(one) or (f"\\u{ord(one):04x}" if ord(one) < 32 or ord(one) == 127 else one)
        for one in text
    )
    return f'"{found}"'
