"""A file or an address with one paper a line, in the format of `digest.papers.dumps.json_lines`."""

from datetime import date
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import model_validator

from digest.papers.dumps import Entry, Header, Refusal, json_lines
from digest.sources.kinds.charset import decode
from digest.sources.kinds.source import Page, Received, Request, Source, WebAddress


class JsonLines(Source):
    """A list as JSON lines, from an address or from a file of this machine."""

    kind: ClassVar[str] = "json-lines"
    is_ranked: ClassVar[bool] = True

    url: WebAddress | None = None
    path: str | None = None

    @model_validator(mode="after")
    def _has_one_place(self) -> "JsonLines":
        if bool(self.url) == bool(self.path):
            raise ValueError("needs either url or path")
        return self

    @property
    def host(self) -> str:
        """The host of the address; empty for a file."""
        return urlsplit(self.url or "").hostname or ""

    def requests(self, on: date) -> list[Request]:
        """Return the request for the list as it is now."""
        return [Request(self.url or self.path or "", on)]

    def read(self, request: Request, answer: Received) -> Page:
        """Return the list; its date is that of its first line, else the day of the request."""
        body = decode(answer.body, answer.charset).encode() if answer.charset else answer.body
        parts = list(json_lines.parse([body], not_after=request.day, given=request.day))
        (header,) = (part for part in parts if isinstance(part, Header))
        return Page(
            tuple(part for part in parts if isinstance(part, Entry)),
            tuple(part for part in parts if isinstance(part, Refusal)),
            header.date,
            ranked=header.ranked,
        )
