"""`digest run`, `serve`, `schedule`, `worker`: the service, whole or in parts."""

from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import CommandLine, examples, parse_time
from digest.ground.signals import stopped_by_signal

if TYPE_CHECKING:
    from digest.app import App
    from digest.cli.sending.pages import Addresses
    from digest.runs.store.tasks import LastRun
    from digest.scheduler.tasks import Task

_Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 picks a free one.")]
_Workers = Annotated[int, typer.Option(min=1, max=64, help="How many processes serve the pages.")]
_Health = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        show_default=False,
        help="A port on which a process of its own answers /healthz and /readyz; 0 picks one.",
    ),
]
_GOODBYE_SECONDS = 5  # for requests that are being answered


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=examples("digest run", "digest run --host 0.0.0.0 --port 80"))(run)
    app.command(
        epilog=examples("digest serve", "digest serve --host 0.0.0.0 --port 80 --workers 2")
    )(serve)
    app.command(epilog=examples("digest schedule", "digest schedule --show --json"))(schedule)
    app.command(epilog=examples("digest worker"))(worker)


def run(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: _Port = 8000,
    workers: _Workers = 1,
    health_port: _Health = None,
) -> None:
    """Run everything until SIGINT or SIGTERM: the pages, the scheduler, and the sending.

    For more than one machine, run `digest serve`, `digest schedule` and `digest worker` instead.
    The first signal lets mail in flight finish (DIGEST_DRAIN_SECONDS); a second one stops at once.
    """
    from digest.cli.sending.pages import serving
    from digest.scheduler.scheduler import Scheduler
    from digest.scheduler.tasks import TASKS

    line: CommandLine = context.obj
    line.app.smtp.check_for_real()
    line.app.installation.admit()
    with (
        stopped_by_signal(line.app.settings.drain_seconds) as stop,
        serving(
            line.app, host, port, stop, _GOODBYE_SECONDS, workers=workers, health=health_port
        ) as addresses,
        line.app.intake.running(stop),
        Scheduler(line.app, TASKS, stop) as scheduler,
    ):
        _say_where(line, addresses)
        line.remark("The scheduler runs; stop with Ctrl-C.")
        _say_what_does_nothing(line)
        line.remark(line.app.operations.outlook())
        scheduler.wait()
        _say_stop(line)
    line.app.database.close()


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: _Port = 8000,
    workers: _Workers = 1,
    health_port: _Health = None,
) -> None:
    """Serve the public pages until SIGINT or SIGTERM.

    They are for subscribing, preferences and unsubscribing, with the archive and the feeds. Put a
    reverse proxy with TLS in front, and set DIGEST_BASE_URL to the address that readers see.
    """
    from digest.cli.sending.pages import serving

    line: CommandLine = context.obj
    line.app.smtp.check_for_real()  # the form sends mail, to whoever asks for it
    line.app.installation.admit()
    with (
        stopped_by_signal(line.app.settings.drain_seconds) as stop,
        serving(line.app, host, port, stop, workers=workers, health=health_port) as addresses,
    ):
        _say_where(line, addresses)
        line.remark("The pages are served; stop with Ctrl-C.")
        stop.wait()
        _say_stop(line)
    line.app.database.close()


def _say_where(line: CommandLine, addresses: "Addresses") -> None:
    line.say(f"Pages  {addresses.pages}")
    if addresses.health:
        line.say(f"Health {addresses.health}")


def schedule(
    context: typer.Context,
    show: Annotated[
        bool, typer.Option("--show", help="Only print the schedules and how the last runs went.")
    ] = False,
    now: Annotated[
        datetime | None,
        typer.Option(
            "--now",
            parser=parse_time,
            metavar="TIME",
            help="With --show: pretend that it is this time.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --show: print JSON for programs.")
    ] = False,
) -> None:
    """Run the scheduler until SIGINT or SIGTERM: load dumps, open editions, plan who is due.

    It sends nothing: `digest worker` does that, here or elsewhere. `digest run` does both.
    """
    from digest.scheduler.tasks import TASKS

    line: CommandLine = context.obj
    if (now or as_json) and not show:
        raise typer.BadParameter("--now and --json go with --show")
    if show:
        rows = _rows(line.make_app(now=now) if now else line.app)
        if as_json:
            line.json(rows)
        else:
            _print(line, rows)
        return
    _run(line, [task for task in TASKS if not task.sends], "The scheduler runs")


def worker(context: typer.Context) -> None:
    """Send what is queued and due, until SIGINT or SIGTERM; any number of workers may run.

    A worker plans nothing: the scheduler does that (`digest schedule` or `digest run`), or you do
    with `digest send`.
    """
    from digest.scheduler.tasks import TASKS

    line: CommandLine = context.obj
    line.app.smtp.check_for_real()
    line.app.installation.admit()
    if line.app.database.is_sqlite:
        _run(line, [task for task in TASKS if task.sends], "The worker waits for mail")
        return
    from digest.workers import fleet

    with stopped_by_signal(line.app.settings.drain_seconds) as stop:
        line.remark("The worker waits for mail; stop with Ctrl-C.")
        fleet.run(line.app, stop.is_set, lambda: _say_stop(line))
    line.app.database.close()


def _run(line: CommandLine, tasks: "list[Task]", words: str) -> None:
    from digest.outbox.drain_thread import OUTBOX, DrainThread
    from digest.scheduler.scheduler import Scheduler

    sends = any(task.sends for task in tasks)
    with (
        stopped_by_signal(line.app.settings.drain_seconds) as stop,
        Scheduler(line.app, tasks, stop) as scheduler,
        DrainThread(lambda: line.app.outbox, OUTBOX, stop.is_set) if sends else nullcontext(),
    ):
        line.remark(f"{words}; stop with Ctrl-C.")
        if not all(task.sends for task in tasks):
            _say_what_does_nothing(line)
            line.remark(line.app.operations.outlook())
        scheduler.wait()
        _say_stop(line)
    line.app.database.close()


def _say_stop(line: CommandLine) -> None:
    """Say that nothing more is begun, and how long what is begun has."""
    line.remark(f"Stopping: what is begun is finished, in {line.app.settings.drain_seconds:g} s.")


def _say_what_does_nothing(line: CommandLine) -> None:
    from digest.setting_needs import without_effect

    for what in without_effect(line.app.settings):
        line.remark(f"warning: {what}")


def _rows(app: "App") -> list[dict[str, Any]]:
    """One row for each schedule: when it comes next, and how its last run went."""
    from digest.runs.store import tasks
    from digest.scheduler.tasks import EDITION_TIMES, TASKS, timetable

    table, now = timetable(app.settings), app.clock()
    with app.database.read() as session:
        last_runs = tasks.all_by_name(session)
    app.database.close()
    words = EDITION_TIMES | {task.name: task.what for task in TASKS}
    return [
        {
            "name": name,
            "schedule": table[name].text,
            "timezone": table[name].zone,
            "next": table[name].next_after(now).isoformat(),
            "what": what,
            **_last_run(last_runs.get(name)),
        }
        for name, what in words.items()
    ]


def _last_run(last: "LastRun | None") -> dict[str, Any]:
    if last is None:
        return {"last_started": None, "last_finished": None, "last_error": ""}
    finished = last.finished_at.isoformat() if last.finished_at else None
    started = last.started_at.isoformat()
    return {"last_started": started, "last_finished": finished, "last_error": last.error}


def _print(line: CommandLine, rows: list[dict[str, Any]]) -> None:
    table = line.table("", "", "schedule", "next (UTC)", "what", "last run")
    for row in rows:
        last = row["last_error"] or _minute(row["last_started"])
        cells = (row["name"], row["schedule"], _minute(row["next"]), row["what"], last)
        table.add_row(*cells)
    line.show(table)
    line.say(f"Schedules are in the time zone {rows[0]['timezone']} (DIGEST_TIMEZONE).")


def _minute(moment: str | None) -> str:
    return (moment or "")[:16].replace("T", " ")
