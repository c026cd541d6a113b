"""Check this machine: key, files, disk, database, clock, scheduled tasks."""

import os
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.ground.database import schema
from digest.ground.database.connection_errors import WRITABLE_FILE, WRITABLE_SERVER
from digest.ground.database.engine import Database
from digest.ground.text.counts import counted
from digest.operations.doctor.finding import Finding, fail, ok, skipped, warn
from digest.operations.rules.outlook import (
    HOW_TO_BRING_PAPERS,
    NOTHING_BRINGS_PAPERS,
    Outlook,
    describe,
)
from digest.operations.store import status

SHORT_KEY = 32
FEW_CHARACTERS = 10
LITTLE_BYTES, VERY_LITTLE_BYTES = 1_000_000_000, 100_000_000
SKEW = timedelta(seconds=5)
SLOW_TICK = timedelta(minutes=15)
EARLY = timedelta(hours=1)
WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)  # no clock of a working machine tells less
_POOLER = (
    "A pooler is in between: workers hear of new mail when they look for it, every five seconds."
)
_MAKE_KEY = 'make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'


def secret_key(keys: list[bytes]) -> Finding:
    """Check the first key, which signs: it is long and not a word."""
    key = keys[0]
    if len(set(key)) < FEW_CHARACTERS:
        return fail("secret key", "It repeats a few characters.", _MAKE_KEY)
    if len(key) < SHORT_KEY:
        what = (
            f"It has {counted(len(key), 'character')}; {SHORT_KEY} random ones cannot be guessed."
        )
        return warn("secret key", what, f"{_MAKE_KEY}; keep the old one after a comma")
    return ok("secret key", f"{len(key)} characters, {counted(len(keys) - 1, 'older key')}.")


def permissions(files: list[Path]) -> Finding:
    """Check that only their owner can open files with secrets or addresses."""
    open_to_all, open_to_group = [], []
    there = [file for file in files if file.exists()]
    for file in there:
        mode = file.stat().st_mode
        if mode & stat.S_IRWXO:
            open_to_all.append(str(file))
        elif mode & stat.S_IRWXG:
            open_to_group.append(str(file))
    if open_to_all:
        names = " ".join(open_to_all)
        return fail(
            "permissions", f"Every user of this machine can open {names}.", f"chmod o= {names}"
        )
    if open_to_group:
        names = " ".join(open_to_group)
        return warn("permissions", f"A whole group can open {names}.", f"chmod g= {names}")
    files_with = counted(len(there), "file with secrets", "files with secrets")
    return ok("permissions", f"Only their owner can open them: {files_with}.")


def disk(folder: Path) -> Finding:
    """Check that there is room for the database and the journals."""
    usage = shutil.disk_usage(folder)
    what = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.0f} GB are free at {folder}."
    if usage.free < VERY_LITTLE_BYTES:
        return fail("disk", what, "free some space: a send stops when it cannot write")
    if usage.free < LITTLE_BYTES:
        return warn("disk", what, "free some space before it is full")
    return ok("disk", what)


def database(opened: Database, name: str) -> Finding:
    """Check that the database answers, can be written to, and has the schema of this program."""
    found = schema.current(opened)
    if not _is_writable(opened):
        mend = WRITABLE_FILE if opened.is_sqlite else WRITABLE_SERVER
        return fail("database", f"{name} answers, but cannot be written to.", mend)
    if found == schema.HEAD:
        between = f" {_POOLER}" if opened.is_pooled else ""
        return ok("database", f"{name} answers and is at schema {found}.{between}")
    state = f"is at schema {found}" if found else "is empty"
    return fail("database", f"{name} {state}; this program needs {schema.HEAD}.", "digest init")


def _is_writable(opened: Database) -> bool:
    """Whether this user may write to the files, or the server takes changes."""
    if opened.file is not None:
        return all(os.access(path, os.W_OK) for path in (opened.file, opened.file.parent))
    if opened.is_sqlite:
        return True
    with opened.read() as session:
        default = func.current_setting("default_transaction_read_only")
        standby, setting = session.execute(select(func.pg_is_in_recovery(), default)).one()
    return not standby and setting == "off"


def clock(opened: Database, now: datetime) -> Finding:
    """Check that our time agrees with the database server's, and no row is from the future."""
    mend = "set the clock of this machine, and keep it right: timedatectl set-ntp true"
    if now < WRITTEN:
        return fail("clock", f"It says {now:%Y-%m-%d %H:%M} UTC, which is long ago.", mend)
    with opened.read() as session:
        newest = status.newest_write(session)
        theirs = None if opened.is_sqlite else session.scalar(select(func.clock_timestamp()))
    if newest is not None and newest > now + SKEW:
        what = f"Now is {now:%Y-%m-%d %H:%M} UTC, but a row was written at {newest:%Y-%m-%d %H:%M}."
        return fail("clock", what, mend)
    if theirs is not None and abs(theirs - now) > SKEW:
        apart = abs((theirs - now).total_seconds())
        return fail("clock", f"The database server's clock is {apart:.0f} seconds off.", mend)
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC; the database agrees.")


def opening(opens_at: datetime, send_hour: int) -> Finding:
    """Check that editions open shortly before the hour of the service, and not after it.

    opens_at: when one opens next, in the zone of the service. What is open is frozen.
    """
    due = opens_at.replace(hour=send_hour, minute=0, second=0, microsecond=0)
    plan = f"Editions open at {opens_at:%H:%M}, and are due at {due:%H:%M} (DIGEST_SEND_HOUR)"
    if opens_at > due:
        mend = "set DIGEST_SCHEDULE_OPEN to a time before that hour, or DIGEST_SEND_HOUR later"
        return warn("opening", f"{plan}: mail that is due earlier waits.", mend)
    if due - opens_at > EARLY:
        what = (
            f"{plan}: papers that come in between wait for the next edition, and readers whose "
            "hour comes before it get their mail ahead of the others."
        )
        mend = "set DIGEST_SCHEDULE_OPEN to at most an hour before, or DIGEST_SEND_HOUR earlier"
        return warn("opening", what, mend)
    return ok("opening", f"{plan}.")


def papers(opened: Database, outlook: Callable[[Session], Outlook]) -> Finding:
    """Check that papers come, or can come from somewhere."""
    with opened.read() as session:
        found = outlook(session)
    said = describe(found)
    if found.newest_dump is None and not found.is_fed:
        return warn("papers", f"{NOTHING_BRINGS_PAPERS}.", HOW_TO_BRING_PAPERS)
    if found.dump_until is not None and found.now > found.dump_until:
        return warn("papers", said, "see `digest sources`, the watched folder and the log")
    return ok("papers", said)


def tasks(opened: Database, now: datetime, next_send: datetime) -> Finding:
    """Check that the scheduler runs, and that no task fails."""
    plan = f"the next edition is due at {next_send:%Y-%m-%d %H:%M %Z}"
    with opened.read() as session:
        found = status.list_tasks(session)
    if not found:
        return skipped("schedule", f"The scheduler has never run here; {plan}, by cron or a timer.")
    for task in found:
        if task.error:
            what = f"The task “{task.name}” fails: {task.error}"
            return fail("schedule", what, "see the log of the scheduler")
    newest = max(task.started for task in found)
    if now - newest > SLOW_TICK:
        when = f"since {newest:%Y-%m-%d %H:%M} UTC"
        mend = "start it with `digest run` or `digest schedule`; see systemctl status digest"
        return warn("schedule", f"The scheduler has run no task {when}; {plan}.", mend)
    return ok("schedule", f"The scheduler runs; {plan}.")
