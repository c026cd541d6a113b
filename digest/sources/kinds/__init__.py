"""Define the kinds of live sources, one module each: settings, requests, how to read answers.

A new kind is a new module with a subclass of `Source`, in `KINDS`, and a line in
docs/use/sources.md. Nothing here opens a connection: that is `digest.sources.http`.
"""

from digest.sources.kinds.arxiv import ArxivAnnouncements, ArxivSearch
from digest.sources.kinds.feeds import Feed
from digest.sources.kinds.hugging_face import HuggingFace
from digest.sources.kinds.json_lines import JsonLines
from digest.sources.kinds.source import Page, Received, Request, Source

__all__ = ["KINDS", "Page", "Received", "Request", "Source"]

KINDS: tuple[type[Source], ...] = (HuggingFace, ArxivSearch, ArxivAnnouncements, Feed, JsonLines)
