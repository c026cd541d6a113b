"""Where everything is wired: from settings to the objects that services work with."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from functools import cache, cached_property, partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from digest import __version__, shipped
from digest.core import dkim, headers
from digest.core.alert import alert
from digest.core.dkim import DkimKey
from digest.core.explanation import Explanation
from digest.core.leanings import parse_leanings
from digest.core.links import LinkSigner
from digest.core.lint.finding import Finding, House
from digest.core.mentions import check_muted
from digest.core.notes import Notes
from digest.core.preferences import Vocabulary
from digest.core.press import Press
from digest.core.relevance import MATCH, InterestIndex, parse_interest
from digest.core.return_paths import LONGEST_MAILBOX, ReturnPaths
from digest.core.slate import Slate
from digest.core.sources.sources_file import Source, parse_sources
from digest.core.stamps import Stamper
from digest.core.summary import summarise
from digest.core.topics import Catalogue, parse_catalogue
from digest.core.troubles import Trouble
from digest.core.wording import why
from digest.db import schema
from digest.db.editions import OpenEdition
from digest.db.engine import Database
from digest.errors import InputError, SettingsError
from digest.mail.domain_limits import parse_domain_limits
from digest.mail.relay import Relay
from digest.mail.smtp_url import Limits, SmtpUrl, parse_smtp_urls
from digest.model import Edition, Letterhead, Message, Reason, State, Trend
from digest.services import (
    dkim_keys,
    editions,
    mailing,
    pacing,
    recovery,
    runs,
    standing,
    subscriptions,
    watching,
)
from digest.services.alerts import Bell, post
from digest.services.composing import Choice, Composer, Mail
from digest.services.editions import EditionRules
from digest.services.guard import Thresholds
from digest.services.mailing import SendReport
from digest.services.opening import Freshness
from digest.services.opt_in import OptIn
from digest.services.preflight import Preflight, approve
from digest.services.runs import RunNote
from digest.services.sending import Sender
from digest.settings import Settings, check_for_real

if TYPE_CHECKING:
    from digest.services.sources import Desk
    from digest.services.summaries import SummaryReport

LOOPBACK_SENDER = "digest@digest.localhost"
NO_POSTAL_ADDRESS = "(no postal address is set)"


@dataclass(frozen=True)
class StoppedClock:
    """A clock that always tells the same time; it can be handed to another process."""

    now: datetime

    def __call__(self) -> datetime:
        """Tell it."""
        return self.now


def system_clock() -> datetime:
    """Tell the real time."""
    return datetime.now(UTC)


class App:
    """The service as one object; everything is made when it is first asked for.

    clock: tells the time; left out, the real one. read_only: the database refuses every change.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = system_clock,
        read_only: bool = False,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._read_only = read_only
        self._composer: tuple[OpenEdition, Composer] | None = None

    @cached_property
    def database(self) -> Database:
        """The database, of the schema that this code needs; SettingsError when it is not."""
        database = Database(
            self.settings.database_url.get_secret_value(), read_only=self._read_only
        )
        if (found := schema.current(database)) != schema.HEAD:
            state = f"is at schema {found}" if found else "is empty"
            raise SettingsError(
                f"The database {state}; this program needs {schema.HEAD}.", hint="digest init"
            )
        return database

    @property
    def database_name(self) -> str:
        """The database's address without its password."""
        database = Database(self.settings.database_url.get_secret_value())
        return database.url.render_as_string(hide_password=True)

    def init(self) -> tuple[str | None, str]:
        """Create or upgrade the database; return the schema before and after."""
        database = Database(self.settings.database_url.get_secret_value())
        before = schema.current(database)
        schema.upgrade(database, shipped.migrations_dir())
        database.close()
        return before, schema.HEAD

    @cached_property
    def catalogue(self) -> Catalogue:
        """The topics: the operator's file, or the one that comes with the program."""
        path = self.settings.catalogue or shipped.catalogue_file()
        try:
            leanings = parse_leanings(shipped.leanings_file().read_bytes())
            return parse_catalogue(path.read_bytes(), leanings)
        except OSError as exc:
            raise SettingsError(f"DIGEST_CATALOGUE: {path}: {exc.strerror}") from None
        except InputError as exc:
            raise SettingsError(f"{path}: {exc}") from None

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The live sources of the operator's file; none when there is no file."""
        path = self.settings.sources
        if path is None:
            return ()
        try:
            return parse_sources(path.read_text(encoding="utf-8"))
        except OSError as exc:
            raise SettingsError(f"DIGEST_SOURCES: {path}: {exc.strerror}") from None
        except (InputError, UnicodeDecodeError) as exc:
            problems = "\n".join(f"{path}: {line}" for line in str(exc).splitlines())
            raise SettingsError(problems, hint="compare with docs/sources.md") from None

    @cached_property
    def source_desk(self) -> "Desk":
        """What asks the live sources; whoever never does, need not load an HTTP client."""
        from digest.fetch.addresses import anywhere, is_public
        from digest.fetch.fetcher import Fetcher
        from digest.services.sources import Desk

        allowed = anywhere if self.settings.sources_allow_private else is_public
        fetcher = Fetcher(f"digest/{__version__} (+{self.settings.base_url})", allowed=allowed)
        return Desk(self.database, self.sources, fetcher, self.catalogue.classify, self.clock)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What preferences may name."""
        return Vocabulary(
            topics={topic.slug for topic in self.catalogue.topics},
            timezones=available_timezones(),
            check_interest=parse_interest,
            check_muted=check_muted,
            default_timezone=self.settings.timezone,
        )

    @cached_property
    def letterhead(self) -> Letterhead:
        """Who sends; on loopback the stand-ins of a trial, elsewhere what `for_real` demands."""
        settings = self.settings
        name, address = parseaddr(settings.sender)
        address = address or LOOPBACK_SENDER
        return Letterhead(
            name=settings.name,
            sender_name=name or settings.name,
            sender_address=address,
            bounce_address=settings.bounce_address or address,
            base_url=settings.base_url,
            postal_address=settings.postal_address or NO_POSTAL_ADDRESS,
            timezone=settings.timezone,
            search_url=settings.search_url,
            unsubscribe_address=settings.unsubscribe_address,
        )

    @cached_property
    def return_paths(self) -> ReturnPaths | None:
        """What makes the envelope senders; None when they are all the bounce address itself."""
        if not self.settings.verp:
            return None
        address = self.letterhead.bounce_address
        try:
            return ReturnPaths(self.settings.keys[0], address)
        except ValueError:
            raise SettingsError(
                f"{address} is too long: the part before the @ of the address where returned mail "
                f"goes may have {LONGEST_MAILBOX} characters, since each message adds 34 to it.",
                hint="set DIGEST_BOUNCE_ADDRESS to a shorter one, or DIGEST_VERP=false",
            ) from None

    @property
    def dkim_domain(self) -> str:
        """The domain that signs: that of the sender unless a setting says otherwise."""
        return self.settings.dkim_domain or headers.domain(
            self.letterhead.sender_address.rpartition("@")[2]
        )

    @cached_property
    def dkim_keys(self) -> list[DkimKey]:
        """What signs every mail; none when no key is set."""
        settings = self.settings
        return dkim_keys.read_keys(settings.dkim_key_file, settings.dkim_selector, self.dkim_domain)

    def finish(self, message: Message) -> Message:
        """Give a mail that belongs to no edition its envelope sender and its signatures.

        The last thing that happens to it: no byte may change afterwards.
        """
        if self.return_paths is not None:
            message = replace(message, sender=self.return_paths.address(message.key))
        return dkim.sign(message, self.dkim_keys, self.clock())

    @cached_property
    def rules(self) -> EditionRules:
        """What an edition is made by."""
        return EditionRules(
            window_days=self.settings.window_days,
            size=self.settings.edition_size,
            send_hour=self.settings.send_hour,
            timezone=self.settings.timezone,
            domain=self.letterhead.sender_address.rpartition("@")[2],
            model=self.settings.summary_model if self.settings.summary_url else "",
        )

    @property
    def fresh(self) -> Freshness:
        """How old an edition may be when the clock has it mailed."""
        return Freshness(timedelta(hours=self.settings.stale_after), self.settings.timezone)

    @cached_property
    def templates(self) -> dict[str, str]:
        """The mail templates by name ("digest/body.html"): the shipped ones, overridden."""
        found = {}
        for root in (shipped.templates_dir() / "email", self.settings.templates):
            if root is None:
                continue
            if not root.is_dir():
                raise SettingsError(f"DIGEST_TEMPLATES: {root} is not a folder")
            for path in sorted(root.rglob("*.*")):
                found[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
        return found

    @cached_property
    def smtp_urls(self) -> tuple[SmtpUrl, ...]:
        """Where mail is handed over."""
        return parse_smtp_urls(self.settings.smtp_url.get_secret_value())

    @cached_property
    def domain_limits(self) -> dict[str, Limits]:
        """How many messages recipients' domains take, "*" being all others."""
        return parse_domain_limits(self.settings.domain_limits)

    @property
    def journals(self) -> Path:
        """The folder of the journals: beside the SQLite file unless a setting says otherwise."""
        if self.settings.journal_dir:
            return self.settings.journal_dir
        url, file = self.database.url, self.database.file
        return (
            Path(f"{file}-journals")
            if file
            else Path(f"{url.host or 'local'}-{url.database}-journals")
        )

    def edition(self, on: date | None) -> OpenEdition:
        """Return the edition of a date, opened if need be."""
        return editions.open_edition(self.database, on, self.rules, now=self.clock())

    def foresee(self, on: date | None) -> OpenEdition:
        """Return the edition of a date as it is, or would be, without opening it."""
        return editions.foresee(self.database, on, self.rules, now=self.clock())

    def write_summaries(self, on: date | None) -> "SummaryReport":
        """Have an edition summarised before it is opened; SettingsError without an endpoint."""
        from digest.services import summaries  # httpx takes a quarter of a second to import
        from digest.services.endpoint import endpoint_of

        endpoint = endpoint_of(self.settings)
        return summaries.write_summaries(self.database, on, self.rules, endpoint, now=self.clock())

    def slate(self, edition: OpenEdition) -> Slate:
        """Return the edition ready for selection."""
        papers = [candidate.paper for candidate in edition.edition.candidates]
        topics = [topic.slug for topic in self.catalogue.topics]
        index = InterestIndex(papers, self.catalogue)
        return Slate(edition.edition, topics, index, match_level=MATCH)

    def press(self, edition: OpenEdition) -> Press:
        """Return the edition ready for composing."""
        return self._press(edition.edition)

    def _press(self, edition: Edition) -> Press:
        return Press(
            edition,
            self.letterhead,
            {topic.slug: topic.name for topic in self.catalogue.topics},
            LinkSigner(self.settings.keys),
            self.templates,
            summarise,
            self.return_paths,
            self.dkim_keys,
        )

    @cached_property
    def preflight(self) -> Preflight:
        """What looks at sample mails of an edition before it is sent."""
        postal_address = self.settings.postal_address
        house = House(
            base_url=self.settings.base_url,
            sender_address=self.letterhead.sender_address,
            postal_address=postal_address,
            trial=all(url.is_loopback for url in self.smtp_urls),
        )
        return Preflight(self._press, house, [topic.slug for topic in self.catalogue.topics])

    def approve(
        self, edition: OpenEdition, *, force: bool = False, sends: bool = False
    ) -> list[Finding]:
        """Check an open edition before it is sent; HeldError when there are errors in it.

        sends: this process goes on to send it, so what composes it is made here and kept.
        """
        whole = (lambda: self.composer(edition).press) if sends else None
        findings = self.preflight.check(edition.edition, whole)
        approve(self.database, edition, findings, force=force, now=self.clock())
        return findings

    def composer(self, edition: OpenEdition) -> Composer:
        """Return what turns the edition's deliveries into messages; it is kept for a next call."""
        if self._composer is None or self._composer[0] is not edition:
            self._composer = (edition, self._new_composer(edition))
        return self._composer[1]

    def _new_composer(self, edition: OpenEdition) -> Composer:
        links = LinkSigner(self.settings.keys)
        notes = Notes(
            edition.edition,
            self.letterhead,
            links,
            self.templates,
            self.return_paths,
            self.dkim_keys,
        )
        return Composer(self.slate(edition), self.press(edition), notes, empty=edition.empty)

    def sender(
        self,
        edition: OpenEdition,
        relay: Relay,
        *,
        stop: Callable[[], bool],
        progress: Callable[[int], None],
    ) -> Sender:
        """Return what sends an open edition in this process."""
        return Sender(
            database=self.database,
            edition=edition,
            composer=cache(lambda: self.composer(edition)),
            relay=relay,
            journals=self.journals,
            clock=self.clock,
            uncertain=self.settings.uncertain,
            stop=stop,
            progress=progress,
            stale_at=self.fresh.ends(edition.edition.date),
            domain_limits=self.domain_limits,
            thresholds=self.thresholds,
        )

    @property
    def thresholds(self) -> Thresholds:
        """How much may go wrong before an edition is paused."""
        settings = self.settings
        return Thresholds(
            settings.canary_percent,
            settings.canary_most_failed,
            settings.guard_last,
            settings.guard_most_failed,
        )

    def rehearse(
        self,
        on: date | None,
        *,
        to: str | None = None,
        show: Callable[[Choice, Message | None], None],
    ) -> SendReport:
        """Do all that `send` does up to the bytes; open no connection, change nothing."""
        only = subscriptions.find(self.database, to).id if to else None
        edition = self.foresee(on)
        started = monotonic()
        report = mailing.rehearse(
            self.database, edition, self.composer(edition), now=self.clock(), only=only, show=show
        )
        report.seconds = monotonic() - started
        report.findings = self.preflight.check(
            edition.edition, lambda: self.composer(edition).press
        )
        return report

    def preview(self, address: str, on: date | None) -> Mail:
        """Return the mail that a subscriber got, or would get now."""
        edition = self.foresee(on)
        return mailing.preview(self.database, edition, self.composer(edition), address)

    def explain(self, address: str, on: date | None) -> tuple[date, list[Explanation]]:
        """Return the edition's date, and how each candidate looks to a subscriber."""
        edition = self.foresee(on)
        found = mailing.explain_to(self.database, edition, self.slate(edition), address)
        return edition.edition.date, found

    def reason_text(self, reason: Reason, trend: Trend) -> str:
        """Say in a reader's words why a paper was picked, as its card in the mail does."""
        return why(reason, trend, {topic.slug: topic.name for topic in self.catalogue.topics})

    def recover(self) -> Counter[State]:
        """Settle what killed runs left behind."""
        return recovery.recover(
            self.database, self.journals, now=self.clock(), uncertain=self.settings.uncertain
        )

    def relay(self, connections: int | None = None) -> Relay:
        """Return a relay, not yet connected; with as many connections as the settings say."""
        settings = self.settings
        return Relay(
            self.smtp_urls,
            connections=connections or settings.smtp_connections,
            timeout_seconds=settings.smtp_timeout_seconds,
            hostname=settings.smtp_hostname,
            allow_plain_auth=settings.smtp_plain_auth,
            ca_file=settings.smtp_ca_file,
            gate=lambda url: pacing.gate(self.database, url, self.clock),
        )

    def run(self, kind: str) -> AbstractContextManager[RunNote]:
        """Keep the report of the run inside, whatever its end; a good one is announced."""
        url = self.settings.deadman_url
        ping_url = url.get_secret_value() if url else ""
        return runs.recorded(self.database, kind, self.clock, ping_url=ping_url)

    def status(self) -> dict[str, Any]:
        """Return how the service stands: see `services.standing`."""
        here = self.database.file.parent if self.database.file else Path()
        return standing.status(self.database, self.settings, (here.resolve(),), self.clock())

    def troubles(self) -> list[Trouble]:
        """Return everything that the operator should know now."""
        return watching.look(self.database, self.settings, self.clock())

    def watch(self) -> list[Trouble]:
        """Return everything that is wrong now, and tell the operator what he was not told today."""
        found = self.troubles()
        if self.settings.operator:
            self._bell.ring(found)
        return found

    @property
    def _bell(self) -> Bell:
        def tell(trouble: Trouble, over: bool, since: datetime) -> bool:
            compose = partial(
                alert,
                self.letterhead,
                self.templates,
                trouble,
                address=self.settings.operator,
                over=over,
                since=since,
                now=self.clock(),
            )
            return post(compose, lambda: self.relay(connections=1))

        return Bell(self.database, tell, ZoneInfo(self.settings.timezone), self.clock)

    @cached_property
    def opt_in(self) -> OptIn:
        """What takes new subscribers in."""
        return OptIn(
            self.database,
            self.letterhead,
            Stamper(self.settings.keys),
            LinkSigner(self.settings.keys),
            self.templates,
            self.vocabulary,
            lambda: self.relay(connections=1),
            self.clock,
            self.finish,
        )

    def check_for_real(self) -> None:
        """Refuse to mail real people without what mail to real people needs; name all of it."""
        _ = self.settings.keys, self.domain_limits
        if not all(url.is_loopback for url in self.smtp_urls):
            check_for_real(self.settings)
