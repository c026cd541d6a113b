"""The header Idempotency-Key: a request that came twice is done once."""

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from digest.api_keys.once import Named, once
from digest.api_keys.store.idempotency import Answer
from digest.errors import DigestError
from digest.web.api.access import Key
from digest.web.api.problems import problem_of
from digest.web.api.route import read_bounded
from digest.web.api.upload import Upload
from digest.web.site.view import Here, Site

_KEPT_HEADERS = ("content-type", "location")

Work = Callable[[], Response]
Name = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,255}$",
        description="Any name for this request, best a UUID. When it comes again within a day, "
        "it gets the first answer, and nothing is done a second time.",
        examples=["4f5e9d0c-6a0f-4f3e-9a40-6d1a6c1c9a11"],
    ),
]


class OnceOnly:
    """Does what one request asks for, or finds its answer. name: empty when it has none."""

    def __init__(self, site: Site, api_key_id: int, name: str, fingerprint: str) -> None:
        self._site = site
        self._request = Named(api_key_id, name, fingerprint)

    def __call__(self, work: Work) -> Response:
        """Return the answer of the work; a refusal is an answer, too."""
        if not self._request.key:
            return work()
        app = self._site.app
        answer, old = once(app.database, self._request, lambda: _answer(work), app.clock)
        headers = dict(answer.headers) | ({"Idempotency-Replayed": "true"} if old else {})
        return Response(answer.body, answer.status, headers)


def made(model: BaseModel, status: int = 200, location: str = "") -> Response:
    """Return an answer with a body."""
    headers = {"Location": location} if location else {}
    return Response(model.model_dump_json(), status, headers, "application/json")


def _answer(work: Work) -> Answer:
    try:
        response = work()
    except DigestError as exc:
        response = problem_of(exc)
    kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, kept, bytes(response.body))


async def _of_body(request: Request, site: Here, key: Key, name: Name = "") -> OnceOnly:
    body = hashlib.sha256(await read_bounded(request)).hexdigest()
    return OnceOnly(site, key.id, name, _fingerprint(request, body))


def _of_upload(request: Request, site: Here, key: Key, upload: Upload, name: Name = "") -> OnceOnly:
    return OnceOnly(site, key.id, name, _fingerprint(request, upload.sha256))


def _fingerprint(request: Request, body: str) -> str:
    said = f"{request.method} {request.url.path}?{request.url.query} {body}"
    return hashlib.sha256(said.encode()).hexdigest()


Once = Annotated[OnceOnly, Depends(_of_body)]
OnceForUpload = Annotated[OnceOnly, Depends(_of_upload)]
