"""A program that knows our format and none of our code comes to the same findings."""

import subprocess
import sys

import pytest
from sqlalchemy import text

from digest.workers import local
from tests.conftest import REPOSITORY
from tests.factories import DAY

TOOL = REPOSITORY / "tools" / "verify_ledger.py"


def verify(database, *arguments):
    command = [sys.executable, "-I", TOOL, database, *arguments]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not found.stderr
    return found.returncode, found.stdout.strip()


@pytest.fixture
def mailed(app, subscribe, sink, tmp_path):
    """A sent edition on SQLite, and the folder of the mails that arrived."""
    subscribe(*(f"reader{number}" for number in range(510)))
    subscribe("dora", language="de", layout="text")
    local.send(app, DAY)
    folder = tmp_path / "mails"
    folder.mkdir()
    for number, got in enumerate(sink.messages):
        (folder / f"{number}.eml").write_bytes(got.data)
    return app, folder


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_both_agree_on_what_was_sent_and_on_every_change(mailed):
    app, folder = mailed
    file = app.database.file
    assert app.seals.verify(DAY, mails=True).mails == 511
    assert verify(file, "--mails", folder) == (0, "1 edition(s), 1 seal(s): all as sealed")
    assert verify(file, "--date", DAY.isoformat())[0] == 0
    assert verify(file, "--date", "2001-01-01")[0] == 1
    changes = {
        "UPDATE deliveries SET reply = reply || '!' WHERE subscriber_id = 3": "batch 1",
        "DELETE FROM deliveries WHERE subscriber_id = 5": "510 rows, 511 were sealed",
        "UPDATE editions SET domain = 'other.org'": "the frozen edition was changed",
        "UPDATE seals SET program = 'other'": "seal 1: changed after it was made",
    }
    for change, said in changes.items():
        with app.database.write() as session:
            session.execute(text(change))
        code, found = verify(file)
        assert code == 1
        assert said in found
        assert app.seals.verify(DAY, mails=False).problems


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_mail_with_another_byte_is_missed(mailed):
    app, folder = mailed
    (folder / "7.eml").write_bytes((folder / "7.eml").read_bytes() + b"\r\n")
    code, found = verify(app.database.file, "--mails", folder)
    assert (code, found) == (1, f"{DAY}: 1 mails of the ledger are not in the folder")


def test_it_is_short_and_knows_nothing_of_ours():
    source = TOOL.read_text()
    assert len(source.splitlines()) <= 200
    assert "import digest" not in source
    assert "from digest" not in source
