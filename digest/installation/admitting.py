"""Admit a machine that mails by the settings of the others; refuse a stranger (ADR 43)."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from digest.errors import SettingsError
from digest.ground.database.engine import Database
from digest.installation.rules import fingerprint
from digest.installation.rules.fingerprint import IDENTITY, differing, hash_value, variables
from digest.installation.store import installation
from digest.installation.store.installation import Fingerprint

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The settings that shape a mail. values: by name. keys: all that are read. trial: see there.

    trial: whether they are fit for the built-in sink alone. Those of a trial give way to others.
    """

    values: Mapping[str, str]
    keys: Sequence[str]
    trial: bool


def admit(database: Database, ours: MailSettings, now: datetime, *, accept: bool = False) -> None:
    """Compare this machine's settings with those that mail was made by, and store what is new.

    SettingsError with the names of those in which it is a stranger, unless `accept`. The others
    may change: that is logged, and stored for the report of a send that repeats mail.
    """
    with database.read() as session:
        name, stored = _read(session)
    present = fingerprint.make(name, ours.values)
    if present == stored.hashes and ours.trial == stored.trial:
        return
    names = differing(stored.hashes, present, _known(name, ours)) if stored.hashes else []
    strange = [each for each in names if each in IDENTITY]
    if strange and not accept and not (stored.trial and not ours.trial):
        raise _refusal(strange, stored)
    if names:
        _log.warning("Settings that shape mail have changed: %s.", variables(names))
    changed, at = (names, now) if names else (stored.changed, stored.changed_at)
    with database.write() as session:
        installation.set_fingerprint(session, Fingerprint(present, ours.trial, changed, at))


def find_strange(database: Database, ours: MailSettings) -> list[str]:
    """Return the names of the settings in which this machine is a stranger."""
    with database.read() as session:
        name, stored = _read(session)
    if not stored.hashes or (stored.trial and not ours.trial):
        return []
    present = fingerprint.make(name, ours.values)
    return [one for one in differing(stored.hashes, present, _known(name, ours)) if one in IDENTITY]


def remark_on(database: Database, opened_at: datetime) -> str:
    """Say which settings changed since an edition was opened; empty when none did."""
    with database.read() as session:
        stored = installation.fingerprint(session)
    if stored.changed_at is None or stored.changed_at < opened_at:
        return ""
    return (
        f"Since the edition was opened these settings changed: {variables(stored.changed)}. Mail "
        "of it that is tried again differs from its first attempt."
    )


def _read(session: Session) -> tuple[str, Fingerprint]:
    return installation.read(session)[0].installation, installation.fingerprint(session)


def _known(name: str, ours: MailSettings) -> list[str]:
    return [hash_value(name, "secret_key", key) for key in ours.keys]


def _refusal(strange: Sequence[str], stored: Fingerprint) -> SettingsError:
    since = f" since {stored.changed_at:%Y-%m-%d %H:%M} UTC" if stored.changed_at else ""
    return SettingsError(
        f"This machine has another {variables(strange)} than those that mail from this database"
        f"{since}: its mail would come from somebody else, or its links would be refused.",
        hint="set what the other machines have (a new secret key goes before the old one, behind a "
        "comma); or, when these are to count from now on: digest init --accept-settings",
    )
