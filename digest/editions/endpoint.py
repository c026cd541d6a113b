"""Ask an OpenAI-compatible endpoint many questions, a few at a time, in bounded time."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from digest.errors import SettingsError
from digest.settings import Settings

Conversation = list[dict[str, str]]
_LONGEST_BODY = 256 * 1024  # octets; an answer has a few hundred
_LONGEST_ANSWER = 300  # tokens, for two sentences
_MOST_ERRORS = 3  # in a row; then no more questions are asked


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint and its limits.

    url: what `/chat/completions` is added to. timeout_seconds: for one question, from connecting to
    the last octet. total_seconds: for all questions of one call. connections: at a time.
    """

    url: str
    model: str
    key: str = ""
    timeout_seconds: float = 30.0
    total_seconds: float = 300.0
    connections: int = 4


def endpoint_of(settings: Settings) -> Endpoint:
    """Return the endpoint in the settings; SettingsError if it is missing or incomplete."""
    url = settings.summary_url
    key = settings.summary_key.get_secret_value() if settings.summary_key else ""
    if not url or not settings.summary_model:
        missing = "DIGEST_SUMMARY_MODEL" if url else "DIGEST_SUMMARY_URL"
        raise SettingsError(
            f"{missing} is missing, so no model is asked and mails show extracts.",
            hint="see Summaries in docs/why/relevance.md",
        )
    if key and urlsplit(url).scheme == "http" and not _is_loopback(urlsplit(url).hostname or ""):
        raise SettingsError("DIGEST_SUMMARY_KEY would be sent unencrypted: use an https address.")
    return Endpoint(
        url,
        settings.summary_model,
        key,
        settings.summary_timeout_seconds,
        settings.summary_total_seconds,
        settings.summary_connections,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def ask(
    endpoint: Endpoint, questions: Mapping[int, Conversation], save: Callable[[int, bytes], None]
) -> str:
    """Ask the questions in their order; `save` gets the key and the body of each answer.

    Return the last error if not all were answered, else "". A question is asked once;
    after three errors in a row, or when the time is up, the others are not asked.
    """
    return asyncio.run(_Round(endpoint, questions, save).run())


class _Round:
    """The questions of one call, and what went wrong with them."""

    def __init__(
        self,
        endpoint: Endpoint,
        questions: Mapping[int, Conversation],
        save: Callable[[int, bytes], None],
    ) -> None:
        self._endpoint = endpoint
        self._waiting = iter(questions.items())
        self._save = save
        self._in_a_row = 0
        self._error = ""

    async def run(self) -> str:
        endpoint = self._endpoint
        headers = {"Accept-Encoding": "identity"}  # nothing grows while it is unpacked
        if endpoint.key:
            headers["Authorization"] = f"Bearer {endpoint.key}"
        # asyncio.timeout bounds a whole question; the timeouts of httpx are for single reads.
        async with httpx.AsyncClient(headers=headers, timeout=None, trust_env=False) as client:  # noqa: S113
            try:
                async with asyncio.timeout(endpoint.total_seconds):
                    await asyncio.gather(*(self._work(client) for _ in range(endpoint.connections)))
            except TimeoutError:
                self._error = f"not done after {endpoint.total_seconds:g} s"
        return self._error

    async def _work(self, client: httpx.AsyncClient) -> None:
        for key, conversation in self._waiting:
            if self._in_a_row >= _MOST_ERRORS:
                return
            try:
                async with asyncio.timeout(self._endpoint.timeout_seconds):
                    body = await self._answer(client, conversation)
            except TimeoutError:
                self._note(f"no answer within {self._endpoint.timeout_seconds:g} s")
            except (httpx.HTTPError, httpx.InvalidURL) as exc:
                self._note(str(exc) or type(exc).__name__)
            else:
                self._in_a_row = 0
                self._save(key, body)

    async def _answer(self, client: httpx.AsyncClient, conversation: Conversation) -> bytes:
        """Return the body of the answer, or its beginning if it is too long to be one."""
        question = {
            "model": self._endpoint.model,
            "messages": conversation,
            "temperature": 0,
            "max_tokens": _LONGEST_ANSWER,
        }
        body = bytearray()
        url = f"{self._endpoint.url}/chat/completions"
        async with client.stream("POST", url, json=question) as response:
            if response.status_code != httpx.codes.OK:
                raise httpx.HTTPError(f"it answered {response.status_code}")
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > _LONGEST_BODY:
                    break
        return bytes(body)

    def _note(self, error: str) -> None:
        self._in_a_row += 1
        self._error = error
