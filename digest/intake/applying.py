"""Do what the commands of a reply say, and undo it; all in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from digest.errors import NotFoundError
from digest.intake.rules.wishes import wished
from digest.intake.store import reader_replies
from digest.model import Subscriber, SubscriberState
from digest.papers.store import listings
from digest.replies.commands import Command, Kind
from digest.subscribers import unsubscribe, update_preferences
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import subscribers, votes
from digest.subscribers.unsubscribe import NOTHING_TO_UNDO, UNDO_FOR
from digest.transactional.reply_answers import ReplyNews

SOURCE = "reply"  # in the record of changes
_VALUES = {Kind.MORE: 1, Kind.LESS: -1}


class Done(NamedTuple):
    """What a reply has changed.

    restore: what undoing needs; None when nothing changed.
    """

    news: ReplyNews
    restore: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Applier:
    """Applies commands. topics: slugs by their names and themselves in small letters."""

    topics: Mapping[str, str]
    vocabulary: Vocabulary

    def apply(
        self,
        session: Session,
        found: Subscriber,
        commands: Sequence[Command],
        papers: Sequence[int],
        now: datetime,
    ) -> Done:
        """Do all of it. papers: ids in the order of the mail, in which all numbers are.

        Nothing was written when it raises InputError for what the preferences do not take, or
        NotFoundError for what there is not: a subscription that goes on, something to undo. The
        end of a subscription is told by its goodbye.
        """
        kinds = {command.kind for command in commands}
        if Kind.STOP in kinds:
            step = unsubscribe.end(session, found, now, source=SOURCE)
            news = ReplyNews(step.subscriber, found.preferences)
            return Done(news, {"event": step.undo} if step.changed else None)
        if Kind.UNDO in kinds:
            return _undo(session, found, now)
        update_preferences.lasting(found)
        after = wished(found.preferences, commands, self.topics, self.vocabulary)
        event = unsubscribe.change(session, found, after, now, source=SOURCE)
        news = ReplyNews(replace(found, preferences=after), found.preferences)
        news, pause = _rest(session, news, commands, now)
        news, cast = _vote(session, news, commands, papers, now)
        restore: dict[str, Any] = {"event": event, "pause": pause, "votes": cast}
        return Done(news, restore=restore if any(restore.values()) else None)


def _rest(
    session: Session, news: ReplyNews, commands: Sequence[Command], now: datetime
) -> tuple[ReplyNews, list[str | None]]:
    """Pause or resume; return the state before, and until when it was to last."""
    found = news.subscriber
    paused_until = found.paused_until.isoformat() if found.paused_until else None
    for command in commands:
        if isinstance(command.value, date):
            there = update_preferences.rest(session, found, command.value, now, source=SOURCE)
            news = replace(news, subscriber=there, paused_until=command.value)
            return news, [found.state.value, paused_until]
        if command.kind is Kind.RESUME:
            there = update_preferences.go_on(session, found, now, source=SOURCE)
            was_paused = found.state is SubscriberState.PAUSED
            news = replace(news, subscriber=there, resumed=was_paused)
            return news, [found.state.value, paused_until] if was_paused else []
    return news, []


def _vote(
    session: Session,
    news: ReplyNews,
    commands: Sequence[Command],
    papers: Sequence[int],
    now: datetime,
) -> tuple[ReplyNews, list[list[int]]]:
    """Vote; return the papers with their votes before, 0 for none."""
    wanted = {
        papers[number - 1]: _VALUES[command.kind]
        for command in commands
        if isinstance(command.value, tuple)
        for number in command.value
    }
    before = votes.values(session, news.subscriber.id, list(wanted))
    for paper_id, value in wanted.items():
        votes.cast(session, news.subscriber.id, paper_id, value, at=now)
    titles = listings.titles(session, wanted)
    more, less = (
        tuple(titles[paper_id] for paper_id, value in wanted.items() if value == way)
        for way in (1, -1)
    )
    kept = [[paper_id, before.get(paper_id, 0)] for paper_id in wanted]
    return replace(news, more=more, less=less), kept


def _undo(session: Session, found: Subscriber, now: datetime) -> Done:
    """Take back the newest reply of a week that can be; NotFoundError when there is none."""
    last = reader_replies.newest(session, found.id, now - UNDO_FOR)
    if last is None or last.before is None:
        raise NotFoundError(NOTHING_TO_UNDO)
    pause = last.before.get("pause")
    if pause:
        update_preferences.lasting(found)
    there = found
    if event := last.before.get("event"):
        there = unsubscribe.take_back(session, found, event, now, source=SOURCE)
    if pause:
        there = _unrest(session, there, pause, now)
    for paper_id, value in last.before.get("votes", ()):
        if value:
            votes.cast(session, found.id, paper_id, value, at=now)
        else:
            votes.withdraw(session, found.id, paper_id)
    reader_replies.mark_undone(session, last.id)
    there = unsubscribe.existing(subscribers.by_id(session, found.id))
    return Done(ReplyNews(there, found.preferences, undone=True))


def _unrest(
    session: Session, found: Subscriber, pause: Sequence[str | None], now: datetime
) -> Subscriber:
    """Restore whether a subscription pauses; a pause that is over meanwhile stays so."""
    state, until = pause
    if state == SubscriberState.PAUSED and until is not None:
        day = date.fromisoformat(until)
        if day > update_preferences.today_of(found, now):
            return update_preferences.rest(session, found, day, now, source=SOURCE)
        return found
    return update_preferences.go_on(session, found, now, source=SOURCE)
