"""The finding of a check."""

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
    """What one check found. what: a sentence. mend: how to fix it, empty if nothing is wrong."""

    name: str
    level: Level
    what: str
    mend: str = ""


def ok(name: str, what: str) -> Finding:
    """Report that all is well."""
    return Finding(name, Level.OK, what)


def warn(name: str, what: str, mend: str) -> Finding:
    """Report what works and should be better."""
    return Finding(name, Level.WARN, what, mend)


def fail(name: str, what: str, mend: str) -> Finding:
    """Report what does not work, or must not stay as it is."""
    return Finding(name, Level.FAIL, what, mend)


def skipped(name: str, why: str) -> Finding:
    """Report what was not checked."""
    return Finding(name, Level.SKIPPED, why)


def tried(name: str, check: Callable[[], Finding]) -> Finding:
    """Run a check; an error of ours that stops it is a finding, too."""
    try:
        return check()
    except DigestError as exc:
        return fail(name, str(exc), exc.hint or "see the manual, docs/use/operations.md")
