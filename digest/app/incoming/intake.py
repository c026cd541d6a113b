"""Mail that comes in: what takes it, and the ways on which it comes."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from digest.app.clocks import Clock
from digest.app.identity import Identity
from digest.app.incoming.bounces import bounce_rules
from digest.bounces import recording
from digest.dmarc.taking import TakenReports, take_report
from digest.ground.database.engine import Database
from digest.ground.logs import log_error
from digest.intake.maildir import drain
from digest.intake.taking import Intake, Receipt, Replies
from digest.intake.tokens import identify_by, identify_reply_by
from digest.model import Feedback
from digest.settings import Settings
from digest.subscribers.links import bindings

if TYPE_CHECKING:
    from digest.intake.reply_mails import ReplyIntake

MAILDIR_SECONDS = 10.0  # between two looks into the Maildir
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IntakeWays:
    """Takes mail in every way that the settings name."""

    settings: Settings
    intake: Intake

    @contextmanager
    def running(self, stop: Event) -> Iterator[None]:
        """Take mail as it comes, in threads, until the end of the context; `stop` is set then."""
        with ExitStack() as stack:
            if self.settings.intake_listen:
                stack.enter_context(self.listening(self.settings.intake_listen))
            threads = [Thread(target=each, args=(stop,), daemon=True) for each in self._loops()]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                stop.set()
                for thread in threads:
                    thread.join(MAILDIR_SECONDS)

    @contextmanager
    def listening(self, text: str) -> Iterator[str]:
        """Listen at a place such as `lmtp:127.0.0.1:0`; give it with the port that it has."""
        from digest.intake.listening import Listener, parse_place

        place = parse_place(text)

        def take(raw: bytes, recipients: Sequence[str]) -> Receipt:
            return self.intake.take(raw, recipients, way=place.protocol)

        with Listener(place, take, self.is_ours) as listener:
            host = f"[{place.host}]" if ":" in place.host else place.host
            where = f"unix:{place.path}" if place.path else f"{host}:{listener.port}"
            yield f"{place.protocol}:{where}"

    def is_ours(self, address: str) -> bool:
        """Whether an address, without its tag, is one that our mails name."""
        mailbox, _, domain = address.strip("<>").lower().rpartition("@")
        return f"{mailbox.partition('+')[0]}@{domain}" in self._addresses()

    def fetch(self) -> int:
        """Take what is in the IMAP mailbox, once; return how much. Needs its setting."""
        from digest.intake.imap import ImapFetcher, parse_mailbox

        url = self.settings.intake_imap_url
        mailbox = parse_mailbox(url.get_secret_value() if url else "")
        return ImapFetcher(mailbox, partial(self.intake.take, way="imap")).fetch()

    def _addresses(self) -> set[str]:
        settings = self.settings
        sender = parseaddr(settings.sender)[1]
        names = (
            settings.bounce_address,
            settings.unsubscribe_address,
            settings.reply_address,
            sender,
        )
        return {name.lower() for name in names if name}

    def _loops(self) -> list[Callable[[Event], None]]:
        loops: list[Callable[[Event], None]] = []
        if self.settings.intake_maildir:
            loops.append(partial(self._watch, self.settings.intake_maildir))
        if url := self.settings.intake_imap_url:
            from digest.intake.imap import ImapFetcher, parse_mailbox

            mailbox = parse_mailbox(url.get_secret_value())
            loops.append(ImapFetcher(mailbox, partial(self.intake.take, way="imap")).run)
        return loops

    def _watch(self, folder: Path, stop: Event) -> None:
        take = partial(self.intake.take, way="maildir")
        while not stop.is_set():
            try:
                drain(folder, take, lambda _name, _receipt: None)
            except Exception as exc:  # the mail is there still, and so is the next turn
                log_error(_log, "The Maildir could not be read; trying again", exc)
            stop.wait(MAILDIR_SECONDS)


def build(
    settings: Settings,
    identity: Identity,
    database: Database,
    clock: Clock,
    replies: Callable[[], "ReplyIntake"],
) -> IntakeWays:
    """Return what takes mail. replies: makes what takes those, when the first one comes."""
    whose = bindings(database)

    def record(feedback: Feedback) -> object:
        return recording.record(database, feedback, bounce_rules(settings), clock())

    def reports(raw: bytes) -> TakenReports | None:
        return take_report(database, raw, domains, clock())

    domains = {identity.sender_domain, identity.dkim_domain}
    identify = identify_by(identity.signer, settings.keys, whose)
    taken = Replies(
        identify_reply_by(settings.keys, whose),
        lambda raw, mail, claim: replies().take(raw, mail, claim),
    )
    intake = Intake(database, identify, clock, record=record, replies=taken, reports=reports)
    return IntakeWays(settings, intake)
