"""What the API returns of papers, topics and editions."""

from datetime import date

from pydantic import BaseModel


class PaperOut(BaseModel):
    """A paper. url: where it is read, else `page`, our own page of it.

    authors: names in their order; empty when no list names them. code, project: empty when none is
    known. topics: slugs, the surest first.
    """

    id: int
    title: str
    authors: list[str]
    summary: str
    url: str
    page: str
    code: str
    project: str
    topics: list[str]


class CandidateOut(PaperOut):
    """A paper of an edition. trend: in [0, 1]; best_rank: 1 is the top of a list, 0: no place.

    votes: null when no list counts them. pinned: the editors chose it for everybody. claim, note:
    the editors' words on it; empty mostly.
    """

    trend: float
    best_rank: int
    lists: int
    votes: int | None
    pinned: bool
    claim: str
    note: str


class ListedOut(PaperOut):
    """A paper and the date of the newest list that has it."""

    listed: date | None


class PlaceOut(BaseModel):
    """Where a paper stood in one list.

    source: empty for a file. rank: 1 is the top; 0 in a list whose order says nothing. entries: how
    many papers the list has.
    """

    date: date
    source: str
    rank: int
    entries: int
    votes: int | None
    stars: int | None


class SimilarOut(BaseModel):
    """A paper of the newest edition that is like another one."""

    id: int
    title: str
    url: str
    page: str


class WholePaperOut(PaperOut):
    """A paper with all that is known of it.

    topics: all of them. votes, stars: of the newest list that counts them; stars are those of the
    code. places: the newest 100, the newest first. similar: the likest first.
    """

    abstract: str
    affiliations: list[str]
    identifiers: list[str]
    code_urls: list[str]
    project_urls: list[str]
    votes: int | None
    stars: int | None
    places: list[PlaceOut]
    editions: list[date]
    similar: list[SimilarOut]


class TopicOut(BaseModel):
    """A topic of the catalogue."""

    slug: str
    name: str
    group: str
    description: str
    papers: int


class EditionLine(BaseModel):
    """One edition in the list of them."""

    date: date
    papers: int


class EditionOut(BaseModel):
    """One edition; `papers` is the asked-for part of it, by falling trend.

    note: of the editors, empty mostly. dropped: how many papers they left out.
    """

    date: date
    total: int
    note: str
    dropped: int
    papers: list[CandidateOut]
