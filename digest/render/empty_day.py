"""The one-line mail of an empty day, for readers who want to be told: that there is nothing, why.

It is a mail of the subscription like any other: same headers, same way out of it. As with the
digest, what all readers of a language share is rendered once, with marks for what is personal.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from markupsafe import escape

from digest.errors import ComposeError
from digest.ground.languages.language import ENGLISH, N_, Language
from digest.ground.text.plain_text import clean, shorten
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.return_paths import ReturnPaths, envelope_sender
from digest.model import Edition, Layout, Letterhead, Message, Reader
from digest.render import headers
from digest.render.digest import wording
from digest.render.digest.fragments import Block, Placeholders
from digest.render.digest.master_document import Templates, inline
from digest.render.digest.renderer import Draft
from digest.render.dkim import DkimKey, DkimSigner
from digest.render.mime import HeaderSet
from digest.render.quoted_printable import encode
from digest.render.theme import SHIPPED, Theme

NOTHING_FOR_READER = "nothing new for this reader"
SENTENCES = {
    "no dump": N_("No list of papers came today."),
    "nothing new": N_("Today's list has no paper that was not in an earlier one."),
    "source stale": N_("No list of papers has come for some days."),
    NOTHING_FOR_READER: N_("Nothing that is listed now is new to you."),
}
_PERSONAL = ("address", "preferences", "unsubscribe")


class _Desk(NamedTuple):
    """What the notes of one language are written with."""

    language: Language
    header_set: HeaderSet
    sealer: DkimSigner | None
    templates: Templates


class _Form(NamedTuple):
    """A note in one language, for one reason, with slots for what is personal."""

    subject: str
    text: Block
    html: Block


class EmptyDayRenderer:
    """Composes the notes of one edition. templates: "note/body.html" and the like -> source.

    languages: by tag; a reader whose language is none of them reads English. A `reason` is a value
    of model.Empty, or NOTHING_FOR_READER.
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
    ) -> None:
        self._edition = edition
        self._letterhead = letterhead
        self._signer = signer
        self._templates = templates
        self._return_paths = return_paths
        self._dkim_keys = dkim_keys
        self._languages = languages
        self._theme = theme
        printed = repr((edition, letterhead, theme))
        self._marks = Placeholders([printed, *chain.from_iterable(sorted(templates.items()))])
        self._desks: dict[str, _Desk] = {}
        self._forms: dict[tuple[str, str], _Form] = {}

    def message(self, reader: Reader, reason: str) -> Message:
        """Compose the note of one reader; the same arguments give the same bytes.

        Raises ComposeError, which names the reader by id.
        """
        return self.draft(reader, reason).finish()

    def draft(self, reader: Reader, reason: str) -> Draft:
        """Do all of `message` but the signatures."""
        desk = self._desk(reader)
        key, day = reader.subscriber_id, self._edition.date
        sender = envelope_sender(self._return_paths, self._letterhead, key, day)
        html = self.html(reader, reason)
        try:
            assembled = desk.header_set.assemble(
                reader,
                subject_field=headers.field("Subject", headers.text(self.subject(reader, reason))),
                unsubscribe=self._signer.token(Purpose.UNSUBSCRIBE, reader.subscriber_id),
                text=[encode(self.text(reader, reason))],
                html=[encode(html)] if html else [],
            )
            recipient = headers.addr_spec(reader.address)
        except ComposeError as exc:
            raise ComposeError(f"Reader {reader.subscriber_id}: {exc}") from None
        return Draft(key, sender, recipient, assembled, desk.sealer)

    def subject(self, reader: Reader, reason: str) -> str:
        """Return the subject line."""
        return self._form(self._desk(reader), reason).subject

    def text(self, reader: Reader, reason: str) -> str:
        """Return the text part."""
        return self._form(self._desk(reader), reason).text.fill(self._personal(reader))

    def html(self, reader: Reader, reason: str) -> str:
        """Return the HTML part; empty for who reads text alone."""
        if reader.preferences.layout is Layout.TEXT:
            return ""
        values = {name: str(escape(value)) for name, value in self._personal(reader).items()}
        return self._form(self._desk(reader), reason).html.fill(values)

    def _desk(self, reader: Reader) -> _Desk:
        language = self._languages.get(reader.preferences.language, ENGLISH)
        if language.tag not in self._desks:
            paper = HeaderSet(self._edition, self._letterhead, language.tag)
            sealer = paper.sealer(self._dkim_keys)
            templates = Templates(self._templates, "note", language=language)
            self._desks[language.tag] = _Desk(language, paper, sealer, templates)
        return self._desks[language.tag]

    def _form(self, desk: _Desk, reason: str) -> _Form:
        key = (desk.language.tag, reason)
        if key not in self._forms:
            self._forms[key] = self._make_form(desk, reason)
        return self._forms[key]

    def _make_form(self, desk: _Desk, reason: str) -> _Form:
        variables = self._variables(desk.language, reason)
        subject = clean(desk.templates.render("subject.txt", variables))
        text = desk.templates.render("body.txt", variables)
        html = inline(desk.templates.render("body.html", variables), "note/body.html")
        return _Form(
            shorten(subject, wording.LONGEST["subject"]),
            self._marks.cut(text, "text")["text"],
            self._marks.cut(html, "html")["html"],
        )

    def _variables(self, language: Language, reason: str) -> dict[str, object]:
        base = self._letterhead.base_url
        address, preferences, unsubscribe = map(self._marks.value, _PERSONAL)
        return {
            "name": clean(self._letterhead.name),
            "date": wording.long_date(self._edition.date, language),
            "sentence": language.gettext(SENTENCES[reason]),
            "address": address,
            "preferences": f"{base}/p/{preferences}",
            "unsubscribe": f"{base}/u/{unsubscribe}",
            "postal_address": [
                clean(line) for line in self._letterhead.postal_address.splitlines()
            ],
            "language": language,
            "theme": self._theme,
        }

    def _personal(self, reader: Reader) -> dict[str, str]:
        token = self._signer.token
        return {
            "address": wording.shown_address(reader.address),
            "preferences": token(Purpose.PREFERENCES, reader.subscriber_id),
            "unsubscribe": token(Purpose.UNSUBSCRIBE, reader.subscriber_id),
        }
