"""The webhooks, for owners: who is told what happens here, and what came of it."""

from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.errors import DigestError
from digest.web.console.frame import Console, ConsoleForm, Owner
from digest.web.numbers import KeyInPath, KeyInQuery
from digest.webhooks.rules.news import MEANINGS
from digest.webhooks.store.webhooks import MOST_COUNTED
from digest.webhooks.webhooks import Shown

pages = APIRouter()
PAGE = 50  # attempts


@pages.get("/webhooks")
def show(console: Owner) -> HTMLResponse:
    """List the webhooks, with a form for another one."""
    return _page(console)


@pages.post("/webhooks")
def add(console: Owner, form: ConsoleForm) -> Response:
    """Make a webhook; its secret is on the answer and on no other page."""
    url, news = form.text("url"), form.all("news")
    with_addresses = bool(form.text("with_addresses"))
    asked = {"host": _host(url), "events": news, "addresses": with_addresses}
    try:
        with console.audited("webhook.add", "webhooks", asked) as note:
            made, secret = console.app.webhooks.add(url, news, with_addresses=with_addresses)
            note.after = {"webhook": made.id}
    except DigestError as exc:
        return _page(console, str(exc), 422, url=url, news=news)
    return console.page("webhook_made.html", webhook=made, secret=secret)


@pages.get("/webhooks/{webhook_id}")
def show_one(webhook_id: KeyInPath, console: Owner, before: KeyInQuery = None) -> HTMLResponse:
    """Show a webhook and the attempts to tell it something, the newest first."""
    shown = console.app.webhooks.get(webhook_id)
    found = console.app.webhooks.attempts(webhook_id, before=before, limit=PAGE + 1)
    listed, rest = found[:PAGE], found[PAGE:]
    older = listed[-1].id if rest else None
    return console.page(
        "webhook.html", shown=shown, attempts=listed, older=older, meanings=MEANINGS, count=_count
    )


@pages.post("/webhooks/{webhook_id}/test")
def send_test(webhook_id: KeyInPath, console: Owner, _form: ConsoleForm) -> RedirectResponse:
    """Send a test message now; its attempt is the newest on the page."""
    with console.audited("webhook.test", _name(console, webhook_id)) as note:
        reply = console.app.webhook_delivery.test(webhook_id)
        note.after = {"status": reply.status, "problem": reply.problem}
    return console.back(f"/webhooks/{webhook_id}", "failed" if reply.problem else "arrived")


@pages.post("/webhooks/{webhook_id}/disable")
def disable(webhook_id: KeyInPath, console: Owner, _form: ConsoleForm) -> RedirectResponse:
    """Tell a webhook nothing more."""
    with console.audited("webhook.disable", _name(console, webhook_id)):
        console.app.webhooks.disable(webhook_id)
    return console.back(f"/webhooks/{webhook_id}", "disabled")


@pages.post("/webhooks/{webhook_id}/enable")
def enable(webhook_id: KeyInPath, console: Owner, _form: ConsoleForm) -> RedirectResponse:
    """Let a webhook be told again, beginning with what waits."""
    with console.audited("webhook.enable", _name(console, webhook_id)):
        console.app.webhooks.enable(webhook_id)
    return console.back(f"/webhooks/{webhook_id}", "enabled")


@pages.post("/webhooks/{webhook_id}/resend")
def resend(webhook_id: KeyInPath, console: Owner, form: ConsoleForm) -> RedirectResponse:
    """Queue a message again, or all that failed."""
    message = form.text("message")
    with console.audited(
        "webhook.resend", _name(console, webhook_id), {"message": message or "all that failed"}
    ) as note:
        count = console.app.webhooks.resend(webhook_id, [message] if message else None)
        note.after = {"queued": count}
    return console.back(f"/webhooks/{webhook_id}", "queued")


@pages.post("/webhooks/{webhook_id}/remove")
def remove(webhook_id: KeyInPath, console: Owner, _form: ConsoleForm) -> RedirectResponse:
    """Delete a webhook with what waits for it and its log."""
    with console.audited("webhook.remove", _name(console, webhook_id)) as note:
        note.before = {"host": _host(console.app.webhooks.get(webhook_id).webhook.url)}
        console.app.webhooks.remove(webhook_id)
    return console.back("/webhooks", "removed")


def _page(
    console: Console,
    mistake: str = "",
    status: int = 200,
    *,
    url: str = "",
    news: list[str] | None = None,
) -> HTMLResponse:
    found: list[Shown] = console.app.webhooks.list_all()
    return console.page(
        "webhooks.html",
        status,
        webhooks=found,
        meanings=MEANINGS,
        chosen=list(MEANINGS) if news is None else news,
        url=url,
        mistake=mistake,
        count=_count,
    )


def _name(console: Console, webhook_id: int) -> str:
    """Return what the audit log calls a webhook; NotFoundError when there is none."""
    return f"webhook {console.app.webhooks.get(webhook_id).webhook.id}"


def _host(url: str) -> str:
    """Return the host of an address, whose path may be a key."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _count(count: int) -> str:
    return f"over {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"
