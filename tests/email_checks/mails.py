"""The mails that the checkers look at, and how each is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache, partial
from itertools import product

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from digest.ground.languages.catalogues import languages
from digest.model import Layout, MailKind, Message, Pick, Preferences, Reason, ReasonKind
from digest.render.dkim import DkimKey, sign
from digest.render.empty_day import NOTHING_FOR_READER, EmptyDayRenderer
from digest.render.theme import SHIPPED, Theme
from digest.render.transactional import Recipient, TransactionalRenderer
from tests.email_checks.zone import DOMAIN
from tests.render.digest.test_golden_mails import hostile
from tests.render.editions import (
    LETTERHEAD,
    SIGNER,
    TEMPLATES,
    make_edition,
    make_picks,
    make_reader,
    make_renderer,
)
from tests.render.test_transactional import VALUES

# In the past, whatever the year is: dkimpy refuses a signature from a time to come.
AT = datetime(2024, 2, 29, 6, tzinfo=UTC)
RSA = DkimKey(DOMAIN, "r2024", generate_private_key(65537, 2048))
ED25519 = DkimKey(DOMAIN, "e2024", Ed25519PrivateKey.generate())
KEYS = (RSA, ED25519)
MANY = 200  # candidates; more than fit into any mail
TRENDING = Reason(ReasonKind.TRENDING)
LOGO = Theme(logo=f"https://{DOMAIN}/logo.png", logo_alt="Daily papers", footer="Printed at home.")


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
    count: int = 10,
    layout: Layout = Layout.STANDARD,
    language: str = "en",
    *,
    keys: Sequence[DkimKey] = (RSA,),
    leave: bool = False,
    theme: Theme = SHIPPED,
    at: datetime = AT,
) -> Mail:
    """Return a digest of this many papers, or of as many of MANY as fit.

    leave: mail to an address ends the subscription, too.
    """
    edition = replace(make_edition(size=max(count, 15)), date=at.date(), sends_at=at)
    picks = make_picks(edition, min(count, 15))
    picks += [Pick(each.paper.id, TRENDING) for each in edition.candidates[len(picks) : count]]
    letterhead = replace(LETTERHEAD, unsubscribe_address=f"leave@{DOMAIN}" if leave else "")
    renderer = make_renderer(
        edition,
        letterhead=letterhead,
        dkim_keys=keys,
        language=languages()[language],
        theme=theme,
    )
    reader = make_reader(preferences=replace(make_reader().preferences, layout=layout))
    fitting = renderer.fit(reader, picks)
    rest = len(picks) - len(fitting)
    return Mail(renderer.message(reader, fitting, rest=rest), keys, is_list=True)


def hostile_mail(layout: Layout) -> Mail:
    """Return the digest whose every text means harm; its reader needs SMTPUTF8."""
    renderer, reader, picks = hostile()
    reader = replace(reader, preferences=replace(reader.preferences, layout=layout))
    return Mail(sign(renderer.message(reader, picks), (RSA,), AT), (RSA,), is_list=True)


def single_mail(kind: MailKind, language: str, theme: Theme = SHIPPED) -> Mail:
    """Return a mail that is no digest, signed as the service does it."""
    notices = TransactionalRenderer(LETTERHEAD, TEMPLATES, languages(), theme)
    recipient = Recipient("ann@example.com", 7, language)
    message = notices.compose(kind, recipient, VALUES, occasion="1", now=AT)
    return Mail(sign(message, (RSA,), AT), (RSA,), is_list=False)


def note_mail(layout: Layout, language: str) -> Mail:
    """Return the note of a day on which there is nothing."""
    edition = replace(make_edition(size=1), date=AT.date(), sends_at=AT)
    notes = EmptyDayRenderer(
        edition, LETTERHEAD, SIGNER, TEMPLATES, None, (RSA,), languages=languages()
    )
    reader = make_reader(preferences=Preferences(layout=layout, language=language))
    return Mail(notes.message(reader, NOTHING_FOR_READER), (RSA,), is_list=True)


LANGUAGES = tuple(languages())
_MAKE: dict[str, Callable[[], Mail]] = {
    **{
        f"{layout} {count} {language}": partial(digest_mail, number, layout, language)
        for layout, language in product(Layout, LANGUAGES)
        for count, number in (("one", 1), ("ten", 10), ("most", MANY))
    },
    **{f"{layout} hostile": partial(hostile_mail, layout) for layout in Layout},
    **{f"{layout} note en": partial(note_mail, layout, "en") for layout in Layout},
    "full note de": partial(note_mail, Layout.FULL, "de"),
    "full mailto": partial(digest_mail, leave=True),
    "full both keys": partial(digest_mail, keys=KEYS),
    "full unsigned": partial(digest_mail, keys=()),
    "full logo": partial(digest_mail, theme=LOGO),
    "welcome logo": partial(single_mail, MailKind.WELCOME, "en", LOGO),
    **{
        f"{kind} {tag}": partial(single_mail, kind, tag)
        for kind, tag in product(MailKind, LANGUAGES)
    },
}
NAMES = tuple(_MAKE)
# Those that look like another one only differ in their headers.
ALIKE = ("full mailto", "full both keys", "full unsigned", "compact note en")
SHOWN = tuple(
    name for name in NAMES if name not in ALIKE and not name.startswith(f"{Layout.TEXT} ")
)
LOOKED_AT_CLOSELY = ("full ten en", "full hostile", "compact ten en", "confirm en")


@cache
def mail(name: str) -> Mail:
    """Return the mail of a name, made when it is first asked for."""
    return _MAKE[name]()


def has_html(name: str) -> bool:
    """Whether a mail has an HTML part: the layout "text" has none."""
    return not name.startswith(f"{Layout.TEXT} ")
