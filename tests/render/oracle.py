"""The slow way to the same mail: Jinja2, premailer and EmailMessage, once for every reader.

It shares templates, words and contexts with `Renderer`, but not the rendering: no placeholders,
no fragments, no encoder of our own.
"""

import logging
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from email import policy
from email.message import EmailMessage

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup
from premailer import Premailer

from digest.ground.text.plain_text import clean, shorten, wrap
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.model import Pick, Reader
from digest.render.digest import wording
from digest.render.digest.bodies import split_sections
from digest.render.digest.contexts import Contexts
from digest.render.headers import message_id


class Oracle:
    """Renders the mail of one reader from real values; the picks must fit."""

    def __init__(
        self,
        contexts: Contexts,
        signer: LinkSigner,
        templates: Mapping[str, str],
        layout: str = "full",
    ) -> None:
        self._compact = layout == "compact"
        self._contexts = contexts
        self._signer = signer
        self._environment = Environment(
            loader=DictLoader(dict(templates)),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            extensions=["jinja2.ext.i18n"],
        )
        catalogue = contexts.language.catalogue
        self._environment.install_gettext_translations(catalogue, newstyle=True)
        self._environment.filters["wrap"] = wrap

    def message(self, reader: Reader, picks: Sequence[Pick], rest: int = 0) -> EmailMessage:
        """Return the mail as the standard library makes it."""
        edition = self._contexts.edition
        mail = EmailMessage(policy=policy.SMTP.clone(max_line_length=76))
        mail["Subject"] = self._personal(reader, picks, rest)["subject"]
        mail["Message-ID"] = message_id(edition.date, reader.subscriber_id, edition.domain)
        mail.set_content(self.text(reader, picks, rest), cte="quoted-printable")
        html = self.html(reader, picks, rest)
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        return mail

    def ways_out(self, reader: Reader) -> str:
        """Return what List-Unsubscribe says, which EmailMessage would encode."""
        token = self._signer.token(Purpose.UNSUBSCRIBE, reader.subscriber_id)
        letterhead = self._contexts.letterhead
        link = f"<{letterhead.base_url}/u/{token}>"
        if not letterhead.unsubscribe_address:
            return link
        tag = (token[0].encode() + urlsafe_b64decode(token[1:] + "==")).hex()
        mailbox, domain = letterhead.unsubscribe_address.split("@")
        return f"{link}, <mailto:{mailbox}+{tag}@{domain}?subject=unsubscribe>"

    def text(self, reader: Reader, picks: Sequence[Pick], rest: int = 0) -> str:
        """Return the text part; personal texts are wrapped."""
        personal = self._personal(reader, picks, rest)
        wrapped = {name: wrap(value) for name, value in personal.items()}
        return self._body("txt", wrapped, picks, rest, write=wrap)

    def html(self, reader: Reader, picks: Sequence[Pick], rest: int = 0) -> str:
        """Return the HTML part, with the style sheet written into all of it at once."""
        body = self._body("html", self._personal(reader, picks, rest), picks, rest, write=str)
        transformed = Premailer(
            body,
            allow_network=False,
            align_floating_images=False,
            disable_basic_attributes=["align", "valign", "bgcolor", "width", "height"],
            disable_validation=True,
            cssutils_logging_level=logging.CRITICAL,
        ).transform(pretty_print=False)
        return str(transformed)

    def _body(
        self,
        kind: str,
        personal: Mapping[str, str],
        picks: Sequence[Pick],
        rest: int,
        *,
        write: Callable[[str], str],
    ) -> str:
        contexts = self._contexts
        names, language = contexts.topic_names, contexts.language
        candidates = {each.paper.id: each for each in contexts.edition.candidates}
        contents, sections = [], []
        for section in split_sections(picks):
            words = {
                "title": write(wording.section_title(section.reason, names, language)),
                "reason": write(wording.reason_text(section.reason, names, language)),
            }
            cards, addresses = [], []
            for paper_id in section.paper_ids:
                own = {**personal, **words, "number": str(len(contents) + 1)}
                candidate = candidates[paper_id]
                variables = contexts.contents_line(candidate, own)
                contents.append(self._render(f"contents_line.{kind}", variables))
                cards.append(self._render(f"card.{kind}", contexts.card(candidate, own)))
                if kind == "txt":
                    addresses.append(self._render("addresses.txt", contexts.card(candidate, own)))
            inside = {"cards": _markup(cards), "addresses": _markup(addresses)}
            variables = contexts.section(words, **inside)
            sections.append(self._render(f"section.{kind}", variables))
        more = self._render(f"more.{kind}", contexts.more(personal)) if rest else ""
        variables = contexts.body(
            personal,
            contents=_markup(contents),
            sections=_markup(sections),
            more=_markup([more]),
        )
        return self._render(f"body.{kind}", variables)

    def _personal(self, reader: Reader, picks: Sequence[Pick], rest: int) -> dict[str, str]:
        contexts, day = self._contexts, self._contexts.edition.date
        names, language = contexts.topic_names, contexts.language
        titles = {each.paper.id: contexts.title_of(each) for each in contexts.edition.candidates}
        reasons = [section.reason for section in split_sections(picks)]
        wishes = reader.preferences
        token = self._signer.token
        own = {
            "unsubscribe": token(Purpose.UNSUBSCRIBE, reader.subscriber_id),
            "preferences": token(Purpose.PREFERENCES, reader.subscriber_id),
            "view": token(Purpose.VIEW, reader.subscriber_id, day),
            "vote": token(Purpose.VOTE, reader.subscriber_id, day),
            "papers": wording.count_text(len(picks), language),
            "rest": wording.rest_text(rest, language),
            "about": wording.about(reasons, names, language),
            "topics": wording.topics_line(
                wording.by_weight(wishes.topics), wishes.interests, names, language
            ),
            "schedule": wording.schedule_text(wishes.schedule, language),
            "address": wording.shown_address(reader.address),
            "preview": wording.preview_line(
                [titles[pick.paper_id] for pick in picks[:2]], len(picks), language
            ),
        }
        counted = {**own, "papers": wording.count_text(wording.counted(picks), language)}
        subject = clean(self._render("subject.txt", contexts.subject(counted)))
        return {**own, "subject": shorten(subject, wording.LONGEST["subject"])}

    def _render(self, name: str, variables: Mapping[str, object]) -> str:
        names = [f"compact/{name}", f"digest/{name}"] if self._compact else [f"digest/{name}"]
        return self._environment.select_template(names).render(variables)


def _markup(rendered: Sequence[str]) -> Markup:
    return Markup("".join(rendered))  # noqa: S704 (the parts were escaped when they were rendered)
