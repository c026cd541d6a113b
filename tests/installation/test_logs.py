"""A torn line of a log costs itself alone, and what is no entry is left out."""

from datetime import date

import pytest

from digest.installation import leavers_log, marks, sent_log
from digest.installation.marks import LostMarkError, Mark
from digest.installation.sent_log import SentBatch
from tests.factories import NOON

FIRST = SentBatch(date(2026, 11, 19), 7, 1, frozenset({1, 2}), frozenset({9}))
SECOND = FIRST._replace(number=2, sent=frozenset({3}), uncertain=frozenset())
ENTRY = {"at": NOON.isoformat(), "event": 1, "subscriber": 1, "kind": "unsubscribed"}
STRANGE = [
    *("12", "null", "[]", "{}", '{"event":"x","at":1}', '{"event":1,"at":"2026-11-19T12:00:00Z"}'),
    '{"at":"2026-11-19T12:00:00Z","event":1,"subscriber":1,"kind":"paused"}',
    '{"at":"2026-11-19T12:00:00","event":1,"subscriber":1,"kind":"erased"}',
    '{"at":"2026-11-19T12:00:00Z","event":1e99,"subscriber":1,"kind":"erased"}',
    '{"at":"2026-11-19T12:00:00Z","address_hash":7}',
    '{"at":"2026-11-19T12:00:00Z","address_hash":"7","key":"no hex"}',
]


@pytest.mark.parametrize("cut", [1, 2, 12])
def test_a_torn_line_of_what_was_sent_swallows_no_other(tmp_path, cut):
    torn = FIRST._replace(number=5, uncertain=frozenset({12}))
    for batch in (FIRST, torn):
        sent_log.add(tmp_path, batch, NOON)
    (file,) = tmp_path.glob("sent-*.log")
    file.write_bytes(file.read_bytes()[:-cut])
    sent_log.add(tmp_path, SECOND, NOON)
    assert list(sent_log.read(tmp_path)) == [FIRST, SECOND]


def test_a_torn_line_of_who_left_swallows_no_other(tmp_path):
    leavers_log.add(tmp_path, [ENTRY, ENTRY], NOON)
    (file,) = tmp_path.glob("leavers-*.log")
    file.write_bytes(file.read_bytes()[:-5])
    leavers_log.add(tmp_path, [ENTRY | {"event": 2}], NOON)
    assert [one["event"] for one in leavers_log.read(tmp_path)] == [1, 2]


@pytest.mark.parametrize("line", STRANGE)
def test_what_is_no_entry_is_left_out(tmp_path, line):
    leavers_log.add(tmp_path, [ENTRY], NOON)
    (file,) = tmp_path.glob("leavers-*.log")
    file.write_text(f"{line}\n{file.read_text()}", encoding="utf-8")
    assert list(leavers_log.read(tmp_path)) == [ENTRY]
    assert leavers_log.newest_hashes(tmp_path) == {""}


def test_logs_without_a_mark_are_a_lost_mark_and_a_new_folder_is_none(tmp_path):
    assert marks.read(tmp_path) is None
    marks.begin(tmp_path)
    begun = marks.read(tmp_path)
    assert begun == Mark(begun.machine)
    leavers_log.add(tmp_path, [ENTRY], NOON)
    marks.begin(tmp_path)
    assert marks.read(tmp_path) == begun
    (tmp_path / marks.NAME).unlink()
    marks.begin(tmp_path)
    with pytest.raises(LostMarkError, match="mark of this machine is gone, its logs are there"):
        marks.read(tmp_path)
