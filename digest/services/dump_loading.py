"""One dump into the tables, a thousand entries at a time, within the caller's transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from sqlalchemy.orm import Session

from digest.core.dumps import Entry, Header, Part, Refusal
from digest.core.identity import identity
from digest.core.references import harvest
from digest.core.revisions import is_revision
from digest.db import dumps, papers
from digest.errors import DumpError
from digest.services.dump_files import DumpFile

_CHUNK_ENTRIES = 1_000
_MOST_REFUSALS = 1_000  # of single entries; a file with more is no dump with a few bad entries

Classify = Callable[[str, str], Mapping[str, float]]  # title, abstract -> slug -> confidence


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries were taken: `entries` = `new` + `repeated`; `revised` are among those."""

    entries: int = 0
    new: int = 0
    repeated: int = 0
    revised: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.entries + other.entries,
            self.new + other.new,
            self.repeated + other.repeated,
            self.revised + other.revised,
        )


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A dump that is in the tables."""

    header: Header
    tally: Tally
    refusals: tuple[Refusal, ...]


def load(
    session: Session, file: DumpFile, parts: Iterator[Part], *, now: datetime, classify: Classify
) -> Loaded:
    """Write one dump; DumpError, perhaps half-way, when it turns out to be none."""
    header = next(parts)
    if not isinstance(header, Header):
        raise TypeError(f"a dump starts with its header, not with {header!r}")
    day = header.date
    dump_id = dumps.load(session, file.content_hash, name=file.path.name, day=day, now=now)
    refusals: list[Refusal] = []
    entries = _entries(parts, refusals)
    tally = NOTHING
    while chunk := list(islice(entries, _CHUNK_ENTRIES)):
        tally += _load_chunk(session, dump_id, day, chunk, classify)
    dumps.count_entries(session, dump_id, tally.entries)
    return Loaded(header, tally, tuple(refusals))


def _entries(parts: Iterable[Part], refusals: list[Refusal]) -> Iterator[Entry]:
    """Yield the entries and put the refusals aside."""
    for part in parts:
        if isinstance(part, Entry):
            yield part
        elif isinstance(part, Refusal):
            refusals.append(part)
            if len(refusals) > _MOST_REFUSALS:
                raise DumpError(
                    f"more than {_MOST_REFUSALS:,} entries cannot be taken", line=part.line
                )


def _load_chunk(
    session: Session, dump_id: int, day: date, entries: Sequence[Entry], classify: Classify
) -> Tally:
    """Write a chunk. Of a paper that the dump lists twice the better rank and its text count."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(identity(entry.title), entry)
    known = papers.find(session, first)
    new = _add_papers(session, {key: entry for key, entry in first.items() if key not in known})
    listed = papers.listed(session, dump_id, known.values())
    repeated = {known[key]: entry for key, entry in first.items() if key in known}
    repeated = {paper: entry for paper, entry in repeated.items() if paper not in listed}
    revised, current = _find_revised(session, day, repeated)

    ranks = {paper: entry.rank for paper, entry in (new | repeated).items()}
    papers.add_appearances(session, dump_id, ranks)
    abstracts = {paper: entry.abstract for paper, entry in (new | revised).items()}
    papers.add_revisions(session, dump_id, abstracts)
    papers.set_references(session, {key: harvest(one.abstract) for key, one in current.items()})
    papers.set_topics(
        session,
        {key: classify(one.title, one.abstract) for key, one in (new | current).items()},
    )
    return Tally(len(entries), len(new), len(entries) - len(new), len(revised))


def _add_papers(session: Session, entries: Mapping[str, Entry]) -> dict[int, Entry]:
    """Add papers that no dump has listed before; identity -> entry in, id -> entry out."""
    rows = [papers.NewPaper(key, one.title, harvest(one.abstract)) for key, one in entries.items()]
    ids = papers.add(session, rows)
    return {ids[key]: entry for key, entry in entries.items()}


def _find_revised(
    session: Session, day: date, repeated: Mapping[int, Entry]
) -> tuple[dict[int, Entry], dict[int, Entry]]:
    """Return the entries with a changed abstract, and those of them that are now the newest."""
    history = papers.revisions(session, repeated.keys())
    revised = {
        paper: entry
        for paper, entry in repeated.items()
        if is_revision(entry.abstract, day, history[paper])
    }
    current = {paper: entry for paper, entry in revised.items() if day >= history[paper][-1].day}
    return revised, current
