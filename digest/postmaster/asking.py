"""Ask Postmaster Tools over HTTP, in bounded time and memory."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from digest.errors import FetchError
from digest.ground.text.plain_text import clean
from digest.postmaster.credentials import Credentials, token_request
from digest.postmaster.rules.compliance import Verdict, read_compliance

API = "https://gmailpostmastertools.googleapis.com"
_LARGEST_ANSWER = 1_000_000  # bytes
_SECONDS = 20.0  # to connect, and between two bytes


def ask(credentials: Credentials, domain: str, now: datetime, api: str = API) -> list[Verdict]:
    """Return the verdicts on a domain.

    FetchError when Google does not answer or refuses; InputError when the answer makes no sense.
    """
    with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
        token = _access_token(client, credentials, now)
        url = f"{api}/v2/domains/{quote(domain, safe='')}/complianceStatus"
        headers = {"Authorization": f"Bearer {token}"}
        return read_compliance(_answer(client, "GET", url, headers=headers))


def _access_token(client: httpx.Client, credentials: Credentials, now: datetime) -> str:
    form = token_request(credentials, now)
    body = _answer(client, "POST", credentials.token_url, data=form)
    try:
        token = json.loads(body)["access_token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise FetchError("Google gave no access token.")
    return token


def _answer(client: httpx.Client, method: str, url: str, **request: Any) -> bytes:
    """Return the body of an answer; FetchError when it is an error, too long, or does not come."""
    host, body = httpx.URL(url).host, bytearray()
    try:
        with client.stream(method, url, **request) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _LARGEST_ANSWER:
                    raise FetchError(f"{host}: the answer is too long.")
    except httpx.HTTPError as exc:
        reason = str(exc) or type(exc).__name__
        raise FetchError(f"{host} cannot be reached: {reason}", passing=True) from None
    if response.status_code != httpx.codes.OK:
        raise FetchError(
            f"{host} answered {response.status_code}: {_said(bytes(body))}".rstrip(": "),
            hint="see Gmail Postmaster Tools in docs/use/dmarc.md",
        )
    return bytes(body)


def _said(body: bytes) -> str:
    """Return what an error says of itself, in both of Google's forms."""
    try:
        error = json.loads(body)["error"]
        words = error["message"] if isinstance(error, dict) else error
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return clean(str(words))[:200]
