"""`digest edition drop`, `pin`, `move`, `claim`, `note`, `approve`: what the editors change."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from digest.cli.command_line import (
    BY_COMMAND,
    CommandLine,
    DateOption,
    JsonOption,
    TimeOption,
    examples,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from digest.app import App
    from digest.editions.changing import Author, EditedEdition
    from digest.model import Change

PaperArgument = Annotated[
    str, typer.Argument(metavar="PAPER", help="Its number, or words that only its title has.")
]


def register(group: typer.Typer) -> None:
    """Add the commands to `digest edition`."""
    for command, *lines in (
        (drop, 'digest edition drop "made-up title"', "digest edition drop 17"),
        (pin, 'digest edition pin "KV cache"', "digest edition pin 17 --date 2026-11-21"),
        (unpin, "digest edition unpin 17"),
        (move, "digest edition move 17 1", 'digest edition move "KV cache" 3'),
        (claim, 'digest edition claim 17 "ThinK: half the cache, the same answers"'),
        (
            note,
            'digest edition note 17 --text "The code has come out since."',
            'digest edition note --text "No digest on Thursday: it is a holiday."',
        ),
        (approve, "digest edition approve", "digest edition approve --take-back"),
        (changes, "digest edition changes", "digest edition changes --json"),
        (undo, "digest edition undo 4"),
    ):
        group.command(epilog=examples(*lines))(command)


def drop(
    context: typer.Context,
    paper: PaperArgument,
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a paper out of an edition: nobody gets it, in this edition and in later ones.

    Until the first mail is on its way; `digest edition undo` brings it back.
    """
    _on_paper(context, "drop", paper, date, now, as_json=as_json)


def pin(
    context: typer.Context,
    paper: PaperArgument,
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let everybody who gets papers of an edition get this one first.

    It is marked as chosen by the editors. Readers who had it, voted on it or mute it do not get it.
    """
    _on_paper(context, "pin", paper, date, now, as_json=as_json)


def unpin(
    context: typer.Context,
    paper: PaperArgument,
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pin a paper no longer."""
    _on_paper(context, "unpin", paper, date, now, as_json=as_json)


def move(
    context: typer.Context,
    paper: PaperArgument,
    place: Annotated[int, typer.Argument(min=1, help="Its new place, counted from 1.")],
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move a paper to a place of the edition; it trends like a paper of that place from then on."""
    _on_paper(context, "move", paper, date, now, place, as_json=as_json)


def claim(
    context: typer.Context,
    paper: PaperArgument,
    text: Annotated[str, typer.Argument(help="What it claims, at most 110 characters.")],
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what a paper claims: in its line of the mail, in subjects, on the pages."""
    _on_paper(context, "claim", paper, date, now, text, as_json=as_json)


def note(
    context: typer.Context,
    text: Annotated[str, typer.Option("--text", help="The note, at most 400 characters.")],
    paper: Annotated[
        str | None, typer.Argument(metavar="PAPER", help="Left out: on the whole edition.")
    ] = None,
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a note of the editors on a paper, or on the edition; mails show it as such."""
    from digest.editions import changing

    if paper is not None:
        _on_paper(context, "note", paper, date, now, text, as_json=as_json)
        return
    line, service, author = _start(context, now)
    found = changing.note(service.database, date, None, text, author)
    _tell(line, found, as_json=as_json)


def approve(
    context: typer.Context,
    date: DateOption = None,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Let it wait again, until it begins to be sent.")
    ] = False,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let an edition go that waits to be approved (DIGEST_APPROVAL).

    Nothing about it can be changed afterwards, unless the approval is taken back in time.
    """
    from digest.delivery import approval

    line, service, author = _start(context, now)
    act = approval.take_back if take_back else approval.approve
    _tell(line, act(service.database, date, author), as_json=as_json)


def changes(context: typer.Context, date: DateOption = None, as_json: JsonOption = False) -> None:
    """List what was changed about an edition, by whom, and what was undone."""
    from digest.editions import changing

    line: CommandLine = context.obj
    found = changing.look(line.make_app(read_only=True).database, date)
    if as_json:
        line.json(_to_json(found))
        return
    titles = {each.paper.id: each.paper.title for each in found.frozen.candidates}
    table = line.table(_standing(found), "", "what", "paper", "", "who", "when (UTC)", "undone")
    for each in found.entries:
        table.add_row(
            str(each.id),
            each.kind.value,
            titles.get(each.paper_id or 0, ""),
            each.value,
            each.who,
            f"{each.at:%Y-%m-%d %H:%M}",
            f"by {each.undone_by}" if each.undone_at else "",
        )
    line.show(table)


def undo(
    context: typer.Context,
    entry: Annotated[int, typer.Argument(help="Its number in `digest edition changes`.")],
    date: DateOption = None,
    now: TimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Undo one change; the record keeps it."""
    from digest.editions import changing

    line, service, author = _start(context, now)
    _tell(line, changing.undo(service.database, date, entry, author), as_json=as_json)


def _start(context: typer.Context, now: "datetime | None") -> "tuple[CommandLine, App, Author]":
    from digest.editions.changing import Author

    line: CommandLine = context.obj
    service = line.make_app(now=now)
    return line, service, Author(BY_COMMAND, service.clock())


def _on_paper(
    context: typer.Context,
    what: str,
    named: str,
    date: "date | None",
    now: "datetime | None",
    *values: Any,
    as_json: bool,
) -> None:
    from digest.editions import changing

    line, service, author = _start(context, now)
    found = changing.look(service.database, date)
    day = found.open.edition.date
    paper = changing.find_paper(found.frozen, named).paper.id
    acts: dict[str, Any] = {
        "drop": changing.drop,
        "pin": changing.pin,
        "unpin": changing.unpin,
        "move": changing.move,
        "claim": changing.claim,
        "note": changing.note,
    }
    _tell(line, acts[what](service.database, day, paper, *values, author), as_json=as_json)


def _tell(line: CommandLine, found: "EditedEdition", *, as_json: bool) -> None:
    if as_json:
        line.json(_to_json(found))
        return
    last = max(found.entries, key=lambda each: each.undone_at or each.at)
    done = "undone" if last.undone_at else "noted"
    line.say(f"{_standing(found)}. Change {last.id} ({last.kind}) is {done}.")


def _standing(found: "EditedEdition") -> str:
    day, state = found.open.edition.date, found.state
    if state.waits is not None and state.approved_at is None:
        return f"Edition of {day}, which waits to be approved"
    return f"Edition of {day}" + (", which is approved" if state.waits else "")


def _to_json(found: "EditedEdition") -> dict[str, Any]:
    state = found.state
    return {
        "edition": found.open.edition.date.isoformat(),
        "version": state.version,
        "candidates": len(found.open.edition.candidates),
        "closed": found.closed,
        "approve_by": state.waits.by.isoformat() if state.waits else None,
        "approved_at": state.approved_at.isoformat() if state.approved_at else None,
        "changes": [_entry(each) for each in found.entries],
    }


def _entry(change: "Change") -> dict[str, Any]:
    return {
        "id": change.id,
        "kind": change.kind.value,
        "paper": change.paper_id,
        "value": change.value,
        "who": change.who,
        "at": change.at.isoformat(),
        "undone_at": change.undone_at.isoformat() if change.undone_at else None,
        "undone_by": change.undone_by,
    }
