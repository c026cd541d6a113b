"""Numbers in addresses and forms: whole, and no larger than a key can be (32 bits, signed)."""

from typing import Annotated

from fastapi import HTTPException, Path, Query

MOST = 2**31 - 1
KeyInPath = Annotated[int, Path(ge=0, le=MOST)]
KeyInQuery = Annotated[int | None, Query(ge=0, le=MOST)]


def key_of(text: str) -> int:
    """Return a number that somebody typed; HTTPException 422 for what is none."""
    if not text.isascii() or not text.isdecimal() or len(text) > 10 or int(text) > MOST:
        raise HTTPException(422, f"Please write a whole number up to {MOST:,}.")
    return int(text)
