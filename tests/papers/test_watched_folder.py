import ctypes
import fcntl
import os
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from digest.ground.database.tables.papers import DumpRow, DumpStatus, PaperRow
from digest.papers import watched_folder
from tests.dump_pages import MODIFIED, write_dump

NOW = MODIFIED + timedelta(hours=1)


@pytest.fixture
def folder(tmp_path) -> Path:
    place = tmp_path / "inbox"
    place.mkdir()
    return place


@pytest.fixture
def look(database, folder):
    def run(settle_seconds=10.0, now=NOW, **more):
        return watched_folder.load_folder(
            database,
            folder,
            now=now,
            classify=lambda *_: {},
            settle_seconds=settle_seconds,
            **more,
        )

    return run


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def dumps(database) -> list[tuple[str, DumpStatus]]:
    with database.read() as session:
        query = select(DumpRow.name, DumpRow.status).order_by(DumpRow.id)
        return [tuple(row) for row in session.execute(query)]


def test_dumps_are_loaded_in_order_and_moved_to_done(look, folder, database):
    write_dump(folder / "b.txt", "Kettle")
    write_dump(folder / "a.txt", "Hedge", day="Nov 16")
    report = look()
    assert [(dump.file, dump.status) for dump in report.dumps] == [
        ("a.txt", "new"),
        ("b.txt", "new"),
    ]
    assert names(folder) == ["done/a.txt", "done/b.txt"]
    assert dumps(database) == [("a.txt", "loaded"), ("b.txt", "loaded")]
    assert report.complete
    assert look().dumps == []


def test_a_refused_dump_is_put_aside_with_the_reason(look, folder):
    (folder / "bad.txt").write_text("Title\n\nNo date here.\n")
    os.utime(folder / "bad.txt", (0, 0))
    report = look()
    assert names(folder) == ["refused/bad.txt", "refused/bad.txt.reason.txt"]
    reason = (folder / "refused" / "bad.txt.reason.txt").read_text()
    assert reason.startswith("no date line")
    assert not report.complete


def test_a_dump_with_one_bad_entry_is_done_and_says_which(look, folder):
    write_dump(folder / "a.txt", "Kettle", ("x" * 1001, "y " * 400), "Hedge")
    report = look()
    assert names(folder) == ["done/a.txt", "done/a.txt.reason.txt"]
    assert (folder / "done/a.txt.reason.txt").read_text().startswith("line 13: a title of 1,001")
    assert (report.dumps[0].status, report.complete) == ("new", False)


def test_a_file_that_may_still_be_written_to_waits(look, folder):
    file = write_dump(folder / "a.txt", "Kettle", modified=NOW - timedelta(seconds=5))
    assert look().waiting == ["a.txt"]
    assert look(now=NOW + timedelta(seconds=4)).waiting == ["a.txt"]
    assert file.exists()
    assert [dump.status for dump in look(now=NOW + timedelta(seconds=6)).dumps] == ["new"]


def test_without_settling_a_file_is_taken_at_once(look, folder):
    write_dump(folder / "a.txt", "Kettle", modified=NOW)
    assert [dump.status for dump in look(settle_seconds=0).dumps] == ["new"]


def test_a_file_from_the_future_is_taken_by_when_it_really_came(look, folder):
    write_dump(folder / "a.txt", "Kettle", modified=NOW + timedelta(days=400))
    real = datetime.now(UTC)
    assert look(now=real).waiting == ["a.txt"]
    assert [dump.status for dump in look(now=real + timedelta(seconds=11)).dumps] == ["new"]


@pytest.mark.parametrize("name", [".a.txt", "a.txt.part", "a.txt.tmp", "a.crdownload", "a.txt~"])
def test_what_copying_programs_have_not_finished_waits(look, folder, name):
    write_dump(folder / name, "Kettle")
    report = look(settle_seconds=0)
    assert (report.waiting, report.dumps, report.complete) == ([name], [], True)
    (folder / name).rename(folder / "ready.txt")
    assert [dump.status for dump in look().dumps] == ["new"]


def test_the_same_name_again_gets_a_number(look, folder):
    for title in ("Kettle", "Hedge", "Lamp"):
        write_dump(folder / "a.txt", title)
        look()
    write_dump(folder / "README", "Oven")
    look()
    write_dump(folder / "README", "Toast")
    look()
    assert names(folder) == [
        "done/README", "done/README-2", "done/a-2.txt", "done/a-3.txt", "done/a.txt"
    ]  # fmt: skip


def test_the_same_content_again_is_done_too(look, folder, database):
    for name in ("a.txt", "b.txt"):
        write_dump(folder / name, "Kettle")
    assert [dump.status for dump in look().dumps] == ["new", "known"]
    assert names(folder) == ["done/a.txt", "done/b.txt"]
    assert len(dumps(database)) == 1


def test_what_is_no_file_is_left_alone_and_reported(look, folder, tmp_path):
    outside = write_dump(tmp_path / "outside.txt", "Kettle")
    (folder / "link.txt").symlink_to(outside)
    (folder / "gone.txt").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe")
    (folder / "more").mkdir()
    (folder / ".git").mkdir()
    report = look()
    assert report.left == [
        ("gone.txt", "a symbolic link"),
        ("link.txt", "a symbolic link"),
        ("more", "a folder"),
        ("pipe", "not a regular file"),
    ]
    assert (report.dumps, report.complete) == ([], False)
    assert outside.exists()


@contextmanager
def ordinary_powers():
    """Take from root, in this thread, the right to read what nobody may (capabilities(7))."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this thread
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice 32 of them
    assert libc.capget(header, sets) == 0
    before = sets[0]
    sets[0] = before & ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = before
        assert libc.capset(header, sets) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # PostgreSQL's socket is not ours
def test_what_may_not_be_read_is_reported_and_the_rest_loads(look, folder):
    write_dump(folder / "a.txt", "Kettle").chmod(0)
    write_dump(folder / "b.txt", "Hedge")
    with ordinary_powers():
        report = look()
    assert report.left == [("a.txt", "may not be read")]
    assert [dump.file for dump in report.dumps] == ["b.txt"]


def test_trouble_with_the_folder_is_reported_and_not_fatal(database, folder, look):
    (folder / "done").write_text("in the way")
    report = look()
    assert "done is not a folder" in report.problems[0]
    assert not report.complete


def test_trouble_with_one_file_stops_no_other(look, folder, monkeypatch):
    write_dump(folder / "a.txt", "Kettle")
    write_dump(folder / "b.txt", "Hedge")
    real = os.rename

    def rename(name, *more, **places):
        if name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return real(name, *more, **places)

    monkeypatch.setattr(os, "rename", rename)
    report = look()
    assert report.problems == ["a.txt: Permission denied"]
    assert names(folder) == ["a.txt", "done/b.txt"]


def test_a_name_that_is_no_text_is_loaded_all_the_same(look, folder, database):
    file = write_dump(folder / "a.txt", "Kettle")
    file.rename(folder / os.fsdecode(b"\xff\n.txt"))
    report = look()
    assert [(dump.file, dump.status) for dump in report.dumps] == [("\ufffd\ufffd.txt", "new")]
    assert (folder / "done" / os.fsdecode(b"\xff\n.txt")).exists()


def test_a_name_as_long_as_names_can_be_is_taken(look, folder):
    write_dump(folder / ("x" * 251 + ".txt"), "Kettle")
    (folder / ("y" * 251 + ".txt")).write_text("no dump")
    report = look(settle_seconds=0)
    assert ([dump.status for dump in report.dumps], report.problems) == (["new", "refused"], [])


def test_what_a_killed_watcher_left_is_taken_by_the_next(look, folder, database):
    look()
    write_dump(folder / "taking" / "00c0ffee.a.txt", "Kettle")
    assert [(dump.file, dump.status) for dump in look().dumps] == [("a.txt", "new")]
    # Killed between loading and moving: loaded again, it is known.
    (folder / "done" / "a.txt").rename(folder / "taking" / "0badcafe.a.txt")
    assert [(dump.file, dump.status) for dump in look().dumps] == [("a.txt", "known")]
    assert names(folder) == ["done/a.txt"]
    with database.read() as session:
        assert len(session.scalars(select(PaperRow)).all()) == 1


def test_a_year_comes_from_the_file_also_after_it_was_moved(look, folder, database):
    write_dump(folder / "a.txt", "Kettle", modified=datetime(2025, 3, 1, tzinfo=UTC))
    assert look().dumps[0].date.isoformat() == "2024-11-17"


def test_two_watchers_load_each_file_once(database, folder):
    for number in range(12):
        write_dump(folder / f"{number:02}.txt", f"Kettle {number}")
    reports = []

    def watch():
        for _ in range(3):
            reports.append(
                watched_folder.load_folder(
                    database, folder, now=NOW, classify=lambda *_: {}, settle_seconds=10
                )
            )

    threads = [threading.Thread(target=watch) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [dump for report in reports for dump in report.dumps]
    assert sorted(dump.file for dump in taken) == [f"{number:02}.txt" for number in range(12)]
    assert {dump.status for dump in taken} == {"new"}
    assert names(folder) == [f"done/{number:02}.txt" for number in range(12)]
    assert [problem for report in reports for problem in report.problems] == []


def test_a_file_that_another_watcher_has_is_left_to_it(look, folder):
    look()
    claimed = write_dump(folder / "taking" / "00c0ffee.a.txt", "Kettle")
    with claimed.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert look().dumps == []
    assert [dump.status for dump in look().dumps] == ["new"]


def test_where_files_have_one_name_only_they_are_moved(look, folder, monkeypatch):
    def link(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    for title in ("Kettle", "Hedge"):
        write_dump(folder / "a.txt", title)
        look()
    assert names(folder) == ["done/a-2.txt", "done/a.txt"]


@pytest.mark.parametrize("name", ["taking", "done", "refused"])
def test_a_folder_that_was_swapped_for_a_link_gets_nothing(look, folder, tmp_path, name):
    """Whoever may write to the watched folder could otherwise write anywhere as the service."""
    home = tmp_path / "home"
    home.mkdir()
    (folder / name).symlink_to(home)
    (folder / "evil.pth").write_text("import os")
    report = look(settle_seconds=0)
    assert report.problems == [f"{folder}: {name} is not a folder, or is a link to one"]
    assert list(home.iterdir()) == []


def test_a_reason_follows_no_link_and_overwrites_nothing(look, folder, tmp_path):
    look()
    config = tmp_path / "config"
    config.write_text("precious")
    (folder / "refused" / "bad.txt.reason.txt").symlink_to(config)
    (folder / "bad.txt").write_text("no dump")
    assert [dump.status for dump in look(settle_seconds=0).dumps] == ["refused"]
    assert config.read_text() == "precious"
    assert (folder / "refused" / "bad.txt").read_text() == "no dump"


def test_a_folder_that_others_can_write_to_is_refused(look, folder):
    look()
    (folder / "refused").chmod(0o777)
    write_dump(folder / "a.txt", "Kettle")
    report = look()
    assert "others can write to refused" in report.problems[0]
    assert (report.dumps, report.complete) == ([], False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(look, folder):
    (folder / "refused").mkdir(mode=0o755)
    os.chown(folder / "refused", 65534, 65534)
    assert "refused belongs to another user" in look().problems[0]


def test_what_was_put_aside_only_its_owner_can_read(look, folder):
    (folder / "bad.txt").write_text("no dump")
    look(settle_seconds=0)
    assert (folder / "refused").stat().st_mode & 0o077 == 0
    assert (folder / "refused" / "bad.txt.reason.txt").stat().st_mode & 0o777 == 0o600
