"""Tell who is who in the logs of leavers, by hashes of nonces (`hash_nonce`)."""

from collections.abc import Iterable, Mapping
from typing import Any


class Persons:
    """Knows which nonces were one person's: the links of a reader can be renewed.

    renewals: of RELINKED, each with the hashes `reader` (the new one) and `former`.
    """

    def __init__(self, *renewals: Iterable[Mapping[str, Any]]) -> None:
        self._former = {
            one["reader"]: one["former"]
            for each in renewals
            for one in each
            if one.get("reader") and one.get("former")
        }

    def first(self, reader: str) -> str:
        """Return the hash of the first nonce that is known of a person."""
        seen = {reader}
        while (former := self._former.get(reader)) is not None and former not in seen:
            seen.add(former)
            reader = former
        return reader

    def same(self, one: str, other: str) -> bool:
        """Return whether two nonces are of one person; False when one is not known."""
        return bool(one and other) and self.first(one) == self.first(other)
