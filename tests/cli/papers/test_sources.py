"""`digest sources` and `digest inbox` on the command line."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from digest.cli import app
from digest.errors import NotFoundError, SettingsError
from tests.conftest import REPOSITORY
from tests.dump_pages import write_dump
from tests.sources.http.servers import WebServer, answer
from tests.sources.kinds.samples import daily_paper, daily_papers


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


@pytest.fixture
def settings(sqlite_url, tmp_path, web):
    file = tmp_path / "sources.toml"
    file.write_text(f'[[source]]\nname = "hf"\nkind = "hugging-face"\nurl = "{web.url("/hf")}"\n')
    return {
        "DIGEST_DATABASE_URL": sqlite_url,
        "DIGEST_SOURCES": str(file),
        "DIGEST_SOURCES_ALLOW_PRIVATE": "true",
        "DIGEST_WATCH_DIR": str(tmp_path / "inbox"),
    }


@pytest.fixture
def run(settings):
    def invoke(*words):
        return CliRunner().invoke(app, [*words], env=settings)

    return invoke


def test_sources_are_fetched_and_shown(run, web):
    web.pages["/hf"] = answer(daily_papers(daily_paper("Kettle", day="2026-11-10")))
    assert "not fetched yet" in run("sources").stdout
    tried = run("sources", "fetch", "--dry-run", "--date", "2026-11-10", "--json")
    assert [json.loads(line)["status"] for line in tried.stdout.splitlines()] == ["empty", "new"]
    fetched = run("sources", "fetch", "hf", "--date", "2026-11-10", "--json")
    last = json.loads(fetched.stdout.splitlines()[-1])
    assert last == {
        "source": "hf",
        "status": "new",
        "date": "2026-11-10",
        "listed": 1,
        "outside": 0,
        "entries": 1,
        "new": 1,
        "repeated": 0,
        "revised": 0,
        "refused": 0,
        "reason": "",
    }
    assert fetched.exit_code == 0
    (shown,) = [json.loads(line) for line in run("sources", "--json").stdout.splitlines()]
    assert (shown["source"], shown["state"], shown["failures"]) == ("hf", "fine", 0)


def test_a_source_that_fails_shows_in_words_and_in_the_exit_code(run, web):
    web.pages["/hf"] = answer(status=404)
    failed = run("sources", "fetch")
    assert failed.exit_code == 1
    assert "hf: the server answered 404" in failed.stderr
    shown = run("sources")
    assert shown.exit_code == 1
    assert "failing since" in shown.stdout
    assert isinstance(run("sources", "fetch", "fh").exception, NotFoundError)


def test_private_addresses_need_a_setting(run, settings, web):
    settings["DIGEST_SOURCES_ALLOW_PRIVATE"] = "false"
    failed = run("sources", "fetch")
    assert "127.0.0.1 is not a public address" in failed.stderr
    assert web.asked == []


def test_a_file_of_sources_is_checked_and_every_mistake_named(run, settings, tmp_path):
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "HF"\nkind = "x"\n')
    error = run("sources").exception
    assert isinstance(error, SettingsError)
    assert [line.partition("sources.toml: ")[2][:12] for line in str(error).splitlines()] == [
        "line 1: name",
        "line 1: kind",
    ]
    settings["DIGEST_SOURCES"] = str(tmp_path / "missing.toml")
    assert "DIGEST_SOURCES: " in str(run("sources").exception)
    settings["DIGEST_SOURCES"] = ""
    assert "There are no sources" in run("sources").stderr


def test_the_inbox_is_taken_in(run, settings, tmp_path):
    assert run("inbox").exit_code == 0
    write_dump(tmp_path / "inbox" / "a.txt", "Kettle", "Hedge")
    write_dump(tmp_path / "inbox" / "b.txt", "Lamp", day="Today")
    (tmp_path / "inbox" / "c.part").touch()
    (tmp_path / "inbox" / "d").mkdir()
    done = run("inbox")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0] == "a.txt: new, 2 entries, 2 new papers"
    assert done.stdout.splitlines()[1].startswith("b.txt: refused, no date line")
    assert "c.part: waits" in done.stderr
    assert "d: left alone, a folder" in done.stderr
    report = json.loads(run("inbox", "--json").stdout)
    assert (report["dumps"], report["waiting"]) == ([], ["c.part"])
    assert report["left"] == [{"name": "d", "reason": "a folder"}]
    settings["DIGEST_WATCH_DIR"] = ""
    assert isinstance(run("inbox").exception, SettingsError)


def test_a_watched_inbox_is_taken_in_until_somebody_says_stop(settings, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", "inbox", "--watch", "--every", "0.1"],
        env={**os.environ, **settings, "PYTHONPATH": str(REPOSITORY)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "inbox" / "done").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        write_dump(tmp_path / "inbox" / "a.txt", "Kettle")
        while not (tmp_path / "inbox" / "done" / "a.txt").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert output == "a.txt: new, 1 entry, 1 new paper\n"
    assert process.returncode == 0
