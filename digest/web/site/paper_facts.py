"""What the page of a paper and the API say of one paper beside its card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from digest.editions.store import editions
from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.ground.languages.language import N_
from digest.model import Byline, Paper, Place
from digest.papers.store import bylines, identifiers, papers, places
from digest.render.citations import Citation, cite
from digest.render.destinations import shown_address

MOST_PLACES = 100  # the newest; a list of every hour would have thousands
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """A paper with its newest text, and what was stored of it.

    places: the newest first. editions: the dates of those that offer it.
    """

    paper: Paper
    byline: Byline
    identifiers: Sequence[str]
    places: Sequence[Place]
    editions: Sequence[date]

    @property
    def best(self) -> Place | None:
        """The best of the places that have a rank, the newest of equal ones."""
        ranked = [place for place in self.places if place.rank]
        return min(ranked, key=lambda place: place.rank, default=None)

    @property
    def votes(self) -> int | None:
        """The votes of the newest list that counts them."""
        return next((each.votes for each in self.places if each.votes is not None), None)

    @property
    def stars(self) -> int | None:
        """The stars of the code in the newest list that counts them."""
        return next((each.stars for each in self.places if each.stars is not None), None)

    def citation(self, base_url: str) -> Citation:
        """Return what reference managers take."""
        return cite(self.paper, self.identifiers, shown_address(self.paper, base_url))


def find(database: Database, written_id: str) -> PaperFacts:
    """Return the facts of the paper whose id stands in an address.

    NotFoundError for one that no dump and no edition lists: only those are public.
    """
    paper_id = _number(written_id)
    with database.read() as session:
        listed = places.newest(session, paper_id, limit=MOST_PLACES)
        offered = editions.dates_with(session, paper_id)
        found = papers.load_papers(session, [paper_id]) if listed or offered else {}
        if paper_id not in found:
            raise NotFoundError(N_("There is no such paper."))
        return PaperFacts(
            found[paper_id][0],
            bylines.load(session, [paper_id])[paper_id],
            [
                name
                for name in identifiers.for_papers(session, [paper_id]).get(paper_id, [])
                if not name.startswith("title:")
            ],
            listed,
            offered,
        )


def _number(written: str) -> int:
    """Read an id as we write it: no sign, no zero in front, and one that the database can hold."""
    usable = written.isascii() and written.isdecimal() and len(written) <= 10
    if not usable or written.startswith("0") or int(written) > _LARGEST_ID:
        raise NotFoundError(N_("There is no such paper."))
    return int(written)
