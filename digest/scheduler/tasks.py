"""The periodic tasks, and the schedules in the settings that say when each runs.

A task NAME runs by DIGEST_SCHEDULE_NAME. To add one: a function, a line in TASKS, a setting. Each
must be safe to run twice, late, and by two at once: what decides is the database, not the clock.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from digest.accounts import signing_in
from digest.api_keys import once
from digest.app import App
from digest.bounces import hooks, recording
from digest.catalogues import followers
from digest.delivery import approval, planning, reopening, signing_ahead
from digest.dmarc import taking
from digest.editions import open_edition
from digest.editions.changing import Author
from digest.errors import InputError, SettingsError
from digest.ground.time.cron import Cron, parse_cron
from digest.ground.time.due_times import local_date
from digest.intake import reply_mails
from digest.intake.taking import forget_old
from digest.lab import counting
from digest.operations import retention
from digest.operations.retention import Keeping
from digest.outbox.cleanup import forget_settled
from digest.papers.watched_folder import load_folder
from digest.settings import Settings
from digest.statistics import growth
from digest.subscribers import cleanup, suppression_keys
from digest.subscribers.files import uploads
from digest.webhooks.webhooks import tidy as tidy_webhooks
from digest.workers import local, signing
from digest.workers.run_task import Report

Stop = Callable[[], bool]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """What the scheduler runs. sends: a worker does it, and a scheduler alone does not."""

    name: str
    what: str
    run: Callable[[App, Stop], Report]
    sends: bool = False


def plan(app: App, _stop: Stop = lambda: False) -> dict[str, Any]:
    """Open the day's edition or close the day, when its time has come; plan who is due."""
    app.installation.observe()
    table, zone, now = timetable(app.settings), app.settings.timezone, app.clock()
    open_at, close_at = (table[name].last_before(now) for name in EDITION_TIMES)
    sources = (app.database, app.editions.rules, app.editions.freshness)
    opened = open_edition.open_due(*sources, until=local_date(zone, open_at), now=now)
    reopened = reopening.reopen_if_new(*sources, now=now)
    closed = open_edition.close_day(*sources, until=local_date(zone, close_at), now=now)
    late = approval.decide_overdue(app.database, Author(approval.NOBODY, now))
    report = planning.plan_due(
        app.database, app.editions.freshness, now=now, canary=app.delivery.thresholds.canary
    )
    if opened or reopened or closed:
        _log.info("%s", app.operations.outlook())
    if report.planned:
        readers = "1 reader is" if report.planned == 1 else f"{report.planned:,} readers are"
        _log.info("%s due and planned.", readers)
    return {
        "opened": opened.isoformat() if opened else None,
        "reopened": reopened.isoformat() if reopened else None,
        "closed": closed.value if closed else None,
        "not_approved": [day.isoformat() for day in late],
        **report.to_json(),
    }


def sign(app: App, stop: Stop) -> Report:
    """Sign ahead what is due soon."""
    return signing.dispatch(app, stop=stop)


def send(app: App, stop: Stop) -> dict[str, Any]:
    """Settle what killed runs left, send what is queued, try again what was deferred."""
    return local.dispatch(app, stop=stop)


def inbox(app: App, _stop: Stop) -> Report:
    """Load what was put into the watched folder."""
    folder = app.settings.watch_dir
    if folder is None:
        return None
    report = load_folder(
        app.database,
        folder,
        now=app.clock(),
        classify=app.topics.classify,
        settle_seconds=app.settings.inbox_settle_seconds,
    )
    if any(dump.status == "new" for dump in report.dumps):
        _log.info("%s", app.operations.outlook())
    if report.dumps and app.settings.summary_url:
        app.editions.write_summaries(None)
    return {"dumps": len(report.dumps), "waiting": len(report.waiting), "left": len(report.left)}


def sources(app: App, _stop: Stop) -> Report:
    """Ask the live sources whose time has come."""
    if not app.files.sources:
        return None
    lists = app.source_fetcher.fetch_due()
    if any(each.status == "new" for each in lists):
        _log.info("%s", app.operations.outlook())
    if lists and app.settings.summary_url:
        app.editions.write_summaries(None)
    return {"lists": len(lists)}


def tidy(app: App, _stop: Stop = lambda: False) -> dict[str, Any]:
    """Forget who never confirmed, end the pauses that are over, let go of what is old.

    Figures of days are kept. Old feedback, DMARC reports and sessions of the console are deleted,
    the votes of a lab are counted, and what hides suppressed addresses follows a new secret key.
    """
    app.statistics.keep()  # before what they are made from is forgotten
    tidied = cleanup.tidy(app.database, app.clock())
    replies = reply_mails.forget(app.database, app.clock())
    answers = once.forget_answers(app.database, app.clock())
    came_in = forget_old(app.database, app.clock(), app.settings.intake_keep_days)
    mails = forget_settled(app.database, app.clock())
    told = tidy_webhooks(app.database, app.settings.keep_details_days, app.clock())
    kept = app.clock() - timedelta(days=app.settings.feedback_days)
    feedback = recording.forget(app.database, kept)
    reports = taking.forget(app.database, kept)
    hooks.forget_tokens(app.database, app.clock())
    signing_in.forget_ended(app.database, app.clock())
    if app.settings.secret_key:
        suppression_keys.protect(app.database, app.clock())
    uploads.forget(app.database, app.clock())
    growth.sum_up(app.database, app.settings.timezone, app.clock())
    app.installation.tidy()
    signing_ahead.forget_old(app.database, app.clock())
    labs = counting.count(app.database, app.clock())
    app.seals.seal()  # what is not sealed is not thinned
    let_go = retention.let_go(app.database, keeping(app.settings), app.clock)
    return {
        "forgotten": tidied.forgotten,
        "resumed": tidied.resumed,
        "answers": answers,
        "replies": replies,
        "mails": mails,
        "came_in": came_in,
        "feedback": feedback,
        "dmarc_reports": reports,
        "lab_editions": labs,
        "webhook_messages": told,
        "let_go": let_go.to_json(),
    }


def keeping(settings: Settings) -> Keeping:
    """Return how long things are kept."""
    return Keeping(
        settings.keep_details_days, settings.keep_changes_days, settings.keep_papers_days
    )


def topics(app: App, stop: Stop) -> Report:
    """Classify recent papers by a new version of the catalogue; count who follows each topic."""
    classified = app.topics.renew(stop)
    counted = followers.count_followers(app.database, app.topics.in_force.topic_names, app.clock())
    return {"classified": classified, "counted": counted} if classified or counted else None


def postmaster(app: App, _stop: Stop) -> Report:
    """Ask Gmail what it thinks of our mail, if there are credentials."""
    if app.settings.postmaster_credentials is None:
        return None
    return {"verdicts": len(app.postmaster.poll())}


def webhooks(app: App, stop: Stop) -> Report:
    """Tell other systems what they have not been told yet."""
    return {"delivered": app.webhook_delivery.drain(stop)}


def watch(app: App, _stop: Stop) -> Report:
    """Look for what is wrong, and tell the operator."""
    return {"troubles": [trouble.name for trouble in app.operations.watch()]}


# What was missed is done in this order: what comes in before what goes out.
TASKS = (
    Task("inbox", "load what was put into the watched folder", inbox),
    Task("sources", "ask the live sources whose time has come", sources),
    Task("topics", "classify recent papers by a new version of the catalogue", topics),
    Task("plan", "open the day's edition, or close the day; queue the mail of who is due", plan),
    Task("sign", "sign the mails that are due soon", sign),
    Task("tidy", "forget who never confirmed, end pauses, let go of what is old", tidy),
    Task("send", "send what is queued, try again what was deferred", send, sends=True),
    Task("postmaster", "ask Gmail Postmaster Tools about our mail", postmaster),
    Task("webhooks", "tell other systems what has happened", webhooks),
    Task("watch", "look for what is wrong, and tell the operator", watch),
)
# No tasks of their own: "plan" does it, at once or as soon as it can be done.
EDITION_TIMES = {
    "open": "from then on the date's edition opens, once it has something new",
    "close": "the date's edition opens with what there is",
}


def timetable(settings: Settings) -> dict[str, Cron]:
    """Return all schedules by name, edition times first; SettingsError names every mistake."""
    found, problems = {}, []
    for name in (*EDITION_TIMES, *(task.name for task in TASKS)):
        try:
            found[name] = parse_cron(getattr(settings, f"schedule_{name}"), settings.timezone)
        except InputError as exc:
            problems.append(f"DIGEST_SCHEDULE_{name.upper()}: {exc}")
    if problems:
        raise SettingsError("\n".join(problems), hint="compare with .env.example")
    return found
