"""Long lists as lines: the same as from subscribers one by one, also where a row cannot be read."""

import csv
import io
import json

from sqlalchemy import text

from digest.model import Cadence, DeliverySchedule, DeliveryState, Preferences, SubscriberState
from digest.subscribers import subscriptions
from digest.subscribers.files.reader_lines import iter_csv, iter_json
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import to_texts
from digest.subscribers.rules.reader_filter import ReaderFilter
from digest.subscribers.store import subscribers
from digest.workers import local
from tests.factories import DAY, NOON

READERS = [
    ("ann@example.org", 'Änn "A" \\ Lee', Preferences({"speech": 2.0, "coding": 0.5}, ("ÄÖ",))),
    ("bo@example.org", "", Preferences(muted=("a", "b"), language="de", max_papers=3)),
    ("cy@example.org", "=1+1", Preferences(schedule=DeliverySchedule(Cadence.WEEKLY, 9, "UTC", 4))),
]


def fill(database) -> None:
    with database.write() as session:
        subscribers.add_all(session, READERS, state=SubscriberState.ACTIVE, now=NOON)


def expected(one) -> dict:
    wishes = {field.name: field.store(field.of(one.preferences)) for field in FIELDS}
    head = {"email": one.address, "name": one.name, "state": one.state.value}
    return {**head, **wishes, "created_at": one.created_at.isoformat()}


def test_json_lines_say_what_subscribers_say(database):
    fill(database)
    found = [json.loads(line) for line in iter_json(database)]
    assert found == [expected(one) for one in subscriptions.iter_all(database)]
    assert [list(line) for line in found] == [list(found[0])] * 3
    assert [json.loads(line)["email"] for line in iter_json(database, limit=1)] == [READERS[0][0]]


def test_records_say_what_subscribers_say_and_nothing_is_a_formula(database):
    fill(database)
    rows = list(csv.DictReader(io.StringIO("".join(iter_csv(database)))))
    for row, one in zip(rows, subscriptions.iter_all(database), strict=True):
        texts = to_texts(one.preferences)
        assert {name: row[name] for name in texts} == texts
    assert rows[2]["name"] == "'=1+1"


def test_a_row_that_cannot_be_read_hides_no_other(database, caplog):
    fill(database)
    with database.write() as session:
        session.execute(
            text("UPDATE subscribers SET interests = '{}', layout = 'odd' WHERE id = 1")
        )
        session.execute(text("UPDATE subscribers SET state = 'asleep' WHERE id = 2"))
    found = [json.loads(line) for line in iter_json(database)]
    assert found == [expected(one) for one in subscriptions.iter_all(database)]
    assert found[0]["interests"] == []
    assert found[1]["state"] == "suppressed"
    assert "Subscriber 1" in caplog.text
    assert "@" not in caplog.text


def test_readers_are_found_by_what_became_of_their_last_mail(app, subscribe, sink):
    subscribe("ann", "bob")
    sink.replies = {"bob@example.org": "554 5.7.1 not wanted"}
    local.send(app, DAY)

    def whose(state: DeliveryState) -> list[str]:
        wanted = ReaderFilter(mail=state)
        page = subscriptions.page(app.database, wanted, after=None, limit=5)
        return [one.address for one in page.readers]

    assert whose(DeliveryState.SENT) == ["ann@example.org"]
    assert whose(DeliveryState.FAILED) == ["bob@example.org"]
    assert whose(DeliveryState.QUEUED) == []
