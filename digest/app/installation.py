"""Whether this machine may send: its database is not behind, and its settings are the others'."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from digest.app.clocks import Clock
from digest.app.identity import Identity
from digest.errors import DigestError, HeldError
from digest.ground.database.engine import Database
from digest.installation import admitting, leavers_log, marks, observing, sent_log
from digest.installation.admitting import MailSettings
from digest.installation.rules.fingerprint import variables
from digest.installation.store import holds
from digest.settings import Settings


@dataclass(frozen=True)
class Installation:
    """Compares the database with this machine. trial: whether no mail gets to real people."""

    settings: Settings
    identity: Identity
    trial: Callable[[], bool]
    database: Database
    journals: Path
    clock: Clock

    @property
    def folder(self) -> Path:
        """The folder of the marks."""
        return marks.folder_beside(self.journals)

    def check(self) -> None:
        """Raise HeldError when mail is held, SettingsError when this machine is a stranger."""
        self.observe()
        self.admit()

    def observe(self) -> None:
        """Raise HeldError when mail is held; move the mark on, and copy who has left."""
        observing.observe(self.database, self.folder, self.clock())

    def admit(self) -> None:
        """Raise SettingsError when this machine is a stranger."""
        admitting.admit(self.database, self.mail_settings, self.clock())

    def accept_settings(self) -> None:
        """Let this machine's settings be those of the installation from now on."""
        admitting.admit(self.database, self.mail_settings, self.clock(), accept=True)

    def strange(self) -> str:
        """Return the settings in which this machine is a stranger, as an operator knows them."""
        return variables(admitting.find_strange(self.database, self.mail_settings))

    def remark_on(self, opened_at: datetime) -> str:
        """Say which settings changed since an edition was opened; empty when none did."""
        return admitting.remark_on(self.database, opened_at)

    def is_held(self) -> bool:
        """Return whether mail is held; also when the database cannot say."""
        try:
            with self.database.read() as session:
                return bool(holds.list_all(session))
        except (DigestError, SQLAlchemyError):
            return True

    def observes_hold(self) -> bool:
        """Return whether mail is held, once this machine's mark was looked at."""
        try:
            self.observe()
        except HeldError:
            return True
        return False

    def missing(self) -> list[str]:
        """Return what the database lacks of what this machine has seen, a line each."""
        mark = marks.read(self.folder)
        if mark is None:
            return []
        with self.database.read() as session:
            return observing.compare(session, mark)[1]

    def tidy(self) -> None:
        """Forget the logs that are older than anybody needs."""
        now, settings = self.clock(), self.settings
        sent_log.forget(self.folder, now, settings.sent_log_days)
        leavers_log.forget(self.folder, now, settings.leavers_log_days)

    @cached_property
    def mail_settings(self) -> MailSettings:
        """The settings that shape a mail."""
        settings, letterhead = self.settings, self.identity.letterhead
        keys = [key.decode() for key in settings.keys]
        values = {
            "secret_key": keys[0],
            "base_url": letterhead.base_url,
            "sender": letterhead.sender_address,
            "bounce_address": letterhead.bounce_address,
            "unsubscribe_address": letterhead.unsubscribe_address,
            "name": f"{letterhead.name}\0{letterhead.sender_name}",
            "postal_address": letterhead.postal_address,
            "search_url": letterhead.search_url,
            "verp": str(settings.verp),
            "dkim_domain": settings.dkim_domain,
            "dkim_selector": str(settings.dkim_selector),
        }
        return MailSettings(values, keys, self.trial())
