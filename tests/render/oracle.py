"""The slow way to the same mail: Jinja2, premailer and EmailMessage, once for every reader.

It shares templates, words and contexts with `Renderer`, but not the rendering: no placeholders,
no fragments, no encoder of our own.
"""

import logging
from base64 import b32encode, urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from email import policy
from email.message import EmailMessage
from functools import partial

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup
from premailer import Premailer

from digest.ground.text.plain_text import clean, shorten, wrap
from digest.ground.tokens.links import LinkSigner
from digest.model import Cadence, Layout, Pick, Reader
from digest.render.digest import head_wording, wording
from digest.render.digest.contexts import Contexts
from digest.render.digest.master_document import direction
from digest.render.digest.paper_facts import minutes
from digest.render.headers import message_id
from digest.selection.arrangement import arrange


class Oracle:
    """Renders the mail of one reader from real values; the picks must fit."""

    def __init__(
        self, contexts: Contexts, signer: LinkSigner, templates: Mapping[str, str]
    ) -> None:
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
        self._environment.filters["direction"] = partial(direction, contexts.language.direction)

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
        token = self._signer.mail_token(
            reader.subscriber_id, reader.nonce, self._contexts.edition.date
        )
        letterhead = self._contexts.letterhead
        link = f"<{letterhead.base_url}/u/{token}>"
        if not letterhead.unsubscribe_address:
            return link
        raw = token[0].encode() + urlsafe_b64decode(token[1:] + "=" * (-len(token[1:]) % 4))
        tag = b32encode(raw).decode().strip("=").lower()
        mailbox, domain = letterhead.unsubscribe_address.split("@")
        return f"{link}, <mailto:{mailbox}+{tag}@{domain}?subject=unsubscribe>"

    def text(self, reader: Reader, picks: Sequence[Pick], rest: int = 0) -> str:
        """Return the text part; personal texts are wrapped."""
        personal = self._personal(reader, picks, rest)
        wrapped = {name: wrap(value) for name, value in personal.items()}
        return self._body("txt", wrapped, reader, picks, rest, write=wrap)

    def html(self, reader: Reader, picks: Sequence[Pick], rest: int = 0) -> str:
        """Return the HTML part, with the style sheet written into all of it at once."""
        personal = self._personal(reader, picks, rest)
        body = self._body("html", personal, reader, picks, rest, write=str)
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
        reader: Reader,
        picks: Sequence[Pick],
        rest: int,
        *,
        write: Callable[[str], str],
    ) -> str:
        contexts = self._contexts
        names, language = contexts.topic_names, contexts.language
        candidates = {each.paper.id: each for each in contexts.edition.candidates}
        wishes, papers, shown = reader.preferences, [], 0
        joint = " · " if kind == "html" else "\n"
        cards = {Layout.FULL: len(picks), Layout.COMPACT: 0}.get(wishes.layout, wishes.summaries)
        for section in arrange(picks, wishes.summaries):
            inside = []
            for pick in section.picks:
                facts = contexts.facts(candidates[pick.paper_id])
                others = [each for each in facts.topics if each != pick.reason.subject]
                is_said = pick.reason == section.heading and pick.reason.kind != "outside"
                said = "" if is_said else wording.reason_text(pick.reason, names, language)
                named = [wording.topic_name(each, names, language) for each in others]
                own = {
                    "reason": write(said) + joint if said else "",
                    "facts": write(wording.facts_line([facts.standing, *named])),
                }
                variables = contexts.paper(candidates[pick.paper_id], {**personal, **own})
                inside.append(
                    self._render(f"{'card' if shown < cards else 'line'}.{kind}", variables)
                )
                shown += 1
            if section.heading is None:
                papers += inside
                continue
            title = write(wording.section_title(section.heading, names, language))
            variables = contexts.section({"title": title}, papers=_markup(inside))
            papers.append(self._render(f"section.{kind}", variables))
        more = self._render(f"more.{kind}", contexts.more(personal)) if rest else ""
        variables = contexts.body(personal, papers=_markup(papers), more=_markup([more]))
        return self._render(f"body.{kind}", variables)

    def _personal(self, reader: Reader, picks: Sequence[Pick], rest: int) -> dict[str, str]:
        contexts, day = self._contexts, self._contexts.edition.date
        names, language = contexts.topic_names, contexts.language
        candidates = {each.paper.id: each for each in contexts.edition.candidates}
        wishes = reader.preferences
        ordered = [
            pick.paper_id for each in arrange(picks, wishes.summaries) for pick in each.picks
        ]
        facts = [contexts.facts(candidates[each]) for each in ordered]
        cards = {Layout.FULL: len(picks), Layout.COMPACT: 0}.get(wishes.layout, wishes.summaries)
        words = sum(each.card_words for each in facts[:cards])
        words += sum(each.line_words for each in facts[cards:])
        weekly = wishes.schedule.cadence is Cadence.WEEKLY
        days = 7 if weekly else 1
        new = {each for each, one in candidates.items() if one.trend.known_days < days}
        all_new = set(ordered) <= new
        token = self._signer.mail_token(reader.subscriber_id, reader.nonce, day)
        about = head_wording.about(facts[0].subject, len(facts) - 1, language)
        if weekly:
            about = head_wording.week(day, language)
        subject = clean(self._render("subject.txt", contexts.subject({"about": about})))
        return {
            "token": token,
            "view": token[:25],
            "subject": shorten(subject, wording.LONGEST["subject"]),
            "heading": head_wording.week(day, language)
            if weekly
            else wording.long_date(day, language),
            "archive": f"{day}/week" if weekly else f"{day}",
            "picked": head_wording.picked_text(
                len(facts),
                len(new) if all_new else len(candidates),
                new=all_new,
                minutes=minutes(words),
                language=language,
            ),
            "rest": wording.rest_text(rest, language),
            "topics": wording.topics_line(
                wording.by_weight(wishes.topics), wishes.interests, names, language
            ),
            "schedule": wording.schedule_text(wishes.schedule, language),
            "address": wording.shown_address(reader.address),
            "preview": head_wording.preview_line(
                [each.preview for each in facts[1:3]], len(facts), language
            ),
        }

    def _render(self, name: str, variables: Mapping[str, object]) -> str:
        return self._environment.get_template(f"digest/{name}").render(variables)


def _markup(rendered: Sequence[str]) -> Markup:
    return Markup("".join(rendered))  # noqa: S704 (the parts were escaped when they were rendered)
