"""DigestError             what happened, a hint what to do, an exit code for the command line
├── SettingsError (2)   a setting is missing or wrong
│   └── SchemaError     the database is of another schema than this program
├── InputError (3)      a file or a value that cannot be used
│   ├── DumpError       a dump that cannot be read: file, line, reason
│   └── ConflictError   a value that conflicts with what exists
├── NotFoundError (4)   no such reader, edition, paper or topic
│   └── DateError (2)   a date that no edition has or can have: it was mistyped
├── UnreachableError (5)  a server did not answer: step, host, reason
│   ├── FetchError      a source gave no usable answer
│   └── LockedError     somebody else holds on to what was to be changed
├── LinkError (2)       a signed link that was altered, or made for something else
├── ComposeError (1)    our fault: a template, a paper or a preference we cannot render
├── HeldError (1)       the database is behind what a machine has seen, so nothing is sent
└── BlockedError (1)    an edition is blocked by its check, paused or cancelled, so it is not sent
"""

from collections.abc import Mapping
from typing import Any


class DigestError(Exception):
    """Something went wrong that a person can be told about."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def to_json(self) -> dict[str, Any]:
        """Return the error for scripts."""
        return {"error": str(self), "hint": self.hint, "exit_code": self.exit_code}


class SettingsError(DigestError):
    """A setting is missing or wrong."""

    exit_code = 2


class SchemaError(SettingsError):
    """The database is of another schema than this program; both have to be of one version."""


class InputError(DigestError):
    """A file or a value that cannot be used."""

    exit_code = 3


class DumpError(InputError):
    """A dump that cannot be read; `line` counts from 1, 0 when no line is to blame."""

    def __init__(self, reason: str, *, line: int = 0) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.reason = reason
        self.line = line


class ConflictError(InputError):
    """A valid value that conflicts with what exists."""


class NotFoundError(DigestError):
    """No such reader, edition, paper or topic."""

    exit_code = 4


class DateError(NotFoundError):
    """A date that no edition has or can have; who typed it meant another one."""

    exit_code = 2


class UnreachableError(DigestError):
    """A server did not answer, or did not let us in; the message names step and host."""

    exit_code = 5


class FetchError(UnreachableError):
    """A source gave no usable answer.

    passing: a later try may help. wait_seconds: how long the server asked to be left alone. body:
    what it sent beside its status.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        passing: bool = False,
        wait_seconds: float = 0.0,
        body: bytes = b"",
    ) -> None:
        super().__init__(message, hint=hint)
        self.passing = passing
        self.wait_seconds = wait_seconds
        self.body = body


class LockedError(UnreachableError):
    """Somebody else's transaction holds on to what was to be changed; a later try may help."""


class LinkError(DigestError):
    """A signed link that was altered, or made for something else."""

    exit_code = 2


class ComposeError(DigestError):
    """Our fault: a template, a paper or a preference that we cannot render."""


class HeldError(DigestError):
    """The database is behind what a machine has seen of it, so nothing is sent."""


class BlockedError(DigestError):
    """An edition is stopped: blocked by the pre-flight check, paused or cancelled.

    report: what is known of the edition, in the form of a send's report.
    """

    def __init__(
        self, message: str, *, hint: str = "", report: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.report = dict(report or {})

    def to_json(self) -> dict[str, Any]:
        """Return the report with what went wrong."""
        return {**self.report, **super().to_json()}
