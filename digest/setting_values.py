"""From what is written for a setting to its value, by the type that is declared for it.

A type is text, a number, yes or no, a path or a secret; words (`Literal`); several of these, or
None. What `Annotated` adds to it is called with the value: it returns the value, or raises
ValueError in words.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

_YES = {"1", "true", "t", "yes", "y", "on"}
_DIGITS = re.compile(r"\s*[+-]?[0-9]+\s*")
_NO = {"0", "false", "f", "no", "n", "off"}


@dataclass(frozen=True, repr=False, slots=True)
class SecretStr:
    """A text that no log and no error shows."""

    text: str

    def get_secret_value(self) -> str:
        """Return the text."""
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)

    def __repr__(self) -> str:
        return "SecretStr('**********')" if self.text else "SecretStr('')"


@dataclass(frozen=True)
class Field:
    """Bounds of a number, or of the length of a text: at least, more than, at most."""

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    max_length: int | None = None

    def __call__(self, value: Any) -> Any:
        """Return the value; ValueError says what it must be. NaN and infinity are out of bounds."""
        if self.max_length is not None and len(value) > self.max_length:
            raise ValueError(f"must have at most {self.max_length} characters")
        if self.ge is not None and not value >= self.ge:
            raise ValueError(f"must be at least {self.ge:g}")
        if self.gt is not None and not self.gt < value < float("inf"):
            raise ValueError(f"must be a number above {self.gt:g}")
        if self.le is not None and not value <= self.le:
            raise ValueError(f"must be at most {self.le:g}")
        return value


def read_value(kind: Any, written: Any) -> Any:
    """Return the value of this type that is written, or the value that is given; ValueError."""
    form = get_origin(kind)
    if form is Annotated:
        base, *checks = get_args(kind)
        value = read_value(base, written)
        for check in checks:
            value = check(value)
        return value
    if form is Literal:
        return _one_of(get_args(kind), written)
    if form in (Union, UnionType):
        return _first_that_fits(get_args(kind), written)
    return _READERS[kind](written)


def _one_of(words: tuple[Any, ...], written: Any) -> Any:
    for word in words:
        if str(word) == str(written).strip():
            return word
    raise ValueError(f"must be one of: {', '.join(map(str, words))}")


def _first_that_fits(kinds: tuple[Any, ...], written: Any) -> Any:
    """Return the value of the first type that it can be; the error is that of the last one."""
    *others, last = [kind for kind in kinds if kind is not NoneType]
    if written is None and NoneType in kinds:
        return None
    for kind in others:
        try:
            return read_value(kind, written)
        except ValueError:
            continue
    return read_value(last, written)


def _text(written: Any) -> str:
    if not isinstance(written, str):
        raise ValueError("must be a text")
    return written


def _whole_number(written: Any) -> int:
    if isinstance(written, str) and not _DIGITS.fullmatch(written):
        raise ValueError("must be a whole number")
    try:
        number = int(written)
    except (TypeError, ValueError):
        raise ValueError("must be a whole number") from None
    if not isinstance(written, str) and number != written:
        raise ValueError("must be a whole number")
    return number


def _number(written: Any) -> float:
    if isinstance(written, str) and (not written.isascii() or "_" in written):
        raise ValueError("must be a number")
    try:
        return float(written)
    except (TypeError, ValueError):
        raise ValueError("must be a number") from None


def _yes_or_no(written: Any) -> bool:
    word = str(written).strip().lower()
    if word not in _YES | _NO:
        raise ValueError("must be true or false")
    return word in _YES


def _path(written: Any) -> Path:
    return written if isinstance(written, Path) else Path(_text(written))


def _secret(written: Any) -> SecretStr:
    return written if isinstance(written, SecretStr) else SecretStr(_text(written))


_READERS: Mapping[Any, Callable[[Any], Any]] = {
    str: _text,
    int: _whole_number,
    float: _number,
    bool: _yes_or_no,
    Path: _path,
    SecretStr: _secret,
}
