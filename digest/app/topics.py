"""The topic catalogue in force: the newest version in the database, before the first the file."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from digest.app import databases
from digest.app.files import Files
from digest.catalogues import renewing, saving
from digest.catalogues.saving import Author
from digest.catalogues.store import versions
from digest.catalogues.store.versions import Version
from digest.errors import ConflictError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.time.due_times import local_date

if TYPE_CHECKING:
    from digest.app.app import App
    from digest.catalogues.trying import RecentPapers
    from digest.subscribers.rules.vocabulary import Vocabulary
    from digest.topics.catalogue import Catalogue
    from digest.topics.catalogue_text import WrittenTopic
    from digest.topics.classifier import Classifier
    from digest.topics.trying import PaperSet, Trial

LOOK_SECONDS = 2.0  # between two looks of the pages for another version
_KEPT = 4  # versions in memory


@dataclass(frozen=True)
class CatalogueInUse:
    """One version of the catalogue, and what it leads to; what is asked for is made once.

    text: TOML; None for the catalogue file.
    """

    number: int
    text: str | None
    files: Files

    @cached_property
    def catalogue(self) -> "Catalogue":
        """The topics."""
        return self.files.catalogue if self.text is None else self.files.parse(self.text)

    @cached_property
    def classifier(self) -> "Classifier":
        """What says which topics a paper has."""
        if self.text is None:
            return self.files.classifier
        return self.files.classifier_of(self.catalogue)

    @cached_property
    def topic_names(self) -> dict[str, str]:
        """What the topics are called, by slug."""
        return {topic.slug: topic.name for topic in self.catalogue.topics}

    @cached_property
    def vocabulary(self) -> "Vocabulary":
        """What preferences may name."""
        return replace(self.files.vocabulary, topics=self.topic_names.keys())

    @cached_property
    def written(self) -> "dict[str, WrittenTopic]":
        """The topics by slug, as somebody wrote them."""
        from digest.topics.catalogue_text import written_topics

        return written_topics(self.data.decode())

    def topic(self, slug: str) -> "WrittenTopic":
        """Return a topic as it is written; NotFoundError for none."""
        if slug not in self.written:
            raise NotFoundError(f"The catalogue has no topic {slug!r}.", hint="digest topics")
        return self.written[slug]

    @property
    def data(self) -> bytes:
        """The text as octets."""
        return self.files.catalogue_data if self.text is None else self.text.encode()


def at_hand(app: "App") -> CatalogueInUse:
    """Return the version in force; as long as there is no database, the catalogue file."""
    if databases.is_there(app.settings):
        return app.topics.in_force
    return CatalogueInUse(0, None, app.files)


class Topics:
    """Gives the version in force, and others; saves versions.

    It asks the database with the first use, and then when it is told to look.
    """

    def __init__(
        self,
        files: Files,
        database: Callable[[], Database],
        clock: Callable[[], datetime],
        timezone: str,
    ) -> None:
        self._files = files
        self._database = database
        self._clock = clock
        self._timezone = timezone
        self._lock = Lock()
        self._current: CatalogueInUse | None = None
        self._stamp: object = None
        self._looked_at = -LOOK_SECONDS
        self._warming = False
        self._kept: OrderedDict[int, CatalogueInUse] = OrderedDict()

    @property
    def in_force(self) -> CatalogueInUse:
        """The version in force when this process last looked."""
        if self._current is None:
            self.look()
            assert self._current is not None  # noqa: S101 -- a look finds one, or raises
        return self._current

    @property
    def is_due(self) -> bool:
        """Whether the last look was some seconds ago."""
        return monotonic() - self._looked_at >= LOOK_SECONDS

    def look(self) -> bool:
        """Ask the database which version is in force; return whether that is another one now."""
        with self._lock:
            self._looked_at = monotonic()
            with self._database().read() as session:
                stamp = versions.stamp(session)
                if self._current is not None and stamp == self._stamp:
                    return False
                found = versions.get(session, stamp[0])
            changed = self._current is not None
            self._kept.clear()  # a restored database may have others under the same numbers
            self._current = self._made(stamp[0], found)
            self._stamp = stamp
            return changed

    def of(self, number: int) -> CatalogueInUse:
        """Return a version; NotFoundError for one that was never saved."""
        if number == self.in_force.number:
            return self.in_force
        with self._lock:
            if number not in self._kept:
                with self._database().read() as session:
                    versions.check(session, number)
                    self._kept[number] = self._made(number, versions.get(session, number))
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return self._kept[number]

    def _made(self, number: int, version: Version | None) -> CatalogueInUse:
        return CatalogueInUse(number, version.text if version else None, self._files)

    def classify(self, title: str, abstract: str) -> Mapping[str, float]:
        """Return the topics of a paper by the version in force: slug -> confidence."""
        return self.in_force.classifier.classify(title, abstract)

    def save(self, text: str, author: Author, *, based_on: int | None = None) -> Version:
        """Save a version and use it; errors like `saving.save`."""
        saved = saving.save(
            self._database(),
            text,
            author,
            file=self._files.catalogue_data,
            now=self._clock(),
            based_on=based_on,
        )
        self.look()
        return saved

    def save_topic(
        self, written: "WrittenTopic", author: Author, *, based_on: int | None = None
    ) -> Version:
        """Save the catalogue in force with one of its topics replaced; errors like `save`."""
        from digest.topics.catalogue_text import with_topic

        now = self.in_force
        if written == now.topic(written.slug):
            raise ConflictError("The topic is as it was; nothing was saved.")
        return self.save(with_topic(now.data.decode(), written), author, based_on=based_on)

    def take_back(self, number: int, author: Author) -> Version:
        """Take back a version and every newer one; errors like `saving.take_back`."""
        file, now = self._files.catalogue_data, self._clock()
        saved = saving.take_back(self._database(), number, author, file=file, now=now)
        self.look()
        return saved

    def renew(
        self,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int | None], None] = lambda *_: None,
    ) -> int:
        """Classify recent papers by the version in force, if it is due; return how many it did."""
        self.look()
        now = self.in_force
        return renewing.renew(
            self._database(),
            now.number,
            lambda title, abstract: now.classifier.classify(title, abstract),
            since=self.since,
            now=self._clock,
            stop=stop,
            progress=progress,
        )

    def try_text(
        self, text: str, progress: Callable[[int, int | None], None] = lambda *_: None
    ) -> "Trial":
        """Say what a changed catalogue would catch and lose of the papers of the last 30 days.

        InputError with every mistake of the text.
        """
        changed = saving.check(text)
        return self._recent(progress).try_catalogue(changed)

    def try_topic(self, written: "WrittenTopic") -> "Trial":
        """Say the same of one topic of the catalogue in force, with other phrases.

        InputError with every mistake of the topic; NotFoundError when there is none of its slug.
        """
        from digest.topics.catalogue_text import read_topic

        self.in_force.topic(written.slug)
        changed = read_topic(written)
        catalogue = self.in_force.catalogue
        topics = (changed if one.slug == changed.slug else one for one in catalogue.topics)
        return self._recent().try_catalogue(replace(catalogue, topics=tuple(topics)))

    def _recent(self, progress: Callable[[int, int | None], None] = lambda *_: None) -> "PaperSet":
        return self.recent.by(self.in_force.classifier, since=self.since, progress=progress)

    def may_warm_up(self) -> bool:
        """Whether the recent papers are not ready, and nobody is about to make them so.

        Who is told so calls `warm_up`.
        """
        with self._lock:
            if self._warming or self.recent.is_ready(self.in_force.classifier, self.since):
                return False
            self._warming = True
            return True

    def warm_up(self) -> None:
        """Read the recent papers, so that the next trial need not."""
        try:
            self._recent()
        finally:
            self._warming = False

    @cached_property
    def recent(self) -> "RecentPapers":
        """The papers of the last 30 days, kept ready for trying."""
        from digest.catalogues.trying import RecentPapers  # what classifies comes with it

        return RecentPapers(self._database())

    @property
    def since(self) -> date:
        """Since when papers are recent."""
        return renewing.first_day(local_date(self._timezone, self._clock()))

    def is_file_changed(self) -> bool:
        """Whether the catalogue file is another one than beside which the version was saved.

        Never while the file itself is in force.
        """
        number = self.in_force.number
        with self._database().read() as session:
            found = versions.get(session, number)
        return (
            found is not None
            and found.text is not None
            and found.file_hash != saving.hash_file(self._files.catalogue_data)
        )
