"""What one process keeps for the next: read whole and untouched, or not at all."""

import logging
import os
import threading
from pathlib import Path

import pytest

from digest.ground.kept_files import (
    MOST_OF_A_KIND,
    OLDEST_SECONDS,
    KeptFiles,
    folder_beside,
    hash_of,
)

SECRET = b"a secret key"
MADE_FROM = hash_of([b"all", b"of it"])
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "digest.db-kept"


@pytest.fixture
def kept(folder):
    found = KeptFiles(folder, SECRET)
    found.put("mails-en", MADE_FROM, CONTENT)
    return found


def the_file(folder) -> Path:
    (found,) = folder.iterdir()
    return found


def test_the_next_process_has_what_was_kept(kept, folder):
    assert bytes(KeptFiles(folder, SECRET).get("mails-en", MADE_FROM)) == CONTENT
    assert folder.stat().st_mode & 0o777 == 0o700
    assert the_file(folder).stat().st_mode & 0o777 == 0o600


def test_other_inputs_and_other_kinds_have_nothing(kept):
    assert kept.get("mails-en", hash_of([b"allo", b"f it"])) is None
    assert kept.get("mails-de", MADE_FROM) is None


@pytest.mark.parametrize("place", ["first", "mac", "content", "last"])
def test_a_flipped_bit_is_not_trusted_and_said_once(kept, folder, caplog, place):
    path = the_file(folder)
    data = bytearray(path.read_bytes())
    data[{"first": 0, "mac": 20, "content": 60, "last": -1}[place]] ^= 1
    path.write_bytes(data)
    assert kept.get("mails-en", MADE_FROM) is None
    assert kept.get("mails-en", MADE_FROM) is None
    (said,) = caplog.messages
    assert "not used, but made anew" in said
    kept.put("mails-en", MADE_FROM, CONTENT)
    assert bytes(kept.get("mails-en", MADE_FROM)) == CONTENT


@pytest.mark.parametrize("left", [0, 1, 30, 46, 47, 5000])
def test_a_file_that_was_cut_off_is_not_trusted(kept, folder, left):
    path = the_file(folder)
    path.write_bytes(path.read_bytes()[:left])
    assert kept.get("mails-en", MADE_FROM) is None


def test_another_key_and_another_name_are_not_trusted(kept, folder, caplog):
    assert KeptFiles(folder, b"another key").get("mails-en", MADE_FROM) is None
    assert "another secret key wrote it" in caplog.text
    other = hash_of([b"other"])
    path = the_file(folder)
    path.rename(path.with_name(f"mails-en.{other.hex()}"))
    assert kept.get("mails-en", other) is None


def test_neither_a_link_nor_a_pipe_is_read(kept, folder, tmp_path, caplog):
    path = the_file(folder)
    away = path.rename(tmp_path / "away")
    path.symlink_to(away)
    assert kept.get("mails-en", MADE_FROM) is None
    path.unlink()
    os.mkfifo(path)
    assert KeptFiles(folder, SECRET).get("mails-en", MADE_FROM) is None
    assert len(caplog.messages) == 2
    assert all("cannot be read" in said for said in caplog.messages)


def test_where_nothing_can_be_written_nothing_is_kept_and_that_is_said_once(tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    kept = KeptFiles(blocked / "kept", SECRET)
    kept.put("papers", MADE_FROM, CONTENT)
    kept.put("papers", MADE_FROM, CONTENT)
    assert kept.get("papers", MADE_FROM) is None
    assert sum("Nothing can be kept" in said for said in caplog.messages) == 1


def test_two_at_once_leave_one_whole_file(folder):
    def write(content: bytes) -> None:
        own = KeptFiles(folder, SECRET)
        for _ in range(20):
            own.put("papers", MADE_FROM, content)
            found = own.get("papers", MADE_FROM)
            assert found is not None
            assert bytes(found) in contents

    contents = [b"a" * 100_000, b"b" * 100_000]
    threads = [threading.Thread(target=write, args=[each]) for each in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert the_file(folder).stat().st_size > 100_000


def test_the_newest_of_a_kind_stay_and_what_was_left_behind_goes(folder):
    kept = KeptFiles(folder, SECRET)
    kept.put("words", MADE_FROM, CONTENT)
    start = the_file(folder).stat().st_mtime - 1000
    for number in range(MOST_OF_A_KIND + 3):
        made_from = hash_of([b"%d" % number])
        kept.put("papers", made_from, CONTENT)
        os.utime(folder / f"papers.{made_from.hex()}", (0, start + number))
    (folder / "papers.torn.new").write_bytes(b"half")
    os.utime(folder / "papers.torn.new", (1, 1))
    kept.put("papers", MADE_FROM, CONTENT)
    names = [path.name for path in folder.glob("papers.*")]
    assert len(names) == MOST_OF_A_KIND
    assert "papers.torn.new" not in names
    assert kept.get("papers", hash_of([b"0"])) is None
    assert kept.get("words", MADE_FROM) is not None


def test_what_is_old_goes_with_the_next_of_its_kind(kept, folder):
    path = the_file(folder)
    long_ago = path.stat().st_mtime - OLDEST_SECONDS - 60
    os.utime(path, (long_ago, long_ago))
    kept.put("mails-en", hash_of([b"new"]), CONTENT)
    assert not path.exists()


def test_the_folder_is_beside_that_of_the_journals():
    assert folder_beside(Path("/state/digest.db-journals")) == Path("/state/digest.db-kept")
    assert folder_beside(Path("/state/journals")) == Path("/state/journals-kept")


def test_nothing_is_said_while_all_is_well(kept, caplog):
    caplog.set_level(logging.DEBUG)
    kept.get("mails-en", MADE_FROM)
    assert caplog.messages == []
