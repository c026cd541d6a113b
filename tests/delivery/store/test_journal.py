"""The journal: what survives a kill, read exactly, however little of it was written."""

import os
import resource
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.store.journal import Journal, Record, orphans
from digest.errors import DigestError
from digest.model import Lost, Reply, Unreachable
from tests.conftest import REPOSITORY
from tests.factories import DAY

HASH = bytes(range(16))
LEASE = "0123456789abcdef0123456789abcdef"
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
answers = (
    st.builds(Reply, st.integers(200, 599), words, st.sampled_from(["MAIL", "RCPT", "."]))
    | st.builds(Lost, words)
    | st.builds(Unreachable, words)
)
entries = st.tuples(st.integers(1, 9), st.binary(max_size=24) | answers)


def one_line(answer):
    """Return an answer as the journal keeps it: blanks in runs are one."""
    match answer:
        case Reply(code=code, text=text, command=command):
            return Reply(code, " ".join(text.split()), command)
        case Lost(reason=reason):
            return Lost(" ".join(reason.split()))
        case Unreachable(reason=reason):
            return Unreachable(" ".join(reason.split()))


def write(folder, written):
    journal = Journal(folder, LEASE)
    journal.head(3, 7)
    for subscriber_id, what in written:
        if isinstance(what, bytes):
            journal.begin(subscriber_id, what, HASH)
        else:
            journal.answer(subscriber_id, what)
    return journal


def read(folder, content):
    """Return what an orphan of this content says."""
    path = folder / f"{LEASE}.journal"
    path.write_bytes(content)
    (record,) = orphans(folder)
    path.unlink()
    return record


def content_of(folder, written):
    journal = write(folder, written)
    content = journal.path.read_bytes()
    journal.remove()
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("journals")


@given(written=st.lists(entries, max_size=8))
def test_what_was_written_is_read(folder, written):
    begun, answered = {}, {}
    for subscriber_id, what in written:
        if isinstance(what, bytes):
            begun[subscriber_id] = what
            answered.pop(subscriber_id, None)
        else:
            answered[subscriber_id] = one_line(what)
    record = read(folder, content_of(folder, written))
    assert record == Record(record.path, LEASE, 3, 7, begun, dict.fromkeys(begun, HASH), answered)


@given(written=st.lists(entries, max_size=5), part=st.floats(0, 1))
def test_any_beginning_reads_and_claims_no_answer_that_was_not_written(folder, written, part):
    content = content_of(folder, written)
    size = round(len(content) * part)
    record = read(folder, content[:size])
    whole = content[:size].count(b"\n")
    assert record == read(folder, b"".join(content.splitlines(keepends=True)[:whole]))
    given_ = [(id_, one_line(what)) for id_, what in written if not isinstance(what, bytes)]
    assert set(record.answers.items()) <= set(given_)


@given(written=st.lists(entries, min_size=1, max_size=5), data=st.data())
def test_a_line_that_a_full_disk_tore_spoils_no_other(folder, written, data):
    """The torn line has no end, and the next one follows on it."""
    content = content_of(folder, written)
    torn_line = content_of(folder, [data.draw(entries)]).splitlines(keepends=True)[1]
    torn = torn_line[: data.draw(st.integers(0, len(torn_line) - 1))]
    last = content_of(folder, [(99, b"last"), (99, Lost("x"))]).splitlines(keepends=True)[1:]
    record = read(folder, content + torn + b"".join(last))
    assert record.answers[99] == Lost("x")
    assert record.edition_id == 3


def test_an_empty_journal_names_no_batch(folder):
    """Killed before the batch was chosen."""
    record = read(folder, b"")
    assert (record.lease, record.edition_id, record.batch, record.begun) == (LEASE, 0, 0, {})


def test_nothing_in_the_folder_or_no_folder_is_no_orphan(tmp_path):
    assert list(orphans(tmp_path)) == []
    assert list(orphans(tmp_path / "missing")) == []


def test_a_journal_that_is_locked_is_no_orphan(tmp_path):
    journal = write(tmp_path, [(1, b"picks")])
    assert list(orphans(tmp_path)) == []
    assert journal.path.exists()
    journal.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_lease_is_journalled_once(tmp_path):
    journal = Journal(tmp_path / "new" / "folder", LEASE)
    (journal.path.parent / f"{LEASE}.new").touch()
    with pytest.raises(DigestError, match="File exists"):
        Journal(tmp_path / "new" / "folder", LEASE)
    journal.remove()


def test_the_date_of_the_edition_comes_back(tmp_path):
    journal = Journal(tmp_path, LEASE)
    journal.head(3, 7, DAY)
    journal.close()
    assert [(one.edition_id, one.batch, one.day) for one in orphans(tmp_path)] == [(3, 7, DAY)]


def start_holder(folder):
    """Start a process that holds a journal, and wait until it has written."""
    code = (
        "import sys, time, pathlib; from digest.delivery.store.journal import Journal;"
        "from digest.model import Reply;"
        "j = Journal(pathlib.Path(sys.argv[1]), sys.argv[2]); j.head(3, 7); j.begin(5, b'picks');"
        "j.answer(5, Reply(250, 'ok')); j.begin(6, b'others'); print('ready', flush=True);"
        "time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), LEASE], cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    return process


def test_a_killed_process_leaves_an_orphan_that_says_all(tmp_path):
    process = start_holder(tmp_path)
    try:
        assert list(orphans(tmp_path)) == []
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    (record,) = orphans(tmp_path)
    assert (record.edition_id, record.batch, record.lease) == (3, 7, LEASE)
    assert record.begun == {5: b"picks", 6: b"others"}
    assert record.answers == {5: Reply(250, "ok")}


def test_two_recoveries_at_once_share_the_orphans(tmp_path):
    write(tmp_path, []).close()
    first = orphans(tmp_path)
    record = next(first)
    assert list(orphans(tmp_path)) == []
    record.path.unlink()
    assert list(first) == []


def test_a_journal_that_its_worker_removes_while_we_look_is_no_orphan(tmp_path, monkeypatch):
    """It is opened by us, and then settled and removed before we have the lock."""
    journal = write(tmp_path, [(1, b"picks")])
    real_open = os.open

    def open_and_lose(path, flags):
        file = real_open(path, flags)
        journal.remove()
        return file

    monkeypatch.setattr(os, "open", open_and_lose)
    assert list(orphans(tmp_path)) == []


def test_a_journal_that_is_gone_before_we_open_it_is_no_orphan(tmp_path, monkeypatch):
    journal = write(tmp_path, [])
    real_open = os.open

    def lose_and_open(path, flags):
        journal.remove()
        return real_open(path, flags)

    monkeypatch.setattr(os, "open", lose_and_open)
    assert list(orphans(tmp_path)) == []


def test_a_full_disk_is_an_error_and_what_was_written_before_it_counts(tmp_path):
    """For a moment no file may grow beyond three bytes more than this one has."""
    journal = write(tmp_path, [(1, b"picks")])
    free, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.path.stat().st_size + 3, hard))
    try:
        with pytest.raises(DigestError, match="cannot be written"):
            journal.begin(2, b"others")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (free, hard))
    journal.close()
    (record,) = orphans(tmp_path)
    assert record.begun == {1: b"picks"}


def test_a_folder_in_which_no_journal_can_be_made_is_named(tmp_path):
    (tmp_path / "journals").write_text("a file where the folder should be")
    with pytest.raises(DigestError, match=r"journals/abc\.journal cannot be written"):
        Journal(tmp_path / "journals", "abc")
