"""A file of readers is imported: a bad record costs one record, a bad wish costs the wish."""

import os
import threading
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.ground.database.tables.readers import SuppressionRow
from digest.model import Preferences, SubscriberState
from digest.subscribers import subscriptions
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.import_report import MOST_LISTED
from digest.subscribers.files.importing import import_file
from digest.subscribers.store import events, subscribers, suppression_keys
from digest.subscribers.store.events import EventKind
from digest.subscribers.subscriptions import LONGEST_NAME
from tests.factories import NOON, make_vocabulary

VOCABULARY = make_vocabulary()
HEADER = "email,name,topics,interests"
QUOTED = '"Ann, of ""Example""'
ACTIVE, PENDING = SubscriberState.ACTIVE, SubscriberState.PENDING


def add(database, email="ann@example.org", state=ACTIVE, **fields):
    return subscriptions.add(
        database, {"email": email, **fields}, VOCABULARY, state=state, now=NOON
    )


def suppress(database, address):
    with database.write() as session:
        hash_ = suppression_keys.address_hash(address)
        session.add(SuppressionRow(address_hash=hash_, reason="complaint", created_at=NOON))


def happened(database, subscriber):
    with database.read() as session:
        return events.for_subscriber(session, subscriber.id)


def test_a_good_file_is_taken_whole(load, everybody):
    told = []
    content = (
        "Email , name,topics,interests\r\nann@example.org,Ann,speech:2;coding,small models\r\n"
    )
    report = load(content, state=PENDING, progress=told.append)
    assert (report.added, report.known, report.problems, report.ignored_columns) == (1, 0, [], [])
    assert sum(told) == len(content)
    ann = everybody()["ann@example.org"]
    assert (ann.name, ann.state) == ("Ann", PENDING)
    assert ann.preferences == Preferences({"speech": 2.0, "coding": 1.0}, ("small models",))


def test_a_byte_order_mark_and_quotes_are_understood(load, everybody):
    report = load(f'\ufeff"email","name"\nann@example.org,{QUOTED}"\n')
    assert (report.added, report.problems) == (1, [])
    assert everybody()["ann@example.org"].name == 'Ann, of "Example"'


BAD_LINES = [
    ("bob@example.org,Bü".encode() + b"\xf6b,,", "not UTF-8"),
    (b'bob@example.org,"Bob,,', "not a line of CSV"),
    (b'bob@example.org,"Bob"by,,', "not a line of CSV"),
    (b"bob@example.org,Bo\rb,,", "not a line of CSV"),
    (b"bob@example.org," + b"x" * 140_000, "not a line of CSV"),
    (b"bob@example.org," + b"x" * 3_000_000, "not a line of CSV"),
    (b"bob@example.org,Bob,,,,", "more fields"),
    (b"bob,Bob", "not a mail address"),
    (b",Bob", "not a mail address"),
    (b"bob@mailhost,Bob", "without a dot"),
    (b"gone@example.org,Gone", "suppressed"),
]


@pytest.mark.parametrize(("line", "words"), BAD_LINES, ids=lambda value: str(value)[:40])
def test_a_bad_line_costs_only_itself_and_is_named(load, database, everybody, line, words):
    suppress(database, "gone@example.org")
    lines = [HEADER.encode(), b"ann@example.org,Ann", b"", line, b"cid@example.org,Cid"]
    report = load(b"\n".join(lines))
    assert (report.added, report.known) == (2, 0)
    ((number, reason),) = report.problems
    assert number == 4
    assert words in reason
    assert sorted(everybody()) == ["ann@example.org", "cid@example.org"]


def test_whoever_is_here_under_a_domain_without_a_dot_leaves_by_a_file(load, database, everybody):
    with database.write() as session:
        subscribers.add_all(session, [("bob@mailhost", "", Preferences())], state=ACTIVE, now=NOON)
    report = load("email,status\nbob@mailhost,unsubscribed", update=True)
    assert (report.ended, report.refused) == (1, 0)
    assert everybody()["bob@mailhost"].state is SubscriberState.UNSUBSCRIBED


def test_all_bad_lines_at_once_are_reported_in_order(load, database):
    suppress(database, "gone@example.org")
    good = [b"ann%d@example.org" % number for number in range(len(BAD_LINES))]
    unclosed = BAD_LINES[1:2]  # last: a quote of another line could close it
    lines = [one for one in BAD_LINES if one not in unclosed] + unclosed
    pairs = [part for (line, _), other in zip(lines, good, strict=True) for part in (line, other)]
    report = load(b"\n".join([HEADER.encode(), *pairs]))
    assert [number for number, _ in report.problems] == list(range(2, 2 + len(pairs), 2))
    assert report.added == len(good)
    assert report.refused_by["not a line of CSV"] == 6


def test_blank_records_are_nobody(load):
    report = load("\n\nemail,name\n   \n,\nann@example.org,Ann\n,,\n")
    assert (report.added, report.refused) == (1, 0)


@pytest.mark.parametrize("name", ["x" * (LONGEST_NAME + 1), "Ann\0", "An\u202en"])
def test_a_name_that_cannot_be_used_costs_the_name(load, everybody, name):
    report = load(f"email,name\nann@example.org,{name}\n")
    assert (report.added, report.problems) == (1, [])
    assert everybody()["ann@example.org"].name == ""
    assert "name" in report.remarks[0].remark


def test_a_wish_that_cannot_be_met_costs_the_wish(load, everybody):
    rows = [
        "email,topics,interests,hour,timezone,layout",
        "ann@example.org,astrology;speech,the;small models,25,Mars/Olympus,shiny",
        "bob@example.org,astrology,the,noon,UTC,standard",
    ]
    report = load("\n".join(rows))
    assert (report.added, report.refused) == (2, 0)
    ann, bob = everybody().values()
    assert ann.preferences == Preferences({"speech": 1.0}, ("small models",))
    assert bob.preferences == Preferences()
    assert sorted(remark.remark.partition(":")[0] for remark in report.remarks) == [
        *("hour", "interests", "layout", "timezone", "topics")
    ]


def test_a_kind_of_wish_that_cannot_be_met_is_told_once(load, everybody):
    tags = ["fr", "ja", "fr", "en-CA", "en_GB", "EN", "pt-BR", *(f"x{n}" for n in range(20))]
    rows = [f"r{number}@example.org,{tag}" for number, tag in enumerate(tags)]
    report = load("\n".join(["email,language", *rows]))
    assert (report.added, report.refused) == (27, 0)
    assert {one.preferences.language for one in everybody().values()} == {"en"}
    (remark,) = report.remarks
    assert (remark.line, remark.readers) == (2, 24)
    assert "'fr' is not known" in remark.remark
    assert "'ja'" in remark.remark
    assert len(remark.remark) < 200


def test_who_is_known_or_comes_twice_is_left_as_they_are(load, database, everybody):
    add(database, "ann@example.org", name="Ann")
    lines = [HEADER, "ANN@example.org,Other", "bob@example.org,Bob", "Bob@example.org,Again"]
    report = load("\n".join(lines))
    assert (report.added, report.known, report.problems) == (1, 2, [])
    assert report.repeated == [4]
    assert {one.address: one.name for one in everybody().values()} == {
        "ann@example.org": "Ann",
        "bob@example.org": "Bob",
    }
    again = load("\n".join(lines))
    assert (again.added, again.known, again.problems) == (0, 3, [])


def test_columns_that_mean_nothing_are_named_and_nameless_ones_left_out(load):
    report = load("shoe size,email,,\n43,ann@example.org,,\n")
    assert report.ignored_columns == ["shoe size"]
    assert (report.added, report.problems) == (1, [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"name,topics\n", "no column `email`.*'name', 'topics'"),
        (b'"email,name\nann@example.org\n', "line 1: not a line of CSV: its quote is never"),
        (b"ann@example.org,Ann\n", "line 1: this is a subscriber already"),
        (b"email,Email Address\n", "more than one column holds addresses: 'email' and 'Email"),
        (b"PK\x03\x04rest", "a spreadsheet or a ZIP archive"),
        (b"\xd0\xcf\x11\xe0rest", "a spreadsheet of an old kind"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x1f\x8brest", "compressed"),
        (b"<!DOCTYPE html><p>ann@example.org", "HTML, XML or JSON"),
        (b'[{"email": "ann@example.org"}]', "HTML, XML or JSON"),
        (b"\0" * 1000, "full of zero bytes"),
        (b"email," + b"x," * 1000, "more than 500 columns"),
    ],
)
def test_a_file_that_is_of_no_use_is_refused_whole_with_the_reason(load, everybody, content, words):
    with pytest.raises(InputError, match=words):
        load(content)
    assert everybody() == {}


def test_what_comes_through_a_pipe_is_read_too(database, everybody, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[b"email;name\nann@example.org;Ann\n"])
    writer.start()
    report = import_file(database, pipe, VOCABULARY, ImportOrder(state=ACTIVE, now=NOON))
    writer.join(20)
    assert report.added == 1
    assert list(everybody()) == ["ann@example.org"]


def test_a_column_may_begin_with_a_bracket(load):
    assert load("[x] name,email\nAnn,ann@example.org\n").added == 1


def test_a_file_that_cannot_be_read_is_named(database, tmp_path):
    order = ImportOrder(state=ACTIVE, now=NOON)
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(InputError, match=path.name):
            import_file(database, path, VOCABULARY, order)


def test_nine_thousand_lines_go_over_the_borders_of_chunks(load, everybody):
    lines = [f"reader{number}@example.org" for number in range(9000)]
    lines[999] = lines[7999] = lines[8000] = "nobody"
    lines[8500], lines[8999] = lines[3], '"never closed'
    report = load("\n".join(["email", *lines]))
    assert (report.added, report.known, report.repeated) == (8995, 1, [8502])
    assert [number for number, _ in report.problems] == [1001, 8001, 8002, 9001]
    wanted = [one for place, one in enumerate(lines) if "@" in one and place != 8500]
    assert list(everybody()) == wanted


def test_consent_is_recorded_for_those_who_are_new(load, database, everybody):
    add(database)
    load("email\nann@example.org\nbob@example.org\n", consent={"said": "on paper"})
    ann, bob = everybody().values()
    assert happened(database, ann) == []
    (agreed,) = happened(database, bob)
    assert (agreed.kind, agreed.detail) == (EventKind.CONFIRMED, {"said": "on paper"})


def test_who_must_not_be_mailed_is_refused_and_counted_by_reason(load, everybody):
    rows = ["active", "", "unsubscribed", "Bounced", "blocklisted", "cleaned", "gold"]
    lines = [f"r{number}@example.org,{word}" for number, word in enumerate(rows)]
    report = load("\n".join(["email,status", *lines]))
    assert sorted(everybody()) == ["r0@example.org", "r1@example.org"]
    assert report.refused_by == {
        **{"unsubscribed": 1, "bounced": 2, "blocklisted": 1, "unknown status": 1}
    }
    assert "'status' is 'unsubscribed'" in report.problems[0].reason


def test_nothing_is_imported_while_a_column_may_say_who_must_not_be_mailed(load, everybody):
    content = "email,Newsletter permissions\nann@example.org,1\nbob@example.org,0\n"
    with pytest.raises(InputError, match="'Newsletter permissions' may say who must not") as error:
        load(content)
    assert '--ignore "Newsletter permissions"' in error.value.hint
    assert everybody() == {}
    assert load(content, mapping=["allowed=newsletter permissions"]).added == 1
    assert list(everybody()) == ["ann@example.org"]
    assert load(content, ignored=["Newsletter permissions"]).added == 1


@pytest.mark.parametrize(
    "name",
    [
        *("cleaned_members_export_1a2b3c.csv", "nonsubscribed_members_export_1a2b3c.csv"),
        *("unsubscribed_members_export_1a2b3c.csv", "Suppression list.csv", "old-bounces.csv"),
    ],
)
def test_a_file_of_those_who_must_not_be_mailed_is_known_by_its_name(load, everybody, name):
    with pytest.raises(InputError, match="the file's name says"):
        load("email\nann@example.org\n", name=name)
    assert everybody() == {}
    assert load("email\nann@example.org\n", name="subscribed_members_export_1.csv").added == 1


def test_one_record_that_bars_an_address_counts_for_all_of_its_records(load, everybody):
    filler = [f"r{number}@example.org,active" for number in range(8200)]
    early, late = "ann@example.org", "bob@example.org"
    rows = [f"{early},unsubscribed", f"{late},active", *filler, f"{early},active", f"{late},spam"]
    content = "\n".join(["email,status", *rows])
    foreseen = load(content, dry_run=True)
    report = load(content)
    assert early not in everybody()
    assert everybody()[late].state is SubscriberState.UNSUBSCRIBED
    assert (report.ended, report.refused) == (foreseen.ended, foreseen.refused) == (1, 2)


def test_who_is_subscribed_here_and_barred_by_the_file_is_told(load, database, everybody):
    add(database)
    content = "email,status\nann@example.org,unsubscribed\n"
    report = load(content)
    assert "here they are subscribed, and stay so" in report.problems[0].reason
    assert everybody()["ann@example.org"].state is ACTIVE
    assert load(content, update=True).ended == 1
    ann = everybody()["ann@example.org"]
    assert ann.state is SubscriberState.UNSUBSCRIBED
    (left,) = happened(database, ann)
    assert (left.kind, left.detail["from"]) == (EventKind.UNSUBSCRIBED, "active")
    assert load(content, update=True).refused == 1


def test_an_update_changes_what_the_file_says_and_nothing_else(load, database, everybody):
    add(database, name="Ann", topics="speech", hour="5")
    add(database, "bob@example.org", name="Bob")
    add(database, "cid@example.org", state=SubscriberState.UNSUBSCRIBED)
    rows = [
        "email,name,topics,hour,layout",
        "ann@example.org,Ann Smith,coding,,compact",
        "bob@example.org,Bob,,7,",
        "cid@example.org,Cid,speech,,",
        "dan@example.org,Dan,,,",
    ]
    report = load("\n".join(rows), update=True)
    assert (report.added, report.changed, report.known) == (1, 1, 2)
    there = everybody()
    ann = there["ann@example.org"]
    assert (ann.name, ann.preferences.topics, ann.preferences.schedule.hour) == (
        *("Ann Smith", {"coding": 1.0}, 5),
    )
    assert [event.kind for event in happened(database, ann)] == [EventKind.CHANGED]
    assert there["cid@example.org"].name == ""
    assert load("\n".join(rows), update=True).known == 4


def test_a_repeated_line_four_thousand_lines_later_changes_nobody_who_is_new(load, everybody):
    rows = ["email,name", *(f"reader{number}@example.org,A" for number in range(4001))]
    foreseen = load("\n".join([*rows, "reader0@example.org,B"]), update=True, dry_run=True)
    report = load("\n".join([*rows, "reader0@example.org,B"]), update=True)
    assert foreseen.to_json() == report.to_json() | {"dry_run": True}
    assert (report.added, report.changed, report.repeated) == (4001, 0, [4003])
    assert everybody()["reader0@example.org"].name == "A"


def test_a_dry_run_says_what_would_happen_and_changes_nothing(load, database, everybody):
    add(database, name="Ann")
    add(database, "eve@example.org")
    rows = [
        *("email,name,status", "ann@example.org,Ann Smith,", "bob@example.org,Bob,active"),
        *("cid@example.org,Cid,bounced", "BOB@example.org,,", "eve@example.org,,unsubscribed"),
        "nobody,,",
    ]
    before = everybody()
    foreseen = load("\n".join(rows), update=True, dry_run=True)
    assert everybody() == before
    assert happened(database, before["ann@example.org"]) == []
    report = load("\n".join(rows), update=True)
    assert foreseen.to_json() == report.to_json() | {"dry_run": True}
    assert (report.added, report.changed, report.ended, report.known) == (1, 1, 1, 1)
    assert report.refused_by == {"bounced": 1, "not a mail address": 1}


def test_a_hundred_thousand_bad_records_are_counted_in_little_memory(load):
    content = "email\n" + "x\n" * 100_000
    tracemalloc.start()
    report = load(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.refused, len(report.problems)) == (100_000, MOST_LISTED)
    assert report.problems[0].line == 2
    assert peak < 8_000_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.text(alphabet='",;\n\r\t@a=', max_size=80)))
def test_no_content_at_all_breaks_the_import(sqlite_url, tmp_path, content):
    content = content if isinstance(content, bytes) else b"email,name\n" + content.encode()
    file = tmp_path / "any.csv"
    file.write_bytes(content)
    database = Database(sqlite_url)
    order = ImportOrder(state=ACTIVE, now=NOON, dry_run=True)
    try:
        import_file(database, file, VOCABULARY, order)
    except InputError:
        pass  # refused whole, in words
    finally:
        database.close()
