"""Whether what a reader typed can be looked for, without any papers."""

from digest.errors import InputError
from digest.ground.text.words import words
from digest.interests.names import parse_names
from digest.interests.reading import Reader

LONGEST_MUTED = 200  # characters

_PLAIN = Reader(parse_names(""), lambda _stems, _at: (), {}, lambda _stem: None)


def check_interest(text: str) -> None:
    """Raise InputError, worded for the reader, for a text that names no subject."""
    _PLAIN.read(text)


def check_muted(phrase: str) -> None:
    """Raise InputError, worded for the reader, for a phrase that cannot be looked for."""
    if len(phrase) > LONGEST_MUTED:
        raise InputError(f"A muted phrase has at most {LONGEST_MUTED} characters.")
    if not words(phrase):
        raise InputError(f"The muted phrase {phrase!r} has no word in it.")
