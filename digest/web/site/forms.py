"""What a form sends, read with bounds; no field of it is trusted."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request

LARGEST_BYTES = 64 * 1024
MOST_FIELDS = 400


class Form:
    """The fields of a urlencoded form, in their order."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def text(self, name: str) -> str:
        """Return the first value of a field without the blanks around it; "" when it is not there.

        The line ends of a text area come as one `\\n` each.
        """
        found = next((value for key, value in self._pairs if key == name), "")
        return found.replace("\r\n", "\n").strip()

    def all(self, name: str) -> list[str]:
        """Return every value of a field."""
        return [value for key, value in self._pairs if key == name]

    def starting(self, prefix: str) -> dict[str, str]:
        """Return the fields whose names start so, by the rest of their names."""
        return {key[len(prefix) :]: value for key, value in self._pairs if key.startswith(prefix)}


async def _read(request: Request) -> Form:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "Please use the form on this page.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BYTES:
            raise HTTPException(413, "The form is too large.")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:  # UnicodeDecodeError is one
        raise HTTPException(400, "The form is incomplete or is not in UTF-8.") from None
    return Form(pairs)


Sent = Annotated[Form, Depends(_read)]
