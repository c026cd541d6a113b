"""Keep the recent papers ready in memory, so that a change can be tried on them at once."""

from collections.abc import Callable
from datetime import date
from threading import Lock

from digest.catalogues.store import recent_papers
from digest.ground.database.engine import Database
from digest.topics.classifier import Classifier
from digest.topics.trying import PaperSet, TriedPaper, judge_again, read_paper

MOST_PAPERS = 10_000  # the newest ones; some 7 KB of memory each


class RecentPapers:
    """The papers of the last 30 days, for any number of threads.

    The first call reads and judges them all, some 500 a second; later ones only what has come.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._stamp: object = None
        self._set: PaperSet | None = None
        self._read: dict[int, tuple[int, TriedPaper]] = {}  # id -> hash of its text, and the paper

    def is_ready(self, classifier: Classifier, since: date) -> bool:
        """Return whether `by` would answer at once."""
        with self._database.read() as session:
            return self._is_current((recent_papers.stamp(session), since), classifier)

    def by(
        self,
        classifier: Classifier,
        *,
        since: date,
        progress: Callable[[int, int | None], None] = lambda *_: None,
    ) -> PaperSet:
        """Return the papers that were listed since a date, judged by the catalogue in use.

        classifier: of that catalogue, the same object as long as it is the same. progress: called
        with (done, of how many) while papers are read.
        """
        with self._lock:
            with self._database.read() as session:
                stamp = (recent_papers.stamp(session), since)
                if self._set is not None and self._is_current(stamp, classifier):
                    return self._set
                ids = recent_papers.newest_ids(session, since, limit=MOST_PAPERS)
                texts = recent_papers.texts(session, ids)
            same = self._set is not None and self._set.classifier is classifier
            read: dict[int, tuple[int, TriedPaper]] = {}
            for done, (paper_id, text) in enumerate(texts.items(), start=1):
                key, kept = hash(text), self._read.get(paper_id)
                if kept is None or kept[0] != key:
                    one = read_paper(classifier, paper_id, *text)
                else:
                    one = kept[1] if same else judge_again(classifier, kept[1])
                read[paper_id] = (key, one)
                progress(done, len(texts))
            self._read = read
            self._set = PaperSet(classifier, [one for _, one in read.values()])
            self._stamp = stamp
            return self._set

    def _is_current(self, stamp: object, classifier: Classifier) -> bool:
        return self._stamp == stamp and self._set is not None and self._set.classifier is classifier
