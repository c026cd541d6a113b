"""A form with a file (multipart/form-data, RFC 7578), read with bounds; none of it is trusted."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from digest.subscribers.files.uploads import LARGEST_BYTES
from digest.web.console.frame import Console, check_form_token, full_sign_in

_MOST_FIELDS = 8
_AROUND = 64 * 1024  # of the body: what is around the file
_LARGEST_FIELD = 4 * 1024 * 1024  # what is pasted
_TOO_LARGE = f"A file must not exceed {LARGEST_BYTES:,} bytes."


@dataclass(frozen=True, slots=True)
class SentFile:
    """What a form sent: the name and the content of its file, or what was pasted in its place."""

    name: str
    content: bytes


async def _receive(
    request: Request, _signed_in: Annotated[Console, Depends(full_sign_in)]
) -> SentFile:
    """Read the form of somebody who is signed in; HTTPException 400, 403, 413, 415."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise HTTPException(415, "Please use the form on this page.")
    try:
        # request.form() would take any size.
        parser = MultiPartParser(
            request.headers,
            _bounded(request),
            max_files=1,
            max_fields=_MOST_FIELDS,
            max_part_size=_LARGEST_FIELD,
        )
        form = await parser.parse()
    except (MultiPartException, KeyError) as exc:
        raise HTTPException(400, f"The form cannot be read: {exc}") from None
    try:
        token, pasted, file = form.get("csrf"), form.get("pasted"), form.get("file")
        check_form_token(request, token if isinstance(token, str) else "")
        if isinstance(file, UploadFile) and file.filename:
            return SentFile(file.filename, await file.read())
        text = pasted if isinstance(pasted, str) else ""
        return SentFile("pasted.csv", text.encode("utf-8", "replace"))
    finally:
        await form.close()


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BYTES + _AROUND:
            raise HTTPException(413, _TOO_LARGE)
        yield piece


ConsoleUpload = Annotated[SentFile, Depends(_receive)]
