"""The log: one place decides what it looks like, for our own lines and those of every library.

All lines go to standard error, where systemd and container engines collect them. What was bound
with `structlog.contextvars` (run, edition, batch) is on every line, whoever wrote it.
"""

import logging
import sys
import traceback
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from digest.errors import DigestError
from digest.ground.masking import mask

QUIETER = ("apscheduler", "httpx", "httpcore", "alembic", "aiosmtpd", "mail.log", "asyncio")


def configure_logs(
    form: Literal["console", "json"], level: Literal["debug", "info", "warning", "error"]
) -> None:
    """Send every log line of this process to standard error; again replaces what was set.

    Libraries that report each of their steps are heard from `warning` on, at level debug fully.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                masked,
                _renderer(form),
            ],
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not _is_ours(each)] + [handler]
    root.setLevel(level.upper())
    for name in QUIETER:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # it brings handlers of its own
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask whatever looks like an address or a key: the last step before a line is written."""
    return {name: mask(value, name) for name, value in event.items()}


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


def _renderer(form: Literal["console", "json"]) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _is_ours(handler: logging.Handler) -> bool:
    """Whether it was set here before, by its formatter; pytest's own handlers stay."""
    return isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
