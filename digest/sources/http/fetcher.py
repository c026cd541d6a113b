"""Send a GET: with retries, redirects to public addresses only, and an answer of bounded size.

Every hop opens a connection of its own to an address that was checked, with the host's name in SNI
and Host, so certificates are verified against the name. Proxies of the environment are not used:
what a proxy connects to cannot be checked here.
"""

import asyncio
import random
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from digest.errors import FetchError
from digest.sources.http.addresses import Address, Allowed, Resolve, is_public, resolve
from digest.sources.http.body import decode, too_long
from digest.sources.http.waits import Spacing, backoff, retry_after

_PASSING = {408, 425, 429, 500, 502, 503, 504}
_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_ADDRESSES = 3  # of one host that are tried
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
class Limits:
    """Limits of one GET.

    Seconds: to connect, between two bytes, and in all for a try, from its first connection to its
    last byte, redirects included.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 120.0
    most_bytes: int = 20_000_000
    tries: int = 3
    longest_wait_seconds: float = 60.0  # who asks for more is left until later
    redirects: int = 5


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


class Fetcher:
    """Sends one request after another. Clock, sleep and name service are arguments, for tests."""

    def __init__(
        self,
        user_agent: str,
        limits: Limits = Limits(),
        *,
        allowed: Allowed = is_public,
        resolve: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip", "Accept": "*/*"}
        self._limits = limits
        self._allowed = allowed
        self._resolve = resolve
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._certificates = certificates or httpx.create_ssl_context(trust_env=False)
        self._spacing = Spacing(clock, sleep)

    def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        spacing_seconds: float = 0.0,
        family: str = "",
    ) -> Answer:
        """Return the answer to a GET; FetchError if there is no usable one.

        spacing_seconds: so long apart are all requests to the host, tries and redirects too.
        family: what counts as one host with others; empty: its own name.
        """
        attempt = 1
        while True:
            try:
                return self._follow(url, validators or Validators(), spacing_seconds, family)
            except FetchError as exc:
                longest = self._limits.longest_wait_seconds
                too_long_a_wait = exc.wait_seconds > longest
                if not exc.passing or too_long_a_wait or attempt >= self._limits.tries:
                    raise
                self._sleep(max(exc.wait_seconds, backoff(attempt, self._chance)))
                attempt += 1

    def _follow(self, url: str, validators: Validators, spacing: float, family: str) -> Answer:
        place = _parse(url)
        left = self._limits.total_seconds
        for _ in range(self._limits.redirects + 1):
            self._spacing.wait(family or place.host, spacing)
            began = self._clock()
            try:
                answer = self._ask(place, validators, left)
            finally:
                self._spacing.note(family or place.host)
            if isinstance(answer, Answer):
                return answer
            left = max(0.0, left - (self._clock() - began))
            place = _redirected(place, answer)
        raise FetchError(f"more than {self._limits.redirects} redirects")

    def _ask(self, url: httpx.URL, validators: Validators, seconds: float) -> Answer | str:
        """Return the answer, or where it redirects to."""
        addresses = self._addresses(url)[:_MOST_ADDRESSES]
        try:
            # httpx bounds single steps, so that a server could go on for ever with small ones.
            return asyncio.run(self._ask_within(addresses, url, validators, seconds))
        except TimeoutError:
            limit = self._limits.total_seconds
            raise FetchError(
                f"{url.host}: the answer took longer than {limit:,.0f} s", passing=True
            ) from None

    async def _ask_within(
        self, addresses: list[Address], url: httpx.URL, validators: Validators, seconds: float
    ) -> Answer | str:
        problem = ""
        async with asyncio.timeout(seconds):
            for address in addresses:
                try:
                    return await self._ask_at(address, url, validators)
                except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
                    problem = str(exc) or "the connection timed out"
                except httpx.TimeoutException:
                    quiet = self._limits.read_seconds
                    reason = f"it timed out: nothing came for {quiet:g} s"
                    raise FetchError(f"{url.host}: {reason}", passing=True) from None
                except httpx.HTTPError as exc:
                    reason = str(exc) or type(exc).__name__
                    raise FetchError(f"{url.host}: {reason}", passing=True) from None
        raise FetchError(f"{url.host} cannot be reached: {problem}", passing=True)

    def _addresses(self, url: httpx.URL) -> list[Address]:
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = self._resolve(url.host, port)
        except (OSError, UnicodeError) as exc:
            reason = getattr(exc, "strerror", None) or exc
            raise FetchError(f"{url.host} cannot be looked up: {reason}", passing=True) from None
        if usable := [address for address in found if self._allowed(address)]:
            return usable
        raise FetchError(
            f"{url.host} is not a public address",
            hint="DIGEST_SOURCES_ALLOW_PRIVATE=true allows sources in your own network",
        )

    async def _ask_at(
        self, address: Address, url: httpx.URL, validators: Validators
    ) -> Answer | str:
        limits = self._limits
        headers = {**self._headers, "Host": url.netloc.decode("ascii"), **_conditions(validators)}
        timeout = httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds)
        async with (
            httpx.AsyncClient(
                verify=self._certificates, trust_env=False, timeout=timeout
            ) as client,
            client.stream(
                "GET",
                url.copy_with(host=str(address)),
                headers=headers,
                extensions={"sni_hostname": url.host},
            ) as response,
        ):
            if response.status_code in _REDIRECTS and "location" in response.headers:
                return response.headers["location"]
            if response.status_code == 304 and validators != Validators():
                return Answer(None, validators)
            if response.status_code != 200:
                raise await _refusal(response)
            _check_headers(response, limits.most_bytes)
            body = await _body(response, limits.most_bytes)
            _check_body(response, body)
            charset = _CHARSET.search(response.headers.get("content-type", ""))
            return Answer(body, _validators(response), charset[1] if charset else "", str(url))


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


def _parse(text: str) -> httpx.URL:
    """Return a plain http or https address; FetchError for any other, or one of no real host."""
    try:
        url = httpx.URL(text)
        usable = url.scheme in ("http", "https") and url.host and not url.userinfo
    except (httpx.InvalidURL, TypeError, ValueError) as exc:  # IDNAError is a ValueError
        raise FetchError(f"{text[:200]!r} is not an address: {exc}") from None
    if not usable:
        raise FetchError(f"{text[:200]!r} is not a plain http or https address")
    return url


def _redirected(origin: httpx.URL, location: str) -> httpx.URL:
    try:
        target = str(origin.join(location))
    except (httpx.InvalidURL, ValueError) as exc:
        raise FetchError(f"it redirects to {location[:200]!r}: {exc}") from None
    url = _parse(target)
    if origin.scheme == "https" and url.scheme != "https":
        raise FetchError(f"it redirects from https to http: {location[:200]!r}")
    return url


def _conditions(validators: Validators) -> dict[str, str]:
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in headers.items() if value}


def _validators(response: httpx.Response) -> Validators:
    """Return the validators that can be sent back unchanged."""
    values = (response.headers.get(name, "") for name in ("etag", "last-modified"))
    return Validators(
        *(value if len(value) <= _LONGEST_VALIDATOR and value.isascii() else "" for value in values)
    )
