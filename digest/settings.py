"""Settings: read once at start from the environment and `.env`, and passed down by hand."""

import os
import re
from email.utils import getaddresses
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from digest.errors import SettingsError

FROM_FILES = ("database_url", "smtp_url", "secret_key", "summary_key")
SHORTEST_KEY = 16
_ADDRESS = re.compile(r"[^@\s<>,]+@[^@\s<>,]+")
# Needs no quoting in headers and links, and leaves room for a tag of 44 characters and a "+".
_TAGGED_MAILBOX = re.compile(r"[A-Za-z0-9._-]{1,19}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")


class Settings(BaseSettings):
    """Every setting of the service; `.env.example` explains each of them."""

    model_config = SettingsConfigDict(
        env_prefix="DIGEST_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: SecretStr = SecretStr("sqlite:///digest.db")
    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:2525")
    secret_key: SecretStr | None = None
    base_url: str = "http://127.0.0.1:8000"

    name: str = "Daily papers"
    sender: str = ""
    bounce_address: str = ""
    unsubscribe_address: str = ""
    verp: bool = True
    dkim_key_file: str = ""
    dkim_selector: str = ""
    dkim_domain: str = ""
    postal_address: str = ""
    search_url: str = "https://arxiv.org/search/?searchtype=title&query={title}"

    timezone: str = "UTC"
    send_hour: Annotated[int, Field(ge=0, le=23)] = 7
    window_days: Annotated[int, Field(ge=1, le=366)] = 7
    edition_size: Annotated[int, Field(ge=1, le=5000)] = 1000

    inbox: Path | None = None
    inbox_settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 10.0
    sources: Path | None = None
    sources_allow_private: bool = False
    proof_of_work: bool = False
    trusted_proxies: str = "127.0.0.1,::1"
    schedule_open: str = "0 6 * * *"
    schedule_close: str = "0 12 * * *"
    schedule_inbox: str = "* * * * *"
    schedule_sources: str = "*/5 * * * *"
    schedule_plan: str = "* * * * *"
    schedule_send: str = "* * * * *"
    schedule_tidy: str = "5 * * * *"
    schedule_watch: str = "*/5 * * * *"
    stale_after: Annotated[float, Field(ge=24, le=24 * 14)] = 48
    domain_limits: str = ""
    canary_percent: Annotated[float, Field(ge=0, le=100)] = 1.0
    canary_most_failed: Annotated[float, Field(ge=0, le=100)] = 10.0
    guard_last: Annotated[int, Field(ge=0, le=100_000)] = 200
    guard_most_failed: Annotated[float, Field(ge=0, le=100)] = 25.0
    drain_seconds: Annotated[float, Field(ge=1, le=3600)] = 30

    workers: Annotated[int, Field(ge=0, le=256)] = 0
    uncertain: Literal["resend", "hold"] = "resend"
    journal_dir: Path | None = None
    lease_seconds: Annotated[int, Field(ge=3, le=3600)] = 120
    smtp_connections: Annotated[int, Field(ge=1, le=500)] = 8
    smtp_timeout_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60.0
    smtp_hostname: str = ""
    smtp_plain_auth: bool = False
    smtp_ca_file: Path | None = None

    summary_url: str = ""
    summary_model: Annotated[str, Field(max_length=255)] = ""
    summary_key: SecretStr | None = None
    summary_timeout_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30.0
    summary_total_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 300.0
    summary_connections: Annotated[int, Field(ge=1, le=64)] = 4

    catalogue: Path | None = None
    templates: Path | None = None
    web_templates: Path | None = None
    theme: Path | None = None

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    operator: str = ""
    deadline_hours: Annotated[int, Field(ge=0, le=48)] = 4
    deadman_url: SecretStr | None = None
    metrics_token: SecretStr | None = None

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Berlin")
        return value

    @field_validator("base_url")
    @classmethod
    def _base_url_is_plain(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as https://digest.example.org")
        if parts.query or parts.fragment or re.search(r"[\s<>\"]", value):
            raise ValueError("must be an address without a query, a fragment or blanks")
        return value.rstrip("/")

    @field_validator("summary_url")
    @classmethod
    def _summary_url_is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be an address such as https://api.example.org/v1")
        if parts.query or parts.fragment or re.search(r"[\s<>\"]", value):
            raise ValueError("must be an address without a query, a fragment or blanks")
        return value.rstrip("/")

    @field_validator("summary_key")
    @classmethod
    def _summary_key_fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("must be of visible ASCII characters, without blanks")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, value: str) -> str:
        for each in value.split(","):
            if ip_network(each.strip()).prefixlen == 0:
                raise ValueError("whoever trusts all of them lets visitors choose their addresses")
        return value

    @field_validator("search_url")
    @classmethod
    def _search_url_has_a_place(cls, value: str) -> str:
        if value.count("{title}") != 1 or not value.startswith(("http://", "https://")):
            raise ValueError("must be an http(s) address with {title} in it once")
        return value

    @field_validator("name", "sender", "bounce_address")
    @classmethod
    def _header_is_one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be on one line, without control characters")
        return value

    @field_validator("sender")
    @classmethod
    def _sender_is_one_address(cls, value: str) -> str:
        addresses = [address for _, address in getaddresses([value])]
        if value and not (len(addresses) == 1 and _ADDRESS.fullmatch(addresses[0])):
            raise ValueError("must be one address, as in: Daily papers <digest@example.org>")
        return value

    @field_validator("bounce_address", "operator")
    @classmethod
    def _address_is_bare(cls, value: str) -> str:
        if value and not _ADDRESS.fullmatch(value):
            raise ValueError("must be an address without a name, such as bounces@example.org")
        return value

    @field_validator("deadman_url")
    @classmethod
    def _ping_goes_to_the_web(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must be an http(s) address")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _token_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"needs at least {SHORTEST_KEY} characters")
        return value

    @field_validator("unsubscribe_address")
    @classmethod
    def _unsubscribe_address_has_room(cls, value: str) -> str:
        mailbox, at, domain = value.rpartition("@")
        fits = at and _TAGGED_MAILBOX.fullmatch(mailbox) and _ADDRESS.fullmatch(f"x@{domain}")
        if value and not (fits and value.isprintable()):
            raise ValueError(
                "must be an address such as unsubscribe@example.org, with at most 19 characters "
                "before the @: letters, digits, dots, underscores, hyphens"
            )
        return value

    @field_validator("dkim_domain")
    @classmethod
    def _dkim_domain_is_one(cls, value: str) -> str:
        if value and not all(map(is_dns_label, value.split("."))):
            raise ValueError("must be a domain in ASCII such as example.org")
        return value.lower()

    @field_validator("dkim_selector")
    @classmethod
    def _selectors_are_names(cls, value: str) -> str:
        for name in value.split(",") if value else []:
            if not all(map(is_dns_label, name.strip().split("."))):
                raise ValueError("must be a name in DNS such as d2026, or several behind commas")
        return value

    @field_validator("secret_key")
    @classmethod
    def _keys_are_long(cls, value: SecretStr | None) -> SecretStr | None:
        for key in [] if value is None else value.get_secret_value().split(","):
            if len(key.strip()) < SHORTEST_KEY:
                raise ValueError(f"each key needs at least {SHORTEST_KEY} characters")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- we have our own
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Explicit values, then the environment, then `*_FILE`, then `.env`."""
        from_files = InitSettingsSource(settings_cls, _values_from_files())
        return (init_settings, env_settings, from_files, dotenv_settings)

    @property
    def keys(self) -> list[bytes]:
        """The link keys, the signing one first; SettingsError when there is none."""
        if self.secret_key is None:
            raise SettingsError(
                "DIGEST_SECRET_KEY is missing: it signs the links of every mail.",
                hint='make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
            )
        return [key.strip().encode() for key in self.secret_key.get_secret_value().split(",")]


def is_dns_label(text: str) -> bool:
    """Whether a text may stand between two dots of a domain (RFC 1035, section 2.3.1)."""
    return bool(_LABEL.fullmatch(text))


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; SettingsError lists every mistake at once, one a line."""
    try:
        return Settings(**overrides)
    except ValidationError as exc:
        problems = [f"DIGEST_{str(e['loc'][0]).upper()}: {e['msg']}" for e in exc.errors()]
        raise SettingsError("\n".join(problems), hint="compare with .env.example") from None
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f".env: {exc}", hint="compare with .env.example") from None


def check_for_real(settings: Settings) -> None:
    """Refuse to mail real people without what mail to real people needs; name all of it."""
    missing = []
    if not settings.sender:
        missing.append("DIGEST_SENDER: whom it is from, as in: Papers <digest@example.org>")
    if not settings.postal_address:
        missing.append("DIGEST_POSTAL_ADDRESS: the law wants a street address in each mail")
    if not _is_public(settings.base_url):
        missing.append("DIGEST_BASE_URL: a public https address, where its links lead")
    if missing:
        raise SettingsError(
            "These settings are missing for a relay that is not on this machine:\n"
            + "\n".join(missing),
            hint="compare with .env.example",
        )


def unknown_names() -> list[str]:
    """Return the variables of the environment that look like settings of ours and are none."""
    known = {f"DIGEST_{name.upper()}" for name in Settings.model_fields}
    known |= {f"DIGEST_{name.upper()}_FILE" for name in FROM_FILES}
    ours = {name for name in os.environ if name.startswith("DIGEST_")}
    return sorted(name for name in ours - known if not name.startswith("DIGEST_TEST"))


def _is_public(base_url: str) -> bool:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ip_address(host).is_global
    except ValueError:  # a name
        local = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
        return parts.scheme == "https" and "." in host and not local


def _values_from_files() -> dict[str, Any]:
    """Secrets that a file holds: `DIGEST_SECRET_KEY_FILE=/run/secrets/key` and the like."""
    values = {}
    for name in FROM_FILES:
        variable = f"DIGEST_{name.upper()}_FILE"
        if path := os.environ.get(variable):
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as exc:
                raise SettingsError(f"{variable}: {path}: {exc}", hint="it names a file") from None
    return values
