"""The mails that the checkers look at, and how each is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from digest.core.alert import alert
from digest.core.dkim import DkimKey, sign
from digest.core.invitation import invitation
from digest.core.troubles import Trouble
from digest.model import Message, Pick, Reason, ReasonKind
from tests.core.editions import (
    FOLDER,
    LETTERHEAD,
    make_edition,
    make_picks,
    make_press,
    make_reader,
)
from tests.core.test_golden_mails import hostile
from tests.email_checks.zone import DOMAIN

# In the past, whatever the year is: dkimpy refuses a signature from a time to come.
AT = datetime(2024, 2, 29, 6, tzinfo=UTC)
RSA = DkimKey(DOMAIN, "r2024", generate_private_key(65537, 2048))
ED25519 = DkimKey(DOMAIN, "e2024", Ed25519PrivateKey.generate())
KEYS = (RSA, ED25519)
MANY = 80  # candidates; more than fit into any mail
LINK = f"https://{DOMAIN}/c/DAAAAACoXBqvBOV10iUu0bjt9DMTK"


@dataclass(frozen=True)
class Mail:
    """A composed mail. keys: what signed it. is_list: it carries the list headers."""

    message: Message
    keys: Sequence[DkimKey]
    is_list: bool

    @property
    def parsed(self) -> EmailMessage:
        """The message as Python reads it."""
        return message_from_bytes(self.message.body, policy=policy.default)

    def part(self, kind: str) -> str:
        """The "html" or "plain" part, decoded; empty when there is none."""
        body = self.parsed.get_body([kind])
        return "" if body is None else str(body.get_content()).replace("\r\n", "\n")


def algorithm(key: DkimKey) -> str:
    """What a signature by this key calls itself."""
    return "rsa-sha256" if key is RSA else "ed25519-sha256"


def digest_mail(
    count: int = 10, *, keys: Sequence[DkimKey] = (RSA,), leave: bool = False, **press: object
) -> Mail:
    """Return a digest of this many papers, or of as many of MANY as fit."""
    edition = replace(make_edition(size=max(count, 15)), date=AT.date(), sends_at=AT)
    picks = make_picks(edition, count)
    if count > len(picks):
        picks = [Pick(each.paper.id, Reason(ReasonKind.TRENDING)) for each in edition.candidates]
    address = f"leave@{DOMAIN}" if leave else ""
    letterhead = replace(LETTERHEAD, unsubscribe_address=address)
    made = make_press(edition, dkim_keys=keys, letterhead=letterhead, **press)
    fitting = made.fit(make_reader(), picks)
    rest = len(picks) - len(fitting)
    return Mail(made.message(make_reader(), fitting, rest=rest), keys, is_list=True)


def hostile_mail() -> Mail:
    """Return the digest whose every text means harm; its reader needs SMTPUTF8."""
    press, reader, picks = hostile()
    return Mail(sign(press.message(reader, picks), (RSA,), AT), (RSA,), is_list=True)


def single_mail(kind: str) -> Mail:
    """Return a mail that is no digest, signed as the service does it."""
    folder = FOLDER / kind
    templates = {f"{kind}/{path.name}": path.read_text("utf-8") for path in folder.iterdir()}
    address = "ann@example.com"
    if kind == "alert":
        trouble = Trouble("relay", "3 mails failed", "Three mails failed today.", "Look at them.")
        message = alert(
            LETTERHEAD, templates, trouble, address=address, over=False, since=AT, now=AT
        )
    else:
        message = invitation(
            LETTERHEAD, templates, key=1, address=address, link=LINK, now=AT, folder=kind
        )
    return Mail(sign(message, (RSA,), AT), (RSA,), is_list=False)


_MAKE: dict[str, Callable[[], Mail]] = {
    "ten": digest_mail,
    "one": lambda: digest_mail(1),
    "most": lambda: digest_mail(MANY),
    "hostile": hostile_mail,
    "mailto": lambda: digest_mail(leave=True),
    "both keys": lambda: digest_mail(keys=KEYS),
    "unsigned": lambda: digest_mail(keys=()),
    **{kind: lambda kind=kind: single_mail(kind) for kind in ("confirm", "known", "alert")},
}
NAMES = tuple(_MAKE)


@cache
def mail(name: str) -> Mail:
    """Return the mail of a name, made when it is first asked for."""
    return _MAKE[name]()


def has_html(name: str) -> bool:
    """Whether a mail has an HTML part: the layout "text" has none."""
    return not name.startswith("text")
