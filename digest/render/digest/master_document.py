"""The master document of an edition: every card in one document, from which all mails are cut.

Jinja2 renders the frame, one section, and every candidate's card and line, with placeholders for
the personal values. premailer writes the style sheet into the elements, once for
the whole document. `Placeholders.cut` then divides it into blocks.
"""

import logging
import traceback
from collections.abc import Mapping
from functools import partial
from typing import Any
from unicodedata import bidirectional

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    Environment,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from digest.errors import ComposeError
from digest.ground.languages.language import ENGLISH, Language
from digest.ground.text.plain_text import clean, wrap
from digest.model import Edition
from digest.render.digest.compiled import PERSONAL
from digest.render.digest.contexts import Contexts
from digest.render.digest.fragments import Block, Placeholders

_DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_PLACED_BY_STYLE = ("align", "valign", "bgcolor", "width", "height")  # obsolete attributes


class Templates:
    """The templates of one mail, in a sandbox; a broken one is a ComposeError.

    folders: where its templates are among `sources`; the first folder that has one counts.
    """

    def __init__(
        self,
        sources: Mapping[str, str],
        *folders: str,
        language: Language = ENGLISH,
    ) -> None:
        self._folders = folders
        self._environment = ImmutableSandboxedEnvironment(
            loader=_Sources(sources),
            autoescape=lambda name: bool(name and name.endswith(".html")),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            extensions=["jinja2.ext.i18n"],
            bytecode_cache=_COMPILED,
        )
        self._environment.filters["wrap"] = wrap
        self._environment.filters["direction"] = partial(direction, language.direction)
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]
            **language.callables(), newstyle=True
        )
        self._sources = sources

    def render(self, name: str, variables: Mapping[str, Any]) -> str:
        """Render a template by its name in the folder; ComposeError names file, line and reason."""
        try:
            template = self._environment.get_template(self._path(name))
            return template.render(variables)
        except TemplateNotFound as exc:
            raise ComposeError(f"{exc.name}: there is no such template.") from None
        except Exception as exc:  # an operator's template may raise whatever Python can
            raise ComposeError(f"{self._place(exc, self._path(name))}: {exc}") from exc

    def _path(self, name: str) -> str:
        paths = [f"{folder}/{name}" for folder in self._folders]
        return next((path for path in paths if path in self._sources), paths[-1])

    def _place(self, exc: Exception, file: str) -> str:
        """Return the innermost template and line that raised an error; else the file."""
        if isinstance(exc, TemplateSyntaxError):
            return f"{exc.name}, line {exc.lineno}"
        frames = traceback.extract_tb(exc.__traceback__)
        known = [frame for frame in frames if frame.filename in self._sources]
        return f"{known[-1].filename}, line {known[-1].lineno}" if known else file


def direction(document: str, text: str) -> Markup:
    """Return the attribute of an element whose text is written the other way; else nothing.

    The first letter that has a direction decides (Unicode Standard Annex 9, P2 and P3).
    """
    kinds = (_DIRECTIONS.get(bidirectional(character)) for character in text)
    written = next(filter(None, kinds), document)
    return Markup("" if written == document else f' dir="{written}"')  # noqa: S704


def inline(html: str, name: str = "digest/body.html") -> str:
    """Write the style sheet of a document into its elements, as mail programs need it.

    A style block marked `data-premailer="ignore"` (media queries, dark mode) stays as it is.
    Raises ComposeError, which names the template, if premailer cannot read it.
    """
    from premailer import Premailer  # with cssutils and requests 0.2 s and 15 MB; see ADR 60

    premailer = Premailer(
        html,
        allow_network=False,
        align_floating_images=False,
        disable_basic_attributes=_PLACED_BY_STYLE,
        disable_validation=True,  # properties that only Outlook knows are no mistake
        cssutils_logging_level=logging.CRITICAL,
    )
    try:
        return str(premailer.transform(pretty_print=False)) + "\n"
    except Exception as exc:  # what the parsers of HTML and CSS raise is not documented
        raise ComposeError(f"{name}: premailer cannot read it: {exc}") from exc


def body_blocks(
    kind: str,
    edition: Edition,
    contexts: Contexts,
    templates: Templates,
    placeholders: Placeholders,
) -> dict[str, Block]:
    """Return the blocks of one body; `kind` is "html" or "txt".

    Their names are "body", "section", "more", and for the paper with the id 7 "card7" and "line7".
    A template may leave out `more`, but not `papers`.
    """
    personal = {slot: placeholders.value(slot) for slot in PERSONAL}
    papers = []
    for candidate in edition.candidates:
        variables = contexts.paper(candidate, personal)
        for name in ("card", "line"):
            shown = templates.render(f"{name}.{kind}", variables)
            papers.append(placeholders.block(f"{name}{candidate.paper.id}", shown))
    inside = contexts.section(personal, papers=placeholders.block("papers", ""))
    section = templates.render(f"section.{kind}", inside)
    papers.append(placeholders.block("section", section))
    more = templates.render(f"more.{kind}", contexts.more(personal))
    variables = contexts.body(
        personal,
        papers=placeholders.block("all", "".join(papers)),
        more=placeholders.block("more", more),
    )
    body = templates.render(f"body.{kind}", variables)
    blocks = placeholders.cut(inline(body) if kind == "html" else body, "body")
    if missing := [name for name in ("all", "papers") if name not in blocks]:
        where = " and ".join({"all": "body", "papers": "section"}[name] for name in missing)
        raise ComposeError(f"The templates for {kind} do not show the papers in {where}.")
    return blocks


def subject_block(contexts: Contexts, templates: Templates, placeholders: Placeholders) -> Block:
    """Return the subject line with its slots."""
    personal = {slot: placeholders.value(slot) for slot in PERSONAL}
    line = templates.render("subject.txt", contexts.subject(personal))
    return placeholders.cut(clean(line), "subject")["subject"]


class _Compiled(BytecodeCache):
    """Compiled templates, shared by the environments of all languages and layouts.

    Jinja2 uses a compiled template only if its source is unchanged.
    """

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if compiled := self._compiled.get(bucket.key):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class _Sources(BaseLoader):
    """Templates from a mapping; errors in one of them name it."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def get_source(self, _: Environment, template: str) -> tuple[str, str, None]:
        if template not in self._sources:
            raise TemplateNotFound(template)
        return self._sources[template], template, None
