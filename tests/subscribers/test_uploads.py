"""Files that somebody uploads are imported until they are deleted, and leave nothing on disk."""

import json
import tempfile

import pytest

from digest.accounts import accounts
from digest.model import Role, SubscriberState
from digest.subscribers import subscriptions, update_preferences
from digest.subscribers.files import uploads
from digest.subscribers.files.import_order import ImportOrder
from tests.factories import NOON, make_vocabulary

MANY = 17_000  # records: several transactions
ANN = "ann@example.org"
ORDER = ImportOrder(state=SubscriberState.ACTIVE, now=NOON)


@pytest.fixture
def account(database):
    return accounts.add(database, "editor@example.org", Role.EDITOR, NOON).id


def as_csv() -> bytes:
    """Return many records, the last of them Ann's, long enough to be read piece by piece."""
    names = [*(f"r{number}@example.org" for number in range(MANY)), ANN]
    return ("email,Shoe size\n" + "".join(f"{name},{'x' * 300}\n" for name in names)).encode()


def as_moved() -> bytes:
    """Return the same as another instance hands it out."""
    names = [*(f"r{number}@example.org" for number in range(MANY)), ANN]
    reader = {"state": "active", "created_at": NOON.isoformat(), "name": "x" * 70, "wishes": {}}
    reader |= {"confirmed_at": None, "paused_until": None, "events": []}
    lines = [
        {"digest": "subscribers", "version": 1, "written_at": NOON.isoformat()},
        *({"email": name, **reader} for name in names),
        {"end": {"suppressions": 0, "subscribers": len(names)}},
    ]
    return "".join(f"{json.dumps(one)}\n" for one in lines).encode()


def kept(database, account, content, name="readers.csv"):
    number = uploads.keep(database, account, name, content, NOON)
    return uploads.find(database, number, account, NOON)


@pytest.mark.parametrize("content", [as_csv, as_moved])
def test_who_is_erased_while_a_file_is_imported_does_not_come_back(database, account, content):
    upload = kept(database, account, content())
    subscriptions.add(database, {"email": ANN}, make_vocabulary(), state=ORDER.state, now=NOON)
    uploads.begin(database, upload, NOON)

    def clock():
        here = [one.address for one in subscriptions.iter_all(database)]
        if ANN in here and len(here) > 1:  # some are imported
            reader = subscriptions.find(database, ANN).id
            update_preferences.erase(database, reader, NOON)
        return NOON

    report = uploads.carry_out(database, upload, make_vocabulary(), ORDER, clock)
    assert report.is_stopped
    here = [one.address for one in subscriptions.iter_all(database)]
    assert ANN not in here
    assert 0 < len(here) == report.added < MANY


def test_no_folder_lists_what_is_imported(database, account, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    upload = kept(database, account, as_csv())
    uploads.begin(database, upload, NOON)
    seen = []

    def clock():
        seen.append([one.name for one in folder.rglob("*")])
        return NOON

    report = uploads.carry_out(database, upload, make_vocabulary(), ORDER, clock)
    assert report.added == MANY + 1
    assert len(seen) > 2
    assert not any(seen)


@pytest.mark.parametrize("name", ["..", ".", "/", "../../etc/readers.csv", "a\\b/..", ""])
def test_no_name_of_a_file_is_a_path(database, account, name):
    upload = kept(database, account, b"email\nann@example.org\n", name)
    assert uploads.preview(database, upload, make_vocabulary(), ORDER).report.added == 1


def test_the_name_that_a_file_was_sent_with_still_counts(database, account):
    upload = kept(database, account, b"email\nann@example.org\n", "unsubscribed.csv")
    found = uploads.preview(database, upload, make_vocabulary(), ORDER)
    assert "the file's name says" in found.problem
    uploads.begin(database, upload, NOON)
    assert uploads.carry_out(database, upload, make_vocabulary(), ORDER, lambda: NOON) is None
    assert list(subscriptions.iter_all(database)) == []
