"""Which value each setting has and where it came from, for whoever asks why something is so.

Nothing in the answer is a secret: keys are left out, and addresses have their passwords masked.
"""

from dataclasses import fields
from typing import Any, NamedTuple, get_args

from digest.errors import SettingsError
from digest.ground.masking import mask_url
from digest.setting_values import SecretStr
from digest.settings import (
    FROM_FILES,
    Settings,
    load_settings,
    sources,
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
    known = list(sources(_readable_files()))
    found = []
    for name, default_value in _defaults().items():
        origin, value = next(
            ((one.origin, one.values[name]) for one in known if name in one.values),
            ("default", default_value),
        )
        shown, default = _shown(name, value), _shown(name, default_value)
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
    for (name, value), written in zip(_defaults().items(), list_values(), strict=True):
        shown, default = _shown(name, getattr(settings, name)), _shown(name, value)
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


def _defaults() -> dict[str, Any]:
    return {field.name: field.default for field in fields(Settings)}


def _readable_files() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in FROM_FILES:
        try:
            found |= values_from_files([name])
        except SettingsError:
            continue  # `list_mistakes` says so
    return found


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
    if name not in _ADDRESSES and _holds_secret(Settings.__annotations__[name]):
        return HIDDEN
    return mask_url(str(text))


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))
