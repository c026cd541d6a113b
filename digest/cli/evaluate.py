"""`digest eval`: how good topics and interests are on labelled papers."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from digest.core.topics import parse_catalogue
from digest.services.evaluation import (
    Report,
    compare_classifiers,
    compare_rankers,
    evaluate,
    read_labels,
    read_papers,
    read_wishes,
)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(name="eval")(_eval)


def _eval(
    labels: Annotated[Path, typer.Option(help="Labelled papers: title, topics, either.")],
    interests: Annotated[Path, typer.Option(help="Interests: interest, exact, partial.")],
    dumps: Annotated[Path, typer.Option(help="Directory of text dumps with the papers.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="Show plain rankers too.")] = False,
) -> None:
    """Measure topics and interests on papers that people have labelled."""
    catalogue = parse_catalogue((files("digest") / "catalogue" / "topics.toml").read_bytes())
    papers, labelled, wishes = read_papers(dumps), read_labels(labels), read_wishes(interests)
    report = evaluate(catalogue, papers, labelled, wishes)
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2))
        return
    console = Console()
    console.print(_figures(report))
    if compare:
        table = Table("ranker of interests", "nDCG@10", "MAP")
        for name, ranked in compare_rankers(catalogue, papers, wishes).items():
            table.add_row(name, f"{ranked.ndcg_at_10:.3f}", f"{ranked.map:.3f}")
        console.print(table)
        table = Table("classifier of topics", "micro F1", "macro F1")
        for name, scores in compare_classifiers(catalogue, papers, labelled).items():
            table.add_row(name, f"{scores.micro:.3f}", f"{scores.macro:.3f}")
        console.print(table)


def _figures(report: Report) -> Table:
    table = Table("figure", "value")
    table.add_row("topics, micro F1", f"{report.topics.micro:.3f}")
    table.add_row("topics, macro F1", f"{report.topics.macro:.3f}")
    for slug, f1 in report.topics.per_topic.items():
        table.add_row(f"  {slug}", f"{f1:.3f}")
    table.add_row("interests, nDCG@10", f"{report.interests.ndcg_at_10:.3f}")
    table.add_row("interests, MAP", f"{report.interests.map:.3f}")
    for interest, (gain, precision) in report.interests.per_interest.items():
        table.add_row(f"  {interest}", f"{gain:.3f}  MAP {precision:.3f}")
    table.add_row("ms per 1,000 papers", f"{report.ms_per_1000_papers:.0f}")
    return table
