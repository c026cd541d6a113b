"""`digest votes`: what a reader wants more of, or less of."""

from itertools import islice
from typing import Annotated

import typer

from digest.cli.command_line import MOST_ROWS, CommandLine, JsonOption, LimitOption, examples

group = typer.Typer(no_args_is_help=True, help="List, add and reset a reader's votes on papers.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="votes")


Email = Annotated[str, typer.Argument(help="The reader's address.")]


@group.command("list", epilog=examples("digest votes list ann@example.org --json"))
def list_(
    context: typer.Context,
    email: Email,
    search: Annotated[
        str, typer.Option(metavar="TEXT", help="Only papers with this in their title.")
    ] = "",
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """List a reader's votes, newest first; --json prints one object per line."""
    from digest.subscribers import subscriptions, votes

    line: CommandLine = context.obj
    database = line.app.database
    cast = votes.votes_of(database, subscriptions.find(database, email).id)
    found = (one for one in cast if search.casefold() in one.title.casefold())
    if as_json:
        for one in islice(found, limit):
            when = one.voted_at.isoformat()
            line.json({"title": one.title, "value": one.value, "voted_at": when})
        return
    table = line.table("", "vote", "paper", "when")
    for one in islice(found, limit or MOST_ROWS):
        table.add_row(_word(one.value), one.title, f"{one.voted_at:%Y-%m-%d %H:%M}")
    line.show(table)
    line.say_if_more(found)


@group.command(
    epilog=examples(
        'digest votes add ann@example.org "KV cache"',
        'digest votes add ann@example.org "A survey of" --less',
    )
)
def add(
    context: typer.Context,
    email: Email,
    paper: Annotated[str, typer.Argument(help="A title, or a part of only one title.")],
    less: Annotated[bool, typer.Option("--less", help="Less like this instead of more.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Record that a reader wants more (or less) like a paper; a later vote replaces it."""
    from digest.subscribers import subscriptions, votes

    line: CommandLine = context.obj
    database = line.app.database
    reader = subscriptions.find(database, email)
    value = -1 if less else 1
    paper_id = votes.find_paper(database, paper)
    title = votes.vote(database, reader.id, paper_id, value, now=line.app.clock())
    if as_json:
        line.json({"email": reader.address, "title": title, "value": value})
    else:
        line.say(f"{reader.address} wants {_word(value)} like “{title}”.")


@group.command(epilog=examples("digest votes reset ann@example.org"))
def reset(context: typer.Context, email: Email, as_json: JsonOption = False) -> None:
    """Forget all of a reader's votes: picks depend on topics and interests alone again."""
    from digest.subscribers import subscriptions, votes

    line: CommandLine = context.obj
    database = line.app.database
    reader = subscriptions.find(database, email)
    count = votes.reset(database, reader.id)
    if as_json:
        line.json({"email": reader.address, "forgotten": count})
    else:
        line.say(f"{count} vote{'' if count == 1 else 's'} forgotten.")


def _word(value: int) -> str:
    return "more" if value > 0 else "less"
