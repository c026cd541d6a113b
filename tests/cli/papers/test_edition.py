"""`digest summaries` says what became of every paper, and its exit code too."""

import json

import pytest
from typer.testing import CliRunner

from digest.app import build_app
from digest.cli import app
from digest.papers import ingest
from digest.settings import load_settings
from tests.chat_server import ChatServer, completion
from tests.dumps import make_dump
from tests.factories import DAY, NOON


@pytest.fixture
def chat():
    with ChatServer() as server:
        yield server


@pytest.fixture
def run(sqlite_url, tmp_path, chat):
    service = build_app(load_settings(database_url=sqlite_url), clock=lambda: NOON)
    dump = tmp_path / "dump.txt"
    dump.write_text(make_dump(5, DAY), encoding="utf-8")
    ingest.ingest(service.database, [dump], now=NOON, given=DAY, classify=lambda *_: {})
    service.database.close()
    settings = {
        "DIGEST_DATABASE_URL": sqlite_url,
        "DIGEST_SUMMARY_URL": chat.url,
        "DIGEST_SUMMARY_MODEL": "small",
        "DIGEST_SUMMARY_CONNECTIONS": "1",
    }
    return lambda *words: CliRunner().invoke(app, ["summaries", *words], env=settings)


def test_all_are_summarised_and_the_second_run_has_nothing_to_do(run):
    done = run("--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "edition": DAY.isoformat(),
        "papers": 5,
        "known": 0,
        "written": 5,
        "refused": 0,
        "missing": 0,
        "trouble": "",
    }
    assert "had an answer" in run().stdout
    assert json.loads(run("--json").stdout)["known"] == 5


def test_a_refused_answer_is_no_failure_and_no_answer_is_one(run, chat):
    answers = iter([completion("no"), (500, b""), (500, b""), (500, b"")])
    chat.answer = lambda _: next(answers)
    done = run()
    assert done.exit_code == 1
    assert "it answered 500; extracts are mailed instead" in done.stderr


def test_without_an_endpoint_it_says_what_to_set():
    done = CliRunner().invoke(app, ["summaries"], env={"DIGEST_SUMMARY_URL": ""})
    assert done.exit_code != 0
    assert "DIGEST_SUMMARY_URL is missing" in str(done.exception)
