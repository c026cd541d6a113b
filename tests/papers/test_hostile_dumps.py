"""A dump keeps nobody waiting, whatever is in it."""

import threading
import time
from datetime import date

import pytest

from digest.errors import DumpError
from digest.papers import ingest
from digest.papers.dumps import Entry, Header, Refusal
from digest.papers.dumps.lines import read_lines
from digest.papers.dumps.parts import YearSource
from digest.papers.parsed_dump import parsed
from tests.dumps import make_dump
from tests.factories import DAY, NOON


def load(database, path):
    return ingest.ingest(database, [path], now=NOON, given=DAY, classify=lambda *_: {})


@pytest.mark.parametrize("content", [b"\n" * 4_000_000, b"\r" * 4_000_000, b" \n" * 2_000_000])
def test_megabytes_of_blank_lines_are_refused_at_once(database, tmp_path, content):
    path = tmp_path / "blank.txt"
    path.write_bytes(b"new\n" + content)
    start = time.process_time()
    report = load(database, path)
    assert "blank lines in a row" in report.dumps[0].reason
    assert time.process_time() - start < 2


def test_some_blank_lines_are_usual():
    assert len(list(read_lines([b"\n" * 9_000 + b"x\n" + b"\n" * 9_000]))) == 18_001
    with pytest.raises(DumpError, match="10,000 blank lines"):
        list(read_lines([b"\n" * 10_001]))


def test_others_write_while_a_dump_is_parsed(database, tmp_path):
    path = tmp_path / "dump.txt"
    path.write_text(make_dump(30, DAY), encoding="utf-8")
    reading, go_on = threading.Event(), threading.Event()

    def progress(*_):
        reading.set()
        assert go_on.wait(30)

    def work():
        ingest.ingest(
            database, [path], now=NOON, given=DAY, classify=lambda *_: {}, progress=progress
        )

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert reading.wait(30)
        start = time.monotonic()
        with database.write():
            waited = time.monotonic() - start
    finally:
        go_on.set()
        thread.join()
    assert waited < 5


def test_parts_come_out_as_they_went_in():
    full = Entry(
        *(
            3,
            1,
            "A title\ud800",
            "An abstract\u2028",
            7,
            ("arxiv:2411.00001",),
            "https://a.example",
        ),
        *(("https://b.example",), (), ("Ann", "Bob"), (), 12),
    )
    parts = [
        Header(date(2026, 11, 19), YearSource.FILE, ranked=False),
        full,
        Entry(5, 2, "B", "b"),
        Refusal(9, "no"),
    ]
    with parsed(parts) as waiting:
        assert list(waiting) == parts
