"""What the sentences of an abstract have of its title: its words, the name before its colon."""

import re
from collections.abc import Sequence

from digest.ground.text.words import content, tokens
from digest.summary.said import PROPOSES

_LONGEST_NAME = 30
_LONGEST_INTRODUCTION = 80
_NAME = re.compile(r"\S+(?:\s\S+)?\s?")


def facts_of_title(
    found: Sequence[str], stems: Sequence[list[str]], proposes: Sequence[bool], title: str
) -> list[set[str]]:
    """Return what each sentence has of the title: its words, the name before its colon."""
    subject = set(content(tokens(title)))
    if not subject:
        return [set() for _ in found]
    name = _name(title)
    shares = [len(subject.intersection(known)) / len(subject) for known in stems]
    most = max(shares, default=0.0) or 1.0
    named = [bool(name and name.search(sentence)) for sentence in found]
    first = named.index(True) if True in named else -1
    facts = [
        {
            "title over 25%": share > 0.25,
            "title over 50%": share > 0.5,
            "most of the title": share == most,
            "proposes half of the title": proposes[n] and share >= 0.5,
            "proposes most of the title": proposes[n] and share == most,
            "title's method": named[n],
            "first of the title's method": n == first,
            "starts with the title's method": name and named[n] and name.match(found[n]),
            "proposes the title's method": (
                name and named[n] and proposes[n] and _proposes(found[n], name)
            ),
        }
        for n, share in enumerate(shares)
    ]
    return [{fact for fact, true in of.items() if true} for of in facts]


def _proposes(sentence: str, name: re.Pattern[str]) -> bool:
    """Tell whether the name comes soon after "we propose"."""
    verb = PROPOSES.search(sentence)
    return bool(verb and name.search(sentence, verb.end(), verb.end() + _LONGEST_INTRODUCTION))


def _name(title: str) -> re.Pattern[str] | None:
    """Return what finds the name before the title's colon."""
    name, colon, _ = title.partition(":")
    if not colon or not 2 <= len(name) <= _LONGEST_NAME or not _NAME.fullmatch(name):
        return None
    return re.compile(rf"(?<!\w){re.escape(name.strip())}(?!\w)", re.IGNORECASE)
