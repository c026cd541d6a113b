"""The audit log: every change is written before it is made, and completed after it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from digest.accounts.store import audit
from digest.accounts.store.audit import AuditEntry
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.ground.masking import mask_text

COMMAND_LINE = "command line"  # instead of an account
PAGE = 50  # entries


@dataclass(slots=True)
class AuditNote:
    """What a change was from and to, as JSON; without anybody's address."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def audited(
    database: Database,
    account: str,
    action: str,
    subject: str,
    clock: Callable[[], datetime],
    asked: Mapping[str, Any] | None = None,
) -> Iterator[AuditNote]:
    """Log the change that is made inside, whatever its end.

    account: the address of whoever makes it. subject: what is changed, such as "reader 5". asked:
    what was wanted.
    """
    with database.write() as session:
        entry = audit.begin(session, account, action, subject, asked or {}, clock())
    note = AuditNote()
    error = None
    try:
        yield note
    except DigestError as exc:
        error = mask_text(str(exc)) or type(exc).__name__
        raise
    except Exception as exc:  # its words may hold anything, such as the values of a query
        error = type(exc).__name__
        raise
    finally:
        with database.write() as session:
            audit.complete(session, entry, note.before or None, note.after or None, error, clock())


def entries(
    database: Database, *, below: int | None = None, account: str = "", subject: str = ""
) -> list[AuditEntry]:
    """Return a page of entries, the newest first, and one more when there is another page."""
    with database.read() as session:
        return audit.newest(session, PAGE + 1, below=below, account=account, subject=subject)
