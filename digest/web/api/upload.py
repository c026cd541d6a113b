"""A file as the body of a request, kept on disk while the request lasts."""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request

from digest.web.api.access import Key
from digest.web.api.route import media_type_of

LARGEST_BYTES = 64 * 1024 * 1024
MEDIA_TYPES = ("text/plain", "text/csv", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """The file, and the hash of its content, hex."""

    path: Path
    sha256: str


def body_of(example: str, *media_types: str) -> dict[str, Any]:
    """Return how a file as a body is described in the OpenAPI document."""
    content = {kind: {"schema": {"type": "string"}, "example": example} for kind in media_types}
    return {"requestBody": {"required": True, "content": content}}


async def _receive(request: Request, _key: Key) -> AsyncIterator[UploadedFile]:
    """Write the body to disk, once its sender is known; HTTPException 413, 415."""
    if media_type_of(request) not in MEDIA_TYPES:
        raise HTTPException(415, f"The body must be one of {', '.join(MEDIA_TYPES)}.")
    with tempfile.TemporaryDirectory(prefix="digest-upload-") as folder:
        path = Path(folder) / "upload"
        hasher, size = hashlib.sha256(), 0
        with path.open("wb") as file:
            async for piece in request.stream():
                size += len(piece)
                if size > LARGEST_BYTES:
                    raise HTTPException(413, f"A file must not exceed {LARGEST_BYTES:,} bytes.")
                hasher.update(piece)
                file.write(piece)
        yield UploadedFile(path, hasher.hexdigest())


Upload = Annotated[UploadedFile, Depends(_receive)]
