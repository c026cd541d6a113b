"""What all mails of an edition in one language share, made once: facts, and texts with slots.

To make it takes Jinja2, premailer and what writes summaries; they are imported for that alone. It
is a function of what is printed, so it can be kept for the next process.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from itertools import chain
from typing import Any

from digest.ground.languages.language import Language
from digest.model import Edition, Letterhead
from digest.render.digest.fragments import Block, Placeholders
from digest.render.digest.paper_facts import PaperFacts
from digest.render.theme import Theme

FOLDER = "digest"  # where the templates are
PERSONAL = (
    *("token", "view"),
    *("subject", "preview", "heading", "picked"),  # in the head of the body
    *("topics", "schedule", "address", "archive"),  # in its foot
    *(
        "title",
        "reason",
        "facts",
        "number",
        "rest",
        "about",
    ),  # in a section, under a paper, ... the subject
)


@dataclass(frozen=True, slots=True)
class Printed:
    """What the mails of an edition in one language are made from, but for what is personal.

    topic_names: by slug. templates: "digest/body.html" and the like -> source. summarise: title,
    abstract -> summary. replies: whether papers are numbered, so that an answer can name them.
    """

    edition: Edition
    letterhead: Letterhead
    topic_names: Mapping[str, str]
    templates: Mapping[str, str]
    summarise: Callable[[str, str], str]
    language: Language
    theme: Theme
    replies: bool

    def parts(self) -> Iterator[bytes]:
        """Yield all of it but what the program itself decides, to be hashed."""
        edition = self.edition
        beside = (edition.catalogue_version, edition.pinned, edition.note, edition.dropped)
        words = [(each.claim, each.note) for each in edition.candidates]
        names = sorted(self.topic_names.items())
        shown = repr((edition, beside, words, self.letterhead, names, self.theme, self.replies))
        for text in (shown, self.language.tag, *chain(*sorted(self.templates.items()))):
            yield text.encode(errors="surrogatepass")


@dataclass(frozen=True, slots=True)
class Compiled:
    """What is made of it.

    facts: by paper id. shown_as: how a paper is called on its card and in its line, by its id.
    subject: the subject line. text, html: the blocks of each body by name. token: what stands in
    them for the token of a mail.
    """

    facts: Mapping[int, PaperFacts]
    shown_as: Mapping[int, tuple[str, str]]
    subject: Block
    text: Mapping[str, Block]
    html: Mapping[str, Block]
    token: str


def compile_mails(printed: Printed) -> Compiled:
    """Render and inline everything; ComposeError for a broken template."""
    from digest.render.digest.contexts import Contexts
    from digest.render.digest.master_document import Templates, body_blocks, subject_block

    edition, letterhead, theme = printed.edition, printed.letterhead, printed.theme
    contexts = Contexts(
        edition,
        letterhead,
        printed.topic_names,
        printed.summarise,
        printed.language,
        theme,
        replies=printed.replies,
    )
    shown = repr((edition, letterhead, sorted(printed.topic_names.items()), theme))
    placeholders = Placeholders([shown, *chain(*sorted(printed.templates.items()))])
    sources = Templates(printed.templates, FOLDER, language=printed.language)
    return Compiled(
        facts={each.paper.id: contexts.facts(each) for each in edition.candidates},
        shown_as={each.paper.id: contexts.shown_as(each) for each in edition.candidates},
        subject=subject_block(contexts, sources, placeholders),
        text=body_blocks("txt", edition, contexts, sources, placeholders),
        html=body_blocks("html", edition, contexts, sources, placeholders),
        token=placeholders.token,
    )


def to_json(compiled: Compiled) -> bytes:
    """Write it as JSON in ASCII."""
    return json.dumps(
        {
            "facts": [[paper_id, *astuple(one)] for paper_id, one in compiled.facts.items()],
            "shown_as": [[paper_id, *both] for paper_id, both in compiled.shown_as.items()],
            "subject": _written(compiled.subject),
            "text": {name: _written(block) for name, block in compiled.text.items()},
            "html": {name: _written(block) for name, block in compiled.html.items()},
            "token": compiled.token,
        }
    ).encode("ascii")


def from_json(data: str) -> Compiled:
    """Read what `to_json` wrote."""
    found = json.loads(data)
    return Compiled(
        facts={
            paper_id: PaperFacts(subject, preview, standing, tuple(topics), *words)
            for paper_id, subject, preview, standing, topics, *words in found["facts"]
        },
        shown_as={paper_id: (card, line) for paper_id, card, line in found["shown_as"]},
        subject=_read(found["subject"]),
        text={name: _read(block) for name, block in found["text"].items()},
        html={name: _read(block) for name, block in found["html"].items()},
        token=found["token"],
    )


def _written(block: Block) -> list[list[str]]:
    return [block.pieces, block.slots]


def _read(block: list[Any]) -> Block:
    pieces, slots = block
    return Block(pieces, slots)
