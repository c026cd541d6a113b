"""`digest config`: what is set, and by what."""

import pytest

from digest.errors import SettingsError
from digest.settings import Settings

SECRETS = ("geheim", "a key for the tests only", "hidden-token-of-many-characters")


@pytest.fixture
def config(run):
    def invoke(*words, code=0):
        (found,) = run("config", "--json", *words, code=code)
        return {one["name"]: (one["value"], one["from"]) for one in found["settings"]}, found

    return invoke


def test_every_setting_is_there_with_where_it_came_from(config, tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("DIGEST_SEND_HOUR=9\nDIGEST_NAME=From a file\nDIGEST_TYPO=1\n")
    (tmp_path / "smtp").write_text("smtp://mailer:geheim@relay.example:587\n")
    monkeypatch.setenv("DIGEST_NAME", "From outside")
    monkeypatch.setenv("DIGEST_TIMEZONE", "")
    monkeypatch.setenv("DIGEST_INBOX", "/var/inbox")
    monkeypatch.setenv("DIGEST_SUMMARY_KEY_FILE", str(tmp_path / "smtp"))
    values, found = config()
    assert values.keys() == {f"DIGEST_{name.upper()}" for name in Settings.__annotations__}
    assert values["DIGEST_SEND_HOUR"] == ("9", ".env")
    assert values["DIGEST_NAME"] == ("From outside", "environment")
    assert values["DIGEST_TIMEZONE"] == ("UTC", "default")
    assert values["DIGEST_WATCH_DIR"] == ("/var/inbox", "environment, as DIGEST_INBOX")
    assert values["DIGEST_SUMMARY_KEY"] == ("(hidden)", "file of DIGEST_SUMMARY_KEY_FILE")
    assert found["unknown"] == ["DIGEST_TYPO in .env"]
    assert found["mistakes"] == []


def test_no_secret_is_shown(run, config, monkeypatch):
    monkeypatch.setenv("DIGEST_METRICS_TOKEN", "hidden-token-of-many-characters")
    monkeypatch.setenv("DIGEST_DEADMAN_URL", "https://ping.example/geheim")
    monkeypatch.setenv("DIGEST_SUMMARY_URL", "https://ann:geheim@llm.example/v1")
    values, _ = config()
    assert values["DIGEST_SECRET_KEY"] == ("(hidden)", "environment")
    assert values["DIGEST_DEADMAN_URL"] == ("(hidden)", "environment")
    assert values["DIGEST_SUMMARY_URL"][0] == "https://ann:***@llm.example/v1"
    for words in (("config",), ("config", "--json")):
        shown = str(run(*words))
        assert not [secret for secret in SECRETS if secret in shown]


def test_a_value_that_cannot_be_used_is_shown_with_what_is_wrong(run, config, monkeypatch):
    monkeypatch.setenv("DIGEST_SEND_HOUR", "25")
    values, found = config(code=2)
    assert values["DIGEST_SEND_HOUR"] == ("25", "environment")
    assert "DIGEST_SEND_HOUR" in found["mistakes"][0]
    with pytest.raises(SettingsError, match="DIGEST_SEND_HOUR"):
        run("config")
    monkeypatch.setenv("DIGEST_SEND_HOUR", "7")
    monkeypatch.setenv("DIGEST_SECRET_KEY_FILE", "/nowhere")
    assert "/nowhere" in config(code=2)[1]["mistakes"][0]


def test_the_list_can_be_narrowed(config):
    values, _ = config("--changed")
    assert set(values) == {"DIGEST_DATABASE_URL", "DIGEST_SECRET_KEY", "DIGEST_SMTP_URL"}
    assert set(config("--search", "send_")[0]) == {"DIGEST_SEND_HOUR"}
