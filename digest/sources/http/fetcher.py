"""Send a GET: with retries, redirects to public addresses only, and an answer of bounded size.

Every hop opens a connection of its own to an address that was checked, with the host's name in SNI
and Host, so certificates are verified against the name. Proxies of the environment are not used:
what a proxy connects to cannot be checked here.
"""

import random
import ssl
import time
from collections.abc import Callable, Iterator
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
_NO_LISTS = ("text/html", "application/xhtml", "application/pdf", "application/zip")
_NO_LIST_FAMILIES = ("image/", "audio/", "video/", "font/")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one GET. Seconds: to connect, between two bytes, and for one request in all."""

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
    """An answer; `body` is None if nothing has changed since the validators."""

    body: bytes | None
    validators: Validators = Validators()


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
        for _ in range(self._limits.redirects + 1):
            self._spacing.wait(family or place.host, spacing)
            try:
                deadline = self._clock() + self._limits.total_seconds
                answer = self._ask(place, validators, deadline)
            finally:
                self._spacing.note(family or place.host)
            if isinstance(answer, Answer):
                return answer
            place = _redirected(place, answer)
        raise FetchError(f"more than {self._limits.redirects} redirects")

    def _ask(self, url: httpx.URL, validators: Validators, deadline: float) -> Answer | str:
        """Return the answer, or where it redirects to."""
        problem = ""
        for address in self._addresses(url)[:_MOST_ADDRESSES]:
            try:
                return self._ask_at(address, url, validators, deadline)
            except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
                problem = str(exc) or "the connection timed out"
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

    def _ask_at(
        self, address: Address, url: httpx.URL, validators: Validators, deadline: float
    ) -> Answer | str:
        limits = self._limits
        headers = {**self._headers, "Host": url.netloc.decode("ascii"), **_conditions(validators)}
        timeout = httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds)
        with (
            httpx.Client(verify=self._certificates, trust_env=False, timeout=timeout) as client,
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
            self._check(response)
            body = decode(
                self._raw(response, deadline),
                response.headers.get("content-encoding", ""),
                most_bytes=limits.most_bytes,
            )
            return Answer(body, _validators(response))

    def _check(self, response: httpx.Response) -> None:
        """Raise FetchError for an answer whose status or headers say that it is of no use."""
        status, headers = response.status_code, response.headers
        if status != 200:
            wait = retry_after(headers.get("retry-after", ""), datetime.now(UTC))
            raise FetchError(
                f"the server answered {status} {response.reason_phrase}".rstrip(),
                passing=status in _PASSING,
                wait_seconds=wait if status in (429, 503) else 0.0,
            )
        kind = headers.get("content-type", "").strip().lower()
        if kind.startswith(_NO_LISTS + _NO_LIST_FAMILIES):
            raise FetchError(f"the answer is {kind.partition(';')[0][:60]}, which cannot be a list")
        length = headers.get("content-length", "")
        if length.isdigit() and int(length[:18]) > self._limits.most_bytes:
            raise too_long(self._limits.most_bytes)

    def _raw(self, response: httpx.Response, deadline: float) -> Iterator[bytes]:
        for chunk in response.iter_raw():
            if self._clock() > deadline:
                seconds = self._limits.total_seconds
                raise FetchError(f"the answer took longer than {seconds:,.0f} s", passing=True)
            yield chunk


def _parse(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError, ValueError) as exc:
        raise FetchError(f"{text[:200]!r} is not an address: {exc}") from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise FetchError(f"{text[:200]!r} is not a plain http or https address")
    return url


def _redirected(origin: httpx.URL, location: str) -> httpx.URL:
    try:
        url = _parse(str(origin.join(location)))
    except httpx.InvalidURL as exc:
        raise FetchError(f"it redirects to {location[:200]!r}: {exc}") from None
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
