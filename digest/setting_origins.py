"""Which value each setting has and where it came from, for whoever asks why something is so.

Nothing in the answer is a secret: keys are left out, and addresses have their passwords masked.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import SecretStr
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from digest.errors import SettingsError
from digest.ground.masking import mask_url
from digest.settings import (
    FROM_FILES,
    RENAMED,
    Settings,
    load_settings,
    unknown_names,
    values_from_files,
)

HIDDEN = "(hidden)"
_ADDRESSES = ("database_url", "smtp_url", "intake_imap_url")  # secret for their passwords alone


class SettingValue(NamedTuple):
    """A setting as it is. value: what may be shown of it; empty when nothing is set.

    is_default: whether the value is the default, wherever it came from.
    origin: "default", "environment", ".env", the file that holds a secret, or these with the old
    name that was read.
    """

    name: str
    value: str
    origin: str
    is_default: bool

    def to_json(self) -> dict[str, str]:
        """Return it as programs read it."""
        return {"name": self.name, "value": self.value, "from": self.origin}


def list_values() -> list[SettingValue]:
    """Return every setting, in the order of the code, whether its value can be used or not."""
    sources = list(_sources())
    found = []
    for name, field in Settings.model_fields.items():
        origin, value = next(
            ((origin, values[name]) for origin, values in sources if name in values),
            ("default", field.default),
        )
        shown, default = _shown(name, value), _shown(name, field.default)
        found.append(SettingValue(_variable(name), shown, origin, _is_same(shown, default)))
    return found


class RunningValue(NamedTuple):
    """A setting as a process has it. origin: where its value stands, if it stands there still.

    is_changed: whether another value stands there since the process began.
    """

    name: str
    value: str
    origin: str
    is_default: bool
    is_changed: bool


def list_running(settings: Settings) -> list[RunningValue]:
    """Return every setting as a process that began with these has it, in the order of the code."""
    found = []
    for (name, field), written in zip(Settings.model_fields.items(), list_values(), strict=True):
        shown, default = _shown(name, getattr(settings, name)), _shown(name, field.default)
        is_changed = not _is_same(shown, written.value)
        origin = "when the process began" if is_changed else written.origin
        is_default = _is_same(shown, default)
        found.append(RunningValue(written.name, shown, origin, is_default, is_changed))
    return found


def list_mistakes() -> list[str]:
    """Return what is wrong with the values, a line each; none when the service can start."""
    try:
        load_settings()
    except SettingsError as exc:
        return str(exc).splitlines()
    return []


def list_unknown() -> list[str]:
    """Return the names in the environment and in `.env` that look like settings and are none."""
    known = {_variable(name).lower() for name in (*Settings.model_fields, *RENAMED)}
    in_file = {one for one in _dotenv().env_vars if one.startswith("digest_")}
    return [*unknown_names(), *(f"{name.upper()} in .env" for name in sorted(in_file - known))]


def _sources() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield where values come from with what is there, in the order in which they count."""
    environment, dotenv = EnvSettingsSource(Settings), _dotenv()
    yield "environment", environment()
    for name in FROM_FILES:
        yield f"file of {_variable(name)}_FILE", _from_file(name)
    yield ".env", dotenv()
    for old, new in RENAMED.items():
        for origin, source in (("environment", environment), (".env", dotenv)):
            if value := source.env_vars.get(_variable(old).lower()):
                yield f"{origin}, as {_variable(old)}", {new: value}


def _from_file(name: str) -> dict[str, Any]:
    try:
        return {key: value for key, value in values_from_files().items() if key == name}
    except SettingsError:
        return {}  # `list_mistakes` says so


def _dotenv() -> DotEnvSettingsSource:
    try:
        return DotEnvSettingsSource(Settings)
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f".env: {exc}", hint="compare with .env.example") from None


def _variable(name: str) -> str:
    return f"DIGEST_{name.upper()}"


def _is_same(text: str, other: str) -> bool:
    """Whether two texts stand for one value: `60` is `60.0`, and `false` is `False`."""
    try:
        return float(text) == float(other)
    except ValueError:
        return text.lower() == other.lower()


def _shown(name: str, value: Any) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if text is None or text == "":
        return ""
    if name not in _ADDRESSES and _holds_secret(Settings.model_fields[name].annotation):
        return HIDDEN
    return mask_url(str(text))


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))
