"""What is on every log line of a piece of work, whoever writes it: its run, edition, batch."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_bound: ContextVar[Mapping[str, Any]] = ContextVar("bound", default=MappingProxyType({}))


def bound() -> Mapping[str, Any]:
    """Return what is bound here, by name."""
    return _bound.get()


def bind(**values: Any) -> None:
    """Add values to the lines of this thread or task, until the end of the `binding` around."""
    _bound.set({**_bound.get(), **values})


@contextmanager
def binding(**values: Any) -> Iterator[None]:
    """Add values to the lines inside; what is bound there ends with it."""
    before = _bound.get()
    bind(**values)
    try:
        yield
    finally:
        _bound.set(before)
