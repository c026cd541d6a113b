import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence

import httpx
import psycopg
import pytest

from tests.conftest import REPOSITORY
from tests.processes import Process


def start(folder, url, *, words: Sequence[str] = ("serve", "--port", "0"), **settings) -> Process:
    environment = {
        "DIGEST_DATABASE_URL": url,
        "DIGEST_SECRET_KEY": "a key for the tests only",
        "PYTHONPATH": str(REPOSITORY),
        **settings,
    }
    return Process(
        [sys.executable, "-W", "error", "-m", "digest", *words],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.e2e
def test_the_pages_are_served_until_a_signal_comes(tmp_path, sqlite_url):
    with start(tmp_path, sqlite_url, PYTHONUNBUFFERED="1") as process:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        answer = httpx.get(address)
        assert answer.status_code == 200
        assert "server" not in answer.headers
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert err.splitlines() == [
        "The pages are served; stop with Ctrl-C.",
        "Stopping: what is begun is finished, in 30 s.",
    ]
    assert process.returncode in (0, -signal.SIGTERM)


@pytest.mark.e2e
def test_a_worker_of_a_fleet_says_that_it_stops(tmp_path, postgres_url):
    with start(tmp_path, postgres_url, words=["worker"]) as process:
        assert process.stderr is not None
        while "The worker waits for mail" not in (line := process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert "Stopping: what is begun is finished, in 30 s." in err


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"DIGEST_SECRET_KEY": ""}, "DIGEST_SECRET_KEY is missing"),
        ({"DIGEST_SMTP_URL": "smtps://mail.example.org"}, "DIGEST_POSTAL_ADDRESS"),
        ({"DIGEST_DATABASE_URL": "sqlite:///new.db"}, "digest init"),
    ],
)
def test_it_does_not_start_without_what_it_needs(tmp_path, sqlite_url, settings, words):
    with start(tmp_path, sqlite_url, **settings) as process:
        _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert words in err


@pytest.mark.e2e
@pytest.mark.timeout(60)
def test_a_database_that_does_not_answer_holds_a_stop_up_no_longer_than_the_bound(
    tmp_path, postgres_url
):
    settings = {"PYTHONUNBUFFERED": "1", "DIGEST_DRAIN_SECONDS": "1"}
    with (
        psycopg.connect(postgres_url) as other,
        start(tmp_path, postgres_url, **settings) as process,
    ):
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        assert httpx.get(f"{address}readyz").status_code == 200
        other.execute("LOCK editions IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{address}archive", timeout=0.5)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err.splitlines()[-1:] == [
        "digest: not finished in DIGEST_DRAIN_SECONDS; ending as after a kill"
    ]
