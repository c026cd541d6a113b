"""`digest webhooks`: which other systems are told what happens here, and what came of it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import CommandLine, JsonOption, LimitOption, examples
from digest.cli.terminal import Terminal
from digest.errors import UnreachableError
from digest.webhooks.rules.news import MEANINGS

if TYPE_CHECKING:
    from digest.webhooks.store.attempts import Attempt
    from digest.webhooks.webhooks import Shown

group = typer.Typer(
    no_args_is_help=True, help="Tell other systems what happens here: events, signed and retried."
)
_MOST_ROWS = 50


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="webhooks")


Number = Annotated[int, typer.Argument(metavar="ID", help="Its number, as `list` shows it.")]
_EVENTS = "\b\nEvents:\n" + "".join(f"  {one:<18} {what}\n" for one, what in MEANINGS.items())


@group.command(
    epilog=_EVENTS
    + "\n"
    + examples(
        "digest webhooks add https://crm.example.org/digest",
        "digest webhooks add https://crm.example.org/digest --events reader.left,reader.erased",
    )
)
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where messages are sent by POST.")],
    events: Annotated[
        str,
        typer.Option(metavar="NAMES", help="Which events, by commas; default: all of them."),
    ] = "",
    with_addresses: Annotated[
        bool,
        typer.Option("--with-addresses", help="Send mail addresses of readers, not only numbers."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell an address of events. The secret that signs its messages is printed only once."""
    line: CommandLine = context.obj
    named = [name for each in events.split(",") if (name := each.strip())]
    made, secret = line.app.webhooks.add(url, named or MEANINGS, with_addresses=with_addresses)
    if as_json:
        found = line.app.webhooks.get(made.id)
        line.json({**_to_json(found), "secret": secret})
        return
    line.say(secret)
    line.remark(f"Webhook {made.id}. The secret is shown once; its receiver verifies with it.")
    line.remark(f"Try it: digest webhooks test {made.id}")


@group.command("list", epilog=examples("digest webhooks list --json"))
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the webhooks and how they do; --json prints an object per line."""
    line: CommandLine = context.obj
    found = line.app.webhooks.list_all()
    if as_json:
        for one in found:
            line.json(_to_json(one))
        return
    table = line.table("", "id", "address", "state", "waiting", "failed", "last success (UTC)")
    for one in found:
        last = one.webhook.succeeded_at
        counts = (_count(one.waiting), _count(one.failed))
        last_words = f"{last:%Y-%m-%d %H:%M}" if last else ""
        table.add_row(str(one.webhook.id), one.webhook.url, _state(one), *counts, last_words)
    line.show(table)


@group.command(epilog=examples("digest webhooks show 1"))
def show(context: typer.Context, webhook: Number, as_json: JsonOption = False) -> None:
    """Show one webhook: what it is told, and how it does. Exit code 4 when there is none."""
    line: CommandLine = context.obj
    found = line.app.webhooks.get(webhook)
    if as_json:
        line.json(_to_json(found))
        return
    one = found.webhook
    line.facts(
        {
            "address": one.url,
            "state": _state(found),
            "events": list(one.news),
            "addresses of readers": "sent" if one.with_addresses else "not sent",
            "made": f"{one.created_at:%Y-%m-%d %H:%M} UTC",
            "last success": f"{one.succeeded_at:%Y-%m-%d %H:%M} UTC" if one.succeeded_at else "",
            "messages that wait": _count(found.waiting),
            "messages that failed": _count(found.failed),
        }
    )


@group.command("test", epilog=examples("digest webhooks test 1"))
def send_test(context: typer.Context, webhook: Number, as_json: JsonOption = False) -> None:
    """Send a test message now, once, and show the answer. Exit code 5 when it did not arrive."""
    line: CommandLine = context.obj
    reply = line.app.webhook_delivery.test(webhook)
    if reply.problem:
        raise UnreachableError(
            f"The test message did not arrive: {reply.problem}.",
            hint=f"digest webhooks attempts {webhook} shows the beginning of its answer",
        )
    if as_json:
        line.json({"status": reply.status, "milliseconds": reply.milliseconds})
    else:
        line.say(f"It arrived: {reply.status} within {reply.milliseconds} ms.")


@group.command(epilog=examples("digest webhooks disable 1"))
def disable(context: typer.Context, webhook: Number, as_json: JsonOption = False) -> None:
    """Tell a webhook nothing more. What waits for it waits on; nothing new is written for it."""
    line: CommandLine = context.obj
    changed = line.app.webhooks.disable(webhook)
    _say_changed(line, webhook, "disabled", changed, as_json=as_json)


@group.command(epilog=examples("digest webhooks enable 1"))
def enable(context: typer.Context, webhook: Number, as_json: JsonOption = False) -> None:
    """Let a disabled webhook be told again, beginning with what waits for it."""
    line: CommandLine = context.obj
    changed = line.app.webhooks.enable(webhook)
    _say_changed(line, webhook, "enabled", changed, as_json=as_json)


@group.command(epilog=examples("digest webhooks remove 1"))
def remove(context: typer.Context, webhook: Number, as_json: JsonOption = False) -> None:
    """Remove a webhook with its secret, what waits for it, and the log of its attempts."""
    line: CommandLine = context.obj
    line.app.webhooks.remove(webhook)
    _say_changed(line, webhook, "removed", True, as_json=as_json)


@group.command(epilog=examples("digest webhooks attempts 1", "digest webhooks attempts 1 --json"))
def attempts(
    context: typer.Context, webhook: Number, limit: LimitOption = None, as_json: JsonOption = False
) -> None:
    """List the attempts to tell a webhook something, the newest first, with the answers."""
    line: CommandLine = context.obj
    most = limit or _MOST_ROWS
    found = line.app.webhooks.attempts(webhook, limit=most)
    if as_json:
        for one in found:
            line.json(_attempt_to_json(one))
        return
    table = line.table("", "when (UTC)", "message", "event", "what came of it", "answer")
    for one in found:
        came = one.problem or f"{one.status} within {one.milliseconds} ms"
        if one.not_before:
            came += f"; again at {one.not_before:%Y-%m-%d %H:%M}"
        table.add_row(
            f"{one.at:%Y-%m-%d %H:%M:%S}", one.message_id, one.news, came, one.answer[:200]
        )
    line.show(table)


@group.command(
    epilog=examples(
        "digest webhooks resend 1 --failed", "digest webhooks resend 1 msg_0123456789abcdef01234567"
    )
)
def resend(
    context: typer.Context,
    webhook: Number,
    messages: Annotated[
        list[str] | None, typer.Argument(metavar="[MESSAGE]...", help="Ids of messages.")
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="All messages that were given up.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Send messages again, with the same ids: a receiver that had one can tell."""
    line: CommandLine = context.obj
    if failed == bool(messages):
        raise typer.BadParameter("name messages, or say --failed")
    count = line.app.webhooks.resend(webhook, messages or None)
    if as_json:
        line.json({"webhook": webhook, "queued": count})
    else:
        line.say(f"{count} queued.")


def _say_changed(line: Terminal, webhook: int, what: str, changed: bool, *, as_json: bool) -> None:
    if as_json:
        line.json({"webhook": webhook, what: True, "changed": changed})
    else:
        line.say(f"Webhook {webhook} is {what}{'' if changed else ' already'}.")


def _state(found: "Shown") -> str:
    one = found.webhook
    if one.disabled_at:
        return f"disabled since {one.disabled_at:%Y-%m-%d %H:%M} UTC: {one.reason}"
    if one.failing_since:
        return f"failing since {one.failing_since:%Y-%m-%d %H:%M} UTC"
    return "enabled"


def _count(count: int) -> str:
    from digest.webhooks.store.webhooks import MOST_COUNTED

    return f"over {MOST_COUNTED:,}" if count > MOST_COUNTED else str(count)


def _to_json(found: "Shown") -> dict[str, Any]:
    one = found.webhook
    times = {
        name: moment.isoformat() if (moment := getattr(one, name)) else None
        for name in ("created_at", "disabled_at", "failing_since", "succeeded_at")
    }
    return {
        "id": one.id,
        "url": one.url,
        "events": list(one.news),
        "with_addresses": one.with_addresses,
        **times,
        "disabled_reason": one.reason,
        "waiting": found.waiting,
        "failed": found.failed,
    }


def _attempt_to_json(one: "Attempt") -> dict[str, Any]:
    return {
        "id": one.id,
        "message": one.message_id,
        "event": one.news,
        "reader": one.subscriber_id or None,
        "at": one.at.isoformat(),
        "status": one.status,
        "problem": one.problem,
        "answer": one.answer,
        "milliseconds": one.milliseconds,
        "state": one.state.value,
        "attempts": one.attempts,
        "not_before": one.not_before.isoformat() if one.not_before else None,
    }
