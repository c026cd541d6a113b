"""Ask Gmail for its verdicts, and keep them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest.errors import SettingsError
from digest.ground.database.engine import Database
from digest.postmaster import credentials
from digest.postmaster.asking import API, ask
from digest.postmaster.rules.compliance import Verdict
from digest.postmaster.store import verdicts


@dataclass(frozen=True)
class Postmaster:
    """Asks for one domain. file: holds the credentials; without it nothing is asked."""

    database: Database
    file: Path | None
    domain: str
    clock: Callable[[], datetime]
    api: str = API

    def poll(self) -> Sequence[Verdict]:
        """Ask, keep what is answered, and return it.

        SettingsError without credentials or a domain; else as `ask` raises, and the verdicts of
        before stay.
        """
        if self.file is None or not self.domain:
            missing = "POSTMASTER_CREDENTIALS" if self.file is None else "SENDER"
            raise SettingsError(
                f"DIGEST_{missing} is missing, so Gmail is not asked.",
                hint="see Gmail Postmaster Tools in docs/use/dmarc.md",
            )
        now = self.clock()
        found = ask(credentials.load(self.file), self.domain, now, self.api)
        with self.database.write() as session:
            verdicts.replace(session, self.domain, found, now)
        return found
