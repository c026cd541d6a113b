"""The log: one place decides what it looks like, for our own lines and those of every library.

All lines go to standard error, where systemd and container engines collect them. What was bound
with `log_context` (run, edition, batch) is on every line, whoever wrote it.
"""

import logging
import sys
import traceback
from typing import Literal

from digest.errors import DigestError
from digest.ground.log_lines import LineFormatter

QUIETER = ("apscheduler", "httpx", "httpcore", "alembic", "aiosmtpd", "mail.log", "asyncio")


def configure_logs(
    form: Literal["console", "json"], level: Literal["debug", "info", "warning", "error"]
) -> None:
    """Send every log line of this process to standard error; again replaces what was set.

    Libraries that report each of their steps are heard from `warning` on, at level debug fully.
    """
    handler = _StandardError()
    handler.setFormatter(LineFormatter(form))
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not _is_ours(each)] + [handler]
    root.setLevel(level.upper())
    for name in QUIETER:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # it brings handlers of its own
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def log_error(log: logging.Logger, what: str, exc: BaseException) -> None:
    """Log an error that ends nothing: in words when it is one of ours, else with its traceback."""
    foreseen = isinstance(exc, DigestError)
    log.error("%s: %s", what, exc, exc_info=None if foreseen else exc)


def describe_error(exc: BaseException) -> str:
    """Return what went wrong, in one line; of an unforeseen error also its kind and its place."""
    if isinstance(exc, DigestError):
        return str(exc)
    place = traceback.extract_tb(exc.__traceback__)[-1]
    return f"{type(exc).__name__}: {exc} ({place.filename}, line {place.lineno})"


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
    return isinstance(handler.formatter, LineFormatter)
