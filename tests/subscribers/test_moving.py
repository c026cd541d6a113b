"""A list moves to another instance with its states, its record, and who must not be mailed."""

import io
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.ground.database.tables.readers import SuppressionRow
from digest.model import SubscriberState
from digest.subscribers import subscriptions, suppression, unsubscribe, update_preferences
from digest.subscribers.files.exporting import export_everything
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.importing import import_file
from digest.subscribers.store import events, suppression_keys, suppressions
from digest.subscribers.store.events import EventKind
from tests.factories import NOON, make_vocabulary

VOCABULARY = make_vocabulary()
LATER = NOON + timedelta(days=3)
ACTIVE = SubscriberState.ACTIVE


def add(database, email, state=ACTIVE, **texts):
    texts |= {"email": email}
    return subscriptions.add(database, texts, VOCABULARY, state=state, now=NOON)


def suppress(database, address):
    with database.write() as session:
        hash_ = suppression_keys.address_hash(address)
        session.add(SuppressionRow(address_hash=hash_, reason="complaint", created_at=NOON))


def record(database, subscriber_id, kind, **detail):
    with database.write() as session:
        return events.record(session, subscriber_id, kind, at=NOON, detail=detail)


def export(database):
    out = io.StringIO()
    export_everything(database, out, LATER)
    return out.getvalue()


@pytest.fixture
def other(empty_sqlite, tmp_path):
    """Another instance; its numbers differ."""
    file = tmp_path / "other.db"
    file.write_bytes(empty_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}", secret_keys=[b"the key of another instance"])
    add(database, "first@example.com")
    yield database
    database.close()


@pytest.fixture
def move(other, tmp_path):
    """Import a text at the other instance."""

    def move(content, **order):
        file = tmp_path / "list.jsonl"
        file.write_text(content, encoding="utf-8")
        wanted = {"state": ACTIVE, "now": LATER} | order
        return import_file(other, file, VOCABULARY, ImportOrder(**wanted))

    return move


@pytest.fixture
def full(database):
    """An instance with somebody in every state."""
    ann = add(database, "ann@example.org", name="Ann", topics="speech:2", interests="=x;y")
    asked = record(database, ann.id, EventKind.ASKED, ip="192.0.2.1", topics=[], agreed="2026-11")
    record(database, ann.id, EventKind.CONFIRMED, asked=asked, ip="192.0.2.1", agreed="2026-11")
    bob = add(database, "bob@example.org")
    unsubscribe.unsubscribe(database, bob.id, NOON)
    cid = add(database, "cid@example.org")
    update_preferences.pause(database, cid.id, "2026-12-24", NOON)
    add(database, "dan@example.org", SubscriberState.PENDING)
    suppress(database, "gone@example.org")
    return database


def test_everything_arrives(full, other, move):
    report = move(export(full))
    assert (report.added, report.suppressions, report.refused) == (4, 1, 0)
    before = {one.address: one for one in subscriptions.iter_all(full)}
    after = {one.address: one for one in subscriptions.iter_all(other)}
    for address, one in before.items():
        there = after[address]
        assert there.id != one.id
        for part in ("name", "state", "preferences", "created_at", "paused_until"):
            assert getattr(there, part) == getattr(one, part)
    with full.read() as ours, other.read() as theirs:
        for address, one in before.items():
            kinds = [(event.kind, event.at) for event in events.for_subscriber(ours, one.id)]
            there = events.for_subscriber(theirs, after[address].id)
            assert [(event.kind, event.at) for event in there] == kinds
        agreed = events.newest(theirs, after["ann@example.org"].id, EventKind.CONFIRMED)
    assert agreed.detail == {
        **{"ip": "192.0.2.1", "agreed": "2026-11", "asked_at": NOON.isoformat()}
    }


def test_a_suppression_holds_at_an_instance_with_another_key(full, other, move):
    assert "gone@example.org" not in export(full)
    add(other, "gone@example.org")
    report = move(export(full))
    assert report.ended == 1
    gone = subscriptions.find(other, "gone@example.org")
    assert gone.state is SubscriberState.SUPPRESSED
    update_preferences.erase(other, subscriptions.find(other, "gone@example.org").id, NOON)
    with pytest.raises(InputError, match="suppressed"):
        add(other, "GONE@example.org")


def test_who_was_suppressed_under_a_key_is_suppressed_at_an_instance_with_another_one(
    database, other, move, tmp_path
):
    ann = add(database, "ann@example.org")
    suppression.suppress(database, ann.address, "a complaint", NOON)
    update_preferences.erase(database, ann.id, NOON)
    add(other, ann.address)
    suppression.suppress(other, "bob@example.org", "asked for it", NOON)
    for again in (False, True):
        report = move(export(database))
        assert report.suppressions == (0 if again else 1)
        for address, why in ((ann.address, "a complaint"), ("bob@example.org", "asked for it")):
            with other.read() as session:
                assert suppressions.get(session, address).reason == why
    assert subscriptions.find(other, ann.address).state is SubscriberState.SUPPRESSED
    with pytest.raises(InputError, match="suppressed"):
        add(other, "bob@example.org")
    suppression.lift(other, ann.address, NOON)
    with other.read() as session:
        assert suppressions.get(session, ann.address) is None


def test_a_list_of_the_first_version_is_read(other, move):
    hashed = suppression_keys.address_hash("gone@example.org")
    at = NOON.isoformat()
    lines = [
        {"digest": "subscribers", "version": 1, "written_at": at},
        {"suppressed": hashed, "reason": "complaint", "at": at},
        {"end": {"suppressions": 1, "subscribers": 0}},
    ]
    report = move("".join(json.dumps(line) + "\n" for line in lines))
    assert (report.suppressions, report.problems) == (1, [])
    with other.read() as session:
        assert suppressions.get(session, "gone@example.org") == ("complaint", NOON, "import", None)
        assert session.get(SuppressionRow, hashed) is None  # it is under a key now


def test_a_key_that_the_file_does_not_hold_costs_its_line(other, move):
    at = NOON.isoformat()
    head = {"digest": "subscribers", "version": 2, "written_at": at, "suppression_keys": []}
    bad = {"suppressed": "0" * 64, "reason": "", "at": at, "key": 0}
    report = move("".join(json.dumps(line) + "\n" for line in (head, bad)))
    assert next((line, "holds 0 keys" in text) for line, text in report.problems) == (2, True)


def test_who_is_suppressed_here_is_not_active_again_by_a_moved_list(full, other, move):
    add(other, "ann@example.org")
    subscriptions_here = subscriptions.find(other, "ann@example.org")
    suppression.suppress(other, "ann@example.org", "a complaint", NOON)
    update_preferences.erase(other, subscriptions_here.id, NOON)
    move(export(full))
    ann = subscriptions.find(other, "ann@example.org")
    assert ann.state is SubscriberState.SUPPRESSED


def test_of_two_lines_of_an_address_the_one_that_ends_it_counts(full, other, move):
    lines = export(full).splitlines(keepends=True)
    bob = next(line for line in lines if '"bob@example.org"' in line)
    assert '"unsubscribed"' in bob
    active = bob.replace('"unsubscribed"', '"active"', 1).replace("bob@", "Bob@", 1)
    lines.insert(lines.index(bob) + 1, active)
    move("".join(lines))
    assert subscriptions.find(other, "bob@example.org").state is SubscriberState.UNSUBSCRIBED


def test_moving_again_changes_nothing(full, other, move):
    content = export(full)
    move(content)
    before = export(other)
    again = move(content)
    assert (again.added, again.known, again.suppressions, again.refused) == (0, 4, 0, 0)
    assert export(other) == before


def test_a_dry_run_counts_and_changes_nothing(full, other, move):
    before = export(other)
    foreseen = move(export(full), dry_run=True)
    assert export(other) == before
    assert foreseen.to_json() == move(export(full)).to_json() | {"dry_run": True}


def test_who_left_there_leaves_here_only_when_that_is_wanted(full, other, move):
    add(other, "bob@example.org")
    report = move(export(full))
    assert report.refused_by == {"unsubscribed": 1}
    assert subscriptions.find(other, "bob@example.org").state is ACTIVE
    assert move(export(full), update=True).ended == 1
    assert subscriptions.find(other, "bob@example.org").state is SubscriberState.UNSUBSCRIBED


def test_a_file_that_was_cut_says_so(full, move):
    lines = export(full).splitlines(keepends=True)
    report = move("".join(lines[:-1]))
    assert (report.added, report.refused_by) == (4, {"the file is cut": 1})
    missing = move("".join([*lines[:-2], lines[-1]]))
    assert "holds 4 subscribers" in missing.problems[0].reason


def test_a_bad_line_costs_itself(full, move):
    head, *lines = export(full).splitlines()
    reader = json.loads(lines[-2])
    nul = {"kind": "asked", "at": NOON.isoformat(), "detail": {"a": "\0"}}
    bad = [
        *("{", "[]", '"x"', "{}", '{"email": 1}', '{"suppressed": "x"}', "[" * 100_000),
        *(json.dumps(reader | change) for change in ({"state": "happy"}, {"email": "nobody"})),
        *(json.dumps(reader | change) for change in ({"created_at": "2026-01-01"}, {"id": 7})),
        json.dumps(reader | {"events": [nul]}),
        json.dumps(reader | {"name": "\ud800"}),
    ]
    report = move("\n".join([head, *bad, *lines]))
    assert (report.added, report.suppressions) == (4, 1)
    assert [one.line for one in report.problems] == list(range(2, len(bad) + 2))
    assert all(one.reason.isprintable() for one in report.problems)


def test_a_file_of_a_later_version_is_refused_whole(full, other, move):
    content = export(full).replace('"version":2', '"version":3')
    with pytest.raises(InputError, match="line 1: 'version'"):
        move(content)
    assert [one.address for one in subscriptions.iter_all(other)] == ["first@example.com"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["email", "name", "state", "wishes", "events", "end", "suppressed"]
                ),
                inner,
                max_size=7,
            )
        ),
        max_leaves=12,
    )
)
def test_no_line_at_all_breaks_the_import(move, value):
    head = json.dumps({"digest": "subscribers", "version": 1, "written_at": NOON.isoformat()})
    move(f"{head}\n{json.dumps(value)}\n", dry_run=True)
