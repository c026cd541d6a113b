"""Whether what a reader typed can be looked for, without any papers."""

import re

from digest.errors import InputError
from digest.ground.text.words import PREFIXES, STOP_WORDS, words
from digest.interests.names import parse_names
from digest.interests.reading import LONGEST_INTEREST, Reader

LONGEST_MUTED = 200  # characters

# Words with nothing but blanks and hyphens between: most of what readers type.
_WORDS = re.compile(
    r"(?!.*[a-z]2[a-z]{2})[a-z0-9]+(?:[ -][a-z0-9]+)*",  # "text2sql" is three words
    re.ASCII | re.IGNORECASE,
)
_NO_SUBJECT = STOP_WORDS | {"oder", "und", "vs"}
_PLAIN = Reader(parse_names(""), lambda _stems, _at: (), {}, lambda _stem: None)


def check_interest(text: str) -> None:
    """Raise InputError, worded for the reader, for a text that names no subject."""
    if not _is_plain_subject(text):
        _PLAIN.read(text)


def check_muted(phrase: str) -> None:
    """Raise InputError, worded for the reader, for a phrase that cannot be looked for."""
    if len(phrase) > LONGEST_MUTED:
        raise InputError(f"A muted phrase has at most {LONGEST_MUTED} characters.")
    if not words(phrase):
        raise InputError(f"The muted phrase {phrase!r} has no word in it.")


def _is_plain_subject(text: str) -> bool:
    """Whether a text names a subject for sure: a twentieth of the time that reading it takes.

    A prefix may join the next word to one that names none: "re search".
    """
    if len(text) > LONGEST_INTEREST or not _WORDS.fullmatch(text):
        return False
    found = text.lower().replace("-", " ").split(" ")
    return PREFIXES.isdisjoint(found) and not _NO_SUBJECT.issuperset(found)
