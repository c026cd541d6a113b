"""`digest interests`: try a phrase on a file of papers."""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.ground.text.plain_text import clean, shorten

interests = typer.Typer(no_args_is_help=True, help="Try what a typed interest would match.")
_EXAMPLES = examples(
    'digest interests rank papers.jsonl --interest "computer use agents"',
    'digest interests rank papers.jsonl.gz --interest "protein language models" --json',
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(interests, name="interests", epilog=_EXAMPLES)


@interests.callback()
def _interests() -> None:
    """Try what a typed interest would match."""


@interests.command(epilog=_EXAMPLES)
def rank(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Papers: id, title and abstract, JSON, one a line.")],
    interest: Annotated[str, typer.Option(help="What a reader would type.")],
    as_json: JsonOption = False,
) -> None:
    """Rank papers against an interest, the best first, and say which of them match.

    With --json one object a line: id, title, score (0 to 1), match (true or false) and why.
    A line that is not a paper is reported and costs itself; the exit code is then 1.
    """
    from digest.app.topics import at_hand
    from digest.evaluation.paper_lines import read_paper_lines
    from digest.evaluation.ranking import rank_papers

    line: CommandLine = context.obj
    classifier, knowledge = at_hand(line.app).classifier, line.app.files.knowledge
    read = read_paper_lines(file)
    ranked = rank_papers(classifier, knowledge, read.papers, interest)
    if as_json:
        for one in ranked:
            line.json({"id": read.ids[one.number], **one.to_json()})
    else:
        table = line.table("", "score", "match", "title", "why")
        for one in ranked:
            match = "yes" if one.match else ""
            table.add_row(f"{one.score:.3f}", match, shorten(clean(one.title), 200), one.why)
        line.show(table)
    for problem in read.problems:
        line.remark(f"error: {problem}")
    if read.problems:
        raise typer.Exit(1)
