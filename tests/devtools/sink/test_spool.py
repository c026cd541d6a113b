import json
import os
import signal
import smtplib
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.devtools.sink.spool import Envelope, Spool, read_folder

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LETTER = b"Subject: Hello\r\n\r\n.\x80\r\n"
PROGRAM = """
import sys, threading
from pathlib import Path
from digest.devtools.sink.sink import Sink
with Sink(directory=Path(sys.argv[1])) as sink:
    print(sink.port, flush=True)
    threading.Event().wait()
"""


def add(spool: Spool, *recipients: str, data: bytes = LETTER):
    return spool.add(
        Envelope("news@example.org", recipients or ("ann@example.org",)), data, at=NOON
    )


def test_a_folder_gives_back_what_was_put_in(tmp_path):
    spool = Spool(tmp_path / "new" / "folder")
    envelope = Envelope("", ("ann@example.org", "bob@example.org"), "me", True, "user", 7)
    received = spool.add(envelope, LETTER, at=NOON)
    assert read_folder(tmp_path / "new" / "folder") == [received]
    assert Spool(tmp_path / "new" / "folder").messages == [received]


def test_files_are_named_after_number_and_recipient_and_hold_the_exact_bytes(tmp_path):
    spool = Spool(tmp_path)
    add(spool, "ann@example.org")
    add(spool, "../../etc/<passwd>\udcff@example.org")
    names = sorted(path.name for path in tmp_path.glob("*.eml"))
    assert names == ["000001-ann@example.org.eml", "000002-.._.._etc__passwd__@example.org.eml"]
    assert (tmp_path / names[0]).read_bytes() == LETTER
    assert [message.id for message in read_folder(tmp_path)] == [1, 2]


def test_numbers_go_on_after_a_restart_whatever_is_missing(tmp_path):
    spool = Spool(tmp_path)
    for _ in range(3):
        add(spool)
    (tmp_path / "000003-ann@example.org.eml").unlink()
    restarted = Spool(tmp_path)
    assert [message.id for message in restarted.messages] == [1, 2]
    assert add(restarted).id == 4


def test_a_line_that_a_kill_cut_short_is_forgotten(tmp_path):
    add(Spool(tmp_path))
    index = tmp_path / "index.jsonl"
    (tmp_path / "000002-bob@example.org.eml").write_bytes(LETTER)
    index.write_bytes(index.read_bytes() + b'{"id": 2, "at": "20')
    assert [message.id for message in read_folder(tmp_path)] == [1]
    restarted = Spool(tmp_path)
    assert add(restarted).id == 3
    assert [json.loads(line)["id"] for line in index.read_bytes().splitlines()] == [1, 3]


def test_only_the_newest_are_read_back_into_memory(tmp_path):
    spool = Spool(tmp_path, keep=2)
    for _ in range(3):
        add(spool)
    assert [message.id for message in Spool(tmp_path, keep=2).messages] == [2, 3]
    assert [message.id for message in read_folder(tmp_path)] == [1, 2, 3]


def test_clearing_removes_our_files_and_no_others(tmp_path):
    (tmp_path / "000009-mine.eml").write_bytes(b"not yours")
    spool = Spool(tmp_path)
    assert add(spool).id == 10
    spool.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["000009-mine.eml"]
    assert spool.messages == read_folder(tmp_path) == []


def test_a_folder_that_cannot_be_written_refuses_the_message(tmp_path):
    spool = Spool(tmp_path / "folder")
    (tmp_path / "folder").rmdir()
    with pytest.raises(FileNotFoundError):
        add(spool)
    assert spool.messages == []


def test_waiting_ends_when_the_last_message_comes():
    spool = Spool()
    threading.Timer(0.05, add, [spool]).start()
    assert len(spool.wait_for(1, timeout_seconds=5)) == 1


def test_a_killed_sink_keeps_what_it_accepted(tmp_path):
    repository = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, cwd=repository
    )
    accepted: list[bytes] = []
    with process, process.stdout as output:
        port = int(output.readline())
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            for number in range(50):
                accepted.append(b"Subject: %d\r\n\r\n.%d\r\n" % (number, number))
                client.sendmail("news@example.org", ["ann@example.org"], accepted[-1])
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            client.close()
    assert [message.data for message in read_folder(tmp_path)] == accepted
