"""`digest topics`: list them, try texts and files of papers, classify stored papers anew."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.cli.papers import catalogue
from digest.ground.text.counts import counted
from digest.ground.text.plain_text import clean, shorten

topics = typer.Typer(invoke_without_command=True, help="List the topics that readers can follow.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    catalogue.register(topics)
    app.add_typer(
        topics,
        name="topics",
        epilog=examples("digest topics --search speech", 'digest topics test "KV cache"'),
    )


@topics.callback()
def list_topics(
    context: typer.Context,
    search: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Only topics with this in slug, name, group or words."),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List the topics that readers can follow, with the papers and readers of each."""
    if context.invoked_subcommand:
        return
    from digest.operations import listings

    line: CommandLine = context.obj
    listed = listings.topics(line.app.database, line.app.topics.in_force.catalogue)
    words = ("slug", "name", "group", "description")
    part = search.casefold()
    found = [one for one in listed if any(part in one[word].casefold() for word in words)]
    if as_json:
        line.json(found)
        return
    table = line.table("", "slug", "name", "papers", "readers", "what belongs")
    group = ""
    for one in found:
        if one["group"] != group:
            group = one["group"]
            table.add_section()
            table.add_row(group, bold=True)
        counts = (str(one["papers"]), str(one["readers"]))
        table.add_row(one["slug"], one["name"], *counts, one["description"])
    line.show(table)


@topics.command("test", epilog=examples('digest topics test "A survey of KV cache compression"'))
def try_text(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="A title or any phrase.")],
    abstract: Annotated[str, typer.Option(help="An abstract to go with the title.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show which topics a text gets, and which phrases of the catalogue it contains."""
    from digest.app.topics import at_hand

    line: CommandLine = context.obj
    judged = at_hand(line.app).classifier.judge(text, abstract)
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
    if judged:
        line.show(table)
    else:
        line.say("This text contains no phrase of any topic.")


@topics.command(
    epilog=examples(
        "digest topics classify papers.jsonl --json",
        "digest topics classify papers.jsonl.gz --catalogue own.toml",
    )
)
def classify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Papers: id, title and abstract, JSON, one a line.")],
    catalogue: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Try the topics of this catalogue.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show which topics the papers of a file get; nothing is stored.

    With --json one object a line: id, title and topics, each with slug and confidence, best first.
    A line that is not a paper is reported and costs itself; the exit code is then 1.
    """
    from digest.app.files import Files
    from digest.app.topics import at_hand
    from digest.evaluation.paper_lines import read_paper_lines

    line: CommandLine = context.obj
    if catalogue is None:
        classifier = at_hand(line.app).classifier
    else:
        settings = replace(line.app.settings, catalogue=catalogue)
        classifier = Files(settings).classifier
    read = read_paper_lines(file)
    table = line.table("", "title", "topics")
    for paper_id, paper in zip(read.ids, read.papers, strict=True):
        found = classifier.classify(paper.title, paper.abstract)
        if as_json:
            line.json({"id": paper_id, "title": paper.title, "topics": _listed(found)})
        else:
            shown = ", ".join(f"{slug} {confidence:.2f}" for slug, confidence in found.items())
            table.add_row(shorten(clean(paper.title), 200), shown or "–")  # noqa: RUF001 -- a dash
    if not as_json:
        line.show(table)
    for problem in read.problems:
        line.remark(f"error: {problem}")
    if read.problems:
        raise typer.Exit(1)


@topics.command(epilog=examples("digest topics refresh"))
def refresh(context: typer.Context, as_json: JsonOption = False) -> None:
    """Classify every stored paper anew, after a change of the catalogue.

    Editions that are open already keep their topics. `digest init` does the same when papers have
    topics that the catalogue no longer knows.
    """
    from digest.papers import reclassifying

    line: CommandLine = context.obj
    classify_text = line.app.topics.classify
    with line.progress("Classifying papers") as bar:
        count = reclassifying.refresh(line.app.database, classify_text, bar)
    if as_json:
        line.json({"papers": count})
    else:
        line.say(f"{counted(count, 'paper')} classified by the present catalogue.")


def _listed(found: dict[str, float]) -> list[dict[str, Any]]:
    return [{"slug": slug, "confidence": confidence} for slug, confidence in found.items()]
