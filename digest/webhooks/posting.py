"""Send a POST to an address that somebody gave us: public addresses only, bounded, no redirects.

The address that was checked is the one that is connected to, with the host's name in SNI and Host,
so certificates are verified against the name. Proxies of the environment are not used. Why
an attempt failed is said in words of ours: they are kept, and a receiver may quote a reader.
"""

import asyncio
import logging
import ssl
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

import httpx

from digest.errors import InputError
from digest.ground.text.plain_text import clean
from digest.sources.http.addresses import Address, Allowed, Resolve, is_public, resolve
from digest.sources.http.waits import retry_after
from digest.webhooks.rules.retrying import Reply, problem_of

LONGEST_ADDRESS = 2000  # characters
_HIGHEST_PORT = 65535
_MOST_ADDRESSES = 3  # of one host that are tried
_NO_PUBLIC_ADDRESS = "is not a public address (DIGEST_WEBHOOKS_ALLOW_PRIVATE)"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PostLimits:
    """Limits of one POST. Seconds: to connect to one address, and in all."""

    connect_seconds: float = 5.0
    total_seconds: float = 15.0
    most_bytes: int = 2000  # of the answer; the rest is not read


class Poster:
    """Sends messages. The name service and the certificates are arguments, for tests."""

    def __init__(
        self,
        user_agent: str,
        limits: PostLimits = PostLimits(),
        *,
        allowed: Allowed = is_public,
        resolve: Resolve = resolve,
        certificates: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._limits = limits
        self._allowed = allowed
        self._resolve = resolve
        self._certificates = certificates or (lambda: httpx.create_ssl_context(trust_env=False))
        self._context: ssl.SSLContext | None = None

    def check(self, text: str) -> None:
        """Raise InputError for an address that nothing is sent to, as far as can be told now."""
        url = parse(text)
        try:
            found = self._resolve(_host(url), _port(url))
        except (OSError, UnicodeError):
            return  # its name may be made later; each attempt looks again
        if not any(self._allowed(address) for address in found):
            raise InputError(
                f"{_host(url)} is not a public address: nothing is sent there.",
                hint="DIGEST_WEBHOOKS_ALLOW_PRIVATE=true allows addresses of your own network",
            )

    def post(self, text: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a message once, and say what came of it; whatever goes wrong, nothing is raised."""
        began = monotonic()
        try:
            reply = self._post(parse(text), headers, body)
        except InputError as exc:
            reply = Reply(None, str(exc))
        except Exception as exc:
            # The words of the error, which the log leaves out, may be the receiver's.
            kind, place = type(exc).__name__, traceback.extract_tb(exc.__traceback__)[-1]
            where = f"{place.filename}, line {place.lineno}"
            _log.error("A message to a webhook failed: %s (%s)", kind, where)
            reply = Reply(None, f"an error of the program ({kind})")
        took = round((monotonic() - began) * 1000)
        return Reply(reply.status, reply.problem, reply.answer, reply.wait_seconds, took)

    def _post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Reply:
        try:
            found = self._resolve(_host(url), _port(url))
        except (OSError, UnicodeError) as exc:
            reason = getattr(exc, "strerror", None) or type(exc).__name__
            return Reply(None, f"{_host(url)} cannot be looked up: {reason}")
        usable = [address for address in found if self._allowed(address)][:_MOST_ADDRESSES]
        if not usable:
            return Reply(None, f"{_host(url)} {_NO_PUBLIC_ADDRESS}")
        return asyncio.run(self._within(usable, url, headers, body))

    async def _within(
        self, addresses: list[Address], url: httpx.URL, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        problem = ""
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                for address in addresses:
                    try:
                        return await self._send(address, url, headers, body)
                    except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
                        problem = str(exc) or "the connection timed out"
        except TimeoutError:
            problem = f"no answer within {self._limits.total_seconds:g} s"
        except httpx.HTTPError as exc:
            problem = _words(exc)
        return Reply(None, f"{_host(url)}: {problem}")

    async def _send(
        self, address: Address, url: httpx.URL, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        limits = self._limits
        timeout = httpx.Timeout(limits.total_seconds, connect=limits.connect_seconds)
        request = httpx.Request(
            "POST",
            url.copy_with(host=str(address)),
            content=body,
            headers={
                "Host": url.netloc.decode("ascii"),
                "User-Agent": self._user_agent,
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",
                "Connection": "close",
                **headers,
            },
            extensions={"timeout": timeout.as_dict(), "sni_hostname": _host(url)},
        )
        if self._context is None:
            self._context = self._certificates()
        async with httpx.AsyncHTTPTransport(verify=self._context, trust_env=False) as transport:
            response = await transport.handle_async_request(request)
            try:
                return await self._read(response)
            finally:
                await response.aclose()

    async def _read(self, response: httpx.Response) -> Reply:
        status = response.status_code
        wait = retry_after(response.headers.get("retry-after", ""), datetime.now(UTC))
        return Reply(status, problem_of(status), await self._answer(response), wait)

    async def _answer(self, response: httpx.Response) -> str:
        """Return the beginning of an answer's body; what cannot be had of it changes nothing."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) >= self._limits.most_bytes:
                        break
        except (TimeoutError, httpx.HTTPError):
            pass  # the status came, and says what became of the message
        return clean(bytes(body[: self._limits.most_bytes]).decode("utf-8", "replace"))


def parse(text: str) -> httpx.URL:
    """Return a plain http or https address; InputError for any other."""
    try:
        url = httpx.URL(text)
        usable = url.scheme in ("http", "https") and url.host and not url.userinfo
    except (httpx.InvalidURL, TypeError, ValueError) as exc:  # IDNAError is a ValueError
        raise InputError(f"{text[:200]!r} is not an address: {exc}") from None
    if not usable or url.fragment or len(text) > LONGEST_ADDRESS or " " in text:
        raise InputError(
            f"{text[:200]!r} is not a plain http or https address",
            hint="e.g. https://crm.example.org/digest, without user, password and fragment",
        )
    if not 1 <= _port(url) <= _HIGHEST_PORT:
        raise InputError(
            f"{text[:200]!r} has no port that exists", hint=f"ports are 1 to {_HIGHEST_PORT}"
        )
    return url


def _host(url: httpx.URL) -> str:
    """Return the name as it is looked up (RFC 5891): the system would read others by older rules.

    `url.host` would be in letters again, of which IDNA 2003 makes another name, as of faß.
    """
    return url.raw_host.decode("ascii")


def _port(url: httpx.URL) -> int:
    if url.port is not None:
        return url.port
    return 443 if url.scheme == "https" else 80


def _words(exc: httpx.HTTPError) -> str:
    """Say why no answer came, in words of ours: those of the error may quote the receiver."""
    match exc:
        case httpx.RemoteProtocolError():
            return "what it answered is not HTTP, or broke off"
        case httpx.NetworkError():
            return "the connection broke"
        case httpx.TimeoutException():
            return "the connection timed out"
    return type(exc).__name__
