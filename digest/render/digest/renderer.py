"""Compose the mails of an edition, in one language and layout, from fragments.

Templates, style sheet and quoted-printable are done once per edition (see `master_document` and
`fragments`). Per message, only the links are signed, the reader's own words are encoded, and the
pieces are joined; no template engine, HTML parser or mail library takes part.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from markupsafe import escape

from digest.errors import ComposeError
from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import shorten, wrap
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.return_paths import ReturnPaths, envelope_sender
from digest.model import (
    DeliverySchedule,
    Edition,
    Layout,
    Letterhead,
    Message,
    Pick,
    Reader,
    Reason,
)
from digest.render import headers
from digest.render.digest import wording
from digest.render.digest.bodies import Body, Evidence, Section, no_evidence, split_sections
from digest.render.digest.contexts import Contexts, Summarise
from digest.render.digest.fragments import Placeholders
from digest.render.digest.master_document import Templates, body_blocks, subject_block
from digest.render.dkim import DkimKey
from digest.render.mime import Draft, HeaderSet
from digest.render.quoted_printable import SOFT_BREAK, decode
from digest.render.theme import SHIPPED, Theme

HTML_BUDGET = 90 * 1024  # octets on the wire; Gmail clips at 102 KB and hides the footer
# Looked up once: for Python 3.11 the name of an enum's member is a property.
_UNSUBSCRIBE, _PREFERENCES = Purpose.UNSUBSCRIBE, Purpose.PREFERENCES
_VIEW, _VOTE = Purpose.VIEW, Purpose.VOTE
_CACHED = 1024  # encoded texts of each kind, which several readers may share
FOLDERS = {  # where the templates of a layout are
    Layout.FULL: ("digest",),
    Layout.COMPACT: ("compact", "digest"),
    Layout.TEXT: ("digest",),
}


Missing = Sequence[Reason]


class _Words(NamedTuple):
    """A personal text, encoded for each of the two bodies."""

    html: bytes
    text: bytes


class _Subject(NamedTuple):
    """A subject: as readers see it, as a header field, and for the bodies."""

    line: str
    field: bytes
    words: _Words


class _Parts(NamedTuple):
    """What one mail consists of, before it is joined."""

    sections: list[Section]
    rest: int  # papers that did not fit
    subject: _Subject
    unsubscribe: str
    tokens: dict[str, bytes]  # the same in both bodies
    words: dict[str, _Words]


class Renderer:
    """Composes mails of one edition; what all readers share is made once, in the constructor.

    templates: "digest/body.html" and the like -> source. summarise: title, abstract -> summary.
    return_paths: makes the envelope senders; without it they are the bounce address.
    dkim_keys: what signs the messages, if anything does. evidence: the words in a paper that speak
    for a reason.
    Raises ComposeError for a broken template, and for a letterhead that no header can hold.
    """

    def __init__(
        self,
        edition: Edition,
        letterhead: Letterhead,
        topic_names: Mapping[str, str],
        signer: LinkSigner,
        templates: Mapping[str, str],
        summarise: Summarise,
        return_paths: ReturnPaths | None = None,
        dkim_keys: Sequence[DkimKey] = (),
        *,
        language: Language = ENGLISH,
        layout: Layout = Layout.FULL,
        theme: Theme = SHIPPED,
        evidence: Evidence = no_evidence,
    ) -> None:
        self._edition = edition
        self._letterhead = letterhead
        self._topic_names = topic_names
        self._signer = signer
        self._language = language
        self._return_paths = return_paths
        self._header_set = HeaderSet(edition, letterhead, language.tag)
        self._dkim_signer = self._header_set.dkim_signer(dkim_keys)
        contexts = Contexts(edition, letterhead, topic_names, summarise, language, theme)
        self._titles = {each.paper.id: contexts.title_of(each) for each in edition.candidates}
        self._paper_ids = frozenset(self._titles)
        printed = repr((edition, letterhead, sorted(topic_names.items()), theme))
        placeholders = Placeholders([printed, *chain.from_iterable(sorted(templates.items()))])
        sources = Templates(templates, *FOLDERS[layout], language=language)
        self._subject_line = subject_block(contexts, sources, placeholders)
        text = body_blocks("txt", edition, contexts, sources, placeholders)
        self._text = Body(text, topic_names, wrap, language, evidence)
        self._html: Body | None = None
        if layout is not Layout.TEXT:
            html = body_blocks("html", edition, contexts, sources, placeholders)
            self._html = Body(html, topic_names, _escaped, language, evidence)
        self._counts = lru_cache(_CACHED)(self._make_count)
        self._schedule = lru_cache(_CACHED)(self._make_schedule)
        self._subject = lru_cache(_CACHED)(self._make_subject)
        self._preview = lru_cache(_CACHED)(self._make_preview)
        self._topics = lru_cache(_CACHED)(self._make_topics)

    def fit(self, reader: Reader, picks: Sequence[Pick]) -> tuple[Pick, ...]:
        """Return the picks that go into the mail: all of them, or the first ones that fit.

        Raises ComposeError for no pick, for one that occurs twice or is not in this edition.
        """
        paper_ids = {pick.paper_id for pick in picks}
        if len(paper_ids) < len(picks):
            raise _failed(reader, "A paper was picked twice.")
        if not paper_ids <= self._paper_ids:
            unknown = min(paper_ids - self._paper_ids)
            raise _failed(reader, f"Paper {unknown} is not in this edition.")
        shown = self._html or self._text
        fitting = tuple(picks[: shown.fit(picks, HTML_BUDGET)])
        if not fitting:
            raise _failed(reader, "There is no paper that fits into the mail.")
        return fitting

    @property
    def signs(self) -> bool:
        """Whether messages are signed: then a thread to finish drafts pays off."""
        return self._dkim_signer is not None

    def message(
        self, reader: Reader, picks: Sequence[Pick], *, rest: int = 0, missing: Missing = ()
    ) -> Message:
        """Compose the mail of one reader; `picks` come in mail order.

        rest: how many more papers were chosen, which `fit` left out. missing: what the reader
        follows and the edition has nothing of. The mail says both; its Date is the time at which
        the edition is due. The same arguments give the same bytes. Raises ComposeError, which names
        the reader by id.
        """
        return self.draft(reader, picks, rest=rest, missing=missing).finish(self._edition.sends_at)

    def draft(
        self, reader: Reader, picks: Sequence[Pick], *, rest: int = 0, missing: Missing = ()
    ) -> Draft:
        """Do all of `message` but the signatures, which take most of the time."""
        parts = self._lay_out(reader, picks, rest, missing)
        key, day = reader.subscriber_id, self._edition.date
        try:
            return Draft(
                key=key,
                sender=envelope_sender(self._return_paths, self._letterhead, key, day),
                recipient=headers.addr_spec(reader.address),
                assembled=self._header_set.assemble(
                    reader,
                    subject_field=parts.subject.field,
                    unsubscribe=parts.unsubscribe,
                    text=self._text_part(parts),
                    html=self._html_part(parts),
                ),
                dkim_signer=self._dkim_signer,
            )
        except ComposeError as exc:
            raise _failed(reader, str(exc)) from None

    def subject(self, reader: Reader, picks: Sequence[Pick]) -> str:
        """Return the subject line as the reader sees it."""
        return self._lay_out(reader, picks, 0).subject.line

    def html(
        self, reader: Reader, picks: Sequence[Pick], *, rest: int = 0, missing: Missing = ()
    ) -> str:
        """Return the HTML part, decoded from what would be sent; empty where there is none."""
        parts = self._lay_out(reader, picks, rest, missing)
        return decode(b"".join(self._html_part(parts)))

    def text(
        self, reader: Reader, picks: Sequence[Pick], *, rest: int = 0, missing: Missing = ()
    ) -> str:
        """Return the text part, decoded from what would be sent."""
        parts = self._lay_out(reader, picks, rest, missing)
        return decode(b"".join(self._text_part(parts)))

    def _html_part(self, parts: _Parts) -> list[bytes]:
        if self._html is None:
            return []
        values = {name: words.html for name, words in parts.words.items()}
        return self._html.compose(parts.sections, values | parts.tokens, rest=parts.rest)

    def _text_part(self, parts: _Parts) -> list[bytes]:
        values = {name: words.text for name, words in parts.words.items()}
        return self._text.compose(parts.sections, values | parts.tokens, rest=parts.rest)

    def _lay_out(
        self, reader: Reader, picks: Sequence[Pick], rest: int, missing: Missing = ()
    ) -> _Parts:
        fitting = self.fit(reader, picks)
        sections = split_sections(fitting)
        preferences = reader.preferences
        about = wording.about([each.reason for each in sections], self._topic_names, self._language)
        subject = self._subject(wording.counted(fitting), about)
        unsubscribe = self._signer.token(_UNSUBSCRIBE, reader.subscriber_id)
        words = {
            "subject": subject.words,
            "preview": self._preview(tuple([pick.paper_id for pick in fitting[:2]]), len(fitting)),
            "topics": self._topics(
                wording.by_weight(preferences.topics), preferences.interests, tuple(missing)
            ),
            "schedule": self._schedule(preferences.schedule),
            "address": self._express("address", wording.shown_address(reader.address)),
            "papers": self._counts(len(fitting)),
        }
        tokens = self._tokens(reader.subscriber_id, unsubscribe)
        rest += len(picks) - len(fitting)
        return _Parts(sections, rest, subject, unsubscribe, tokens, words)

    def _tokens(self, subscriber_id: int, unsubscribe: str) -> dict[str, bytes]:
        """Return the tokens for both bodies; base64url needs neither escaping nor encoding."""
        day, token = self._edition.date, self._signer.token
        return {
            "unsubscribe": unsubscribe.encode() + SOFT_BREAK,
            "preferences": token(_PREFERENCES, subscriber_id).encode() + SOFT_BREAK,
            "view": token(_VIEW, subscriber_id, day).encode() + SOFT_BREAK,
            "vote": token(_VOTE, subscriber_id, day).encode() + SOFT_BREAK,
        }

    def _express(self, slot: str, text: str) -> _Words:
        html = self._html.express(slot, text) if self._html else b""
        return _Words(html, self._text.express(slot, text))

    def _make_count(self, papers: int) -> _Words:
        return self._express("papers", wording.count_text(papers, self._language))

    def _make_schedule(self, schedule: DeliverySchedule) -> _Words:
        return self._express("schedule", wording.schedule_text(schedule, self._language))

    def _make_subject(self, papers: int, about: str) -> _Subject:
        values = {"papers": wording.count_text(papers, self._language), "about": about}
        line = shorten(self._subject_line.fill(values), wording.LONGEST["subject"])
        field = headers.field("Subject", headers.text(line))
        return _Subject(line, field, self._express("subject", line))

    def _make_preview(self, first_ids: tuple[int, ...], papers: int) -> _Words:
        first_titles = [self._titles[paper_id] for paper_id in first_ids]
        line = wording.preview_line(first_titles, papers, self._language)
        return self._express("preview", line)

    def _make_topics(
        self, topics: tuple[str, ...], interests: tuple[str, ...], missing: tuple[Reason, ...]
    ) -> _Words:
        line = wording.topics_line(topics, interests, self._topic_names, self._language)
        if missing:
            line += wording.nothing_on(missing, self._topic_names, self._language)
        return self._express("topics", line)


def _failed(reader: Reader, reason: str) -> ComposeError:
    return ComposeError(f"Reader {reader.subscriber_id}: {reason}")


def _escaped(text: str) -> str:
    return str(escape(text))
