"""Settings: read in order, every mistake at once, and all of them explained to operators."""

import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from digest.errors import SettingsError
from digest.setting_values import SecretStr
from digest.settings import FROM_FILES, Settings, load_settings, unknown_names
from tests.conftest import REPOSITORY

EXAMPLE = REPOSITORY / ".env.example"
KEY = "a key of many characters"


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, and nothing of ours in the environment."""
    monkeypatch.chdir(tmp_path)
    for field in Settings.__annotations__:
        monkeypatch.delenv(f"DIGEST_{field.upper()}", raising=False)
        monkeypatch.delenv(f"DIGEST_{field.upper()}_FILE", raising=False)


def listed() -> list[str]:
    return re.findall(r"^DIGEST_(\w+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_example_lists_every_setting_once():
    assert sorted(listed()) == sorted(field.upper() for field in Settings.__annotations__)


def test_the_defaults_of_the_example_are_those_of_the_code():
    from_example = load_settings(EXAMPLE)
    assert from_example == load_settings()
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#") and not value:
            default = getattr(Settings, name.removeprefix("DIGEST_").lower())
            assert default in ("", None), f"{name} is empty in the example"


def test_the_example_explains_every_setting():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("DIGEST_"):
            assert lines[number - 1].startswith("# "), f"nothing explains {line}"


def test_the_example_names_every_setting_that_a_file_may_hold():
    for name in FROM_FILES:
        assert f"# Kept in a file instead: DIGEST_{name.upper()}_FILE=" in EXAMPLE.read_text()


def test_without_anything_there_are_defaults_and_no_key():
    settings = load_settings()
    assert settings.database_url.get_secret_value() == "sqlite:///digest.db"
    with pytest.raises(SettingsError, match=r"DIGEST_SECRET_KEY is missing") as caught:
        _ = settings.keys
    assert "secrets.token_urlsafe" in caught.value.hint


def test_explicit_values_win_then_the_environment_then_files_then_dotenv(monkeypatch, tmp_path):
    def smtp_url(**overrides):
        return load_settings(**overrides).smtp_url.get_secret_value()

    (tmp_path / ".env").write_text("DIGEST_SMTP_URL=smtp://dotenv\nOTHER=1\nDIGEST_UNHEARD=1\n")
    assert smtp_url() == "smtp://dotenv"
    (tmp_path / "smtp").write_text("smtp://file\n")
    monkeypatch.setenv("DIGEST_SMTP_URL_FILE", str(tmp_path / "smtp"))
    assert smtp_url() == "smtp://file"
    monkeypatch.setenv("DIGEST_SMTP_URL", "smtp://environment")
    assert smtp_url() == "smtp://environment"
    assert smtp_url(smtp_url=SecretStr("smtp://explicit")) == "smtp://explicit"


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("DIGEST_WORKERS", "")
    monkeypatch.setenv("DIGEST_SECRET_KEY", "")
    assert load_settings() == Settings()


def test_settings_do_not_change_and_do_not_show_secrets():
    settings = load_settings(secret_key=KEY, smtp_url="smtp://ann:hunter2@mail.example.org")
    assert KEY not in repr(settings)
    assert "hunter2" not in repr(settings)
    with pytest.raises(FrozenInstanceError):
        settings.workers = 3


def test_keys_are_split_the_signing_one_first():
    assert load_settings(secret_key=f" new {KEY} , old {KEY}").keys == [
        f"new {KEY}".encode(),
        f"old {KEY}".encode(),
    ]


@pytest.mark.parametrize("keys", ["short", f"{KEY},", f"{KEY},short", "", " " * 20, ","])
def test_a_short_or_empty_key_is_refused_wherever_it_comes_from(keys, monkeypatch, tmp_path):
    with pytest.raises(SettingsError, match=r"DIGEST_SECRET_KEY: .* 16 characters"):
        load_settings(secret_key=keys)
    (tmp_path / "key").write_text(keys)
    monkeypatch.setenv("DIGEST_SECRET_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingsError, match=r"DIGEST_SECRET_KEY: .* 16 characters"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("base_url", "digest.example.org"),
        ("base_url", "ftp://example.org"),
        ("base_url", "https://"),
        ("base_url", "https://[::1"),
        ("base_url", "https://example.org/?a=b"),
        ("base_url", "https://example.org/#a"),
        ("base_url", "https://exa mple.org"),
        ("base_url", 'https://example.org/"'),
        ("search_url", "https://example.org/"),
        ("dkim_domain", "example..org"),
        ("dkim_domain", "bücher.example"),
        ("dkim_selector", "a,"),
        ("dkim_selector", "a b"),
        ("search_url", "https://example.org/{title}/{title}"),
        ("search_url", "javascript:{title}"),
        ("summary_url", "api.example.org/v1"),
        ("summary_url", "https://"),
        ("summary_url", "https://api.example.org/v1?key=x"),
        ("summary_key", "a key"),
        ("summary_key", "clé"),
        ("summary_timeout_seconds", 0),
        ("summary_connections", 65),
        ("sender", "Daily papers"),
        ("sender", "a@example.org, b@example.org"),
        ("sender", "Ann <a@example.org>, Bob <b@example.org>"),
        ("sender", "Daily papers <a b@example.org>"),
        ("sender", "Daily <a@example.org>\r\nBcc: b@example.org"),
        ("bounce_address", "Bounces <b@example.org>"),
        ("bounce_address", "b@example.org>\r\nRCPT TO:<c@example.org"),
        ("bounce_address", "nobody"),
        ("name", "Daily\npapers"),
        ("send_hour", 24),
        ("send_hour", "seven"),
        ("window_days", 0),
        ("edition_size", 5001),
        ("workers", -1),
        ("workers", 257),
        ("uncertain", "maybe"),
        ("smtp_connections", 0),
        ("smtp_timeout_seconds", 0),
        ("smtp_timeout_seconds", "inf"),
        ("smtp_timeout_seconds", "nan"),
        ("smtp_plain_auth", "perhaps"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(name, value):
    with pytest.raises(SettingsError, match=f"^DIGEST_{name.upper()}: "):
        load_settings(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("base_url", "https://example.org/papers//", "https://example.org/papers"),
        ("sender", "Papers, daily <d@example.org>", None),
        ("sender", '"Papers, daily" <d@example.org>', '"Papers, daily" <d@example.org>'),
        ("sender", "d@example.org", "d@example.org"),
        ("bounce_address", "b+x@example.org", "b+x@example.org"),
        ("dkim_domain", "Example.ORG", "example.org"),
        ("dkim_selector", "r2026, e2026.mail", "r2026, e2026.mail"),
        ("postal_address", "1 Street\nTown", "1 Street\nTown"),
        ("timezone", "America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
    ],
)
def test_what_is_right_is_kept(name, value, kept):
    if kept is None:  # an unquoted comma parts two addresses (RFC 5322, section 3.4)
        with pytest.raises(SettingsError):
            load_settings(**{name: value})
    else:
        assert getattr(load_settings(**{name: value}), name) == kept


def test_every_mistake_is_named_at_once_and_no_secret_is_shown(monkeypatch):
    monkeypatch.setenv("DIGEST_TIMEZONE", "Mars/Olympus")
    monkeypatch.setenv("DIGEST_SECRET_KEY", "hunter2")
    monkeypatch.setenv("DIGEST_WORKERS", "many")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    lines = str(caught.value).splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == [
        "DIGEST_SECRET_KEY",
        "DIGEST_TIMEZONE",
        "DIGEST_WORKERS",
    ]
    assert "hunter2" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named_with_its_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("DIGEST_SECRET_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(SettingsError, match=r"DIGEST_SECRET_KEY_FILE: .*missing"):
        load_settings()
    (tmp_path / "missing").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"DIGEST_SECRET_KEY_FILE: .*missing"):
        load_settings()


def test_a_dotenv_file_that_is_no_text_is_refused_in_words(tmp_path):
    (tmp_path / ".env").write_bytes(b"# ours\nDIGEST_NAME=\xff\n")
    with pytest.raises(SettingsError, match=r"^\.env: line 2 is not UTF-8$"):
        load_settings()


def test_a_line_of_a_dotenv_file_that_says_nothing_is_refused_with_its_number(tmp_path):
    (tmp_path / ".env").write_text("DIGEST_NAME=Papers\n# a remark\nDIGEST OPERATOR ann\n")
    with pytest.raises(SettingsError, match=r"^\.env: cannot be read at line 3$"):
        load_settings()


def test_a_folder_in_the_place_of_a_dotenv_file_is_refused(tmp_path):
    (tmp_path / ".env").mkdir()
    with pytest.raises(SettingsError, match=r"^\.env: Is a directory"):
        load_settings()


def test_a_dotenv_link_to_nothing_is_refused(tmp_path):
    (tmp_path / ".env").symlink_to(tmp_path / "gone")
    with pytest.raises(SettingsError, match=r"^\.env: this link leads nowhere: /.*gone$"):
        load_settings()


def test_the_lines_of_a_dotenv_file_may_end_as_on_windows(tmp_path):
    (tmp_path / ".env").write_bytes(b'DIGEST_POSTAL_ADDRESS="One\r\nTwo"\r\nDIGEST_NAME=Ours\r\n')
    settings = load_settings()
    assert (settings.postal_address, settings.name) == ("One\nTwo", "Ours")


def test_a_misspelt_name_in_a_dotenv_file_is_noticed(tmp_path):
    (tmp_path / ".env").write_text("DIGEST_SMPT_URL=smtp://127.0.0.1\nOTHER=1\n")
    assert unknown_names() == ["DIGEST_SMPT_URL in .env"]


def test_a_misspelt_name_is_noticed(monkeypatch):
    monkeypatch.setenv("DIGEST_SMPT_URL", "smtp://127.0.0.1")
    monkeypatch.setenv("DIGEST_SECRET_KEY_FILE", "/nowhere")
    monkeypatch.setenv("DIGEST_NAME", "Papers")
    assert unknown_names() == ["DIGEST_SMPT_URL"]


def test_the_old_name_of_a_setting_is_read_for_one_release_with_a_remark(monkeypatch, caplog):
    monkeypatch.setenv("DIGEST_INBOX", "/srv/papers")
    assert load_settings().watch_dir == Path("/srv/papers")
    assert "DIGEST_INBOX is called DIGEST_WATCH_DIR now" in caplog.text
    assert unknown_names() == []
    monkeypatch.setenv("DIGEST_WATCH_DIR", "/srv/new")
    assert load_settings().watch_dir == Path("/srv/new")


def test_the_old_name_of_a_setting_is_read_from_the_file_too(monkeypatch, tmp_path, caplog):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("DIGEST_INBOX=/srv/papers\n")
    assert load_settings().watch_dir == Path("/srv/papers")
    assert "DIGEST_WATCH_DIR" in caplog.text


def test_a_mistake_is_told_in_our_words_alone():
    with pytest.raises(SettingsError) as caught:
        load_settings(timezone="localtime")
    assert str(caught.value).startswith("DIGEST_TIMEZONE: 'localtime' is not an IANA time zone")
