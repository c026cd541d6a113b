"""The connections of the server, bounded in number and in time.

Whoever opens connections and says nothing, or little at a time, would otherwise use up the files
that this process may open, and nobody else is answered (CWE-400).
"""

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 20.0  # from the first byte that is awaited to the end of the header
MOST_CONNECTIONS = 1_000
_FILES_FOR_THE_REST = 128  # of those that may be open: database, journals, relays, templates


def most_connections() -> int:
    """Return how many connections may be open, so that files are left for the rest."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(min(MOST_CONNECTIONS, files - _FILES_FOR_THE_REST), 16)


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 that waits for a header for so long only, and turns away whom there is no room for.

    It is not httptools, which may be installed as well: that one takes a Content-Length beside a
    Transfer-Encoding.
    """

    header_seconds = HEADER_SECONDS
    most = most_connections()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._header_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or end it when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._await_header()

    def data_received(self, data: bytes) -> None:
        """Go on; a header that began after an answer has its time, too."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._header_due is None and self.timeout_keep_alive_task is None:
            self._await_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_header(self) -> None:
        self._header_due = self.loop.call_later(self.header_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._header_due is not None:
            self._header_due.cancel()
            self._header_due = None
