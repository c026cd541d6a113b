"""What a log line looks like. structlog makes it, and with it come Rich's tracebacks: 0.1 s."""

import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from digest.ground.masking import mask
from digest.ground.text.printable import printable, printable_json

_JSON = structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)


def make_formatter(form: Literal["console", "json"]) -> structlog.stdlib.ProcessorFormatter:
    """Return what turns a record into a line, for people or for programs."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            masked,
            *_renderers(form),
        ],
    )


def masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask whatever looks like an address or a key: the last step before a line is written."""
    return {name: mask(value, name) for name, value in event.items()}


def steerless(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Show what could steer a terminal; a traceback keeps its lines."""
    return {
        name: "\n".join(map(printable, value.split("\n") if name == "exception" else [value]))
        if isinstance(value, str)
        else value
        for name, value in event.items()
    }


def _renderers(form: Literal["console", "json"]) -> list[Processor]:
    if form == "json":
        return [_as_json]
    return [steerless, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _as_json(logger: WrappedLogger, method: str, event: EventDict) -> str:
    return printable_json(str(_JSON(logger, method, event)))
