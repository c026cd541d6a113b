"""What preferences may name, which depends on the service."""

from collections.abc import Callable, Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What preferences may name.

    check_interest, check_muted: raise InputError for a phrase that cannot be looked for.
    """

    topics: Collection[str]
    timezones: Collection[str]
    check_interest: Callable[[str], object]
    check_muted: Callable[[str], object]
    default_timezone: str = "UTC"
    default_summaries: int = 3
    languages: Collection[str] = ("en",)
