"""What a log line looks like, for people or for programs."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Literal

from digest.ground.log_context import bound
from digest.ground.masking import mask
from digest.ground.text.printable import printable, printable_json

_OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
_COLOURS = {"warning": 33, "error": 31, "critical": 31}  # ANSI: yellow, red
_WIDTH = 30  # of what happened, so that what belongs to it stands below each other


class LineFormatter(logging.Formatter):
    """Turns records into lines: what happened, when, where, and what was bound or given with it.

    Whatever looks like an address or a key is masked.
    """

    def __init__(self, form: Literal["console", "json"]) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record; for people a traceback stands below it."""
        fields = {name: mask(value, name) for name, value in self._fields(record).items()}
        if self._form == "json":
            fields = {name: _finite(value) for name, value in fields.items()}
            text = json.dumps(fields, ensure_ascii=False, sort_keys=True, default=repr)
            return printable_json(text)
        return _for_people(fields, is_coloured=sys.stderr.isatty())

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        given = {
            name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD
        }
        fields = {
            **bound(),
            **given,
            "timestamp": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            fields["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            fields["stack"] = record.stack_info
        return fields


def _for_people(fields: Mapping[str, Any], *, is_coloured: bool) -> str:
    shown = dict(fields)
    time, level, logger, event = (
        printable(str(shown.pop(name))) for name in ("timestamp", "level", "logger", "event")
    )
    below = [shown.pop(name).split("\n") for name in ("exception", "stack") if name in shown]
    padded = f"{level:<8}"
    if is_coloured and level in _COLOURS:
        padded = f"\x1b[{_COLOURS[level]}m{padded}\x1b[0m"
    facts = [f"{name}={_value(value)}" for name, value in sorted(shown.items())]
    line = " ".join([f"{time} [{padded}] {event:<{_WIDTH}} [{logger}]", *facts])
    # Indented: what an exception says may look like a line of the log.
    return "\n".join([line, *(f"  {printable(each)}" for lines in below for each in lines)])


def _finite(value: Any) -> Any:
    """Return a number that JSON has no word for as text."""
    return value if not isinstance(value, float) or isfinite(value) else str(value)


def _value(value: Any) -> str:
    text = printable(str(value))
    return repr(text) if " " in text else text
