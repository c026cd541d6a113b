"""Take an answer as it comes: its body, bounded, what it says of itself, and why it is none."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from digest.errors import FetchError
from digest.sources.http.body import decode, too_long
from digest.sources.http.waits import retry_after

_PASSING = {408, 425, 429, 500, 502, 503, 504}
_LONGEST_VALIDATOR = 500  # characters
_LONGEST_ERROR = 100_000  # bytes that are read of an answer that is no list
_NO_LISTS = ("application/pdf", "application/zip")
_NO_LIST_FAMILIES = ("image/", "audio/", "video/", "font/")
_PAGES = ("text/html", "application/xhtml")  # as some servers call whatever they send
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gives us to ask later whether something changed (RFC 9110, section 13.1)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `body` is None if nothing has changed since the validators.

    charset: as the Content-Type names it; empty if it does not. address: where it was in the end.
    """

    body: bytes | None
    validators: Validators = Validators()
    charset: str = ""
    address: str = ""


async def receive(response: httpx.Response, address: str, most_bytes: int) -> Answer:
    """Return the answer that a response is; FetchError for one that is of no use.

    most_bytes: of its body, as sent and as unpacked.
    """
    if response.status_code != 200:
        raise await _refusal(response)
    _check_headers(response, most_bytes)
    body = await _body(response, most_bytes)
    _check_body(response, body)
    charset = _CHARSET.search(response.headers.get("content-type", ""))
    return Answer(body, _validators(response), charset[1] if charset else "", address)


async def _body(response: httpx.Response, most_bytes: int) -> bytes:
    sent = bytearray()
    async for chunk in response.aiter_raw():
        sent += chunk
        if len(sent) > most_bytes:
            raise too_long(most_bytes)
    encoding = response.headers.get("content-encoding", "")
    return decode([bytes(sent)], encoding, most_bytes=most_bytes)


async def _refusal(response: httpx.Response) -> FetchError:
    """Return the error for an answer that is none, with what its body may say about it."""
    status = response.status_code
    wait = retry_after(response.headers.get("retry-after", ""), datetime.now(UTC))
    try:
        body = await _body(response, _LONGEST_ERROR)
    except (FetchError, httpx.HTTPError):
        body = b""  # the status says enough
    return FetchError(
        f"the server answered {status} {response.reason_phrase}".rstrip(),
        passing=status in _PASSING,
        wait_seconds=wait if status in (429, 503) else 0.0,
        body=body,
    )


def _check_headers(response: httpx.Response, most_bytes: int) -> None:
    """Raise FetchError for an answer whose headers say that it is of no use."""
    kind = _kind(response)
    if kind.startswith(_NO_LISTS + _NO_LIST_FAMILIES):
        raise FetchError(f"the answer is {kind}, which cannot be a list")
    length = response.headers.get("content-length", "")
    if length.isdigit() and int(length[:18]) > most_bytes:
        raise too_long(most_bytes)


def _check_body(response: httpx.Response, body: bytes) -> None:
    """Raise FetchError for a page for people. Some servers call a feed one; that is no harm."""
    kind = _kind(response)
    if kind.startswith(_PAGES) and (not body.strip() or _PAGE.match(body[:_LONGEST_ERROR])):
        raise FetchError(f"the answer is {kind}, which cannot be a list")


def _kind(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()[:60]


def _validators(response: httpx.Response) -> Validators:
    """Return the validators that can be sent back unchanged."""
    values = (response.headers.get(name, "") for name in ("etag", "last-modified"))
    return Validators(
        *(value if len(value) <= _LONGEST_VALIDATOR and value.isascii() else "" for value in values)
    )
