"""Send a GET: with retries, redirects to public addresses only, and an answer of bounded size.

Every hop opens a connection of its own to an address that was checked, with the host's name in SNI
and Host, so certificates are verified against the name. Proxies of the environment are not used:
what a proxy connects to cannot be checked here.
"""

import asyncio
import random
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from digest.errors import FetchError
from digest.sources.http.addresses import Address, Allowed, Resolve, is_public, resolve
from digest.sources.http.answers import Answer, Validators, receive
from digest.sources.http.waits import Spacing, backoff

_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_ADDRESSES = 3  # of one host that are tried


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
        timeout = httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds)
        request = httpx.Request(
            "GET",
            url.copy_with(host=str(address)),
            headers={
                **self._headers,
                "Host": url.netloc.decode("ascii"),
                "Connection": "close",
                **_conditions(validators),
            },
            extensions={"timeout": timeout.as_dict(), "sni_hostname": url.host},
        )
        # Not by a client: that looks at redirects by itself, and stumbles over what is no address.
        async with httpx.AsyncHTTPTransport(
            verify=self._certificates, trust_env=False
        ) as transport:
            response = await transport.handle_async_request(request)
            try:
                return await self._read(response, validators, str(url))
            finally:
                await response.aclose()

    async def _read(
        self, response: httpx.Response, validators: Validators, address: str
    ) -> Answer | str:
        if response.status_code in _REDIRECTS and "location" in response.headers:
            return response.headers["location"]
        if response.status_code == 304 and validators != Validators():
            return Answer(None, validators)
        return await receive(response, address, self._limits.most_bytes)


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
    try:
        url = _parse(target)
    except FetchError as exc:
        raise FetchError(f"it redirects to no web page: {exc}") from None
    if origin.scheme == "https" and url.scheme != "https":
        raise FetchError(f"it redirects from https to http: {location[:200]!r}")
    return url


def _conditions(validators: Validators) -> dict[str, str]:
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in headers.items() if value}
