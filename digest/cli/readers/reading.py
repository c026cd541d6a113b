"""`digest preview` and `digest explain`: one reader's mail, and why it is what it is."""

from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import (
    CommandLine,
    DateOption,
    JsonOption,
    TimeOption,
    examples,
    writing,
)
from digest.errors import NotFoundError
from digest.ground.text.plain_text import clean
from digest.model import Reason, ReasonKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.app import App
    from digest.app.compiled.evidence import Evidence
    from digest.selection.explanation import Explanation


class Form(StrEnum):
    """The forms in which a mail is shown."""

    TEXT = "text"
    HTML = "html"
    EML = "eml"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples(
            "digest preview ann@example.org",
            "digest preview ann@example.org --form html --out mail.html",
            "digest preview ann@example.org --watch",
        )
    )(preview)
    app.command(
        epilog=examples(
            "digest explain ann@example.org",
            'digest explain ann@example.org --paper "cache" --json',
        )
    )(explain)


def preview(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The reader's address.")],
    date: DateOption = None,
    form: Annotated[Form, typer.Option(help="What to show of the mail.")] = Form.TEXT,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it to this file instead of showing it."),
    ] = None,
    now: TimeOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Serve it, and reload when a template changes.")
    ] = False,
    port: Annotated[int, typer.Option(help="The port for --watch; 0 picks a free one.")] = 8026,
) -> None:
    """Show the mail that a reader got, or would get now."""
    line: CommandLine = context.obj
    if watch:
        _watch(line, email, date, now, port)
        return
    mail = line.make_app(now=now, read_only=True).delivery.preview(email, date)
    if form is Form.EML:
        shown = mail.message.body
    else:
        shown = (mail.html if form is Form.HTML else mail.text).encode()
    if out:
        with writing(out):
            out.write_bytes(shown)
    else:
        typer.echo(shown, nl=False)


def _watch(
    line: CommandLine, email: str, on: "date | None", now: "datetime | None", port: int
) -> None:
    """Serve the mail until SIGINT or SIGTERM."""
    import uvicorn

    from digest.delivery.composing import Mail
    from digest.devtools.sink.sink import listen
    from digest.web.watch import make_watch

    def compose() -> Mail:
        service = line.make_app(now=now, read_only=True)  # a new one reads the templates anew
        try:
            return service.delivery.preview(email, on)
        finally:
            service.database.close()

    compose()  # a reader who is not there is said here
    files = line.make_app().files.template_files
    pages = make_watch(compose, lambda: _state(files()))
    listener = listen("127.0.0.1", port, hint="choose another one with --port")
    line.say(f"Preview  http://127.0.0.1:{listener.getsockname()[1]}/")
    config = uvicorn.Config(pages, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


def _state(files: Iterable[Path]) -> str:
    """A text that is another one after any of the files was changed."""
    seen = sorted((str(path), path.stat().st_mtime_ns) for path in files)
    return sha256(repr(seen).encode()).hexdigest()


def explain(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The reader's address.")],
    date: DateOption = None,
    paper: Annotated[str, typer.Option(help="Only papers whose title contains this.")] = "",
    limit: Annotated[
        int, typer.Option(min=1, help="Show at most this many papers; --json shows all.")
    ] = 40,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every candidate with the parts of its score and why it was picked or not."""
    line: CommandLine = context.obj
    service = line.make_app(now=now, read_only=True)
    edition, found, evidence = service.explaining.explain_with_words(email, date)
    found = [one for one in found if paper.lower() in one.candidate.paper.title.lower()]
    if paper and not found:
        raise NotFoundError(f"No candidate of this edition has {paper!r} in its title.")
    if as_json:
        papers = [
            {
                "title": one.candidate.paper.title,
                "score": round(one.score, 4),
                "parts": {
                    f"{reason.kind.value}:{reason.subject}": round(value, 4)
                    for reason, value in one.parts
                },
                "trend": round(one.trend_part, 4),
                "taste": round(one.taste_part, 4),
                "picked": one.picked is not None,
                "place": None if one.place is None else one.place + 1,
                "reason": _why(service, evidence, one) or None,
                "team": one.team.value if one.team else None,
                "verdict": one.verdict,
            }
            for one in found
        ]
        line.json({"edition": edition.isoformat(), "email": email, "papers": papers})
        return
    table = line.table(f"Edition of {edition}", "", "score", "made of", "title", "")
    for one in found[:limit]:
        parts = [f"{_named(reason)} {value:.2f}" for reason, value in one.parts]
        parts += [f"trend {one.trend_part:.2f}"] if one.parts else []
        parts += [f"votes {one.taste_part:+.2f}"] if one.taste_part else []
        mark = "" if one.place is None else str(one.place + 1)
        why = _why(service, evidence, one) or one.verdict
        why += f" (lab: only by ranking {one.team.name})" if one.team else ""
        row = (f"{one.score:.2f}", " + ".join(parts), clean(one.candidate.paper.title), why)
        table.add_row(mark, *row, bold=bool(mark))
    line.show(table)
    if len(found) > limit:
        line.say(f"{len(found) - limit} more; see --limit, --paper or --json.")


def _why(service: "App", evidence: "Evidence", one: "Explanation") -> str:
    """Why a paper was picked, as its card says it; empty when it was not."""
    if one.picked is None:
        return ""
    found = evidence(one.candidate.paper.id, one.picked)
    return service.explaining.choosing.reason_text(one.picked, one.candidate.trend, found)


def _named(reason: Reason) -> str:
    """What a part of a score is for."""
    from digest.render.digest.wording import short_title  # which loads the tables of all languages

    liked = reason.kind is ReasonKind.LIKED
    return f"like {short_title(reason.subject)}" if liked else reason.subject
