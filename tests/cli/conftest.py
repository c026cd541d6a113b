"""A service whose commands are called in this process."""

import json

import pytest
from typer.testing import CliRunner

from digest.cli import app as commands
from tests.dumps import make_dump
from tests.factories import DAY


@pytest.fixture
def run(tmp_path, monkeypatch, sqlite_url, sink):
    """Run a command to its end; what it prints, or with `--json` the values, comes back.

    remarks: instead what it says to whoever looks on.
    """
    monkeypatch.chdir(tmp_path)
    environment = {
        "DIGEST_DATABASE_URL": sqlite_url,
        "DIGEST_SECRET_KEY": "a key for the tests only",
        "DIGEST_SMTP_URL": sink.url,
        "COLUMNS": "200",
    }

    def invoke(*words, code=0, remarks=False):
        done = CliRunner().invoke(commands, words, env=environment)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        if "--json" in words:
            return [json.loads(line) for line in done.stdout.splitlines()]
        return done.stderr if remarks else done.stdout

    return invoke


@pytest.fixture
def loaded(run, tmp_path):
    """A service with a dump, and two readers."""
    dump = tmp_path / "dump.txt"
    dump.write_text(make_dump(30, DAY), encoding="utf-8")
    run("ingest", str(dump), "--date", DAY.isoformat())
    run("subscribers", "add", "ann@example.org", "--topics", "speech:2;coding", "--confirmed")
    run("subscribers", "add", "bob@example.org", "--interests", "KV cache eviction", "--confirmed")
    return run
