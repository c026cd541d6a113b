"""Compose the mails of an edition, in one language, from fragments.

Templates, style sheet and quoted-printable are done once per edition (see `master_document` and
`fragments`). Per message, only one token is signed, the reader's own words are encoded, and the
pieces are joined; no template engine, HTML parser or mail library takes part.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from markupsafe import escape

from digest.errors import ComposeError
from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import wrap
from digest.ground.tokens.links import LinkSigner, view_token
from digest.ground.tokens.reply_addresses import ReplyAddresses
from digest.ground.tokens.return_paths import ReturnPaths, envelope_sender
from digest.model import Edition, Layout, Letterhead, Message, Pick, Reader, Reason
from digest.render import headers
from digest.render.digest.bodies import Body
from digest.render.digest.compiled import Compiled, Printed, compile_mails
from digest.render.digest.frame_texts import FrameTexts, Subject
from digest.render.digest.ready_papers import Evidence, ReadyPapers, Words, no_evidence
from digest.render.dkim import DkimKey
from digest.render.mime import Draft, HeaderSet
from digest.render.quoted_printable import SOFT_BREAK, decode
from digest.render.theme import SHIPPED, Theme
from digest.selection.arrangement import arrange

HTML_BUDGET = 90 * 1024  # octets on the wire; Gmail clips at 102 KB and hides the footer
# Looked up once: for Python 3.11 the name of an enum's member is a property.
_FULL, _COMPACT, _TEXT = Layout.FULL, Layout.COMPACT, Layout.TEXT
_paper_id = attrgetter("paper_id")

Missing = Sequence[Reason]
Compile = Callable[[Printed], Compiled]


class _Parts(NamedTuple):
    """What one mail consists of, before it is joined: papers and words of both bodies."""

    html_papers: Sequence[bytes]
    text_papers: Sequence[bytes]
    rest: int  # papers that did not fit
    subject: Subject
    token: str
    words: list[Words]  # of FRAME_SLOTS, in their order


class Renderer:
    """Composes mails of one edition; what all readers share is made once, in the constructor.

    templates: "digest/body.html" and the like -> source. summarise: title, abstract -> summary.
    return_paths: makes the envelope senders; without it they are the bounce address.
    dkim_keys: what signs the messages, if anything does. evidence: the words in a paper that speak
    for a reason. reply_addresses: makes the addresses for answers, if those are taken: then papers
    are numbered. compiled: makes what all mails share, or has it from an earlier process.
    Raises ComposeError for a broken template, and for a letterhead that no header can hold.
    """

    def __init__(
        self,
        edition: Edition,
        letterhead: Letterhead,
        topic_names: Mapping[str, str],
        signer: LinkSigner,
        templates: Mapping[str, str],
        summarise: Callable[[str, str], str],
        return_paths: ReturnPaths | None = None,
        dkim_keys: Sequence[DkimKey] = (),
        *,
        language: Language = ENGLISH,
        theme: Theme = SHIPPED,
        evidence: Evidence = no_evidence,
        reply_addresses: ReplyAddresses | None = None,
        compiled: Compile = compile_mails,
    ) -> None:
        self._edition = edition
        self._letterhead = letterhead
        self._signer = signer
        self._return_paths = return_paths
        self._header_set = HeaderSet(edition, letterhead, language.tag, reply_addresses)
        self._dkim_signer = self._header_set.dkim_signer(dkim_keys)
        replies = reply_addresses is not None
        made = compiled(
            Printed(
                edition,
                letterhead,
                topic_names,
                templates,
                summarise,
                language,
                theme,
                replies=replies,
            )
        )
        self._facts, self._shown_as = made.facts, made.shown_as
        self._paper_ids = frozenset(made.facts)
        self._stand_in = made.token.encode()
        shared = (self._facts, topic_names)
        self._text = Body(made.text, *shared, wrap, "\n", made.token, language, whole=True)
        self._html = Body(made.html, *shared, _escaped, " · ", made.token, language)
        self._texts = FrameTexts(
            edition, self._facts, topic_names, language, made.subject, self._express
        )
        self._papers = ReadyPapers(self._html, self._text, evidence, numbered=replies)

    def fit(self, reader: Reader, picks: Sequence[Pick]) -> tuple[Pick, ...]:
        """Return the picks that go into the mail: all of them, or the first ones that fit.

        Raises ComposeError for no pick, for one that occurs twice or is not in this edition.
        """
        paper_ids = set(map(_paper_id, picks))
        if len(paper_ids) < len(picks):
            raise _failed(reader, "A paper was picked twice.")
        if not paper_ids <= self._paper_ids:
            unknown = min(paper_ids - self._paper_ids)
            raise _failed(reader, f"Paper {unknown} is not in this edition.")
        layout = reader.preferences.layout
        body = self._text if layout is _TEXT else self._html
        fitting = tuple(picks[: body.fit(picks, _cards(reader, len(picks)), HTML_BUDGET)])
        if not fitting:
            raise _failed(reader, "There is no paper that fits into the mail.")
        return fitting

    def shown_as(self, reader: Reader, picks: Sequence[Pick]) -> list[str]:
        """Return how the mail calls each paper: by its title, or in its line by its name."""
        cards = _cards(reader, len(picks))
        return [
            self._shown_as[pick.paper_id][0 if at < cards else 1] for at, pick in enumerate(picks)
        ]

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
        fitting = self.fit(reader, picks)
        rest += len(picks) - len(fitting)
        return self.draft(reader, fitting, rest=rest, missing=missing).finish(
            self._edition.sends_at
        )

    def draft(
        self, reader: Reader, fitting: Sequence[Pick], *, rest: int = 0, missing: Missing = ()
    ) -> Draft:
        """Do what `message` does before a mail is dated, joined and signed.

        fitting: picks as `fit` returned them; they are not looked at again.
        """
        parts = self._lay_out(reader, fitting, rest, missing)
        try:
            return Draft(
                key=reader.subscriber_id,
                sender=envelope_sender(
                    self._return_paths, self._letterhead, reader, self._edition.date
                ),
                recipient=headers.addr_spec(reader.address),
                assembled=self._header_set.assemble(
                    reader,
                    subject_field=parts.subject.field,
                    unsubscribe=parts.token,
                    text=self._text_part(parts),
                    html=self._html_part(reader, parts),
                    stand_in=self._stand_in,
                ),
                dkim_signer=self._dkim_signer,
            )
        except ComposeError as exc:
            raise _failed(reader, str(exc)) from None

    def subject(self, reader: Reader, picks: Sequence[Pick]) -> str:
        """Return the subject line as the reader sees it."""
        return self._lay_out(reader, self.fit(reader, picks), 0).subject.line

    def html(
        self, reader: Reader, picks: Sequence[Pick], *, rest: int = 0, missing: Missing = ()
    ) -> str:
        """Return the HTML part, decoded from what would be sent; empty where there is none."""
        fitting = self.fit(reader, picks)
        parts = self._lay_out(reader, fitting, rest + len(picks) - len(fitting), missing)
        return self._decoded(self._html_part(reader, parts), parts)

    def text(
        self, reader: Reader, picks: Sequence[Pick], *, rest: int = 0, missing: Missing = ()
    ) -> str:
        """Return the text part, decoded from what would be sent."""
        fitting = self.fit(reader, picks)
        parts = self._lay_out(reader, fitting, rest + len(picks) - len(fitting), missing)
        return self._decoded(self._text_part(parts), parts)

    def _html_part(self, reader: Reader, parts: _Parts) -> Sequence[bytes]:
        if reader.preferences.layout is _TEXT:
            return ()
        values = tuple([each.html for each in parts.words])
        return self._html.frame(parts.html_papers, values, parts.rest)

    def _text_part(self, parts: _Parts) -> Sequence[bytes]:
        values = tuple([each.text for each in parts.words])
        return self._text.frame(parts.text_papers, values, parts.rest)

    def _decoded(self, pieces: Sequence[bytes], parts: _Parts) -> str:
        return decode(b"".join(pieces).replace(self._stand_in, parts.token.encode()))

    def _lay_out(
        self, reader: Reader, fitting: Sequence[Pick], rest: int, missing: Missing = ()
    ) -> _Parts:
        cards = _cards(reader, len(fitting))
        sections = arrange(fitting, reader.preferences.summaries)
        ids = tuple([paper_id for _, picked in sections for paper_id, _ in picked])
        html_papers, text_papers = zip(*self._papers.of(sections, fitting, cards), strict=True)
        subject, words = self._texts.write(reader, ids, cards, missing)
        token = self._signer.mail_token(reader.subscriber_id, reader.nonce, self._edition.date)
        view = view_token(token).encode() + SOFT_BREAK  # base64url: nothing to escape or encode
        return _Parts(
            html_papers,
            text_papers,
            rest,
            subject,
            token,
            [*words, Words(view, view)],
        )

    def _express(self, slot: str, *pieces: str) -> Words:
        return Words(self._html.express(slot, *pieces), self._text.express(slot, *pieces))


def _cards(reader: Reader, papers: int) -> int:
    """Return how many papers of a mail, from the first on, have a card with a summary."""
    layout = reader.preferences.layout
    if layout is _FULL:
        return papers
    return 0 if layout is _COMPACT else min(reader.preferences.summaries, papers)


def _failed(reader: Reader, reason: str) -> ComposeError:
    return ComposeError(f"Reader {reader.subscriber_id}: {reason}")


def _escaped(text: str) -> str:
    return str(escape(text))
