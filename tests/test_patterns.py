"""No text makes a pattern slow: the time is linear in the length (CWE-1333)."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import digest

_SHORT = 3_000
_QUICK_SECONDS = 0.005  # for 3,000 characters; a quadratic pattern takes five times as long
_MOST_SECONDS = 1.0  # for the longest text
_LONGEST = 100_000
# Where a text is cut before any pattern sees it: to so many characters at most. The longest name
# that fits counts.
_LONGEST_IN = {
    "digest.summary.": 20_000,  # ground.text.words.LONGEST_TEXT
    "digest.summary.headline": 400,  # a claim, made of a title
    "digest.papers.rules.identifiers": 2_000,
    "digest.render.lint.": 10_000,  # sample mails, which we make
    "digest.replies.": 500,  # a line: own_words._LONGEST_LINE
    "digest.replies.bodies": _LONGEST,
    "digest.bounces.rules.classification": 2_000,  # LONGEST_REPLY
}
_METHODS = r"\.(search|match|fullmatch|subn?|split|finditer|findall)\("
_UNITS = (
    *"1aA.,;:-_/@\\${([<\"'&=%+^ \n\t\u00e9",
    *("a ", "1.", "a.", "a@", "$a", "\\a", "://", "(a", "a,", "1,", " \n"),
)


class _Used(NamedTuple):
    """A pattern, how it is used, and the longest text that it sees."""

    pattern: re.Pattern[Any]
    methods: frozenset[str]
    longest: int


def _patterns(value: Any, depth: int = 4) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict) and depth:
        yield from _patterns([*value.keys(), *value.values()], depth - 1)
    elif isinstance(value, list | tuple | set | frozenset) and depth:
        for each in value:
            yield from _patterns(each, depth - 1)


def _calls(name: str, source: str) -> frozenset[str]:
    """How a module uses the pattern of this name; of one in a list, all ways that it has."""
    direct = re.findall(rf"\b{name}{_METHODS}", source)
    return frozenset(direct or re.findall(_METHODS, source) or ["search"])


def _bound(module: str) -> str:
    return max(filter(module.startswith, _LONGEST_IN), key=len, default="")


def _all(package: str = "") -> Iterator[_Used]:
    for found in pkgutil.walk_packages(digest.__path__, "digest."):
        if package not in ("", found.name.split(".")[1]):
            continue
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        longest = _LONGEST_IN.get(_bound(found.name))
        for name, value in vars(module).items():
            if re.search(rf"^{re.escape(name)}\b.* =", source, re.MULTILINE):  # not an import
                for pattern in _patterns(value):
                    yield _Used(pattern, _calls(name, source), longest or _LONGEST)


def _sample(tree: Any) -> str:
    """A short text that the pattern is made for: the first branch of several, what repeats once."""
    text = ""
    for kind, value in tree:
        match str(kind):
            case "LITERAL":
                text += chr(value)
            case "NOT_LITERAL" | "ANY":
                text += "x"
            case "IN":
                text += next(filter(None, map(_member, value)), "x")
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                text += _sample(value[2]) * min(max(value[0], 1), 20)
            case "SUBPATTERN":
                text += _sample(value[3])
            case "BRANCH":
                text += _sample(value[1][0])
            case "ATOMIC_GROUP":
                text += _sample(value)
    return text


def _member(of_class: Any) -> str:
    kind, value = of_class
    match str(kind):
        case "CATEGORY":
            return {"SPACE": " ", "DIGIT": "1"}.get(str(value).rpartition("_")[2], "a")
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(value[0])
    return ""


def _units(pattern: re.Pattern[Any]) -> list[str]:
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("l1")
    sample = _sample(re._parser.parse(source, pattern.flags))[:40]  # type: ignore[attr-defined]
    return sorted({*_UNITS, *(sample[:size] for size in (1, 2, 3, 6, 12, 40))} - {""})


def _seconds(used: _Used, unit: str, size: int) -> float:
    text: Any = unit * (size // len(unit)) + "\0"
    if isinstance(used.pattern.pattern, bytes):
        text = text.encode("utf-8", "replace")
    start = time.process_time()
    for name in used.methods & {"match", "fullmatch"}:
        getattr(used.pattern, name)(text)
    if used.methods - {"match", "fullmatch"}:
        list(used.pattern.finditer(text))
    return time.process_time() - start


def _is_slow(used: _Used, unit: str) -> bool:
    size = min(_SHORT, used.longest)
    if any(_seconds(used, unit, size) < _QUICK_SECONDS for _ in range(3)):
        return False
    while size < used.longest and _seconds(used, unit, size) < _MOST_SECONDS:
        size = min(3 * size, used.longest)
    return _seconds(used, unit, size) > _MOST_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("package", [found.name for found in pkgutil.iter_modules(digest.__path__)])
def test_every_pattern_takes_a_hostile_text_in_linear_time(package):
    slow = [
        (used.pattern.pattern, unit)
        for used in _all(package)
        for unit in _units(used.pattern)
        if _is_slow(used, unit)
    ]
    assert slow == []


@pytest.mark.parametrize(
    ("pattern", "slow"),
    [(r"\d+(?:\.\d+)?\s?(?:%|x\b)", True), (r"(?<!\d)\d{1,15}(?:\.\d{1,15})?\s?%", False)],
)
def test_a_quadratic_pattern_would_be_noticed(pattern: str, slow: bool):
    used = _Used(re.compile(pattern), frozenset({"search"}), _LONGEST)
    assert _is_slow(used, "1") is slow


def test_the_patterns_of_the_program_are_found():
    assert len(list(_all())) > 200
