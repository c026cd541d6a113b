"""Whatever is declared as a preference is known to files, form, API, command line and database."""

import io
import json
import re
from dataclasses import fields

import pytest
from typer.testing import CliRunner

from digest.api_keys import keys
from digest.api_keys.keys import Scope
from digest.cli import app as command_line
from digest.ground.database.tables.readers import DeliveryScheduleRow, SubscriberRow
from digest.ground.tokens.links import Purpose
from digest.model import Preferences, SubscriberState
from digest.subscribers import subscriptions, update_preferences
from digest.subscribers.files.exporting import export_csv
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.importing import import_file
from digest.subscribers.files.reader_lines import STATE
from digest.subscribers.rules.field_kinds import Phrases, TopicWeights
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import (
    from_record,
    parse_preferences,
    to_record,
    to_texts,
)
from digest.web.site import preference_form
from tests.conftest import REPOSITORY
from tests.factories import NOON

# For each field a value that is not its default, as JSON has it.
OTHERS = {
    "topics": {"compression": 2.0, "coding": 0.5},
    "interests": ["KV cache; eviction", "tool calling"],
    "muted": ["survey;", "back\\slash"],
    "timezone": "Europe/Berlin",
    "hour": 6,
    "cadence": "weekly",
    "weekday": "friday",
    "max_papers": 7,
    "layout": "compact",
    "summaries": 5,
    "language": "de",
    "empty_day": "fill",
    "lab": "yes",
}


@pytest.fixture
def wanted(app):
    prefs = parse_preferences(OTHERS, app.files.vocabulary)
    assert all(field.of(prefs) != field.default(app.files.vocabulary) for field in FIELDS)
    return prefs


@pytest.fixture
def run(app):
    environment = {
        "DIGEST_DATABASE_URL": app.settings.database_url.get_secret_value(),
        "DIGEST_SECRET_KEY": "a key of the tests",
    }

    def invoke(*words: str) -> str:
        done = CliRunner().invoke(command_line, words, env=environment)
        assert done.exit_code == 0, done.output
        return done.stdout

    return invoke


def export(app) -> str:
    out = io.StringIO()
    export_csv(app.database, out)
    return out.getvalue()


def test_the_database_has_a_column_for_each():
    columns = SubscriberRow.__table__.columns.keys() + DeliveryScheduleRow.__table__.columns.keys()
    assert {field.name for field in FIELDS} <= set(columns)


def test_lists_come_first_as_the_store_reads_them():
    lists = [field.name for field in FIELDS if isinstance(field, TopicWeights | Phrases)]
    assert [field.name for field in fields(Preferences)][: len(lists)] == lists


def test_the_record_of_changes_has_each(wanted):
    assert from_record(json.loads(json.dumps(to_record(wanted)))) == wanted


def test_the_manual_explains_each():
    manual = (REPOSITORY / "docs" / "use" / "subscribers.md").read_text("utf-8")
    assert all(f"| `{field.name}` |" in manual for field in FIELDS)


def test_the_form_shows_and_saves_each(web, token, found, wanted):
    link = f"/p/{token(Purpose.PREFERENCES)}"
    form = {}
    for field in FIELDS:
        shown = preference_form.shown(wanted)[field.name]
        if isinstance(field, TopicWeights):
            form |= {f"topic-{slug}": weight for slug, weight in shown.items()}
        else:
            form[field.name] = "\n".join(shown) if isinstance(shown, list) else shown
    page = web.get(link).text
    assert all(f'name="{name}"' in page for name in form)
    assert web.post(link, data=form).status_code == 200
    assert found().preferences == wanted
    again = web.get(link).text
    assert ">KV cache; eviction\ntool calling</textarea>" in again
    for name in ("timezone", "max_papers"):
        assert f'value="{form[name]}"' in again
    for name in ("cadence", "weekday", "hour", "layout", "language", "empty_day", "lab"):
        assert re.search(f'<select id="{name}".*?"{form[name]}"[^>]* selected', again, re.DOTALL)


def test_the_api_shows_and_saves_each(web, token, found, wanted):
    bearer = {"Authorization": f"Bearer {token(Purpose.PREFERENCES)}"}
    assert web.get("/api/v1/preferences", headers=bearer).json()["preferences"].keys() == set(
        OTHERS
    )
    saved = web.put("/api/v1/preferences", headers=bearer, json=OTHERS)
    assert saved.json()["preferences"] == OTHERS
    assert found().preferences == wanted


def test_the_api_adds_subscribers_with_each(web, app, wanted):
    key = keys.add(app.database, "desk", [Scope.SUBSCRIBERS_WRITE], NOON)
    body = {"email": "bob@example.org", "consent": "on paper", "preferences": OTHERS}
    made = web.post("/api/v1/subscribers", json=body, headers={"Authorization": f"Bearer {key}"})
    assert made.json()["preferences"] == OTHERS
    assert subscriptions.find(app.database, "bob@example.org").preferences == wanted


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_command_line_takes_and_shows_each(run, app, wanted):
    options = [
        word
        for field in FIELDS
        for word in (f"--{field.name.replace('_', '-')}", field.text(field.of(wanted)))
    ]
    made = json.loads(run("subscribers", "add", "bob@example.org", *options, "--json"))
    assert made.keys() >= set(OTHERS)
    assert subscriptions.find(app.database, "bob@example.org").preferences == wanted
    run("subscribers", "add", "cy@example.org")
    run("subscribers", "set", "cy@example.org", "--no-mail", *options)
    assert subscriptions.find(app.database, "cy@example.org").preferences == wanted


def test_a_file_carries_each_from_one_service_to_another(app, subscribe, wanted, tmp_path):
    texts = to_texts(wanted) | {"email": "bob@example.org"}
    active = SubscriberState.ACTIVE
    subscriptions.add(app.database, texts, app.files.vocabulary, state=active, now=NOON)
    exported = export(app)
    assert exported.splitlines()[0].split(",") == [*subscriptions.COLUMNS, STATE]
    assert r"KV cache\; eviction;tool calling" in exported
    bob = subscriptions.find(app.database, "bob@example.org")
    update_preferences.erase(app.database, bob.id, NOON)
    (tmp_path / "readers.csv").write_text(exported, encoding="utf-8", newline="")
    order = ImportOrder(state=active, now=NOON)
    file = tmp_path / "readers.csv"
    report = import_file(app.database, file, app.files.vocabulary, order)
    assert (report.added, report.problems) == (1, [])
    assert subscriptions.find(app.database, "bob@example.org").preferences == wanted
