"""Load one dump, a thousand entries at a time, in the transaction of the caller."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from sqlalchemy.orm import Session

from digest.errors import DumpError
from digest.model import Byline, References
from digest.papers import merging
from digest.papers.dumps import Entry, Header, Part, Refusal
from digest.papers.merging import Existing
from digest.papers.rules.bylines import fullest
from digest.papers.rules.identifiers import ARXIV_PAGES, Names
from digest.papers.rules.identity import identity, is_revision
from digest.papers.rules.references import MOST_ADDRESSES, harvest
from digest.papers.store import appearances, bylines, dumps, papers

CHUNK_ENTRIES = 1_000
_MOST_REFUSALS = 1_000  # of single entries; a file with more is no dump with a few bad entries

Classify = Callable[[str, str], Mapping[str, float]]  # title, abstract -> slug -> confidence


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of loaded entries: `entries` = `new` + `repeated`, which includes `revised`."""

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


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a dump comes from.

    source: the live source that brought it; empty for a file. keeps: papers that the
    source listed earlier that day and no longer lists stay in the dump, at the end.
    """

    name: str
    content_hash: str
    source: str = ""
    keeps: bool = False


def load(
    session: Session,
    origin: Origin,
    parts: Iterator[Part],
    *,
    now: datetime,
    classify: Classify,
    chunk_entries: int = CHUNK_ENTRIES,
) -> Loaded:
    """Write one dump; DumpError, perhaps half-way, when it is not a dump after all."""
    header = next(parts)
    if not isinstance(header, Header):
        raise TypeError(f"a dump starts with its header, not with {header!r}")
    day = header.date
    dump_id = dumps.save_loaded(
        session,
        origin.content_hash,
        name=origin.name,
        day=day,
        now=now,
        source=origin.source,
        ranked=header.ranked,
    )
    before = appearances.remove_appearances(session, dump_id) if origin.source else []
    refusals: list[Refusal] = []
    entries = _entries(parts, refusals)
    tally = NOTHING
    lowest = 0
    while chunk := list(islice(entries, chunk_entries)):
        tally += _load_chunk(session, dump_id, day, chunk, classify)
        lowest = chunk[-1].rank
    kept = _keep(session, dump_id, before, lowest) if origin.keeps else 0
    dumps.count_entries(session, dump_id, tally.entries + kept)
    return Loaded(header, tally, tuple(refusals))


def _keep(
    session: Session, dump_id: int, before: Sequence[tuple[int, int | None]], lowest: int
) -> int:
    """Append the papers that only an earlier list of the day had; return how many."""
    listed = appearances.listed_in(session, dump_id, [paper for paper, _ in before])
    gone = {paper: votes for paper, votes in before if paper not in listed}
    ranks = {paper: rank for rank, paper in enumerate(gone, lowest + 1)}
    appearances.add_appearances(session, dump_id, ranks, gone)
    return len(gone)


def _entries(parts: Iterable[Part], refusals: list[Refusal]) -> Iterator[Entry]:
    """Yield the entries and collect the refusals."""
    for part in parts:
        if isinstance(part, Entry):
            yield part
        elif isinstance(part, Refusal):
            refusals.append(part)
            if len(refusals) > _MOST_REFUSALS:
                raise DumpError(
                    f"more than {_MOST_REFUSALS:,} entries cannot be used", line=part.line
                )


def _load_chunk(
    session: Session, dump_id: int, day: date, entries: Sequence[Entry], classify: Classify
) -> Tally:
    """Write a chunk. Where a dump lists a paper twice, the better rank and its text count."""
    names = [Names(entry.identifiers, identity(entry.title)) for entry in entries]
    known = merging.find_existing(session, names)
    places = merging.find_papers(session, names, known)
    first: dict[int, Entry] = {}
    for paper, entry in zip(places, entries, strict=True):
        first.setdefault(paper, entry)
    ids = _add_papers(session, {p: one for p, one in first.items() if p < 0}, names, known)
    new = {ids[paper]: entry for paper, entry in first.items() if paper < 0}
    stored = [ids.get(paper, paper) for paper in places]
    merging.save_keys(session, names, stored, known, new)
    bylines.keep_fullest(session, _bylines(stored, entries))
    repeated = {paper: entry for paper, entry in first.items() if paper > 0}
    listed = appearances.listed_in(session, dump_id, repeated)
    repeated = {paper: entry for paper, entry in repeated.items() if paper not in listed}
    revised, current = _find_revised(session, day, repeated)

    taken = new | repeated
    ranks = {paper: entry.rank for paper, entry in taken.items()}
    votes = {paper: entry.votes for paper, entry in taken.items()}
    stars = {paper: entry.stars for paper, entry in taken.items()}
    appearances.add_appearances(session, dump_id, ranks, votes, stars)
    abstracts = {paper: entry.abstract for paper, entry in (new | revised).items()}
    papers.add_revisions(session, dump_id, abstracts)
    _set_links(session, repeated, current)
    papers.set_topics(
        session,
        {key: classify(one.title, one.abstract) for key, one in (new | current).items()},
    )
    return Tally(len(entries), len(new), len(entries) - len(new), len(revised))


def _add_papers(
    session: Session, entries: Mapping[int, Entry], names: Sequence[Names], known: Existing
) -> dict[int, int]:
    """Add papers that are new; return their ids. Keys on both sides are -1 - position."""
    keys = merging.new_identities(names, entries, known)
    rows = [
        papers.NewPaper(keys[paper], one.title, _references(one), one.url)
        for paper, one in entries.items()
    ]
    ids = papers.add(session, rows)
    return {paper: ids[keys[paper]] for paper in entries}


def _bylines(paper_ids: Sequence[int], entries: Sequence[Entry]) -> dict[int, Byline]:
    """Return paper id -> the fullest byline in the chunk, for those that have one."""
    found: dict[int, Byline] = {}
    for paper, entry in zip(paper_ids, entries, strict=True):
        if entry.authors or entry.affiliations:
            byline = Byline(entry.authors, entry.affiliations)
            found[paper] = fullest(found.get(paper, byline), byline)
    return found


def _set_links(
    session: Session, repeated: Mapping[int, Entry], current: Mapping[int, Entry]
) -> None:
    """Give existing papers the links of their newest text, and those that a list names."""
    links = {paper: _references(entry) for paper, entry in current.items()}
    named = {
        paper: References(entry.code_urls, entry.project_urls)
        for paper, entry in repeated.items()
        if paper not in current and (entry.code_urls or entry.project_urls)
    }
    if named:
        before = papers.references(session, named)
        links |= {paper: _both(before[paper], more) for paper, more in named.items()}
    papers.set_references(session, links)
    if urls := {paper: entry.url for paper, entry in repeated.items() if entry.url}:
        papers.set_urls(session, urls, over=ARXIV_PAGES)


def _references(entry: Entry) -> References:
    return _both(References(entry.code_urls, entry.project_urls), harvest(entry.abstract))


def _both(one: References, other: References) -> References:
    return References(
        tuple(dict.fromkeys(one.code_urls + other.code_urls))[:MOST_ADDRESSES],
        tuple(dict.fromkeys(one.project_urls + other.project_urls))[:MOST_ADDRESSES],
    )


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
