"""Votes on the command line."""

import json

import pytest
from typer.testing import CliRunner

from digest.cli import app
from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from tests.factories import DAY
from tests.rows import store_dump, store_subscribers

ANN = "reader1@example.org"


@pytest.fixture
def run(sqlite_url):
    database = Database(sqlite_url)
    with database.write() as session:
        store_dump(session, DAY, ["Small [Codecs]", "Small Proofs"])
        store_subscribers(session, 1)
    database.close()
    settings = {"DIGEST_DATABASE_URL": sqlite_url, "DIGEST_SECRET_KEY": "a key for the tests only"}

    def invoke(*words):
        return CliRunner().invoke(app, ["votes", *words], env=settings)

    return invoke


def test_votes_are_added_listed_and_reset(run):
    more = run("add", ANN, "codecs")
    assert more.stdout == f"{ANN} wants more like “Small [Codecs]”.\n"
    less = run("add", ANN, "proofs", "--less", "--json")
    assert json.loads(less.stdout) == {"email": ANN, "title": "Small Proofs", "value": -1}
    lines = [json.loads(line) for line in run("list", ANN, "--json").stdout.splitlines()]
    assert {line["title"]: line["value"] for line in lines} == {
        "Small [Codecs]": 1,
        "Small Proofs": -1,
    }
    assert "Small Proofs" in run("list", ANN).stdout
    assert json.loads(run("reset", ANN, "--json").stdout) == {"email": ANN, "forgotten": 2}
    assert run("reset", ANN).stdout == "0 votes forgotten.\n"


def test_an_unknown_reader_or_paper_is_not_found(run):
    for words in (["list", "nobody@example.org"], ["add", ANN, "teapots"]):
        assert isinstance(run(*words).exception, NotFoundError)
