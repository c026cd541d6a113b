"""Sealing what is settled, and verifying it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256

from digest.app.clocks import Clock
from digest.app.composing import Composing
from digest.app.files import Files
from digest.app.topics import Topics
from digest.delivery import rebuilding
from digest.editions.store import editions
from digest.errors import NotFoundError
from digest.ground import shipped
from digest.ground.database.engine import Database
from digest.seals import sealing, verifying
from digest.seals.verifying import Verification
from digest.settings import Settings

# The settings that shape a mail's bytes, beside the files that do.
_SHAPING = (
    *("name", "sender", "base_url", "unsubscribe_address", "postal_address", "search_url"),
    *("timezone", "dkim_key_file", "dkim_selector", "dkim_domain"),
)
_OCTETS = 8
_MOST_NAMED = 20


@dataclass(frozen=True)
class Seals:
    """Makes seals, and compares them with the ledger."""

    settings: Settings
    database: Database
    files: Files
    topics: Topics
    composing: Callable[[], Composing]
    clock: Clock

    def seal(self) -> int:
        """Seal every edition that is settled; return how many were sealed."""
        return sealing.seal_settled(self.database, self.hashes, self.clock)

    def verify(
        self, on: date | None, *, mails: bool, progress: Callable[[int], None] = lambda _: None
    ) -> Verification:
        """Compare an edition (None: the newest sealed one) with its seal.

        mails: make each of its mails again as well, unless settings that shape them are others now.
        """
        day = on or sealing.newest_day(self.database)
        if day is None:
            raise NotFoundError("No edition is sealed yet.", hint="digest send")
        found = verifying.verify(self.database, day, self.hashes, progress)
        if mails and not found.thinned and not found.changed_settings:
            self._compare_mails(day, found, progress)
        return found

    def hashes(self, catalogue_version: int) -> dict[str, str]:
        """Return a hash for all that shapes a mail of an edition, which does not tell its value.

        catalogue_version: by which the edition was frozen.
        """
        catalogue = _hashed("catalogue", self.topics.of(catalogue_version).data)
        return {**self._hashes, "catalogue": catalogue}

    @cached_property
    def _hashes(self) -> dict[str, str]:
        """A hash for every setting and file that shapes any mail."""
        values = {name: str(getattr(self.settings, name)).encode() for name in _SHAPING}
        values["secret_key"] = self.settings.keys[0]
        values["theme"] = self.settings.theme.read_bytes() if self.settings.theme else b""
        templates = self.files.templates
        texts = [*templates, *(templates[name] for name in templates)]
        values["templates"] = "\0".join(texts).encode()
        values["languages"] = b"\0".join(
            path.read_bytes() for path in sorted(shipped.locale_dir().glob("*.po"))
        )
        return {name: _hashed(name, value) for name, value in values.items()}

    def _compare_mails(
        self, day: date, found: Verification, progress: Callable[[int], None]
    ) -> None:
        with self.database.read() as session:
            edition = editions.get(session, day)
        if edition is None:
            found.problems.append("The edition itself was removed.")
            return
        composer = self.composing().composer(edition)
        rebuilt = rebuilding.rebuild(self.database, edition, composer, progress)
        found.mails = rebuilt.same
        if rebuilt.erased:
            found.remarks.append(_erased(rebuilt.erased))
        said = [
            f"The mail to subscriber {key} does not come out as it was sent."
            for key in rebuilt.differing
        ]
        left = len(said) - _MOST_NAMED
        found.problems += said[:_MOST_NAMED]
        if left > 0:
            found.problems.append(f"Nor do {left} more mails.")


def _erased(count: int) -> str:
    if count == 1:
        return "1 mail went to a reader who was erased since."
    return f"{count} mails went to readers who were erased since."


def _hashed(name: str, value: bytes) -> str:
    return sha256(b"digest setting\0" + name.encode() + b"\0" + value).hexdigest()[: 2 * _OCTETS]
