"""Subscribers come, change and go; a bad line of a file costs one line."""

import csv
import io
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.database.tables import SuppressionRow
from digest.model import Cadence, DeliverySchedule, EmptyDay, Layout, Preferences, SubscriberState
from digest.subscribers import subscriptions, update_preferences
from digest.subscribers.store import subscribers
from digest.subscribers.subscriptions import COLUMNS, LONGEST_NAME
from tests.factories import NOON, make_vocabulary

VOCABULARY = make_vocabulary()
HEADER = "email,name,topics,interests"
QUOTED = '"Ann, of ""Example""'


def add(database, email="ann@example.org", state=SubscriberState.ACTIVE, **fields):
    return subscriptions.add(
        database, {"email": email, **fields}, VOCABULARY, state=state, now=NOON
    )


def load(database, path, content, state=SubscriberState.ACTIVE, progress=lambda _count: None):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return subscriptions.import_csv(
        database, path, VOCABULARY, state=state, now=NOON, progress=progress
    )


def everybody(database):
    return {one.address: one for one in subscriptions.iter_all(database)}


def suppress(database, address):
    with database.write() as session:
        hash_ = subscribers.address_hash(address)
        session.add(SuppressionRow(address_hash=hash_, reason="complaint", created_at=NOON))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "readers.csv"


def test_one_can_be_added_found_and_erased(database):
    added = add(database, " Ann@Example.ORG", name="  Ann \t Smith ", topics="speech:2")
    assert (added.address, added.name, added.state) == (
        "ann@example.org",
        "Ann Smith",
        SubscriberState.ACTIVE,
    )
    assert subscriptions.find(database, "ANN@example.org") == added
    update_preferences.erase(database, added.id, NOON)
    with pytest.raises(NotFoundError):
        subscriptions.find(database, "ann@example.org")


def test_nobody_is_added_twice_or_against_his_will(database):
    add(database, topics="speech")
    with pytest.raises(InputError, match="already subscribed"):
        add(database, "ANN@example.org", topics="coding")
    assert list(subscriptions.find(database, "ann@example.org").preferences.topics) == ["speech"]
    suppress(database, "gone@example.org")
    with pytest.raises(InputError, match="suppressed"):
        add(database, "gone@example.org")


def test_of_two_at_once_with_one_address_one_is_added(database):
    start = threading.Barrier(3, timeout=20)
    results = []

    def come():
        start.wait()
        try:
            results.append(add(database).address)
        except InputError as exc:
            results.append(str(exc))

    threads = [threading.Thread(target=come) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["ann@example.org", *["this address is already subscribed"] * 2]


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "ann"},
        {"email": "ann@example.org", "name": "x" * (LONGEST_NAME + 1)},
        {"email": "ann@example.org", "name": "Ann\0"},
        {"email": "ann@example.org", "hour": "25"},
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_stored(database, fields):
    with pytest.raises(InputError):
        subscriptions.add(database, fields, VOCABULARY, state=SubscriberState.ACTIVE, now=NOON)
    assert everybody(database) == {}


def test_a_good_file_is_taken_whole(database, file):
    told = []
    content = (
        "Email , name,topics,interests\r\nann@example.org,Ann,speech:2;coding,small models\r\n"
    )
    report = load(database, file, content, SubscriberState.PENDING, told.append)
    assert (report.added, report.known, report.problems, report.ignored_columns) == (1, 0, [], [])
    assert sum(told) == len(content)
    ann = everybody(database)["ann@example.org"]
    assert (ann.name, ann.state) == ("Ann", SubscriberState.PENDING)
    assert ann.preferences == Preferences({"speech": 2.0, "coding": 1.0}, ("small models",))


def test_a_byte_order_mark_and_quotes_are_understood(database, file):
    report = load(database, file, f'\ufeff"email","name"\nann@example.org,{QUOTED}"\n')
    assert (report.added, report.problems) == (1, [])
    assert everybody(database)["ann@example.org"].name == 'Ann, of "Example"'


BAD_LINES = [
    (b"bob@example.org,B\xf6b,,", "not UTF-8"),
    (b'bob@example.org,"Bob,,', "not a line of CSV"),
    (b'bob@example.org,"Bob"by,,', "not a line of CSV"),
    (b"bob@example.org,Bo\rb,,", "not a line of CSV"),
    (b"bob@example.org," + b"x" * 140_000, "not a line of CSV"),
    (b"bob@example.org,Bob,,,,", "more fields"),
    (b"bob@example.org,Bo\0b", "printable"),
    (b"bob@example.org," + b"x" * 300, "at most 200"),
    (b"bob,Bob", "not a mail address"),
    (b",Bob", "not a mail address"),
    (b"   ", "not a mail address"),
    (b"bob@example.org,Bob,astrology", "no topic"),
    (b"bob@example.org,Bob,,the", "says nothing"),
    (b"gone@example.org,Gone", "suppressed"),
]


@pytest.mark.parametrize(("line", "words"), BAD_LINES)
def test_a_bad_line_costs_only_itself_and_is_named(database, file, line, words):
    suppress(database, "gone@example.org")
    lines = [HEADER.encode(), b"ann@example.org,Ann", b"", line, b"cid@example.org,Cid"]
    report = load(database, file, b"\n".join(lines))
    assert (report.added, report.known) == (2, 0)
    ((number, reason),) = report.problems
    assert number == 4
    assert words in reason
    assert sorted(everybody(database)) == ["ann@example.org", "cid@example.org"]


def test_all_bad_lines_at_once_are_reported_in_order(database, file):
    suppress(database, "gone@example.org")
    good = [b"ann%d@example.org" % number for number in range(len(BAD_LINES))]
    pairs = [
        part for (line, _), other in zip(BAD_LINES, good, strict=True) for part in (line, other)
    ]
    report = load(database, file, b"\n".join([HEADER.encode(), *pairs]))
    assert [number for number, _ in report.problems] == list(range(2, 2 + len(pairs), 2))
    assert report.added == len(good)


def test_who_is_known_or_comes_twice_is_left_as_he_is(database, file):
    add(database, "ann@example.org", name="Ann")
    lines = [HEADER, "ANN@example.org,Other", "bob@example.org,Bob", "Bob@example.org,Again"]
    report = load(database, file, "\n".join(lines))
    assert (report.added, report.known, report.problems) == (1, 2, [])
    assert {one.address: one.name for one in everybody(database).values()} == {
        "ann@example.org": "Ann",
        "bob@example.org": "Bob",
    }
    again = load(database, file, "\n".join(lines))
    assert (again.added, again.known, again.problems) == (0, 3, [])


def test_columns_that_mean_nothing_are_named_and_nameless_ones_left_out(database, file):
    report = load(database, file, "shoe size,email,,\n43,ann@example.org,,\n")
    assert report.ignored_columns == ["shoe size"]
    assert (report.added, report.problems) == (1, [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column `email`"),
        (b"\nemail\n", "no column `email`"),
        (b"name,topics\n", "no column `email`"),
        (b"email;name\n", "no column `email`"),
        ("email,name\n".encode("utf-16"), "no column `email`"),
        (b'"email,name\nann@example.org\n', "line 1: not a CSV file"),
        (b"email\rann@example.org\r", "line 1: not a CSV file"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_whole(database, file, content, words):
    with pytest.raises(InputError, match=words):
        load(database, file, content)
    assert everybody(database) == {}


def test_a_file_that_cannot_be_read_is_named(database, tmp_path):
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(InputError, match=path.name):
            subscriptions.import_csv(
                database,
                path,
                VOCABULARY,
                state=SubscriberState.ACTIVE,
                now=NOON,
                progress=lambda _count: None,
            )


def test_three_thousand_lines_go_over_the_borders_of_chunks(database, file):
    lines = [f"reader{number}@example.org" for number in range(3000)]
    lines[999], lines[1500], lines[2999] = "nobody", lines[3], '"never closed'
    report = load(database, file, "\n".join(["email", *lines]))
    assert (report.added, report.known) == (2997, 1)
    assert [number for number, _ in report.problems] == [1001, 3001]
    assert sum(1 for _ in subscriptions.iter_all(database)) == 2997


def export(database):
    out = io.StringIO(newline="")
    return subscriptions.export_csv(database, out), out.getvalue()


def test_only_active_readers_are_exported(database):
    add(database, "ann@example.org", name="Ann", topics="speech:2;coding")
    add(database, "bob@example.org", state=SubscriberState.PENDING)
    count, content = export(database)
    (row,) = csv.DictReader(io.StringIO(content))
    assert count == 1
    assert tuple(row) == COLUMNS
    assert (row["email"], row["name"], row["topics"]) == (
        "ann@example.org",
        "Ann",
        "speech:2.0;coding:1.0",
    )


phrases = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    .map(lambda text: " ".join(text.replace(";", " ").split()))
    .filter(lambda text: text and text != "the" and text.isprintable()),
    max_size=3,
    unique=True,
)
wishes = st.builds(
    Preferences,
    topics=st.dictionaries(
        st.sampled_from(["compression", "speech", "coding"]),
        st.floats(0, 10, exclude_min=True),
    ),
    interests=phrases.map(tuple),
    muted=phrases.map(tuple),
    max_papers=st.integers(1, 500),
    schedule=st.builds(
        DeliverySchedule,
        st.sampled_from(Cadence),
        st.integers(0, 23),
        st.sampled_from(["UTC", "Europe/Berlin"]),
        st.integers(0, 6),
    ),
    layout=st.sampled_from(Layout),
    empty_day=st.sampled_from(EmptyDay),
)
names = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(names, wishes), max_size=5))
def test_export_then_import_is_the_identity(empty_sqlite, tmp_path, readers):
    def fresh(name):
        file = tmp_path / name
        file.write_bytes(empty_sqlite.read_bytes())
        return Database(f"sqlite:///{file}")

    before, after = fresh("before.db"), fresh("after.db")
    rows = [(f"r{number}@example.org", name, want) for number, (name, want) in enumerate(readers)]
    with before.write() as session:
        subscribers.add_all(session, rows, state=SubscriberState.ACTIVE, now=NOON)
    count, content = export(before)
    report = load(after, tmp_path / "readers.csv", content)
    assert (report.added, report.problems) == (count, [])
    assert list(subscriptions.iter_all(after)) == list(subscriptions.iter_all(before))
    assert export(after)[1] == content
    before.close()
    after.close()
