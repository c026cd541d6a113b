"""Find the paper that an entry is about: by identifiers first, then by its title."""

import hashlib
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from digest.papers.rules.identifiers import Names, merge, title_key
from digest.papers.store import identifiers, papers

Existing = Mapping[str, int]  # key -> id of the paper that is stored under it


def find_existing(session: Session, names: Sequence[Names]) -> Existing:
    """Return key -> paper id for the keys of the entries that exist; a paper's own title wins."""
    titles = papers.find(session, {one.title for one in names})
    by_title = {title_key(title): paper for title, paper in titles.items()}
    return identifiers.find(session, {key for one in names for key in one.keys}) | by_title


def find_papers(session: Session, names: Sequence[Names], found: Existing) -> list[int]:
    """Return the paper id of each entry; for new papers -1 - position of their first entry."""
    has_identifiers = any(one.identifiers for one in names)  # else nothing can stand against it
    others = identifiers.for_papers(session, set(found.values())) if has_identifiers else {}
    return merge(names, found, others)


def new_identities(names: Sequence[Names], new: Collection[int], found: Existing) -> dict[int, str]:
    """Return the identity of each new paper (-1 - place): its title's, unless that is taken.

    A paper of the same title with another arXiv id is known by that id instead.
    """
    used = {key.removeprefix("title:") for key in found if key.startswith("title:")}
    chosen: dict[int, str] = {}
    for paper in new:
        one = names[-1 - paper]
        chosen[paper] = one.title if one.title not in used else _hash(one.identifiers[0])
        used.add(one.title)
    return chosen


def save_keys(
    session: Session,
    names: Sequence[Names],
    paper_ids: Sequence[int],
    found: Existing,
    new: Collection[int],
) -> None:
    """Save the keys that are new. The title of a new paper is in its row already."""
    keys: dict[str, int] = {}
    titled = set(new)
    for one, paper in zip(names, paper_ids, strict=True):
        first_title = paper in titled
        titled.discard(paper)
        for key in one.identifiers if first_title else one.keys:
            if key not in found:
                keys.setdefault(key, paper)
    identifiers.add(session, keys)


def _hash(identifier: str) -> str:
    return hashlib.sha256(identifier.encode()).hexdigest()
