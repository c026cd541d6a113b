"""The personal texts in the frame of a digest: subject, first line, head and foot.

Readers who share a text share its encoding.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from digest.ground.languages.language import Language
from digest.ground.text.plain_text import shorten
from digest.model import Cadence, DeliverySchedule, Edition, Reader, Reason
from digest.render import headers
from digest.render.digest import head_wording, wording
from digest.render.digest.fragments import Block
from digest.render.digest.paper_facts import PaperFacts, minutes
from digest.render.digest.ready_papers import Words

_WEEKLY = (
    Cadence.WEEKLY
)  # looked up once: for Python 3.11 the name of an enum's member is a property
_CACHED = 1024  # encoded texts of each kind
_WEEK_DAYS = 7


class Subject(NamedTuple):
    """A subject: as readers see it, as a header field, and for the bodies."""

    line: str
    field: bytes
    words: Words


class FrameTexts:
    """Writes the texts of one edition in one language.

    subject_line: the template of the subject, with its slots. express: encodes the text of a slot,
    which may come in pieces.
    """

    def __init__(
        self,
        edition: Edition,
        facts: Mapping[int, PaperFacts],
        topic_names: Mapping[str, str],
        language: Language,
        subject_line: Block,
        express: Callable[[str, *tuple[str, ...]], Words],
    ) -> None:
        self._edition = edition
        self._facts = facts
        self._card_words = {each: one.card_words for each, one in facts.items()}.__getitem__
        self._line_words = {each: one.line_words for each, one in facts.items()}.__getitem__
        self._topic_names = topic_names
        self._language = language
        self._subject_line = subject_line
        self._express = express
        self._new = {weekly: _new_papers(edition, weekly=weekly) for weekly in (False, True)}
        self._period = {weekly: self._make_period(weekly=weekly) for weekly in (False, True)}
        self._schedule = lru_cache(_CACHED)(self._make_schedule)
        self._subject = lru_cache(_CACHED)(self._make_subject)
        self._preview = lru_cache(_CACHED)(self._make_preview)
        self._picked = lru_cache(_CACHED)(self._make_picked)
        self._topics = lru_cache(_CACHED)(self._make_topics)

    def write(
        self, reader: Reader, ids: tuple[int, ...], cards: int, missing: Sequence[Reason]
    ) -> tuple[Subject, list[Words]]:
        """Return the subject, and the texts of FRAME_SLOTS but the last one, in their order.

        ids: the papers of the mail in their order, of which the first `cards` have a card.
        missing: what the reader follows and the edition has nothing of.
        """
        preferences = reader.preferences
        weekly = preferences.schedule.cadence is _WEEKLY
        subject = self._subject(ids[0], len(ids) - 1, weekly)
        length = sum(map(self._card_words, ids[:cards])) + sum(map(self._line_words, ids[cards:]))
        all_new = self._new[weekly].issuperset(ids)
        return subject, [
            subject.words,
            self._preview(ids[1:3], len(ids)),
            self._picked(len(ids), all_new, minutes(length), weekly),
            self._topics(
                wording.by_weight(preferences.topics), preferences.interests, tuple(missing)
            ),
            self._schedule(preferences.schedule),
            self._express("address", wording.shown_address(reader.address)),
            *self._period[weekly],
        ]

    def _make_picked(self, papers: int, all_new: bool, length: int, weekly: bool) -> Words:
        of = len(self._new[weekly]) if all_new else len(self._edition.candidates)
        line = head_wording.picked_text(
            papers, of, new=all_new, minutes=length, language=self._language
        )
        return self._express("picked", line)

    def _make_period(self, *, weekly: bool) -> tuple[Words, Words]:
        """Return the heading of the mail, and where the archive has the same."""
        day, language = self._edition.date, self._language
        heading = head_wording.week(day, language) if weekly else wording.long_date(day, language)
        archive = f"{day.isoformat()}/week" if weekly else day.isoformat()
        return self._express("heading", heading), self._express("archive", archive)

    def _make_schedule(self, schedule: DeliverySchedule) -> Words:
        return self._express("schedule", wording.schedule_text(schedule, self._language))

    def _make_subject(self, first: int, others: int, weekly: bool) -> Subject:
        if weekly:
            about = head_wording.week(self._edition.date, self._language)
        else:
            about = head_wording.about(self._facts[first].subject, others, self._language)
        line = shorten(self._subject_line.fill({"about": about}), wording.LONGEST["subject"])
        field = headers.field("Subject", headers.text(line))
        return Subject(line, field, self._express("subject", line))

    def _make_preview(self, next_ids: tuple[int, ...], papers: int) -> Words:
        headlines = [self._facts[paper_id].preview for paper_id in next_ids]
        return self._express(
            "preview", head_wording.preview_line(headlines, papers, self._language)
        )

    def _make_topics(
        self, topics: tuple[str, ...], interests: tuple[str, ...], missing: tuple[Reason, ...]
    ) -> Words:
        pieces = wording.topics_pieces(topics, interests, self._topic_names, self._language)
        if missing:
            pieces += wording.nothing_on(missing, self._topic_names, self._language)
        return self._express("topics", *pieces)


def _new_papers(edition: Edition, *, weekly: bool) -> frozenset[int]:
    """Return the papers that were first listed on the day of the edition, or in its week."""
    days = _WEEK_DAYS if weekly else 1
    return frozenset(
        each.paper.id
        for each in edition.candidates
        if each.trend.known_days is not None and each.trend.known_days < days
    )
