"""Take mail out of an IMAP mailbox (RFC 9051): store it, then move it aside.

Message numbers (UIDs) are remembered no longer than the mailbox is selected, so a new UIDVALIDITY
makes nothing wrong: what has not been moved aside is taken, perhaps twice, which is harmless.
"""

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Event
from time import monotonic
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from digest.errors import InputError, UnreachableError
from digest.ground.database.tables.intake import Fate
from digest.ground.logs import log_error
from digest.intake.incoming import LARGEST_BYTES
from digest.intake.taking import Receipt

ASIDE = "digest-taken"  # the mailbox where mail goes that was stored
POLL_SECONDS = 60.0
IDLE_SECONDS = 600.0  # RFC 2177: shorter than the half hour after which servers hang up
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5.0, 300.0
_LOOK_SECONDS = 1.0  # between two looks whether to stop
_TIMEOUT_SECONDS = 30.0
_FAILURES = 3  # in a row: then it is not the mail that cannot be stored
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where mail is fetched. tls: from the first byte; else STARTTLS, but for loopback."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    tls: bool = True

    def __repr__(self) -> str:
        """Leave the password out."""
        return f"Mailbox({self.host}:{self.port})"


def parse_mailbox(url: str) -> Mailbox:
    """Read `imaps://user:password@imap.example.org/INBOX`; `imap` is STARTTLS. Else InputError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("imap", "imaps") or not (parts.hostname and parts.username):
        raise InputError(
            "That is no address of a mailbox.", hint="imaps://user:password@imap.example.org/INBOX"
        )
    tls = parts.scheme == "imaps"
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return Mailbox(
        parts.hostname,
        port or (993 if tls else 143),
        unquote(parts.username),
        unquote(parts.password or ""),
        folder,
        tls,
    )


class ImapFetcher:
    """Takes what is in a mailbox. take: stores a mail; it raises when that is not possible now.

    trust: what server certificates are checked with; left out, the authorities of this machine.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        take: Callable[[bytes], Receipt],
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._mailbox = mailbox
        self._take = take
        self._trust = trust or ssl.create_default_context()

    def fetch(self) -> int:
        """Take all mail that is there, once; return how much. UnreachableError when it fails."""
        with self._named_errors(), self._open() as client:
            return self._take_all(client)

    def run(self, stop: Event, first_wait: float = FIRST_WAIT_SECONDS) -> None:
        """Take mail as it comes until told to stop.

        What fails is tried again: after `first_wait` seconds, then after twice as many each time.
        """
        wait = first_wait
        while not stop.is_set():
            try:
                with self._named_errors(), self._open() as client:
                    while not stop.is_set():
                        self._take_all(client)
                        wait = first_wait
                        self._await_more(client, stop)
            except Exception as exc:  # server, database: the mail is there still
                log_error(_log, "Mail could not be fetched by IMAP; trying again", exc)
                stop.wait(wait)
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    @contextmanager
    def _open(self) -> Iterator[IMAPClient]:
        box = self._mailbox
        client = IMAPClient(
            box.host,
            box.port,
            ssl=box.tls,
            ssl_context=self._trust if box.tls else None,
            timeout=_TIMEOUT_SECONDS,
        )
        with client:
            if not box.tls and (client.has_capability("STARTTLS") or not _is_loopback(box.host)):
                client.starttls(self._trust)
            client.login(box.user, box.password)
            if not client.folder_exists(ASIDE):
                client.create_folder(ASIDE)
            client.select_folder(box.folder)
            yield client

    def _take_all(self, client: IMAPClient) -> int:
        """Take each mail and move it aside. One that fails stays, and its error is raised last."""
        taken, failures, error = 0, 0, None
        for uid in client.search(["NOT", "DELETED"]):
            raw = _read(client, uid)
            if raw is None:  # somebody else moved it meanwhile
                continue
            try:
                receipt = self._take(raw)
            except Exception as exc:  # whatever it is: the mail stays where it is
                failures, error = failures + 1, exc
                if failures == _FAILURES:
                    break
                continue
            if receipt.fate is Fate.REFUSED:
                _log.warning("Mail %d of the mailbox was not taken: %s", uid, receipt.reason)
            _move_aside(client, uid)
            taken, failures = taken + 1, 0
        if error is not None:
            raise error
        return taken

    def _await_more(self, client: IMAPClient, stop: Event) -> None:
        """Wait until the server says that there is more, or for a time; or until told to stop."""
        if not client.has_capability("IDLE"):
            stop.wait(POLL_SECONDS)
            return
        client.idle()
        until = monotonic() + IDLE_SECONDS
        while not stop.is_set() and monotonic() < until:
            if client.idle_check(timeout=_LOOK_SECONDS):
                break
        client.idle_done()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (IMAPClientError, OSError) as exc:
            box = self._mailbox
            raise UnreachableError(
                f"IMAP at {box.host} port {box.port}: {exc}",
                hint="look at DIGEST_INTAKE_IMAP_URL: name, password, mailbox, certificate",
            ) from exc


def _read(client: IMAPClient, uid: int) -> bytes | None:
    """Return a mail, and of a large one no more than the intake can tell to be too large."""
    answer = client.fetch([uid], [f"BODY.PEEK[]<0.{LARGEST_BYTES + 1}>"])
    raw: bytes | None = answer.get(uid, {}).get(b"BODY[]<0>")
    return raw


def _move_aside(client: IMAPClient, uid: int) -> None:
    """By MOVE (RFC 6851), else by hand; only this mail is expunged where UIDPLUS (RFC 4315) is."""
    if client.has_capability("MOVE"):
        client.move([uid], ASIDE)
        return
    client.copy([uid], ASIDE)
    client.delete_messages([uid])
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])
    else:
        client.expunge()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
