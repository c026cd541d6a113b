"""Compose the mail of an empty day: it tells readers who want to know that there is nothing new.

It is a mail of the subscription like the digest, with the same headers and unsubscribe link. What
all readers of a language share is rendered once, with placeholders for what is personal.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import escape

from digest.errors import ComposeError
from digest.ground.languages.language import ENGLISH, N_, Language
from digest.ground.text.plain_text import clean, shorten
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.reply_addresses import ReplyAddresses
from digest.ground.tokens.return_paths import ReturnPaths, envelope_sender
from digest.model import Edition, Empty, Layout, Letterhead, Message, Reader
from digest.render import headers
from digest.render.digest import wording
from digest.render.digest.fragments import Block, Placeholders
from digest.render.dkim import DkimKey, DkimSigner
from digest.render.mime import Draft, HeaderSet
from digest.render.quoted_printable import encode
from digest.render.theme import SHIPPED, Theme

if TYPE_CHECKING:
    from digest.render.digest.master_document import Templates

NOTHING_FOR_READER = "nothing new for this reader"
NOTHING_MATCHES = "nothing matches this reader"
SENTENCES = {  # each is true whenever it is read: it names the day that it is about
    Empty.NO_DUMP: N_("No new list of papers came on %(date)s."),
    Empty.NOTHING_NEW: N_("Every paper on the list of %(date)s was on an earlier one."),
    Empty.SOURCE_STALE: N_("No list of papers has come for several days."),
    NOTHING_FOR_READER: N_("There is nothing new for you on the current lists."),
    NOTHING_MATCHES: N_("Nothing on the current lists matches your topics and interests."),
}
_AT_WEEKENDS = N_("No new list of papers came on %(date)s: most sources pause at weekends.")
_SATURDAY = 5
_PERSONAL = ("address", "preferences", "unsubscribe")


class _Language(NamedTuple):
    """What the mails of one language have in common."""

    language: Language
    header_set: HeaderSet
    dkim_signer: DkimSigner | None
    templates: "Templates"


class _Master(NamedTuple):
    """The mail in one language, for one reason, with slots for what is personal."""

    subject: str
    text: Block
    html: Block


def sentence(reason: str, day: date, language: Language) -> str:
    """Return why there is nothing in the edition of a day."""
    said = SENTENCES[reason]
    if reason == Empty.NO_DUMP and day.weekday() >= _SATURDAY:
        said = _AT_WEEKENDS
    return language.gettext(said, date=wording.long_date(day, language))


def _last_list(edition: Edition) -> date | None:
    """Return the date of the newest list that the edition is made of; None when there is none."""
    ages = [candidate.trend.age_days for candidate in edition.candidates]
    return edition.date - timedelta(days=min(ages)) if ages else None


class EmptyDayRenderer:
    """Composes the empty-day mails of one edition.

    templates: "empty_day/body.html" and the like -> source. languages: by tag; readers whose
    language is not among them get English. A `reason` is a value of model.Empty, or
    NOTHING_FOR_READER.
    """

    def __init__(
        self,
        edition: Edition,
        letterhead: Letterhead,
        signer: LinkSigner,
        templates: Mapping[str, str],
        return_paths: ReturnPaths | None = None,
        dkim_keys: Sequence[DkimKey] = (),
        *,
        languages: Mapping[str, Language],
        theme: Theme = SHIPPED,
        reply_addresses: ReplyAddresses | None = None,
    ) -> None:
        self._reply_addresses = reply_addresses
        self._edition = edition
        self._letterhead = letterhead
        self._signer = signer
        self._templates = templates
        self._return_paths = return_paths
        self._dkim_keys = dkim_keys
        self._languages = languages
        self._theme = theme
        printed = repr((edition, letterhead, theme))
        self._placeholders = Placeholders(
            [printed, *chain.from_iterable(sorted(templates.items()))]
        )
        self._known_languages: dict[str, _Language] = {}
        self._masters: dict[tuple[str, str], _Master] = {}

    def message(self, reader: Reader, reason: str) -> Message:
        """Compose the mail of one reader; the same arguments give the same bytes.

        Its Date is the time at which the edition is due. Raises ComposeError, which names the
        reader by id.
        """
        return self.draft(reader, reason).finish(self._edition.sends_at)

    def draft(self, reader: Reader, reason: str) -> Draft:
        """Do what `message` does before a mail is dated, joined and signed."""
        language = self._language_of(reader)
        key, day = reader.subscriber_id, self._edition.date
        sender = envelope_sender(self._return_paths, self._letterhead, reader, day)
        html = self.html(reader, reason)
        try:
            assembled = language.header_set.assemble(
                reader,
                subject_field=headers.field("Subject", headers.text(self.subject(reader, reason))),
                unsubscribe=self._token(Purpose.UNSUBSCRIBE, reader),
                text=[encode(self.text(reader, reason))],
                html=[encode(html)] if html else (),
            )
            recipient = headers.addr_spec(reader.address)
        except ComposeError as exc:
            raise ComposeError(f"Reader {reader.subscriber_id}: {exc}") from None
        return Draft(key, sender, recipient, assembled, language.dkim_signer)

    def subject(self, reader: Reader, reason: str) -> str:
        """Return the subject line."""
        return self._master(reader, reason).subject

    def text(self, reader: Reader, reason: str) -> str:
        """Return the text part."""
        return self._master(reader, reason).text.fill(self._personal(reader))

    def html(self, reader: Reader, reason: str) -> str:
        """Return the HTML part; empty for readers of the text layout."""
        if reader.preferences.layout is Layout.TEXT:
            return ""
        values = {name: str(escape(value)) for name, value in self._personal(reader).items()}
        return self._master(reader, reason).html.fill(values)

    def _language_of(self, reader: Reader) -> _Language:
        from digest.render.digest.master_document import Templates  # few editions need any

        language = self._languages.get(reader.preferences.language, ENGLISH)
        if language.tag not in self._known_languages:
            header_set = HeaderSet(
                self._edition, self._letterhead, language.tag, self._reply_addresses
            )
            dkim_signer = header_set.dkim_signer(self._dkim_keys)
            templates = Templates(self._templates, "empty_day", language=language)
            shared = _Language(language, header_set, dkim_signer, templates)
            self._known_languages[language.tag] = shared
        return self._known_languages[language.tag]

    def _master(self, reader: Reader, reason: str) -> _Master:
        language = self._language_of(reader)
        key = (language.language.tag, reason)
        if key not in self._masters:
            self._masters[key] = self._make_master(language, reason)
        return self._masters[key]

    def _make_master(self, language: _Language, reason: str) -> _Master:
        from digest.render.digest.master_document import inline

        variables = self._variables(language.language, reason)
        subject = clean(language.templates.render("subject.txt", variables))
        text = language.templates.render("body.txt", variables)
        html = inline(language.templates.render("body.html", variables), "empty_day/body.html")
        return _Master(
            shorten(subject, wording.LONGEST["subject"]),
            self._placeholders.cut(text, "text")["text"],
            self._placeholders.cut(html, "html")["html"],
        )

    def _variables(self, language: Language, reason: str) -> dict[str, object]:
        base = self._letterhead.base_url
        address, preferences, unsubscribe = map(self._placeholders.value, _PERSONAL)
        last_list = None if reason == Empty.NOTHING_NEW else _last_list(self._edition)
        return {
            "name": clean(self._letterhead.name),
            "home": base,
            "date": wording.long_date(self._edition.date, language),
            "sentence": sentence(reason, self._edition.date, language),
            "last_list": wording.long_date(last_list, language) if last_list else "",
            "archive": f"{base}/archive",
            "address": address,
            "preferences": f"{base}/p/{preferences}",
            "unsubscribe": f"{base}/u/{unsubscribe}",
            "postal_address": [
                clean(line) for line in self._letterhead.postal_address.splitlines()
            ],
            "language": language,
            "theme": self._theme,
            "replies": self._reply_addresses is not None,
        }

    def _personal(self, reader: Reader) -> dict[str, str]:
        return {
            "address": wording.shown_address(reader.address),
            "preferences": self._token(Purpose.PREFERENCES, reader),
            "unsubscribe": self._token(Purpose.UNSUBSCRIBE, reader),
        }

    def _token(self, purpose: Purpose, reader: Reader) -> str:
        return self._signer.token(purpose, reader.subscriber_id, reader.nonce)
