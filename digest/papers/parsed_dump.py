"""A dump that was parsed and waits on disk until it is loaded.

Parsing takes as long as whoever wrote the dump wants it to. Loading holds the write lock, and a
reader who unsubscribes waits for that. So the one is over before the other begins. The disk keeps
the memory flat, whatever the size.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import date
from typing import IO, Any

from digest.papers.dumps import Entry, Header, Part, Refusal
from digest.papers.dumps.parts import YearSource

_KINDS = {kind.__name__: kind for kind in (Header, Entry, Refusal)}


@contextmanager
def parsed(parts: Iterable[Part]) -> Iterator[Iterator[Part]]:
    """Parse to the end, and yield the same parts in their order. DumpError as by the parser."""
    with tempfile.TemporaryFile("w+", encoding="ascii", prefix="digest-dump-") as file:
        for part in parts:
            file.write(json.dumps([type(part).__name__, astuple(part)], default=str) + "\n")
        file.seek(0)
        yield _read(file)


def _read(file: IO[str]) -> Iterator[Part]:
    for line in file:
        name, values = json.loads(line)
        if name == Header.__name__:
            day, year_source, ranked = values
            yield Header(date.fromisoformat(day), YearSource(year_source), ranked)
        else:
            yield _KINDS[name](*map(_frozen, values))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
