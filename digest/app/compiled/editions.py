"""The compiled edition: what is made of it once, or was by an earlier process (ADR 62).

Each thing is in a file of its own, because they come of different parts of an edition and few
commands need all: its papers read, the words in them that speak for topics, its mails in each
language, and what the pre-flight check finds in samples of them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from digest.app.files import Files
from digest.delivery.preflight import look_at
from digest.ground import packed_arrays, program
from digest.ground.database.engine import Database
from digest.ground.kept_files import KeptFiles, folder_beside, hash_of
from digest.interests.positions import WordTable
from digest.interests.relevance import ReadPapers, read_papers
from digest.model import Edition
from digest.render.digest import compiled
from digest.render.digest.compiled import Compiled, Printed
from digest.render.lint.finding import Finding, Level, Sample, ServiceIdentity
from digest.selection.candidate_matrix import ALIKE
from digest.selection.similarity import TermTable, term_table
from digest.settings import Settings

if TYPE_CHECKING:
    from digest.app.compiled.evidence import TopicWords
    from digest.app.topics import CatalogueInUse

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Matching:
    """The papers of an edition, read for interests and for likeness."""

    read: ReadPapers
    terms: TermTable


@dataclass(frozen=True)
class CompiledEditions:
    """Has what is made of editions. kept: of earlier processes; None where nothing is kept."""

    files: Files
    kept: KeptFiles | None
    _names: dict[bytes, dict[str, str]] = field(default_factory=dict)  # by catalogue: a few
    _last: list[tuple[Edition, Matching]] = field(default_factory=list)  # one at most

    def mails(self, printed: Printed) -> Compiled:
        """Return what all mails in one language share; ComposeError for a broken template."""
        return self._from(
            f"mails-{printed.language.tag}",
            printed.parts(),
            lambda: compiled.compile_mails(printed),
            compiled.to_json,
            lambda data: compiled.from_json(str(data, "ascii")),
        )

    def matching(self, edition: Edition) -> Matching:
        """Return the papers ready to be matched; those of the last edition are at hand."""
        for known, found in self._last:
            if known is edition:
                return found
        papers = [candidate.paper for candidate in edition.candidates]

        def make() -> Matching:
            read = read_papers(papers, self.files.knowledge)
            return Matching(read, term_table(papers, ALIKE))

        texts = (text.encode() for paper in papers for text in (paper.title, paper.abstract))
        found = self._from("papers", texts, make, _write_matching, _read_matching)
        self._last[:] = [(edition, found)]
        return found

    def topic_names(self, catalogue: "CatalogueInUse") -> dict[str, str]:
        """Return what the topics of a catalogue are called, by slug and in their order."""
        found = self._names.get(catalogue.data)
        if found is None:
            found = self._names[catalogue.data] = self._from(
                "topics",
                [catalogue.data],
                lambda: catalogue.topic_names,
                lambda names: json.dumps(names).encode(),
                lambda data: json.loads(bytes(data)),
            )
        return found

    def topic_words(self, edition: Edition, catalogue: "CatalogueInUse") -> "TopicWords":
        """Return the words that speak for the topics of papers; catalogue: that of the edition."""

        def make() -> "TopicWords":
            from digest.app.compiled.evidence import find_topic_words

            return find_topic_words(edition, catalogue.classifier)

        return self._from(
            "words",
            _topics_and_texts(edition, catalogue.data),
            make,
            lambda found: json.dumps(list(found.items())).encode(),
            lambda data: dict(json.loads(bytes(data))),
        )

    def findings(self, samples: Sequence[Sample], identity: ServiceIdentity) -> list[Finding]:
        """Return what the pre-flight check finds in sample mails, errors first."""
        return self._from(
            "findings",
            (repr(one).encode(errors="surrogatepass") for one in (identity, *samples)),
            lambda: look_at(samples, identity),
            lambda found: json.dumps([astuple(one) for one in found]).encode(),
            lambda data: [
                Finding(Level(level), *words) for level, *words in json.loads(bytes(data))
            ],
        )

    def _from(
        self,
        kind: str,
        made_from: Iterable[bytes],
        make: Callable[[], T],
        write: Callable[[T], bytes],
        read: Callable[[memoryview], T],
    ) -> T:
        """Return what was kept; else make it and keep it. made_from: all but the program."""
        if self.kept is None:
            return make()
        key = hash_of([program.fingerprint(), *made_from])
        found = self.kept.get(kind, key)
        if found is not None:
            return read(found)
        made = make()
        self.kept.put(kind, key, write(made))
        return made


def build(settings: Settings, files: Files, database: Database, journals: Path) -> CompiledEditions:
    """Return what has editions compiled, kept beside the journals.

    A database in memory has nothing beside it, and without a secret key nothing could be trusted.
    """
    if settings.secret_key is None or (database.is_sqlite and not database.file):
        return CompiledEditions(files, None)
    return CompiledEditions(files, KeptFiles(folder_beside(journals), settings.keys[0]))


def _topics_and_texts(edition: Edition, catalogue: bytes) -> Iterator[bytes]:
    yield catalogue
    for paper in (candidate.paper for candidate in edition.candidates):
        yield repr((paper.id, paper.title, paper.abstract, list(paper.topics))).encode()


def _write_matching(matching: Matching) -> bytes:
    words, terms = matching.read.words, matching.terms
    return packed_arrays.pack(
        {"stems": words.stems, "terms": terms.terms, "size": terms.size},
        {
            "places": words.places,
            "ends": words.ends,
            "starts": words.starts,
            "passages": words.passages,
            "first_passages": words.first_passages,
            "meanings": matching.read.meanings,
            "term_ends": terms.ends,
            "positions": terms.positions,
            "weights": terms.weights,
            "pairs": terms.pairs,
        },
    )


def _read_matching(data: memoryview) -> Matching:
    values, arrays = packed_arrays.unpack(data)
    words = WordTable(
        tuple(values["stems"]),
        arrays["places"],
        arrays["ends"],
        arrays["starts"],
        arrays["passages"],
        arrays["first_passages"],
    )
    terms = TermTable(
        values["size"],
        tuple(values["terms"]),
        arrays["term_ends"],
        arrays["positions"],
        arrays["weights"],
        arrays["pairs"],
    )
    return Matching(ReadPapers(words, arrays["meanings"]), terms)
