"""The log: one place decides what it looks like, for our own lines and those of every library.

All lines go to standard error, where systemd and container engines collect them. What was bound
with `log_context` (run, edition, batch) is on every line, whoever wrote it.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from digest.core.masking import mask
from digest.log_context import bound

QUIETER = ("apscheduler", "httpx", "httpcore", "alembic", "aiosmtpd", "mail.log", "asyncio")
_OF_EVERY_RECORD = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}
_COLOURS = {"warning": "\033[33m", "error": "\033[31m", "critical": "\033[31m"}


def configure_logs(
    form: Literal["console", "json"], level: Literal["debug", "info", "warning", "error"]
) -> None:
    """Send every log line of this process to standard error; again replaces what was set.

    Libraries that report each of their steps are heard from `warning` on, at level debug fully.
    """
    handler = _StandardError()
    handler.setFormatter(JsonLines() if form == "json" else Lines())
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not _is_ours(each)] + [handler]
    root.setLevel(level.upper())
    for name in QUIETER:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # it brings handlers of its own
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


class Lines(logging.Formatter):
    """Log lines for people: time, level, what happened, who says so, and the values."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it the traceback if there is one."""
        said = _said_by(self, record)
        time, level, event, logger = map(said.pop, ("timestamp", "level", "event", "logger"))
        exception = said.pop("exception", "")
        shown = f"{level:<8}"
        if sys.stderr.isatty() and level in _COLOURS:
            shown = f"{_COLOURS[level]}{shown}\033[0m"
        values = (f"{name}={_shown(value)}" for name, value in sorted(said.items()))
        line = " ".join([f"{time} [{shown}] {event:<30} [{logger}]", *values])
        return f"{line}\n{exception}" if exception else line


class JsonLines(Lines):
    """Log lines for programs: a JSON object each."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(_said_by(self, record), sort_keys=True, ensure_ascii=False)


def _said_by(formatter: logging.Formatter, record: logging.LogRecord) -> dict[str, Any]:
    """All that a line says; addresses and keys are masked, the last step before it is written."""
    own = {name: each for name, each in vars(record).items() if name not in _OF_EVERY_RECORD}
    time = datetime.fromtimestamp(record.created, UTC)
    said = {
        **bound(),
        **own,
        "event": record.getMessage(),
        "level": record.levelname.lower(),
        "logger": record.name,
        "timestamp": time.isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }
    if record.exc_info:
        said["exception"] = formatter.formatException(record.exc_info)
    return {name: mask(value, name) for name, value in said.items()}


def _shown(value: object) -> str:
    plain = isinstance(value, str) and value and not any(sign in value for sign in " \n\"'=")
    return str(value) if plain else repr(value)


class _StandardError(logging.Handler):
    """Writes to what standard error is when a line comes, not to what it once was."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _is_ours(handler: logging.Handler) -> bool:
    """Whether it was set here before, by its formatter; pytest's own handlers stay."""
    return isinstance(handler.formatter, Lines)
