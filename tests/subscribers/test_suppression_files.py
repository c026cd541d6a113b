import io

import pytest

from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.model import Preferences, SubscriberState
from digest.subscribers import subscriptions, suppression
from digest.subscribers.files import suppression_files
from digest.subscribers.files.exporting import export_everything, export_suppressions
from digest.subscribers.store import events, subscribers, suppression_keys, suppressions
from tests.factories import NOON, make_vocabulary

VOCABULARY = make_vocabulary()


@pytest.fixture
def take(database, tmp_path):
    """Import a text, or bytes."""

    def take(content, reason="imported", into=database):
        file = tmp_path / "list.csv"
        data = content.encode() if isinstance(content, str) else content
        file.write_bytes(data)
        return suppression_files.import_suppressions(into, file, VOCABULARY, reason, NOON)

    return take


def why(database, address):
    with database.read() as session:
        found = suppressions.get(session, address)
    return (found.reason, found.source) if found else None


def subscribe(database, *addresses):
    with database.write() as session:
        readers = [(address, "", Preferences()) for address in addresses]
        subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=NOON)


def test_a_file_of_another_system_suppresses_and_ends_subscriptions(database, take):
    subscribe(database, "ann@example.org", "bob@example.org")
    lines = (
        "created;email;Reason",
        '26;Ann@Example.org;"550 unknown"',
        ";gone@example.org;",
        ";no;",
    )
    report = take("\n".join(lines))
    assert (report.added, report.known, report.ended, report.refused) == (2, 0, 1, 1)
    assert report.problems == [(4, "neither an address nor the SHA-256 of one")]
    assert why(database, "ann@example.org") == ("550 unknown", "import")
    assert why(database, "gone@example.org") == ("imported", "import")
    ann = subscriptions.find(database, "ann@example.org")
    assert ann.state is SubscriberState.SUPPRESSED
    assert subscriptions.find(database, "bob@example.org").state is SubscriberState.ACTIVE
    with database.read() as session:
        (event,) = events.for_subscriber(session, ann.id)
    assert event.detail == {"from": "active", "reason": "550 unknown", "source": "import"}
    again = take("email\nann@example.org\n")
    assert (again.added, again.known, again.ended) == (0, 1, 0)
    assert why(database, "ann@example.org") == ("550 unknown", "import")


@pytest.mark.parametrize(
    "content",
    [
        "ann@example.org\n",
        "<ann@example.org>\r\n\r\n",
        "name\temail\nAnn\tann@example.org\n",
        "email\nann@example.org\n".encode("utf-16"),
        suppression_keys.address_hash("ann@example.org").upper() + "\n",
        "hash,reason\n" + suppression_keys.address_hash("ann@example.org") + ",left\n",
    ],
)
def test_it_may_be_a_list_or_hashes_and_needs_no_header(database, take, content):
    subscribe(database, "ann@example.org", "bob@example.org")
    report = take(content, "left")
    assert (report.added, report.ended, report.problems) == (1, 1, [])
    assert why(database, "ann@example.org") == ("left", "import")
    assert why(database, "bob@example.org") is None
    assert subscriptions.find(database, "ann@example.org").state is SubscriberState.SUPPRESSED


def test_bad_records_cost_themselves_and_a_thousand_are_listed(database, take):
    report = take("email\n" + "x\n" * 1500 + "ann@example.org\n")
    assert (report.added, report.refused, len(report.problems)) == (1, 1500, 1000)


@pytest.mark.parametrize("content", ["", b"PK\x03\x04", "<html>"])
def test_what_is_no_list_is_refused_whole(take, content):
    with pytest.raises(InputError):
        take(content)


def test_what_is_exported_is_imported_elsewhere_and_brings_no_readers(
    database, take, empty_sqlite, tmp_path
):
    subscribe(database, "ann@example.org", "bob@example.org")
    suppression.suppress(database, "ann@example.org", "a complaint", NOON)
    for export in (export_suppressions, export_everything):
        out = io.StringIO()
        export(database, out, NOON)
        file = tmp_path / f"{export.__name__}.db"
        file.write_bytes(empty_sqlite.read_bytes())
        other = Database(f"sqlite:///{file}", secret_keys=[b"another key"])
        subscribe(other, "ann@example.org")
        report = take(out.getvalue(), into=other)
        assert (report.added, report.ended, report.refused) == (1, 1, 0)
        assert why(other, "ann@example.org") == ("a complaint", "operator")
        assert [one.address for one in subscriptions.iter_all(other)] == ["ann@example.org"]
        other.close()
    assert "example.org" not in out.getvalue().split('"email"')[0]
