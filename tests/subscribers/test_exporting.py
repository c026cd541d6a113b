"""What is exported comes back unchanged, and no spreadsheet runs it."""

import csv
import io
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.ground.database.engine import Database
from digest.model import Cadence, DeliverySchedule, EmptyDay, Layout, Preferences, SubscriberState
from digest.subscribers import subscriptions
from digest.subscribers.files.exporting import export_csv
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.importing import import_file
from digest.subscribers.files.reader_lines import STATE
from digest.subscribers.store import subscribers
from digest.subscribers.subscriptions import COLUMNS
from tests.factories import NOON, make_vocabulary

ACTIVE = SubscriberState.ACTIVE
VOCABULARY = make_vocabulary()


def export(database):
    out = io.StringIO(newline="")
    return export_csv(database, out), out.getvalue()


def everybody(database):
    """All subscribers, but for what binds their links: a moved reader gets new ones."""
    return [replace(one, nonce=b"") for one in subscriptions.iter_all(database)]


def test_only_active_readers_are_exported(database):
    for email, state in (("ann@example.org", ACTIVE), ("bob@example.org", SubscriberState.PENDING)):
        texts = {"email": email, "name": "Ann", "topics": "speech:2;coding"}
        subscriptions.add(database, texts, VOCABULARY, state=state, now=NOON)
    count, content = export(database)
    (row,) = csv.DictReader(io.StringIO(content))
    assert count == 1
    assert tuple(row) == (*COLUMNS, STATE)
    assert (row["email"], row["name"], row["topics"]) == (
        *("ann@example.org", "Ann", "speech:2.0;coding:1.0"),
    )


def test_no_cell_is_run_by_a_spreadsheet(database):
    wish = '=HYPERLINK("http://x.example";"click") attention'
    texts = {"email": "=cmd@example.org", "name": "@SUM(A1)", "interests": wish}
    subscriptions.add(database, texts, VOCABULARY, state=ACTIVE, now=NOON)
    ((row,),) = [csv.DictReader(io.StringIO(export(database)[1]))]
    assert (row["email"], row["name"]) == ("'=cmd@example.org", "'@SUM(A1)")
    assert row["interests"].startswith("'=HYPERLINK")


letters = st.one_of(
    st.sampled_from("=+-@\t;'\"\\, ＝"),  # noqa: RUF001
    st.characters(exclude_categories=["Cs"]),
)
phrases = st.lists(
    st.text(letters, max_size=30)
    .map(lambda text: " ".join(text.split()))
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
names = st.one_of(
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20),
    st.text("=+-@'; x", max_size=8).map(lambda text: " ".join(text.split())),
)
locals_ = st.sampled_from(["r", "=r", "+r", "-r", "'=r", "'r"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(locals_, names, wishes), max_size=5))
def test_export_then_import_is_the_identity(empty_sqlite, tmp_path, readers):
    def fresh(name):
        file = tmp_path / name
        file.write_bytes(empty_sqlite.read_bytes())
        return Database(f"sqlite:///{file}")

    before, after = fresh("before.db"), fresh("after.db")
    rows = [
        (f"{local}{number}@example.org", name, want)
        for number, (local, name, want) in enumerate(readers)
    ]
    with before.write() as session:
        subscribers.add_all(session, rows, state=ACTIVE, now=NOON)
    count, content = export(before)
    file = tmp_path / "readers.csv"
    file.write_bytes(content.encode())
    report = import_file(after, file, VOCABULARY, ImportOrder(state=ACTIVE, now=NOON))
    assert (report.added, report.problems, report.remarks) == (count, [], [])
    assert everybody(after) == everybody(before)
    assert export(after)[1] == content
    before.close()
    after.close()
