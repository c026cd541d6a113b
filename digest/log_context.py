"""What log lines say of the work they come from: its run, edition and batch, whoever writes them.

It belongs to a thread or an asyncio task, as `contextvars` have it, and is written by `logs`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_BOUND: ContextVar[Mapping[str, Any]] = ContextVar("_BOUND", default=MappingProxyType({}))


def bound() -> dict[str, Any]:
    """Return what is bound now; another process can bind it, too."""
    return dict(_BOUND.get())


def bind(**values: Any) -> None:
    """Have these values on every further line, up to the end of the `binding` around."""
    _BOUND.set({**_BOUND.get(), **values})


@contextmanager
def binding(**values: Any) -> Iterator[None]:
    """Have these values on every line from inside; what is bound inside ends with it."""
    token = _BOUND.set({**_BOUND.get(), **values})
    try:
        yield
    finally:
        _BOUND.reset(token)
