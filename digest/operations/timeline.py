"""One reader's timeline: sign-up, consent, mails with their papers, replies, votes, changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from digest.bounces.store import feedback
from digest.delivery.store import reader_ledger, reasons
from digest.delivery.store.reader_ledger import ReaderMail
from digest.ground.database.engine import Database
from digest.intake.store import reader_replies
from digest.model import Pick
from digest.operations.rules.timeline import (
    Moment,
    MomentKind,
    PickedPaper,
    Timeline,
    read_place,
    turn_page,
    write_place,
)
from digest.outbox.store import figures
from digest.papers.store import listings
from digest.render.headers import message_id
from digest.subscribers.store import events, subscribers, votes
from digest.subscribers.unsubscribe import existing

MOST = 200  # moments of a page
_THINNED_LOOKED_AT = 60  # editions whose blocks a page reads: each is unpacked
_EARLIER = timedelta(days=1)  # the day's edition was due before whoever came on that day


def timeline(
    database: Database, subscriber_id: int, *, before: str = "", limit: int = 50
) -> Timeline:
    """Return what happened to a reader, the newest first.

    before: `next` of the page before. A page may be short, and others follow all the same, where
    the reader got nothing for a long time. NotFoundError when there is no such reader; InputError
    for another `before`.
    """
    place = read_place(before)
    with database.read() as session:
        found = existing(subscribers.by_id(session, subscriber_id))
        moments = [*_moments(session, subscriber_id)]
        since = found.created_at - _EARLIER
        thinned, reached = _thinned(session, subscriber_id, since, place.at if place else None)
        chosen = turn_page([*moments, *thinned], place, limit)
        if reached is not None:  # older editions were not looked at, and are older than these
            chosen = [one for one in chosen if one.at >= reached.at]
        page = chosen[:limit]
        if len(chosen) > limit:
            return Timeline(_with_papers(session, page), write_place(page[-1].place))
        more = write_place(reached.place) if reached is not None else ""
        return Timeline(_with_papers(session, page), more)


def _moments(session: Session, subscriber_id: int) -> Iterator[Moment]:
    """Yield all but what is thinned: some hundred rows, each by an index."""
    for event in events.for_subscriber(session, subscriber_id):
        yield Moment(event.at, MomentKind.EVENT, event.kind.value, event.id, dict(event.detail))
    for mail in reader_ledger.kept(session, subscriber_id):
        yield _digest(mail, subscriber_id)
    for single in figures.of_subscriber(session, subscriber_id):
        detail: dict[str, Any] = {
            "state": single.state.value,
            "reply": single.reply,
            "attempts": single.attempts,
            "settled_at": single.settled_at.isoformat() if single.settled_at else None,
        }
        yield Moment(single.created_at, MomentKind.MAIL, single.kind.value, single.id, detail)
    for told in feedback.of_subscriber(session, subscriber_id):
        yield Moment(told.at, MomentKind.FEEDBACK, told.kind.value, told.id, told.detail)
    for vote in votes.for_subscriber(session, subscriber_id):
        name = "more" if vote.value > 0 else "less"
        detail = {"paper": vote.title}
        yield Moment(vote.voted_at, MomentKind.VOTE, name, vote.paper_id, detail)
    for reply in reader_replies.of_subscriber(session, subscriber_id):
        name = "unclear" if reply.text else "understood"
        detail = {"commands": list(reply.commands), "text": reply.text}
        yield Moment(reply.received_at, MomentKind.REPLY, name, reply.id, detail)


def _thinned(
    session: Session, subscriber_id: int, since: datetime, until: datetime | None
) -> tuple[list[Moment], Moment | None]:
    """Return the newest thinned mails; then, when older editions were not looked at, the last one.

    That last one stands for its edition, whether the reader had a mail of it or not.
    """
    editions = reader_ledger.thinned_editions(session, since, until, _THINNED_LOOKED_AT + 1)
    found = [
        _digest(mail, subscriber_id)
        for edition in editions[:_THINNED_LOOKED_AT]
        for mail in reader_ledger.thinned(session, subscriber_id, edition)
    ]
    if len(editions) <= _THINNED_LOOKED_AT:
        return found, None
    due = editions[_THINNED_LOOKED_AT - 1][-1]
    return found, Moment(due, MomentKind.EVENT, "", -1)


def _digest(mail: ReaderMail, subscriber_id: int) -> Moment:
    detail: dict[str, Any] = {
        "edition": mail.edition.isoformat(),
        "message_id": message_id(mail.edition, subscriber_id, mail.domain),
        "reply": mail.reply,
        "attempts": mail.attempts,
        "uncertain": mail.is_uncertain,
        "not_before": mail.not_before.isoformat() if mail.not_before else None,
        "thinned": mail.is_thinned,
    }
    number = mail.edition.toordinal()
    return Moment(mail.at, MomentKind.DIGEST, mail.state.value, number, detail, picks=mail.picks)


def _with_papers(session: Session, moments: Sequence[Moment]) -> list[Moment]:
    """Return the moments with the papers of their mails; what cannot be read has none."""
    packs = [one.picks for one in moments if one.picks and reasons.are_whole(one.picks)]
    behind = reasons.behind(session, packs)
    wanted = {paper for pack in packs for paper in reasons.paper_ids(pack)}
    titles = listings.titles(session, wanted)
    known = dict.fromkeys(packs, ())
    return [
        replace(one, papers=_papers(one.picks, behind, titles)) if one.picks in known else one
        for one in moments
    ]


def _papers(
    packed: bytes, behind: Mapping[int, Any], titles: Mapping[int, str]
) -> list[PickedPaper]:
    try:
        picks: Sequence[Pick] = reasons.unpack(packed, behind)[0]
    except KeyError:  # of a reason that nobody knows: the papers are known all the same
        return [
            PickedPaper(paper, titles.get(paper, f"#{paper}"), "", "")
            for paper in reasons.paper_ids(packed)
        ]
    return [
        PickedPaper(paper, titles.get(paper, f"#{paper}"), why.kind.value, why.subject)
        for paper, why in picks
    ]
