"""Read the names of authors as lists write them, one by one or all in one text."""

import re
from collections.abc import Iterable

from digest.ground.text.plain_text import clean

MOST = 100  # of one paper
_LONGEST = 200  # characters of a name
_MAIL_AND_NAME = re.compile(r"\S+@[^\s@]+ ?\((?P<name>[^()]+)\)")  # RSS 2.0: ann@example.org (Ann)
_MAIL = re.compile(r"<?(?<![^\s<>()@])[^\s<>()@]++@[^\s<>()]++>?|\(\s*\)")
_AFFILIATION = re.compile(r" ?\([^()]*\)")
_AND = re.compile(r",? (?:and|und|et|&) | ?\| ?")


def names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return names in their order, each once, at most 100; what is no name is left out."""
    cleaned = (clean(text) for text in texts)
    usable = (name for name in cleaned if _is_name(name))
    return tuple(dict.fromkeys(usable))[:MOST]


def split_names(text: str) -> list[str]:
    """Return the names in one text: divided by semicolons, or by commas and "and".

    A comma in "Kettle, Ann" divides no names: what it divides must be two words or more each.
    """
    text = " ".join(text[: MOST * _LONGEST].split())
    if found := _MAIL_AND_NAME.fullmatch(text):
        text = found["name"]
    text = _AFFILIATION.sub("", _MAIL.sub("", text)).strip()
    if ";" in text:
        return text.split(";")
    parts = [part for one in _AND.split(text) for part in one.split(",")]
    if all(len(part.split()) > 1 for part in parts):
        return parts
    return _AND.split(text)


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST and "\ufffd" not in text and any(map(str.isalpha, text))
