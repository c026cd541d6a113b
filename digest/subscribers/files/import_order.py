"""How a file of readers is to be imported."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from digest.model import SubscriberState
from digest.subscribers.rules.file_columns import ColumnNames

GoesOn = Callable[[Session], bool]  # whether an import still may write, in this transaction


def always(_session: Session) -> bool:
    """Let an import go on to its end."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """How a file is to be imported.

    state: of those who are added. consent: what to record of how they agreed; a file that takes a
    whole list along brings both itself. columns: what is said of the columns. update: who is here
    already gets the name and the wishes of the file, and their subscription ends where the file
    says that they must not be mailed. suppressions_only: of a file that takes a whole list along,
    take who must not be mailed and nobody else. dry_run: only report. most: look at no more
    than the first so many records.
    """

    state: SubscriberState
    now: datetime
    columns: ColumnNames = field(default_factory=ColumnNames)
    consent: Mapping[str, Any] | None = None
    update: bool = False
    suppressions_only: bool = False
    dry_run: bool = False
    most: int | None = None
