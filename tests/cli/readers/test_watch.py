"""`digest preview --watch` and `digest test-mail`, as people run them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from email import message_from_bytes, policy

import httpx
import pytest
from typer.testing import CliRunner

from digest.app import build_app
from digest.cli import app
from digest.devtools.sink.sink import Sink
from digest.model import SubscriberState
from digest.papers import ingest
from digest.settings import load_settings
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from tests.conftest import REPOSITORY
from tests.dumps import make_dump
from tests.factories import DAY, NOON
from tests.processes import Process

ANN = "ann@example.org"
KEY = "a key for the tests only"


@pytest.fixture
def watched(sqlite_url, tmp_path):
    """The address of a preview, and the folder of the operator's templates."""
    service = build_app(load_settings(database_url=sqlite_url, secret_key=KEY), clock=lambda: NOON)
    dump = tmp_path / "dump.txt"
    dump.write_text(make_dump(30, DAY), encoding="utf-8")
    classify = service.files.classifier.classify
    ingest.ingest(service.database, [dump], now=NOON, given=DAY, classify=classify)
    wishes = parse_preferences({"topics": "speech"}, service.files.vocabulary)
    with service.database.write() as session:
        state = SubscriberState.ACTIVE
        subscribers.add_all(session, [(ANN, "", wishes)], state=state, now=NOON)
    service.database.close()
    own = tmp_path / "own"
    (own / "digest").mkdir(parents=True)
    settings = {"DIGEST_DATABASE_URL": sqlite_url, "DIGEST_SECRET_KEY": KEY}
    more = {"DIGEST_TEMPLATES": str(own), "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}
    words = ["preview", ANN, "--date", f"{DAY}", "--watch", "--port", "0"]
    with Process(
        [sys.executable, "-W", "error", "-m", "digest", *words],
        cwd=tmp_path,
        env={**os.environ, **settings, **more},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield re.search(r"http://\S+", process.stdout.readline())[0], own / "digest"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@pytest.mark.e2e
def test_a_change_is_seen_and_a_mistake_says_where_it_is(watched):
    address, folder = watched
    with httpx.Client(base_url=address, timeout=30) as web:
        assert "Everything that was listed" in web.get("/mail").text
        assert "Everything that was listed" in web.get("/text").text
        assert "List-Unsubscribe:" in web.get("/source").text
        before = web.get("/stamp").text
        assert web.get("/stamp").text == before
        (folder / "line.txt").write_text("In short: {{ claim.line }}\n", "utf-8")
        assert web.get("/stamp").text != before
        assert "In short: " in web.get("/text").text
        (folder / "card.html").write_text("fine\n{{ paper.titel }}", "utf-8")
        broken = web.get("/mail")
        assert broken.status_code == 500
        assert "digest/card.html, line 2: " in broken.text
        assert web.get("/mail", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.browser
@pytest.mark.e2e
def test_the_browser_loads_the_mail_again(watched):
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    address, folder = watched
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        with page.expect_response("**/stamp"):
            page.goto(address)
        page.frame_locator("iframe").get_by_text("Everything that was listed").wait_for()
        (folder / "more.html").write_text("", "utf-8")
        body = (REPOSITORY / "templates/email/digest/body.html").read_text("utf-8")
        (folder / "body.html").write_text(
            body.replace("Everything that was listed", "In short"), "utf-8"
        )
        page.frame_locator("iframe").get_by_text("In short").wait_for()
        browser.close()


def test_a_test_mail_needs_no_subscriber(sqlite_url):
    with Sink() as sink:
        settings = {
            "DIGEST_DATABASE_URL": sqlite_url,
            "DIGEST_SECRET_KEY": KEY,
            "DIGEST_SMTP_URL": sink.url,
        }
        words = ["test-mail", "You@Example.org", "--language", "de"]
        result = CliRunner().invoke(app, words, env=settings)
        assert result.exit_code == 0, result.output
        assert "Sent through 127.0.0.1:" in result.output
        (message,) = sink.messages
        mail = message_from_bytes(message.data, policy=policy.default)
    assert mail["To"] == "you@example.org"
    assert mail["Subject"] == "Test-Mail von Daily papers"
    assert "List-Unsubscribe" not in mail


def test_a_test_mail_that_nobody_takes_is_a_failure(sqlite_url):
    settings = {
        "DIGEST_DATABASE_URL": sqlite_url,
        "DIGEST_SECRET_KEY": KEY,
        "DIGEST_SMTP_URL": "smtp://127.0.0.1:9",
    }
    result = CliRunner().invoke(app, ["test-mail", ANN], env=settings)
    assert result.exit_code == 1
    assert "did not accept it" in result.output
