"""The renderers of an edition: one for each language that its readers chose.

The one that most readers need is made at once, the others for their first reader. All of them are
tried on a few papers first, so that a broken template is known before the first mail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from digest.ground.languages.language import ENGLISH, Language
from digest.model import Edition, Message, Pick, Reader
from digest.render.digest.renderer import Missing, Renderer
from digest.render.mime import Draft

_TRIED = 3  # candidates of a renderer that only tries the templates


class MakeRenderer(Protocol):
    """Makes a renderer: `Renderer` with its other arguments given."""

    def __call__(self, edition: Edition, *, language: Language) -> Renderer:
        """Return it; ComposeError for a broken template."""


class RendererSet:
    """Composes the mails of one edition, each with the renderer that its reader needs.

    languages: by tag; readers whose language is not among them get English. tried: the templates
    are checked elsewhere, so no renderer is made before its first reader.
    Raises ComposeError for a broken template, and for a letterhead that no header can hold.
    """

    def __init__(
        self,
        edition: Edition,
        make: MakeRenderer,
        languages: Mapping[str, Language],
        *,
        tried: bool = False,
    ) -> None:
        self._edition = edition
        self._make = make
        self._languages = {ENGLISH.tag: ENGLISH, **languages}
        self._renderers: dict[str, Renderer] = {}
        if not tried:
            self._try()
            self._renderer(ENGLISH.tag)

    def prepare(self, tags: Iterable[str] = (ENGLISH.tag,)) -> None:
        """Make the renderers of languages that are not there yet; left out, what most need."""
        for tag in tags:
            self._renderer(tag)

    def fit(self, reader: Reader, picks: Sequence[Pick]) -> tuple[Pick, ...]:
        """Return the picks that go into the mail, as `Renderer.fit`."""
        return self.renderer_for(reader).fit(reader, picks)

    @property
    def signs(self) -> bool:
        """Whether messages are signed, as `Renderer.signs`."""
        return self._renderer(ENGLISH.tag).signs

    def draft(
        self, reader: Reader, fitting: Sequence[Pick], *, rest: int = 0, missing: Missing = ()
    ) -> Draft:
        """Do what comes before a mail is dated, joined and signed, as `Renderer.draft`."""
        return self.renderer_for(reader).draft(reader, fitting, rest=rest, missing=missing)

    def message(
        self, reader: Reader, picks: Sequence[Pick], *, rest: int = 0, missing: Missing = ()
    ) -> Message:
        """Compose the mail of one reader, as `Renderer.message`."""
        return self.renderer_for(reader).message(reader, picks, rest=rest, missing=missing)

    def renderer_for(self, reader: Reader) -> Renderer:
        """Return the renderer for a reader's language."""
        tag = reader.preferences.language
        return self._renderers.get(tag) or self._renderer(tag)

    def shown_as(self, reader: Reader, picks: Sequence[Pick]) -> list[str]:
        """Return how the mail calls each paper, as `Renderer.shown_as`."""
        return self.renderer_for(reader).shown_as(reader, picks)

    def _renderer(self, tag: str) -> Renderer:
        language = self._languages.get(tag, ENGLISH)
        if language.tag not in self._renderers:
            self._renderers[language.tag] = self._make(self._edition, language=language)
        return self._renderers[language.tag]

    def _try(self) -> None:
        """Make every renderer, with a few papers."""
        few = replace(self._edition, candidates=self._edition.candidates[:_TRIED])
        for language in self._languages.values():
            self._make(few, language=language)
