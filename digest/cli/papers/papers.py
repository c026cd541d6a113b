"""`digest papers`: what was loaded."""

from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples("digest papers --topic compression", "digest papers --search cache --json")
    )(papers)


def papers(
    context: typer.Context,
    topic: Annotated[str | None, typer.Option(help="Only papers of this topic (slug).")] = None,
    search: Annotated[
        str | None, typer.Option(help="Only papers whose title or authors contain this.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most this many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the loaded papers, newest first; --json prints one object per line."""
    from digest.operations import listings
    from digest.render.cards import short_authors
    from digest.topics.former_slugs import current, replaced

    line: CommandLine = context.obj
    asked = [topic] if topic else []
    known = line.app.topics.in_force.topic_names
    for remark in replaced(asked, known):
        line.remark(f"{remark}.")
    topics = [new for slug in asked for new in current(slug, known) or (slug,)]
    found = listings.papers(line.app.database, topics=topics, search=search, limit=limit)
    if as_json:
        for one in found:
            line.json(one)
        return
    table = line.table("", "newest dump", "dumps", "title", "authors", "topics")
    for one in found:
        authors = short_authors(one["authors"])
        topics_of = ", ".join(one["topics"])
        table.add_row(one["newest"], str(one["dumps"]), one["title"], authors, topics_of)
    line.show(table)
