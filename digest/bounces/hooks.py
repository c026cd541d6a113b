"""What mail services tell us by their webhooks: vouched for, read, recorded; then acknowledged.

A request is believed by its signature, or by the secret that only the service knows. Everything in
it is stored in one transaction before `take` returns, and the same event again changes nothing, so
a service that gets no answer may send it again.
"""

import base64
import binascii
import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session

from digest.bounces.providers import brevo, mailgun, postmark, sendgrid, ses, sns
from digest.bounces.providers.events import Events, Identify, as_object, parse_json
from digest.bounces.recording import record_all
from digest.bounces.rules.scoring import BounceRules
from digest.bounces.store import hook_tokens
from digest.errors import LinkError, NotFoundError
from digest.ground.database.engine import Database

Fetch = Callable[[str], bytes]  # https address -> body; FetchError when there is none
Headers = Mapping[str, str]  # by names in lower case
_MOST_CERTIFICATES = 8
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HookSecrets:
    """What tells a service from everybody else; a service without it has no hook.

    ses: the ARN of the topic. mailgun: the signing key. sendgrid: the public key, base64 of DER.
    """

    ses: str = ""
    postmark: str = ""
    mailgun: str = ""
    sendgrid: str = ""
    brevo: str = ""


@dataclass(frozen=True, slots=True)
class HookReport:
    """What became of the events of one request."""

    new: int = 0
    suppressed: int = 0
    passed_over: int = 0
    unreadable: int = 0


class Hooks:
    """Takes the requests of all services. identify: whose token a return path has."""

    def __init__(
        self,
        database: Database,
        secrets: HookSecrets,
        rules: BounceRules,
        identify: Identify,
        fetch: Fetch,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._rules = rules
        self._identify = identify
        self._fetch = fetch
        self._clock = clock
        self._certificates: dict[str, bytes] = {}
        self._lock = Lock()
        self._takers: dict[str, Callable[[bytes, Headers], HookReport]] = {
            "ses": self._take_ses,
            "postmark": self._take_postmark,
            "mailgun": self._take_mailgun,
            "sendgrid": self._take_sendgrid,
            "brevo": self._take_brevo,
        }

    def has(self, service: str) -> bool:
        """Whether there is a hook for a service: its secret is set."""
        return service in self._takers and bool(getattr(self._secrets, service))

    def take(self, service: str, body: bytes, headers: Headers) -> HookReport:
        """Take one request; all of it is stored when this returns.

        NotFoundError when there is no such hook, LinkError when nobody vouches for the request,
        InputError when it makes no sense, UnreachableError when it should come again.
        """
        if not self.has(service):
            raise NotFoundError("There is no page at this address.")
        report = self._takers[service](body, headers)
        _log.info(
            "The hook of %s: %d new, %d suppressed, %d passed over, %d unreadable.",
            *(service, report.new, report.suppressed, report.passed_over, report.unreadable),
        )
        return report

    def _take_ses(self, body: bytes, _headers: Headers) -> HookReport:
        message, now = sns.read_message(body), self._clock()
        topic = self._secrets.ses
        sns.check_origin(message, topic, now)
        sns.check_signature(message, self._certificate(message.certificate_url), now)
        if message.kind == "Notification":
            return self._record(ses.read_events(str(message.fields["Message"]), self._identify))
        url = str(message.fields["SubscribeURL"])
        if message.kind == "SubscriptionConfirmation" and sns.is_amazons(url, topic):
            self._fetch(url)
            _log.info("The subscription to the topic of SNS is confirmed.")
        else:
            _log.warning("SNS sent a %s; nothing was done.", message.kind)
        return HookReport(passed_over=1)

    def _take_postmark(self, body: bytes, headers: Headers) -> HookReport:
        _check_secret(headers, self._secrets.postmark)
        return self._record(postmark.read_events(body, self._identify))

    def _take_mailgun(self, body: bytes, _headers: Headers) -> HookReport:
        payload, now = as_object(parse_json(body), "The body"), self._clock()
        token = mailgun.check_signature(payload, self._secrets.mailgun, now)
        events = mailgun.read_events(payload, self._identify)
        with self._database.write() as session:
            if not hook_tokens.is_first(session, _hash(token.encode()), _hash(body), now):
                raise LinkError("The signature was used for another event before.")
            return self._store(session, events)

    def _take_sendgrid(self, body: bytes, headers: Headers) -> HookReport:
        signature = headers.get(sendgrid.SIGNATURE_HEADER.lower(), "")
        stamp = headers.get(sendgrid.TIMESTAMP_HEADER.lower(), "")
        sendgrid.check_signature(body, signature, stamp, self._secrets.sendgrid, self._clock())
        return self._record(sendgrid.read_events(body, self._identify))

    def _take_brevo(self, body: bytes, headers: Headers) -> HookReport:
        _check_secret(headers, self._secrets.brevo)
        return self._record(brevo.read_events(body, self._identify))

    def _record(self, events: Events) -> HookReport:
        with self._database.write() as session:
            return self._store(session, events)

    def _store(self, session: Session, events: Events) -> HookReport:
        recorded = record_all(session, events.feedback, self._rules, self._clock())
        return HookReport(
            recorded.new, recorded.suppressed, events.passed_over, len(events.unreadable)
        )

    def _certificate(self, url: str) -> bytes:
        """Return a certificate of SNS, fetched once."""
        with self._lock:
            known = self._certificates.get(url)
        if known is None:
            known = self._fetch(url)
            with self._lock:
                if len(self._certificates) >= _MOST_CERTIFICATES:
                    self._certificates.clear()
                self._certificates[url] = known
        return known


def forget_tokens(database: Database, now: datetime) -> None:
    """Delete the tokens of webhooks that are too old to be taken again."""
    with database.write() as session:
        hook_tokens.delete_before(session, now - 2 * mailgun.FRESH)


def _check_secret(headers: Headers, secret: str) -> None:
    """Check the header Authorization (RFC 7617, RFC 6750); LinkError when it lacks the secret.

    The secret is the password, whatever the user is called, or the bearer token.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    given = value.strip().encode("utf-8", "replace")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).partition(b":")[2]
        except binascii.Error:
            given = b""
    elif scheme.lower() != "bearer":
        given = b""
    if not hmac.compare_digest(given, secret.encode()):
        raise LinkError("The secret is missing or wrong.")


def _hash(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()
