"""What the operator's files say, or those that come with the program, and what they lead to.

What reads a file is imported with the first look at it: most commands look at one or none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import InputError, SettingsError
from digest.ground import shipped
from digest.setting_kinds import time_zones
from digest.settings import Settings

if TYPE_CHECKING:
    from digest.ground.languages.language import Language
    from digest.interests.knowledge import Knowledge
    from digest.render.theme import Theme
    from digest.sources.kinds import Source
    from digest.subscribers.rules.vocabulary import Vocabulary
    from digest.topics.catalogue import Catalogue
    from digest.topics.classifier import Classifier
    from digest.topics.weights import Weights


_SUMMARIES_KEPT = 4096


@dataclass(frozen=True)
class Files:
    """Reads files; SettingsError for one that cannot be read or says nothing sensible."""

    settings: Settings

    @cached_property
    def summarise(self) -> Callable[[str, str], str]:
        """What makes a summary of a title and an abstract; remembers those of some thousand."""
        from digest.summary.cues import parse_weights
        from digest.summary.summary import Summariser

        lines = shipped.summary_weights_file().read_text("utf-8").splitlines()
        return lru_cache(_SUMMARIES_KEPT)(Summariser(parse_weights(lines)).summarise)

    @cached_property
    def catalogue(self) -> "Catalogue":
        """The topics: the operator's file, or the one that comes with the program."""
        from digest.topics.catalogue_file import parse_catalogue

        try:
            return parse_catalogue(self.catalogue_data)
        except InputError as exc:
            raise SettingsError(f"{self._catalogue_file}: {exc}") from None

    @cached_property
    def catalogue_data(self) -> bytes:
        """The octets of that file."""
        path = self._catalogue_file
        try:
            return path.read_bytes()
        except OSError as exc:
            raise SettingsError(f"DIGEST_CATALOGUE: {path}: {exc.strerror}") from None

    @property
    def _catalogue_file(self) -> Path:
        return self.settings.catalogue or shipped.catalogue_file()

    def parse(self, text: str) -> "Catalogue":
        """Read the text of a catalogue; InputError lists every mistake."""
        from digest.topics.catalogue_file import parse_catalogue

        return parse_catalogue(text.encode())

    @cached_property
    def classifier(self) -> "Classifier":
        """What says which of these topics a paper has."""
        return self.classifier_of(self.catalogue)

    def classifier_of(self, catalogue: "Catalogue") -> "Classifier":
        """Return what says which topics of a catalogue a paper has."""
        from digest.topics.classifier import Classifier

        return Classifier(catalogue, self._weights)

    @cached_property
    def _weights(self) -> "Weights":
        from digest.topics.weights import parse_topic_weights

        return parse_topic_weights(shipped.topic_weights_file().read_bytes())

    @cached_property
    def topic_names(self) -> dict[str, str]:
        """What the topics are called, by slug."""
        return {topic.slug: topic.name for topic in self.catalogue.topics}

    @cached_property
    def languages(self) -> "dict[str, Language]":
        """The languages that mails and pages speak, by tag."""
        from digest.ground.languages.catalogues import languages

        return languages()

    @cached_property
    def theme(self) -> "Theme":
        """The look of the mails; SettingsError for a file that does not describe one."""
        from digest.render.theme import SHIPPED

        path = self.settings.theme
        if path is None:
            return SHIPPED
        from digest.render.theme_file import parse_theme  # most services have no theme

        try:
            return parse_theme(path.read_bytes())
        except OSError as exc:
            raise SettingsError(f"DIGEST_THEME: {path}: {exc.strerror}") from None
        except InputError as exc:
            raise SettingsError(f"{path}: {exc}", hint="docs/use/templates.md") from None

    @cached_property
    def sources(self) -> "tuple[Source, ...]":
        """The live sources of the operator's file; none when there is no file."""
        path = self.settings.sources
        if path is None:
            return ()
        from digest.sources.rules.sources_file import parse_sources

        try:
            return parse_sources(path.read_text(encoding="utf-8"))
        except OSError as exc:
            raise SettingsError(f"DIGEST_SOURCES: {path}: {exc.strerror}") from None
        except (InputError, UnicodeDecodeError) as exc:
            problems = "\n".join(f"{path}: {line}" for line in str(exc).splitlines())
            raise SettingsError(problems, hint="compare with docs/use/sources.md") from None

    @property
    def readable_sources(self) -> "tuple[Source, ...]":
        """The live sources; none when their file is wrong: who asks them then reports it."""
        try:
            return self.sources
        except SettingsError:
            return ()

    @cached_property
    def knowledge(self) -> "Knowledge":
        """What is known of the words of interests: names, abbreviations, learnt numbers."""
        import numpy as np

        from digest.interests.knowledge import parse_knowledge

        learnt, names, german = shipped.knowledge_files()
        known = "\n".join(path.read_text("utf-8") for path in names)
        with np.load(learnt, allow_pickle=False) as arrays:
            return parse_knowledge(arrays, known, german.read_text("utf-8"))

    @cached_property
    def vocabulary(self) -> "Vocabulary":
        """What preferences may name."""
        from digest.interests.checks import check_interest, check_muted  # numpy comes with them
        from digest.subscribers.rules.vocabulary import Vocabulary

        return Vocabulary(
            topics={topic.slug for topic in self.catalogue.topics},
            timezones=time_zones(),
            check_interest=check_interest,
            check_muted=check_muted,
            default_timezone=self.settings.timezone,
            default_summaries=self.settings.summaries,
            languages=self.languages.keys(),
        )

    @cached_property
    def templates(self) -> dict[str, str]:
        """The mail templates by name ("digest/body.html"): the shipped ones, overridden."""
        found = {}
        for root in self._template_roots:
            if not root.is_dir():
                raise SettingsError(f"DIGEST_TEMPLATES: {root} is not a folder")
            for path in sorted(root.rglob("*.*")):
                found[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
        return found

    def template_files(self) -> list[Path]:
        """Return the files that decide how a mail looks: templates, theme, catalogues."""
        roots = [*self._template_roots, shipped.locale_dir()]
        found = [path for root in roots for path in root.rglob("*.*")]
        return [*found, *([self.settings.theme] if self.settings.theme else [])]

    @property
    def _template_roots(self) -> list[Path]:
        own = self.settings.templates
        return [shipped.templates_dir() / "email", *([own] if own else [])]
