"""Give stored papers the topics of the catalogue in use."""

from collections.abc import Callable, Collection

from digest.ground.database.engine import Database
from digest.papers.dump_loading import Classify
from digest.papers.store import papers

_CHUNK_PAPERS = 500  # a transaction: about a second


def is_stale(database: Database, topics: Collection[str]) -> bool:
    """Whether some paper has a topic that the catalogue does not know."""
    with database.read() as session:
        return not papers.list_topics(session) <= set(topics)


def refresh(
    database: Database, classify: Classify, progress: Callable[[int, int | None], None]
) -> int:
    """Classify every paper anew by its newest abstract; return how many there are.

    Each chunk is committed: what is interrupted can be started again. Editions that are open keep
    the topics with which they were frozen. progress: called with (done, of how many).
    """
    done, after = 0, 0
    with database.read() as session:
        total = papers.count(session)
    while True:
        with database.write() as session:
            texts = papers.newest_texts(session, after=after, limit=_CHUNK_PAPERS)
            papers.set_topics(session, {key: classify(*text) for key, text in texts.items()})
        if not texts:
            return done
        done, after = done + len(texts), max(texts)
        progress(done, total)
