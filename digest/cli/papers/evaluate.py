"""`digest eval`: how well topics and interests are found on labelled papers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples

if TYPE_CHECKING:
    from digest.evaluation.evaluation import Report

_FILES = "--labels papers.jsonl --interests interests.jsonl --dumps dumps/"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="eval",
        epilog=examples(f"digest eval {_FILES} --json", f"digest eval {_FILES} --compare"),
    )(evaluate)


def evaluate(
    context: typer.Context,
    labels: Annotated[Path, typer.Option(help="Labelled papers, one JSON object per line.")],
    interests: Annotated[Path, typer.Option(help="Interests with their papers, likewise.")],
    dumps: Annotated[Path, typer.Option(help="The folder of the dumps with these papers.")],
    as_json: JsonOption = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Also measure simple rankers.")
    ] = False,
) -> None:
    """Measure topics and interests on papers that people have labelled.

    A label has a title, topics (slugs) and either (slugs that do not count); an interest has the
    phrase and the titles that answer it, exact and partial. Topics score too well on the papers
    from which the shipped weights of words were learnt: see docs/why/relevance.md.
    """
    from digest.evaluation import evaluation, labelled

    line: CommandLine = context.obj
    catalogue, knowledge = line.app.files.catalogue, line.app.files.knowledge
    papers = labelled.read_papers(dumps)
    marked, judged = labelled.read_labels(labels), labelled.read_interests(interests)
    report = evaluation.evaluate(catalogue, knowledge, papers, marked, judged)
    if as_json:
        figures = report.to_json()
        if compare:
            figures["compared"] = evaluation.compare(catalogue, knowledge, papers, marked, judged)
        line.json(figures)
        return
    _print_figures(line, report)
    if compare:
        table = line.table("", "way", "micro F1", "macro F1", "nDCG@10", "MAP")
        names = ("micro_f1", "macro_f1", "ndcg_at_10", "map")
        for way, row in evaluation.compare(catalogue, knowledge, papers, marked, judged).items():
            table.add_row(way, *(f"{row[name]:.3f}" if name in row else "" for name in names))
        line.console.print(table)


def _print_figures(line: CommandLine, report: "Report") -> None:
    table = line.table("", "topic", "F1")
    for slug, f1 in report.topics.per_topic.items():
        table.add_row(slug, f"{f1:.3f}")
    line.console.print(table)
    table = line.table("", "interest", "nDCG@10", "MAP")
    for interest, (gain, precision) in report.interests.per_interest.items():
        table.add_row(interest, f"{gain:.3f}", f"{precision:.3f}")
    line.console.print(table)
    table = line.table("", "figure", "all")
    for name, value in (
        ("topics, micro F1", f"{report.topics.micro:.3f}"),
        ("topics, macro F1", f"{report.topics.macro:.3f}"),
        ("interests, nDCG@10", f"{report.interests.ndcg_at_10:.3f}"),
        ("interests, MAP", f"{report.interests.map:.3f}"),
        ("ms per 1,000 papers", f"{report.ms_per_1000_papers:.0f}"),
    ):
        table.add_row(name, value)
    line.console.print(table)
