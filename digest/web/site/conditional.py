"""Answers that name their version, and are not sent again to who has it (RFC 9110, section 13)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from fastapi import Request, Response


def tagged(
    request: Request,
    body: bytes,
    media_type: str,
    headers: Mapping[str, str],
    *,
    at: datetime | None = None,
) -> Response:
    """Return a body with its entity tag, or 304 when the asker has it.

    at: when it last changed; None when no date can tell that.
    """
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    named = {**headers, "ETag": etag}
    if _is_known(request, etag, at):
        return Response(status_code=304, headers=named)
    return Response(body, media_type=media_type, headers=named)


def _is_known(request: Request, etag: str, at: datetime | None) -> bool:
    """Whether the asker has this version; a date counts only where no tag is named."""
    if tags := request.headers.get("if-none-match"):
        known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return etag in known or "*" in known
    if at is None:
        return False
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (ValueError, OverflowError):  # the latter for a year of many digits
        return False
    return since.tzinfo is not None and at <= since
