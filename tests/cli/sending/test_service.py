"""`digest schedule --show`: what is done when, for people and for programs."""

import json

import pytest
from typer.testing import CliRunner

from digest.cli import app

NAMES = ["open", "close", "plan", "tidy", "send"]


@pytest.fixture
def run(sqlite_url, monkeypatch):
    monkeypatch.setenv("DIGEST_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DIGEST_SECRET_KEY", "a key for the tests only")
    return lambda *words: CliRunner().invoke(app, ["schedule", "--show", *words])


def test_programs_get_every_schedule_with_its_next_time(run, monkeypatch):
    monkeypatch.setenv("DIGEST_TIMEZONE", "Europe/Berlin")
    shown = run("--json", "--now", "2026-11-21T05:30+01:00")
    rows = {row["name"]: row for row in json.loads(shown.stdout)}
    assert set(rows) >= set(NAMES)
    assert rows["open"]["next"] == "2026-11-21T05:00:00+00:00"
    assert rows["plan"]["next"] == "2026-11-21T04:31:00+00:00"
    assert rows["plan"]["timezone"] == "Europe/Berlin"
    assert rows["plan"]["last_started"] is None


def test_people_get_a_table(run):
    shown = run("--now", "2026-11-21T05:30")
    assert shown.exit_code == 0
    for name in NAMES:
        assert f"  {name} " in shown.stdout
    assert "2026-11-21 06:00" in shown.stdout


def test_a_mistake_in_a_schedule_is_told_in_words(run, monkeypatch):
    monkeypatch.setenv("DIGEST_SCHEDULE_OPEN", "at six")
    shown = run()
    assert "DIGEST_SCHEDULE_OPEN: 'at six' has 2 fields" in str(shown.exception)
