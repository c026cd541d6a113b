"""What a check says."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from digest.errors import DigestError


class Level(StrEnum):
    """How bad it is; only `fail` changes the exit code."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. what: a sentence. mend: what to do, empty when nothing has to be."""

    name: str
    level: Level
    what: str
    mend: str = ""


def ok(name: str, what: str) -> Finding:
    """All is well."""
    return Finding(name, Level.OK, what)


def warn(name: str, what: str, mend: str) -> Finding:
    """It works, and should be better."""
    return Finding(name, Level.WARN, what, mend)


def fail(name: str, what: str, mend: str) -> Finding:
    """It does not work, or must not stay so."""
    return Finding(name, Level.FAIL, what, mend)


def skipped(name: str, why: str) -> Finding:
    """It was not looked at."""
    return Finding(name, Level.SKIPPED, why)


def tried(name: str, check: Callable[[], Finding]) -> Finding:
    """Return what a check finds; an error of ours that stops it is a finding too."""
    try:
        return check()
    except DigestError as exc:
        return fail(name, str(exc), exc.hint or "see the manual, docs/use/operations.md")
