"""Files of readers that somebody uploads: kept for an hour, looked at, then imported.

The content is in the database, so that any process that serves pages can go on with it, and so that
erasing a reader reaches it. An import whose process ends is begun again by whoever owns the file:
those who are added already are known then.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from digest.errors import ConflictError, DigestError, InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.logs import log_error
from digest.ground.private_files import unnamed_file
from digest.subscribers.files import moving
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.import_report import ImportReport
from digest.subscribers.files.importing import import_file
from digest.subscribers.files.reader_files import ReaderFile, check_name, open_reader_file
from digest.subscribers.rules.file_columns import Column, ColumnNames
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import uploads
from digest.subscribers.store.uploads import Upload

LARGEST_BYTES = 32 * 1024 * 1024
MOST_KEPT = 5  # files of one account
LOOKED_AT = 2000  # records that a preview tries
_SHOWN = 5  # records that a preview shows
KEPT_FOR = timedelta(hours=1)  # until it is imported
_REPORT_KEPT_FOR = timedelta(days=1)
UNSEEN_FOR = timedelta(seconds=60)  # then whoever imported it is gone
_NOTED_EVERY = timedelta(seconds=1)
_LONGEST_NAME = 100
_ODD = re.compile(r"[^\w.-]+")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would come to. problem: why it cannot be imported like this; else empty.

    columns: of the file, in their order; none of a list of members. records: what the first ones
    say, by what it is taken as. report: of the first LOOKED_AT records; None beside a problem.
    """

    problem: str
    hint: str
    columns: tuple[Column, ...]
    records: list[Mapping[str, str]]
    report: ImportReport | None


def keep(database: Database, account_id: int, name: str, content: bytes, now: datetime) -> int:
    """Keep an uploaded file; return its number. InputError when it is empty or too large."""
    if not content.strip():
        raise InputError("The file is empty.")
    if len(content) > LARGEST_BYTES:
        raise InputError(f"A file must not exceed {LARGEST_BYTES:,} bytes.")
    known = _ODD.sub("_", Path(name).name)[-_LONGEST_NAME:] or "readers.csv"
    with database.write() as session:
        uploads.forget(session, now)
        if uploads.count(session, account_id, now) >= MOST_KEPT:
            raise ConflictError(f"You have {MOST_KEPT} files waiting already; drop one first.")
        return uploads.add(session, account_id, known, content, now=now, ends=now + KEPT_FOR)


def find(database: Database, upload_id: int, account_id: int, now: datetime) -> Upload:
    """Return a file of an account; NotFoundError when it is gone, or another's."""
    with database.read() as session:
        found = uploads.get(session, upload_id, account_id, now)
    if found is None:
        raise NotFoundError("This file is no longer here: it is kept for an hour. Upload it again.")
    return found


def drop(database: Database, upload_id: int, account_id: int) -> None:
    """Delete a file; NotFoundError when it is gone, or another's."""
    with database.write() as session:
        if not uploads.drop(session, upload_id, account_id):
            raise NotFoundError("This file is no longer here.")
    database.fold_log(wait_seconds=1)


def preview(
    database: Database, upload: Upload, vocabulary: Vocabulary, order: ImportOrder
) -> Preview:
    """Try the first records of a file, and change nothing. order: with what is said of columns."""
    with _on_disk(database, upload) as path:
        columns: tuple[Column, ...] = ()
        records: list[Mapping[str, str]] = []
        try:
            if not moving.is_moved(path):
                file = open_reader_file(path, order.columns)
                columns = file.columns.columns if file.separator else ()
                records = list(islice(_texts(file), _SHOWN))
        except InputError as exc:
            return Preview(str(exc), exc.hint, (), [], None)
        tried = replace(order, dry_run=True, most=LOOKED_AT)
        try:
            _check_name(path, upload)
            report = import_file(database, path, vocabulary, tried)
        except InputError as exc:
            return Preview(str(exc), exc.hint, columns, records, None)
    return Preview("", "", columns, records, report)


def columns_of(database: Database, upload: Upload) -> tuple[Column, ...]:
    """Return the columns of a file as they are taken when nothing is said of them."""
    with _on_disk(database, upload) as path:
        try:
            file = open_reader_file(path, ColumnNames())
        except InputError:
            return ()
    return file.columns.columns if file.separator else ()


def begin(database: Database, upload: Upload, now: datetime) -> None:
    """Claim the import of a file; ConflictError when somebody is at it, or it is done."""
    with database.write() as session:
        if not uploads.begin(session, upload.id, now=now, unseen_since=now - UNSEEN_FOR):
            raise ConflictError("This file is being imported, or has been.")


def give_up(database: Database, upload: Upload, now: datetime) -> None:
    """Let an import be begun again whose process has ended; ConflictError while it has not."""
    if upload.seen_at is None or now - upload.seen_at <= UNSEEN_FOR:
        raise ConflictError("This file is still being imported.")
    with database.write() as session:
        uploads.fail(session, upload.id, "its process has ended")


def carry_out(
    database: Database,
    upload: Upload,
    vocabulary: Vocabulary,
    order: ImportOrder,
    clock: Callable[[], datetime],
) -> ImportReport | None:
    """Import a claimed file and keep the report; None when it could not be, which is noted.

    It stops, and the report says so, once the file is dropped, or is gone as a reader was erased:
    the rest of it may name them. Erasing deletes the files first, so one of the two waits for the
    other, and nobody comes back.
    """
    progress = _Progress(database, upload.id, clock)
    goes_on = partial(uploads.hold, upload_id=upload.id)
    try:
        with _on_disk(database, upload) as path:
            _check_name(path, upload)
            report = import_file(database, path, vocabulary, order, progress, goes_on)
    except Exception as exc:
        foreseen = isinstance(exc, DigestError)
        log_error(_log, "A file of readers was not imported", exc)
        with database.write() as session:
            words = str(exc) if foreseen else "an error of the program; its log says more"
            uploads.fail(session, upload.id, words)
        return None
    with database.write() as session:
        uploads.finish(session, upload.id, report.to_json(), ends=clock() + _REPORT_KEPT_FOR)
    database.fold_log(wait_seconds=1)
    return report


def forget(database: Database, now: datetime) -> int:
    """Delete the files whose time is over; count them."""
    with database.write() as session:
        return uploads.forget(session, now)


class _Progress:
    """Notes once a second how much of a file was read."""

    def __init__(self, database: Database, upload_id: int, clock: Callable[[], datetime]) -> None:
        self._database, self._upload_id, self._clock = database, upload_id, clock
        self._read = 0
        self._noted = clock()

    def __call__(self, count: int) -> None:
        self._read += count
        now = self._clock()
        if now - self._noted >= _NOTED_EVERY:
            self._noted = now
            with self._database.write() as session:
                uploads.note_progress(session, self._upload_id, self._read, now)


@contextmanager
def _on_disk(database: Database, upload: Upload) -> Iterator[Path]:
    """Write a file where only this process can read it, for as long as it is read."""
    with database.read() as session:
        content = uploads.content(session, upload.id)
    if content is None:
        raise NotFoundError("This file is no longer here. Upload it again.")
    with unnamed_file() as (file, path):
        file.write(content)
        file.flush()
        yield path


def _check_name(path: Path, upload: Upload) -> None:
    """Look at the name that a file was sent with, as `import_file` does with one of a folder."""
    if not moving.is_moved(path):
        check_name(Path(upload.name))


def _texts(file: ReaderFile) -> Iterator[Mapping[str, str]]:
    for entry in file.entries():
        said: dict[str, Any] = {"line": str(entry.line), **entry.texts}
        if refused := entry.bar or entry.refusal:
            said["refused"] = refused.text
        yield said
