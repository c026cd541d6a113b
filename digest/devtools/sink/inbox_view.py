"""What the inbox shows: a sink's messages, found, summarised and put on pages."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from digest.devtools.sink.inbox_message import GMAIL_CLIP_BYTES, Summary, summarise
from digest.devtools.sink.sink import Sink
from digest.devtools.sink.spool import Received
from digest.errors import NotFoundError


class Tab(StrEnum):
    """The views of one message."""

    HTML = "html"
    TEXT = "text"
    LINKS = "links"
    HEADERS = "headers"


class Width(StrEnum):
    """How wide the frame of the HTML part is."""

    DESKTOP = "desktop"
    PHONE = "phone"


class Scheme(StrEnum):
    """Which colour scheme the frame asks the mail for."""

    LIGHT = "light"
    DARK = "dark"


class Inbox:
    """A sink, looked at: finds and summarises its messages, renders the pages."""

    def __init__(self, sink: Sink, templates: Path) -> None:
        self.sink = sink
        self.folder = templates / "web" / "inbox"
        self._summaries: dict[int, Summary] = {}
        self._pages = Environment(
            loader=FileSystemLoader(self.folder), autoescape=True, undefined=StrictUndefined
        )
        self._pages.filters |= {"clock": _clock, "grouped": "{:,}".format}
        self._pages.globals |= {"gmail_clip_bytes": GMAIL_CLIP_BYTES}

    def page(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """Render one page."""
        page = self._pages.get_template(name).render(values)
        return HTMLResponse(page.encode("utf-8", "replace"), status)

    def summary(self, received: Received) -> Summary:
        """Return what a list shows of a message; read once, then remembered."""
        if received.id not in self._summaries:
            self._summaries[received.id] = summarise(received.data)
        return self._summaries[received.id]

    def find(self, words: str) -> list[Received]:
        """Return the messages with `words` in a recipient or the subject, newest first."""
        wanted = words.strip().casefold()
        newest_first = self.sink.messages[::-1]
        return [each for each in newest_first if not wanted or wanted in self._haystack(each)]

    def get(self, number: int) -> tuple[Received, int | None, int | None]:
        """Return a message, the number of the next newer and of the next older one.

        NotFoundError when it is not there.
        """
        messages = self.sink.messages
        for place, received in enumerate(messages):
            if received.id == number:
                newer = messages[place + 1].id if place + 1 < len(messages) else None
                return received, newer, messages[place - 1].id if place else None
        raise NotFoundError(f"There is no message {number} here.", hint="it may have been deleted")

    def clear(self) -> None:
        """Delete all messages."""
        self.sink.clear()
        self._summaries.clear()

    def _haystack(self, received: Received) -> str:
        return "\n".join((*received.recipients, self.summary(received).subject)).casefold()


def _clock(at: datetime) -> str:
    """The sink's own local time; whoever reads its inbox sits beside it."""
    return f"{at.astimezone():%a %-d %b %Y, %H:%M:%S}"
