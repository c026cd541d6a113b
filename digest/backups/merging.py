"""Merge into a restored database what the marks and logs on disks know and it does not (ADR 42).

Who was mailed is not mailed again; who left leaves again. What cannot be known is listed.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from digest.backups.returned_leavers import merge_leavers
from digest.delivery.store import restored
from digest.errors import NotFoundError
from digest.ground.database.engine import LEFT, Database
from digest.installation import leavers_log, marks, observing, sent_log
from digest.installation.marks import LostMarkError, Mark
from digest.installation.rules.state import State
from digest.installation.store import holds, installation
from digest.subscribers.store import outbox, subscribers

_MAYBE_SENT = "it may have been sent before the database was restored"
_REMEMBERED = timedelta(days=60)  # for how long mail of editions is remembered that are not here


@dataclass(slots=True)
class MergeReport:
    """What a database lacks, what was merged into it, and what nobody can know.

    missing: what the marks have seen and it has not, and marks that are lost, a line each. settled:
    deliveries that waited and were sent before. remembered: mails of editions, or to readers, that
    it does not have yet. leavers: what was done again, by kind. unknown: in sentences.
    """

    missing: list[str] = field(default_factory=list)
    settled: int = 0
    remembered: int = 0
    leavers: Counter[str] = field(default_factory=Counter)
    unknown: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {**asdict(self), "leavers": dict(self.leavers)}


def check(database: Database, folders: Sequence[Path], now: datetime) -> MergeReport:
    """Return what `accept` would merge; nothing is changed. folders: of marks, ours first."""
    with database.write() as session:
        known, lost = _marks(folders)
        report = _merge(session, folders, known, lost, now)
        session.rollback()
        session.info.pop(LEFT, None)
    return report


def accept(
    database: Database, folders: Sequence[Path], now: datetime, without: Sequence[str] = ()
) -> MergeReport:
    """Merge what the folders know, and let mail go on from there.

    folders: of marks, ours first; the others are copies of those of other machines. Marks of
    another installation, and what is no mark, are put aside; the logs beside the latter are read.
    without: names of machines that are lost, whose holds end; NotFoundError for one that holds
    nothing.
    """
    ours = folders[0]
    known, lost = _marks(folders)
    with database.read() as session:
        found = installation.read(session)[0]
    mark = known.get(ours)
    if mark and mark.state and mark.state.installation != found.installation:
        marks.set_aside(ours, now)
    with marks.locked(ours, lost=ours in lost) as mark:
        with database.write() as session:
            report = _merge(session, folders, known, lost, now)
            _begin_epoch(session, known.values(), lost, now)
            asked = {mark.machine, *(one.machine for one in known.values())}
            asked |= {*_named(session, without), *_former(session, lost)}
            for machine in asked:
                holds.remove(session, machine)
            session.info.pop(LEFT, None)  # the mark is written here
        if (ours / marks.NAME).exists() and ours in lost:
            (ours / marks.NAME).rename(ours / f"{marks.NAME}.aside")
        with database.read() as session:
            marks.write(ours, Mark(mark.machine, installation.read(session)[0]))
    return report


def _named(session: Session, names: Sequence[str]) -> list[str]:
    by_name = {one.name: one.machine for one in holds.list_all(session)}
    if unknown := [name for name in names if name not in by_name]:
        raise NotFoundError(f"{unknown[0]} holds no mail.", hint="digest status names who does")
    return [by_name[name] for name in names]


def _former(session: Session, lost: Iterable[Path]) -> list[str]:
    """Return what machines whose marks are lost were called when they held mail."""
    names = {marks.name_of(folder) for folder in lost}
    return [one.machine for one in holds.list_all(session) if one.name in names]


def _marks(folders: Sequence[Path]) -> tuple[dict[Path, Mark], dict[Path, str]]:
    """Return the marks, and why those that are lost are."""
    known, lost = {}, {}
    for folder in folders:
        try:
            if (mark := marks.read(folder)) is not None:
                known[folder] = mark
        except LostMarkError as exc:
            lost[folder] = str(exc)
    return known, lost


def _merge(
    session: Session,
    folders: Sequence[Path],
    known: Mapping[Path, Mark],
    lost: Mapping[Path, str],
    now: datetime,
) -> MergeReport:
    report = MergeReport(missing=list(lost.values()))
    found = installation.read(session)[0]
    read = []
    for folder in folders:
        mark = known.get(folder)
        if mark is not None and mark.state is not None:
            lines = observing.compare(session, mark)[1]
            report.missing += [line for line in lines if line not in report.missing]
            if mark.state.installation != found.installation:
                report.unknown.append(f"{folder} is of another installation, and was not read.")
                continue
        read.append(folder)
    _merge_sent(session, read, now, report)
    entries = [entry for folder in read for entry in leavers_log.read(folder)]
    report.leavers, gone = merge_leavers(session, entries, found, now)
    if gone:
        report.unknown.append(
            f"{gone} who left, or asked not to be mailed, are not in this database: they came "
            "after the backup. Their addresses are not known here."
        )
    held_since = min((one.since for one in holds.list_all(session)), default=now)
    if report.missing and (waiting := outbox.skip_waiting(session, _MAYBE_SENT, held_since, now)):
        report.unknown.append(
            f"{waiting} mails to single readers waited in this database. They may have been sent "
            "since, and are not sent again: who still wants one asks for it on the pages."
        )
    report.unknown += _what_is_lost(found, [mark.state for mark in known.values()])
    return report


def _merge_sent(
    session: Session, folders: Sequence[Path], now: datetime, report: MergeReport
) -> None:
    last = subscribers.newest_id(session)
    newer = set()
    for folder in folders:
        for batch in sent_log.read(folder):
            done = restored.note(session, batch, now)
            report.settled += done.settled
            report.remembered += done.remembered
            newer |= {one for one in batch.sent | batch.uncertain if one > last}
    if newer:
        report.unknown.append(
            f"{len(newer)} who were mailed are not in this database: they signed up after the "
            "backup. Their addresses are not known here; they have to sign up again."
        )
    if report.settled or report.remembered:
        report.unknown.append(
            "Which papers the merged mails brought is not known: the next edition may repeat some."
        )


def _what_is_lost(found: State, seen: Iterable[State | None]) -> list[str]:
    states = [one for one in seen if one and one.installation == found.installation]
    lines = []
    event = max((one.event for one in states), default=0)
    if event > found.event:
        lines.append(
            f"{event - found.event} events are lost: who signed up or confirmed since, changed "
            "preferences, or came back. Who left is merged as far as the logs above know."
        )
    batches = max((one.settlements for one in states), default=0) - found.settlements
    if batches > 0:
        lines.append(
            f"{batches} batches were settled since. Those that other machines sent are in their "
            "logs alone: name copies of their folders of marks with --from."
        )
    return lines


def _begin_epoch(
    session: Session, known: Iterable[Mark], lost: Iterable[Path], now: datetime
) -> None:
    found = installation.read(session)[0]
    states = [mark.state for mark in known if mark.state is not None]
    ours = [one for one in states if one.installation == found.installation]
    for state in ours:
        observing.skip_seen(session, state)
    for folder in lost:
        observing.skip_logged(session, folder)
    most = max([found.settlements, *(one.settlements for one in ours)])
    installation.accept(session, found, epoch=secrets.token_hex(16), settlements=most)
    restored.forget(session, (now - _REMEMBERED).date())
