"""`digest explain` says everything that a score is made of."""

import json

import pytest
from typer.testing import CliRunner

from digest.app import build_app
from digest.cli import app
from digest.model import SubscriberState
from digest.papers import ingest
from digest.settings import load_settings
from digest.subscribers import subscriptions, votes
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from tests.dumps import make_dump
from tests.factories import DAY, NOON

ANN = "ann@example.org"


@pytest.fixture
def run(sqlite_url, tmp_path):
    key = "a key for the tests only"
    service = build_app(load_settings(database_url=sqlite_url, secret_key=key), clock=lambda: NOON)
    dump = tmp_path / "dump.txt"
    dump.write_text(make_dump(30, DAY), encoding="utf-8")
    ingest.ingest(
        service.database, [dump], now=NOON, given=DAY, classify=service.files.classifier.classify
    )
    wishes = parse_preferences({"topics": "speech"}, service.files.vocabulary)
    with service.database.write() as session:
        readers = [(ANN, "", wishes)]
        subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=NOON)
    reader = subscriptions.find(service.database, ANN)
    _, found = service.explaining.explain(ANN, DAY)
    last = found[-1].candidate.paper
    votes.vote(service.database, reader.id, last.id, 1, now=NOON)
    service.database.close()
    settings = {"DIGEST_DATABASE_URL": sqlite_url, "DIGEST_SECRET_KEY": key, "COLUMNS": "200"}

    def invoke(*words):
        done = CliRunner().invoke(app, ["explain", ANN, *words], env=settings)
        assert done.exit_code == 0, done.output
        return done.stdout

    return invoke, last.title


def test_the_parts_add_up_and_the_voted_paper_is_named(run):
    invoke, title = run
    papers = json.loads(invoke("--json"))["papers"]
    for one in papers:
        total = sum(one["parts"].values()) + one["trend"] + one["taste"]
        assert one["score"] == pytest.approx(total, abs=0.001)
    assert any(part.startswith("liked:") for one in papers for part in one["parts"])
    (voted,) = (one for one in papers if one["title"] == title)
    assert voted["verdict"] == "the reader voted for more like it"


def test_people_see_the_parts_and_one_paper_alone(run):
    invoke, title = run
    shown = invoke("--limit", "20")
    for part in ("votes +", "trend 0.", "speech 0.", "like ", "10 more"):
        assert part in shown
    alone = invoke("--paper", title.upper())
    assert "the reader voted for more" in " ".join(alone.split())
