"""All checks together, on a service as an operator would have set it up."""

from pathlib import Path

import pytest

from digest.app import App, build_app
from digest.app.doctor import examine
from digest.devtools.sink.sink import Sink
from digest.operations.doctor.finding import Level
from digest.settings import load_settings
from tests.operations.doctor.name_server import NameServer
from tests.smtp.scripted_server import ScriptedServer

ZONE = {
    "example.org": ["v=spf1 mx -all"],
    "_dmarc.example.org": ["v=DMARC1; p=none"],
}


@pytest.fixture
def service(sqlite_url, tmp_path, monkeypatch):
    """Make a service, nothing of ours being in the environment."""
    monkeypatch.chdir(tmp_path)
    Path(sqlite_url.removeprefix("sqlite:///")).chmod(0o600)

    def make(**settings) -> App:
        given = {
            "database_url": sqlite_url,
            "secret_key": "kX9_3vQ-Zt7LmW2pRb8sYc4NfH6jGd1A",
            "sender": "Papers <digest@example.org>",
            "operator": "ops@example.org",
            "base_url": "http://127.0.0.1:1",
        }
        return build_app(load_settings(**{**given, **settings}), read_only=True)

    return make


def test_everything_is_looked_at_and_what_fails_stops_nothing(service):
    with Sink() as relay, NameServer(ZONE) as names:
        app = service(smtp_url=relay.url)
        found = {each.name: each for each in examine(app, resolver=names.resolver)}
        app.database.close()
    levels = {name: each.level for name, each in found.items()}
    assert levels.pop("base url") is Level.FAIL
    assert levels.pop("schedule") is Level.SKIPPED
    assert levels.pop("papers") is Level.WARN
    for name in ("dkim", "dmarc reports", "postmaster"):
        assert levels.pop(name) is Level.SKIPPED
    assert levels.pop("disk") in (Level.OK, Level.WARN)
    assert set(levels.values()) == {Level.OK}, found
    assert {"settings", "secret key", "smtp", "spf", "dmarc", "templates"} <= levels.keys()


def test_offline_no_server_is_asked_and_that_is_no_failure(service):
    app = service(smtp_url="smtp://127.0.0.1:1")
    found = examine(app, offline=True)
    app.database.close()
    assert not [each for each in found if each.level is Level.FAIL]
    skipped = [each.name for each in found if each.what == "Not looked at: offline."]
    assert skipped == ["smtp", "spf", "dkim", "dmarc", "base url"]


def test_a_folder_that_is_missing_has_to_be_made_before_its_database(service, tmp_path):
    app = service(database_url=f"sqlite:///{tmp_path}/nowhere/digest.db")
    found = {each.name: each for each in examine(app, offline=True)}
    assert found["database"].mend == f"make the folder {tmp_path}/nowhere, then: digest init"
    assert not (tmp_path / "nowhere").exists()


def test_each_mistake_is_found_with_its_remedy(service, tmp_path):
    missing = tmp_path / "missing.db"
    broken = tmp_path / "templates"
    (broken / "alert").mkdir(parents=True)
    (broken / "alert" / "body.txt").write_text("{{ nobody }}")
    (tmp_path / "topics.toml").write_text("nonsense")
    app = service(
        database_url=f"sqlite:///{missing}",
        secret_key=None,
        templates=broken,
        catalogue=tmp_path / "topics.toml",
        smtp_url="smtp://mail.example.org",
    )
    found = {each.name: each for each in examine(app, offline=True)}
    for name in ("database", "secret key", "catalogue", "templates", "settings"):
        assert found[name].level is Level.FAIL, name
        assert found[name].mend, name
    assert found["database"].mend == "digest init"
    assert not missing.exists()


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("0 2 * * *", "open at 02:00, and are due at 07:00"),
        ("*/5 5-9 * * *", "open at 05:00, and are due at 07:00"),
        ("30 8 * * 1-5", "mail that is due earlier waits"),
    ],
)
def test_the_time_at_which_editions_open_is_compared_with_their_hour(service, schedule, said):
    app = service(schedule_open=schedule, timezone="America/St_Johns")
    found = {each.name: each for each in examine(app, offline=True)}
    app.database.close()
    assert found["opening"].level is Level.WARN
    assert said in found["opening"].what


def test_a_dkim_key_is_looked_up_by_its_selector(service):
    with NameServer(ZONE) as names:
        app = service(smtp_url="smtp://127.0.0.1:1")
        selectors = ("d2026", "d2025")
        found = examine(app, selectors=selectors, resolver=names.resolver)
        app.database.close()
    told = [each for each in found if each.name.startswith("dkim")]
    assert len(told) == 2
    assert "d2026._domainkey.example.org" in told[0].mend


def test_where_papers_come_from_is_told(service, tmp_path):
    def papers(**settings):
        app = service(**settings)
        (found,) = (each for each in examine(app, offline=True) if each.name == "papers")
        app.database.close()
        return found

    alone = papers()
    assert alone.level is Level.WARN
    assert "neither live sources (DIGEST_SOURCES) nor a watched folder" in alone.what
    assert "digest ingest FILE" in alone.mend
    assert papers(watch_dir=tmp_path).level is Level.OK


def test_a_mail_server_on_this_machine_that_is_no_sink_is_real(service):
    with ScriptedServer() as relay, NameServer(ZONE) as names:
        app = service(smtp_url=f"smtp://127.0.0.1:{relay.port}")
        found = {each.name: each for each in examine(app, resolver=names.resolver)}
        app.database.close()
    assert found["settings"].level is Level.FAIL
    for name in ("DIGEST_SENDER", "DIGEST_POSTAL_ADDRESS", "DIGEST_BASE_URL"):
        assert name in found["settings"].what


def test_signatures_ahead_without_a_key_are_told(service):
    app = service(smtp_url="smtp://127.0.0.1:1", sign_ahead_minutes=30)
    (found,) = (each for each in examine(app, offline=True) if each.name == "settings")
    app.database.close()
    assert found.level is Level.WARN
    assert "DIGEST_SIGN_AHEAD_MINUTES signs nothing" in found.what
