"""Settings: read once at start from the environment and `.env`, and passed down by hand."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from digest.errors import SettingsError
from digest.setting_kinds import (
    BareAddress,
    Domain,
    HeaderSecret,
    ImapAddress,
    Key,
    ListeningPlace,
    Networks,
    OneLine,
    PagesAddress,
    SearchAddress,
    SecretKeys,
    Selectors,
    Sender,
    ServiceAddress,
    TaggedAddress,
    TimeZone,
    Token,
    Topic,
    WebSecret,
)
from digest.setting_values import Field, SecretStr, read_value

ENV_FILE = Path(".env")  # in the folder in which the program is started
RENAMED = {"inbox": "watch_dir"}  # the old names, and the new ones; read for one release
_log = logging.getLogger(__name__)
FROM_FILES = (
    *("database_url", "smtp_url", "secret_key", "summary_key", "intake_imap_url"),
    *("hook_postmark_secret", "hook_mailgun_key", "hook_brevo_secret", "openid_client_secret"),
)


@dataclass(frozen=True)
class Settings:
    """Every setting of the service; `.env.example` explains each of them.

    `load_settings` reads and checks them by their types (`setting_values`).
    """

    database_url: SecretStr = SecretStr("sqlite:///digest.db")
    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:2525")
    secret_key: SecretKeys | None = None
    base_url: PagesAddress = "http://127.0.0.1:8000"

    name: OneLine = "Daily papers"
    sender: Sender = ""
    bounce_address: BareAddress = ""
    unsubscribe_address: TaggedAddress = ""
    reply_address: TaggedAddress = ""
    verp: bool = True
    intake_listen: ListeningPlace = ""
    intake_imap_url: ImapAddress | None = None
    intake_maildir: Path | None = None
    intake_keep_days: Annotated[int, Field(ge=1, le=365)] = 14
    dkim_key_file: str = ""
    dkim_selector: Selectors = ""
    dkim_domain: Domain = ""
    sign_ahead_minutes: Annotated[int, Field(ge=0, le=360)] = 0
    postal_address: str = ""
    search_url: SearchAddress = "https://arxiv.org/search/?searchtype=title&query={title}"

    timezone: TimeZone = "UTC"
    send_hour: Annotated[int, Field(ge=0, le=23)] = 7
    window_days: Annotated[int, Field(ge=1, le=366)] = 7
    edition_size: Annotated[int, Field(ge=1, le=5000)] = 1000
    summaries: Annotated[int, Field(ge=0, le=500)] = 3
    approval: Literal["off", "required"] = "off"
    approval_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 120
    approval_late: Literal["send", "skip", "hold"] = "hold"

    watch_dir: Path | None = None
    inbox_settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 10.0
    sources: Path | None = None
    sources_allow_private: bool = False
    webhooks_allow_private: bool = False
    proof_of_work: bool = False
    trusted_proxies: Networks = "127.0.0.1,::1"
    schedule_open: str = "0 6 * * *"
    schedule_close: str = "0 12 * * *"
    schedule_inbox: str = "* * * * *"
    schedule_sources: str = "*/5 * * * *"
    schedule_topics: str = "* * * * *"
    schedule_plan: str = "* * * * *"
    schedule_sign: str = "* * * * *"
    schedule_send: str = "* * * * *"
    schedule_tidy: str = "5 * * * *"
    schedule_postmaster: str = "40 4,16 * * *"
    schedule_webhooks: str = "* * * * *"
    schedule_watch: str = "*/5 * * * *"
    stale_after: Annotated[float, Field(ge=24, le=24 * 14)] = 48
    domain_limits: str = ""
    canary_percent: Annotated[float, Field(ge=0, le=100)] = 1.0
    canary_most_failed: Annotated[float, Field(ge=0, le=100)] = 10.0
    guard_last: Annotated[int, Field(ge=0, le=100_000)] = 200
    guard_most_failed: Annotated[float, Field(ge=0, le=100)] = 25.0
    keep_details_days: Literal[0] | Annotated[int, Field(ge=15)] = 30
    keep_changes_days: Annotated[int, Field(ge=0, le=36_500)] = 365
    keep_papers_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    bounces_most: Annotated[float, Field(ge=0, le=100)] = 10.0
    complaints_most: Annotated[float, Field(ge=0, le=100)] = 0.3
    bounce_hard_days: Annotated[int, Field(ge=1, le=30)] = 1
    bounce_soft_days: Annotated[int, Field(ge=1, le=100)] = 5
    bounce_forget_days: Annotated[int, Field(ge=1, le=90)] = 7
    bounce_retry_days: Annotated[int, Field(ge=0, le=3650)] = 30
    feedback_days: Annotated[int, Field(ge=31, le=3650)] = 180
    hook_ses_topic: Topic = ""
    hook_postmark_secret: Token | None = None
    hook_mailgun_key: Token | None = None
    hook_sendgrid_key: Key = ""
    hook_brevo_secret: Token | None = None
    postmaster_credentials: Path | None = None
    postmaster_domain: Domain = ""
    openid_issuer: ServiceAddress = ""
    openid_client_id: OneLine = ""
    openid_client_secret: HeaderSecret | None = None
    drain_seconds: Annotated[float, Field(ge=1, le=3600)] = 30

    workers: Annotated[int, Field(ge=0, le=256)] = 0
    uncertain: Literal["resend", "hold"] = "resend"
    journal_dir: Path | None = None
    sent_log_days: Annotated[int, Field(ge=1, le=366)] = 14
    leavers_log_days: Annotated[int, Field(ge=31, le=3660)] = 400
    lease_seconds: Annotated[int, Field(ge=3, le=3600)] = 120
    smtp_connections: Annotated[int, Field(ge=1, le=500)] = 8
    smtp_timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    smtp_hostname: str = ""
    smtp_plain_auth: bool = False
    smtp_ca_file: Path | None = None

    summary_url: ServiceAddress = ""
    summary_model: Annotated[str, Field(max_length=255)] = ""
    summary_key: HeaderSecret | None = None
    summary_timeout_seconds: Annotated[float, Field(gt=0)] = 30.0
    summary_total_seconds: Annotated[float, Field(gt=0)] = 300.0
    summary_connections: Annotated[int, Field(ge=1, le=64)] = 4

    catalogue: Path | None = None
    templates: Path | None = None
    web_templates: Path | None = None
    theme: Path | None = None

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    operator: BareAddress = ""
    deadline_hours: Annotated[int, Field(ge=0, le=48)] = 4
    deadman_url: WebSecret | None = None
    metrics_token: Token | None = None

    @property
    def processes(self) -> int:
        """How many processes of this machine may send at once; the cores, unless it is said."""
        return self.workers or os.cpu_count() or 1

    @property
    def keys(self) -> list[bytes]:
        """The link keys, the signing one first; SettingsError when there is none."""
        if self.secret_key is None:
            raise SettingsError(
                "DIGEST_SECRET_KEY is missing: it signs the links of every mail.",
                hint='make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
            )
        return [key.strip().encode() for key in self.secret_key.get_secret_value().split(",")]


def load_settings(env_file: Path = ENV_FILE, /, **given: Any) -> Settings:
    """Read the settings; SettingsError lists every mistake at once, one a line.

    given: values that count before all that is written anywhere.
    """
    values = given.copy()
    for source in sources(values_from_files(), env_file):
        values = {**source.values, **values}
        if source.old_name:
            _log.warning(
                "%s is called DIGEST_%s now; the next release does not read the old name.",
                source.old_name,
                RENAMED[source.old_name.removeprefix("DIGEST_").lower()].upper(),
            )
    problems = []
    for name, kind in Settings.__annotations__.items():
        try:
            if name in values:
                values[name] = read_value(kind, values[name])
        except ValueError as exc:
            problems.append(f"DIGEST_{name.upper()}: {exc}")
    if problems:
        raise SettingsError("\n".join(problems), hint="compare with .env.example")
    return Settings(**values)


class Source(NamedTuple):
    """Where values come from, and what is written there by the name of the setting.

    old_name: the variable's, where it was read under a name of before.
    """

    origin: str
    values: Mapping[str, str]
    old_name: str = ""


def sources(from_files: Mapping[str, str], env_file: Path = ENV_FILE) -> Iterator[Source]:
    """Yield where values come from, in the order in which they count.

    The environment, then files that hold one secret each, then `.env`, then old names in both.
    """
    environment, file = _ours(os.environ), values_in(env_file)
    yield Source("environment", _known(environment))
    for name, value in from_files.items():
        yield Source(f"file of DIGEST_{name.upper()}_FILE", {name: value})
    yield Source(".env", _known(file))
    for old, new in RENAMED.items():
        for origin, found in (("environment", environment), (".env", file)):
            if old in found:
                old_name = f"DIGEST_{old.upper()}"
                yield Source(f"{origin}, as {old_name}", {new: found[old]}, old_name)


def values_in(env_file: Path = ENV_FILE) -> dict[str, str]:
    """Return what a `.env` file says, by names in small letters.

    Raises SettingsError when it cannot be read, or a line of it cannot.
    """
    if not env_file.exists() and not env_file.is_symlink():
        return {}
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        octets = env_file.read_bytes()
        text = StringIO(octets.decode(), newline=None).read()  # whatever its lines end in
    except FileNotFoundError:
        leads = env_file.readlink()
        raise SettingsError(
            f".env: this link leads nowhere: {leads}", hint="mend it, or remove it"
        ) from None
    except OSError as exc:
        raise SettingsError(f".env: {exc.strerror}", hint="compare with .env.example") from None
    except UnicodeDecodeError as exc:
        line = octets.count(b"\n", 0, exc.start) + 1
        raise SettingsError(f".env: line {line} is not UTF-8", hint="save it as UTF-8") from None
    if odd := [f"{one.original.line}" for one in parse_stream(StringIO(text)) if one.error]:
        raise SettingsError(
            f".env: cannot be read at line {', '.join(odd)}",
            hint="write NAME=value, or # before it",
        )
    return _ours(dotenv_values(stream=StringIO(text)))


def _ours(variables: Mapping[str, str | None]) -> dict[str, str]:
    """Return what is written for names of ours, in small letters; what is empty counts as none."""
    return {
        name.lower().removeprefix("digest_"): value
        for name, value in variables.items()
        if value and name.lower().startswith("digest_")
    }


def _known(found: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if name in Settings.__annotations__}


def unknown_names() -> list[str]:
    """Return what in the environment and in `.env` looks like a setting of ours and is none."""
    known = {f"DIGEST_{name.upper()}" for name in Settings.__annotations__}
    known |= {f"DIGEST_{name.upper()}_FILE" for name in FROM_FILES}
    known |= {f"DIGEST_{name.upper()}" for name in RENAMED}
    ours = {name for name in os.environ if name.startswith("DIGEST_")}
    in_file = values_in().keys() - {*Settings.__annotations__, *RENAMED}
    return [
        *sorted(name for name in ours - known if not name.startswith("DIGEST_TEST")),
        *(f"DIGEST_{name.upper()} in .env" for name in sorted(in_file)),
    ]


def values_from_files(names: Sequence[str] = FROM_FILES) -> dict[str, str]:
    """Secrets that a file holds: `DIGEST_SECRET_KEY_FILE=/run/secrets/key` and the like."""
    values = {}
    for name in names:
        variable = f"DIGEST_{name.upper()}_FILE"
        if path := os.environ.get(variable):
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as exc:
                raise SettingsError(f"{variable}: {path}: {exc}", hint="it names a file") from None
    return values
