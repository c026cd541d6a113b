"""One reader: how they stand, what they want, what happened to them, why each paper came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.ground.masking import mask_addresses
from digest.ground.text.plain_text import clean
from digest.model import Reason, ReasonKind
from digest.operations import reader_record, timeline
from digest.operations.rules.timeline import Moment, MomentKind
from digest.render.digest import wording
from digest.selection.explanation import Explanation
from digest.subscribers import unsubscribe
from digest.subscribers.rules.field_kinds import PreferenceField
from digest.subscribers.rules.preferences import from_record
from digest.transactional.changes import Change, Speaker
from digest.web.console.frame import Console, Viewer
from digest.web.numbers import KeyInPath

PAGE = 40  # moments
_MOST_EXPLAINED = 60  # papers
_LABELS = {"interests": "Interests"}
_PLAIN = ("ip", "before", "after", "asked", "agreed", "api_key", "reader")  # not shown as they are

pages = APIRouter()


@dataclass(frozen=True, slots=True)
class Told:
    """A moment as the page shows it. papers: title and why it came. changes: of preferences."""

    at: datetime
    kind: str
    what: str
    details: Sequence[tuple[str, str]]
    papers: Sequence[tuple[int, str, str]]
    changes: Sequence[Change]


@pages.get("/readers/{reader_id}")
def reader(reader_id: KeyInPath, console: Viewer, before: str = "") -> HTMLResponse:
    """Show a reader, and what happened to them, the newest first."""
    return show(console, reader_id, before=before)


@pages.get("/readers/{reader_id}/why")
def why(reader_id: KeyInPath, console: Viewer) -> HTMLResponse:
    """Show for the papers of the newest edition why the reader gets them, or does not."""
    found = unsubscribe.get(console.database, reader_id)
    edition = console.site.today()
    explained = console.site.library.explain(edition, reader_id) if edition else []
    return console.page(
        "reader_why.html",
        reader=found,
        edition=edition.edition.date if edition else None,
        papers=[_explained(console, one) for one in explained[:_MOST_EXPLAINED]],
        more=max(len(explained) - _MOST_EXPLAINED, 0),
    )


def show(
    console: Console,
    reader_id: int,
    status: int = 200,
    *,
    before: str = "",
    mistake: str = "",
    link: str = "",
) -> HTMLResponse:
    """Return a reader's page. link: of their preferences, which is shown this once."""
    found = unsubscribe.get(console.database, reader_id)
    story = timeline.timeline(console.database, reader_id, before=before, limit=PAGE)
    wishes = [(label(field), text) for field, text in _speaker(console).wishes(found.preferences)]
    return console.page(
        "reader.html",
        status,
        reader=found,
        facts=reader_record.facts(console.database, reader_id, console.now()),
        wishes=wishes,
        moments=[tell(console, one) for one in story.moments],
        next=story.next,
        is_first=not before,
        mistake=mistake,
        link=link,
        moment_of=datetime.fromisoformat,
    )


def tell(console: Console, moment: Moment) -> Told:
    """Say a moment in words; a viewer sees no address in them."""
    detail = dict(moment.detail)
    changes = _changes(console, detail)
    shown = [
        (
            name.replace("_", " "),
            console.reply(str(value)) if name in _REPLIES else _value(console, value),
        )
        for name, value in detail.items()
        if name not in _PLAIN and value not in (None, "", [], False, 0)
    ]
    papers = [
        (one.paper_id, clean(one.title), _reason(console, one.kind, one.subject))
        for one in moment.papers
    ]
    what = _WORDS.get((moment.kind, moment.name), moment.name)
    return Told(moment.at, moment.kind.value, what, shown, papers, changes)


_REPLIES = ("reply", "words", "said")  # of mail servers: they may name somebody


def _changes(console: Console, detail: Mapping[str, Any]) -> Sequence[Change]:
    """Say what of the preferences was changed; nothing for details that are not whole."""
    try:
        before, after = (from_record(detail[name]) for name in ("before", "after"))
    except (KeyError, TypeError, ValueError, AttributeError):  # one bad row costs itself alone
        return ()
    return _speaker(console).changes(before, after)


def _speaker(console: Console) -> Speaker:
    names = console.app.topics.in_force.topic_names
    return Speaker(console.site.language, names, console.app.files.languages)


def label(field: PreferenceField) -> str:
    """Return what the console calls a preference; the reader's own page speaks to them."""
    return _LABELS.get(field.name, field.label)


def _value(console: Console, value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return clean(text if console.may_edit else mask_addresses(text))


_WORDS = {
    (MomentKind.EVENT, "asked"): "filled in the form",
    (MomentKind.EVENT, "refused"): "said that it was not them",
    (MomentKind.EVENT, "confirmed"): "agreed",
    (MomentKind.EVENT, "changed"): "changed preferences",
    (MomentKind.EVENT, "undone"): "took a step back",
    (MomentKind.EVENT, "renewed"): "gave the personal feed a new address",
    (MomentKind.EVENT, "relinked"): "all links were renewed",
    (MomentKind.EVENT, "reminded"): "filled in the form again",
    (MomentKind.EVENT, "lifted"): "the suppression was lifted",
    (MomentKind.VOTE, "more"): "wants more like it",
    (MomentKind.VOTE, "less"): "wants less like it",
}


def _explained(console: Console, one: Explanation) -> dict[str, Any]:
    parts = [f"{_named(console, reason)} {value:.2f}" for reason, value in one.parts]
    if one.parts:
        parts.append(f"trend {one.trend_part:.2f}")
    if one.taste_part:
        parts.append(f"votes {one.taste_part:+.2f}")
    reason = one.picked
    because = console.app.composing.reason_text(reason, one.candidate.trend) if reason else ""
    return {
        "id": one.candidate.paper.id,
        "title": clean(one.candidate.paper.title),
        "score": one.score,
        "parts": " + ".join(parts),
        "place": "" if one.place is None else one.place + 1,
        "verdict": because or one.verdict,
    }


def _named(console: Console, reason: Reason) -> str:
    return _reason(console, reason.kind.value, reason.subject)


def _reason(console: Console, kind: str, subject: str) -> str:
    """Say a reason in a few words."""
    names = console.app.topics.in_force.topic_names
    match kind:
        case ReasonKind.TOPIC:
            return f"topic {names.get(subject, subject)}"
        case ReasonKind.INTEREST:
            return f"interest “{clean(subject)}”"
        case ReasonKind.OUTSIDE:
            return f"from outside: {names.get(subject, subject)}"
        case ReasonKind.LIKED:
            return f"like “{wording.short_title(subject)}”"
        case ReasonKind.TRENDING:
            return "trending"
        case _:
            return "the reason is not known any more"
