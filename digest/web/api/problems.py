"""What the API says when it refuses something: problem details (RFC 9457).

The type of all of them is about:blank, so the title is that of the status and `detail` says the
rest.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Response
from pydantic import BaseModel, Field

from digest.api_keys.once import BusyError
from digest.errors import ConflictError, DigestError, InputError, NotFoundError

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[DigestError], int], ...] = (
    (ConflictError, 409),
    (InputError, 422),
    (NotFoundError, 404),
)
_WORDS = {
    401: "The key or token is missing, unknown or revoked.",
    403: "The key does not have the required scope.",
    404: "There is no such resource.",
    409: "It conflicts with the current state, or the same request is running already.",
    413: "The body is too large.",
    415: "The media type of the body is not supported.",
    422: "A value is not valid.",
    429: "Too many requests.",
    500: "Something went wrong on our side.",
    503: "Temporarily unavailable.",
}
_HEADERS = {
    401: {"WWW-Authenticate": "Which kind of key is required (RFC 6750)."},
    403: {"WWW-Authenticate": "Which scope is required (RFC 6750)."},
    429: {"Retry-After": "How many seconds to wait before trying again."},
}


class Mistake(BaseModel):
    """One mistake in what was sent. where: as in body/preferences/hour or query/limit."""

    where: str
    detail: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). errors: the mistakes, one by one."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no edition for this date."])
    errors: list[Mistake] | None = None


def problem(status: int, detail: str, errors: Sequence[Mistake] | None = None) -> Response:
    """Return the answer for a request that is refused."""
    said = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=list(errors) if errors else None,
    )
    return Response(said.model_dump_json(exclude_none=True), status, media_type=MEDIA_TYPE)


def problem_of(error: DigestError) -> Response:
    """Return the answer for an error of whoever asked; any other error is raised again."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            response = problem(status, str(error))
            if isinstance(error, BusyError):
                response.headers["Retry-After"] = "10"
            return response
    raise error


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how refusals with these statuses are described in the OpenAPI document."""
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    found: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        found[status] = {"description": _WORDS[status], "content": {MEDIA_TYPE: reference}}
        if status in _HEADERS:
            found[status]["headers"] = {
                name: {"description": words, "schema": {"type": "string"}, "required": True}
                for name, words in _HEADERS[status].items()
            }
    return found
