"""Who sends: what mail and pages say of the service, and what signs them."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import cached_property

from digest.errors import SettingsError
from digest.ground.tokens.links import LinkSigner
from digest.ground.tokens.reply_addresses import ReplyAddresses
from digest.ground.tokens.return_paths import LONGEST_MAILBOX, ReturnPaths
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.model import Letterhead, Message
from digest.render import dkim, headers
from digest.render.dkim import DkimKey
from digest.settings import Settings

LOOPBACK_SENDER = "digest@digest.localhost"


@dataclass(frozen=True)
class Identity:
    """Turns settings into names, addresses and keys; SettingsError for one that will not do."""

    settings: Settings

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
            postal_address=settings.postal_address,
            timezone=settings.timezone,
            search_url=settings.search_url,
            unsubscribe_address=settings.unsubscribe_address,
        )

    @cached_property
    def signer(self) -> LinkSigner:
        """What signs the links of mails, and reads them."""
        return LinkSigner(self.settings.keys)

    @cached_property
    def token_signer(self) -> TokenSigner:
        """What signs the numbers of forms, and reads them."""
        return TokenSigner(self.settings.keys)

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

    @cached_property
    def reply_addresses(self) -> ReplyAddresses | None:
        """What makes the addresses for answers to digests; None when none are taken."""
        address = self.settings.reply_address
        return ReplyAddresses(self.settings.keys, address) if address else None

    @property
    def sender_domain(self) -> str:
        """The domain of the From field, which DMARC is about, in ASCII."""
        return headers.domain(self.letterhead.sender_address.rpartition("@")[2]).lower()

    @property
    def dkim_domain(self) -> str:
        """The domain that signs: that of the sender unless a setting says otherwise."""
        return self.settings.dkim_domain or self.sender_domain

    @cached_property
    def dkim_keys(self) -> list[DkimKey]:
        """What signs every mail; none when no key is set."""
        settings = self.settings
        if not (settings.dkim_key_file or settings.dkim_selector):
            return []
        from digest.operations import dkim_keys  # with it comes what signs, 6 MB

        return dkim_keys.read_keys(settings.dkim_key_file, settings.dkim_selector, self.dkim_domain)

    def finish(self, message: Message, nonce: bytes, now: datetime) -> Message:
        """Give a mail that belongs to no edition its envelope sender and its signatures.

        nonce: the subscriber's; empty for a mail to nobody who is one, whose sender stays as it is.
        The last thing that happens to it: no byte may change afterwards.
        """
        if self.return_paths is not None and nonce:
            message = message._replace(sender=self.return_paths.address(message.key, nonce))
        return dkim.sign(message, self.dkim_keys, now)
