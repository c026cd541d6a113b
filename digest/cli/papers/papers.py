"""`digest papers` and `digest topics`."""

from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples

topics = typer.Typer(invoke_without_command=True, help="List the topics that readers can follow.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=examples("digest papers --topic compression", "digest papers --search cache --json")
    )(papers)
    app.add_typer(
        topics, name="topics", epilog=examples("digest topics", 'digest topics test "KV cache"')
    )


def papers(
    context: typer.Context,
    topic: Annotated[str | None, typer.Option(help="Only papers of this topic (slug).")] = None,
    search: Annotated[str | None, typer.Option(help="Only titles that contain this.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most this many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the loaded papers, newest first; --json prints one object per line."""
    from digest.operations import listings

    line: CommandLine = context.obj
    found = listings.papers(line.app.database, topic=topic, search=search, limit=limit)
    if as_json:
        for one in found:
            line.json(one)
        return
    table = line.table("", "newest dump", "dumps", "title", "topics")
    for one in found:
        table.add_row(one["newest"], str(one["dumps"]), one["title"], ", ".join(one["topics"]))
    line.console.print(table)


@topics.callback()
def list_topics(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the topics that readers can follow, with the papers and readers of each."""
    if context.invoked_subcommand:
        return
    from digest.operations import listings

    line: CommandLine = context.obj
    found = listings.topics(line.app.database, line.app.files.catalogue)
    if as_json:
        line.json(found)
        return
    table = line.table("", "slug", "name", "papers", "readers", "what belongs")
    for one in found:
        counts = (str(one["papers"]), str(one["readers"]))
        table.add_row(one["slug"], one["name"], *counts, one["description"])
    line.console.print(table)


@topics.command("test", epilog=examples('digest topics test "A survey of KV cache compression"'))
def try_text(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="A title or any phrase.")],
    abstract: Annotated[str, typer.Option(help="An abstract to go with the title.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show which topics a text gets, and which phrases of the catalogue it contains."""
    line: CommandLine = context.obj
    judged = line.app.files.classifier.judge(text, abstract)
    if as_json:
        hits = sorted((hit for one in judged for hit in one.hits), key=lambda hit: hit.sentence)
        listed = [
            {
                "topic": hit.slug,
                "phrase": hit.phrase,
                "group": "sure" if hit.sure else "hint",
                "sentence": hit.sentence,
            }
            for hit in hits
        ]
        given = {one.slug: one.confidence for one in judged if one.given}
        line.json({"topics": given, "phrases": listed})
        return
    table = line.table("", "topic", "confidence", "", "phrases (singular)")
    for one in judged:
        said = dict.fromkeys(hit.phrase for hit in one.hits)
        shown = "given" if one.given else "not given"
        table.add_row(one.slug, f"{one.confidence:.2f}", shown, ", ".join(said))
    line.console.print(table if judged else "This text contains no phrase of any topic.")
