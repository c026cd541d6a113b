"""Topics: who follows them, what they catch, and trying and saving their phrases."""

import logging
import re
from collections.abc import Mapping, Sequence
from threading import Thread
from time import perf_counter

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from digest.app.topics import CatalogueInUse
from digest.catalogues import renewing
from digest.catalogues.saving import Author
from digest.catalogues.store import followers, recent_papers
from digest.errors import DigestError, InputError
from digest.ground.logs import log_error
from digest.ground.text.plain_text import clean
from digest.topics.catalogue import PHRASE_KINDS
from digest.topics.catalogue_text import WrittenTopic
from digest.topics.trying import Trial, telling_phrases
from digest.web.console.frame import Console, ConsoleForm, Editor, Viewer
from digest.web.site.archive import Page
from digest.web.site.forms import Form

pages = APIRouter()
PAGE = 25  # papers without a topic, each of which is judged again to say why
_SHOWN = 100  # papers that a change would catch, or lose
KINDS = {
    "title": "Count as sure, but only in a title: survey, benchmark.",
    "sure": "Papers seldom use them unless the topic is their subject.",
    "hint": "Support others. Alone they make a topic only if its learnt weights agree.",
    "except": "Longer phrases inside which a phrase of the other kinds does not count.",
}
_log = logging.getLogger(__name__)


@pages.get("/topics")
def show(console: Viewer) -> HTMLResponse:
    """List the topics with readers and recent papers."""
    topics = console.app.topics
    with console.database.read() as session:
        papers = recent_papers.count_by_topic(session, topics.since)
        readers, counted_at = followers.kept(session)
        topicless = recent_papers.count_topicless(session, topics.since)
    _warm_up(console)
    return console.page(
        "topics.html",
        groups=topics.in_force.catalogue.groups(),
        version=topics.in_force.number,
        papers=papers,
        readers=readers,
        counted_at=counted_at,
        topicless=topicless,
        progress=renewing.find_progress(console.database, topics.since),
        is_file_changed=topics.is_file_changed(),
        days=renewing.RECENT_DAYS,
    )


@pages.get("/topics/without")
def without(console: Viewer, page: Page = 1) -> HTMLResponse:
    """List the recent papers without a topic, and which topic each was nearest to."""
    topics, start = console.app.topics, (page - 1) * PAGE
    with console.database.read() as session:
        ids = recent_papers.topicless(session, topics.since, limit=PAGE + 1, offset=start)
        texts = recent_papers.texts(session, ids[:PAGE])
    judge = topics.in_force.classifier.judge
    listed = []
    for paper_id in ids[:PAGE]:
        nearest = next(iter(judge(*texts[paper_id])), None)
        said = telling_phrases(nearest) if nearest else ()
        listed.append((paper_id, texts[paper_id][0], nearest, said))
    days, more = renewing.RECENT_DAYS, len(ids) > PAGE
    return console.page("topics_without.html", papers=listed, page=page, more=more, days=days)


@pages.get("/topics/of/{slug}")
def one(slug: str, console: Viewer) -> HTMLResponse:
    """Show one topic: what it is called, and its phrases by kind."""
    in_force = console.app.topics.in_force
    _warm_up(console)
    return _topic_page(console, in_force.topic(slug), in_force)


@pages.post("/topics/of/{slug}/try")
def try_it(slug: str, console: Viewer, form: ConsoleForm) -> HTMLResponse:
    """Show what a change would catch and lose; nothing is saved."""
    in_force = console.app.topics.in_force
    typed = _typed(slug, form)
    begun = perf_counter()
    try:
        trial = console.app.topics.try_topic(typed)
    except InputError as exc:
        return _topic_page(console, typed, in_force, form, mistake=str(exc), status=422)
    seconds = perf_counter() - begun
    return _topic_page(console, typed, in_force, form, trial=trial, seconds=seconds)


@pages.post("/topics/of/{slug}")
def save(slug: str, console: Editor, form: ConsoleForm) -> Response:
    """Save a version of the catalogue with this topic changed."""
    in_force = console.app.topics.in_force
    in_force.topic(slug)
    typed, why = _typed(slug, form), clean(form.text("why"))
    based_on = _based_on(form, in_force)
    asked = {"why": why, "based on": based_on}
    try:
        with console.audited("topics.save", f"topic {slug}", asked) as note:
            author = Author(console.account.address, why)
            saved = console.app.topics.save_topic(typed, author, based_on=based_on)
            console.app.look_at_catalogue()
            note.before, note.after = {"version": in_force.number}, {"version": saved.number}
    except InputError as exc:
        return _topic_page(console, typed, in_force, form, mistake=str(exc), status=422)
    return console.back(f"/topics/of/{slug}", "saved")


def _topic_page(
    console: Console,
    written: WrittenTopic,
    in_force: CatalogueInUse,
    form: Form | None = None,
    *,
    trial: Trial | None = None,
    seconds: float = 0.0,
    mistake: str = "",
    status: int = 200,
) -> HTMLResponse:
    """Render a topic as it is, or as somebody typed it."""
    return console.page(
        "topic.html",
        status,
        topic=written,
        kinds=KINDS,
        phrases=_lines(written.phrases),
        version=in_force.number,
        based_on=_based_on(form, in_force) if form else in_force.number,
        why=form.text("why") if form else "",
        trial=trial,
        shown=_SHOWN,
        seconds=seconds,
        mistake=mistake,
        days=renewing.RECENT_DAYS,
    )


def _typed(slug: str, form: Form) -> WrittenTopic:
    phrases = {
        kind: list(filter(None, map(clean, form.text(kind).split("\n")))) for kind in PHRASE_KINDS
    }
    name, group, said = (clean(form.text(text)) for text in ("name", "group", "description"))
    return WrittenTopic(slug, name, group, said, phrases)


def _lines(phrases: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {kind: "\n".join(phrases.get(kind, ())) for kind in PHRASE_KINDS}


def _based_on(form: Form, in_force: CatalogueInUse) -> int:
    """Return which version the page showed that somebody changed."""
    sent = form.text("based_on")
    return int(sent) if re.fullmatch("[0-9]{1,9}", sent) else in_force.number


def _warm_up(console: Console) -> None:
    """Read the recent papers beside the request, so that the first trial need not."""
    topics = console.app.topics
    if topics.may_warm_up():
        Thread(target=_read, args=(console,), name="recent papers", daemon=True).start()


def _read(console: Console) -> None:
    try:
        console.app.topics.warm_up()
    except DigestError as exc:  # the first trial says what is wrong
        _log.warning("The recent papers could not be read for trials: %s", exc)
    except Exception as exc:  # of whatever kind: this thread is nobody's request
        log_error(_log, "The recent papers could not be read for trials", exc)
