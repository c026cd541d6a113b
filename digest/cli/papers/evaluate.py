"""`digest eval`: how well topics and interests are found on labelled papers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import CommandLine, JsonOption, examples
from digest.ground.text.counts import counted

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
    dumps: Annotated[
        list[Path],
        typer.Option(help="A folder of dumps, or papers as JSON lines (.jsonl, .jsonl.gz)."),
    ],
    as_json: JsonOption = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Also measure simple rankers.")
    ] = False,
) -> None:
    """Measure topics and interests on papers that people have labelled.

    A label has a title, topics (slugs) and either (slugs that do not count); an interest has the
    phrase and the titles that answer it, exact and partly; a paper has a title and an abstract.
    Labels in the slugs of the former catalogue are understood. Topics score too well on papers on
    whose labels the weights were fitted; these have a line of their own. Intervals are of 95 %.
    """
    from digest.app.topics import at_hand
    from digest.evaluation import evaluation, labelled
    from digest.ground import shipped

    line: CommandLine = context.obj
    classifier, knowledge = at_hand(line.app).classifier, line.app.files.knowledge
    papers = labelled.read_papers(*dumps)
    marked, judged = labelled.read_labels(labels), labelled.read_interests(interests)
    fitted = labelled.read_keys(shipped.fitted_papers_file())
    report = evaluation.evaluate(classifier, knowledge, papers, marked, judged, fitted)
    if as_json:
        figures = report.to_json()
        if compare:
            figures["compared"] = evaluation.compare(classifier, knowledge, papers, marked, judged)
        line.json(figures)
        return
    _print_figures(line, report)
    if compare:
        table = line.table("", "way", "micro F1", "macro F1", "nDCG@10", "MAP")
        names = ("micro_f1", "macro_f1", "ndcg_at_10", "map")
        for way, row in evaluation.compare(classifier, knowledge, papers, marked, judged).items():
            table.add_row(way, *(f"{row[name]:.3f}" if name in row else "" for name in names))
        line.show(table)


def _print_figures(line: CommandLine, report: "Report") -> None:
    from digest.evaluation.rules.intervals import mean_interval

    table = line.table("", "topic", "F1")
    for slug, f1 in report.topics.scores.per_topic.items():
        table.add_row(slug, f"{f1:.3f}")
    line.show(table)
    table = line.table("", "interest", "nDCG@10", "MAP")
    for interest, (gain, precision) in report.interests.per_interest.items():
        table.add_row(interest, f"{gain:.3f}", f"{precision:.3f}")
    line.show(table)
    table = line.table("", "figure", "all", "95 % of draws")
    for name, figures in (
        ("topics", report.topics),
        ("topics, in sample", report.in_sample),
        ("topics, unseen", report.unseen),
    ):
        if figures.papers:
            papers = counted(figures.papers, "paper")
            scores, intervals = figures.scores, figures.intervals
            table.add_row(f"{name}, micro F1 ({papers})", *_shown(scores.micro, intervals.micro))
            table.add_row(f"{name}, macro F1 ({papers})", *_shown(scores.macro, intervals.macro))
    gains = [gain for gain, _ in report.interests.per_interest.values()]
    gain = report.interests.ndcg_at_10
    table.add_row("interests, nDCG@10", *_shown(gain, mean_interval(gains)))
    table.add_row("interests, MAP", f"{report.interests.map:.3f}", "")
    table.add_row("ms per 1,000 papers", f"{report.ms_per_1000_papers:.0f}", "")
    line.show(table)


def _shown(value: float, interval: tuple[float, float]) -> tuple[str, str]:
    low, high = interval
    return f"{value:.3f}", f"{low:.3f} to {high:.3f}"
