"""`digest topics versions`, `text`, `diff`, `try`, `save`, `take-back`: versions of the catalogue.

Save and take back classify the recent papers at once; the scheduler goes on with what is left.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.command_line import MOST_ROWS, CommandLine, JsonOption, LimitOption, examples
from digest.errors import InputError
from digest.ground.text.counts import counted

if TYPE_CHECKING:
    from digest.catalogues.store.versions import Version
    from digest.topics.trying import Difference

_COMMAND_LINE = "command line"
_FileArgument = Annotated[
    Path | None, typer.Argument(help="The changed catalogue, TOML; or change one topic.")
]
_TopicOption = Annotated[
    str, typer.Option("--topic", metavar="SLUG", help="Change this topic of the one in force.")
]
_AddOption = Annotated[
    list[str] | None,
    typer.Option("--add", metavar="KIND=PHRASE", help="A phrase to add, such as sure=KV cache."),
]
_RemoveOption = Annotated[
    list[str] | None,
    typer.Option("--remove", metavar="KIND=PHRASE", help="A phrase to remove, written likewise."),
]
_WhyOption = Annotated[str, typer.Option(help="Why, for those who read the list of versions.")]
_ByOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it.")]
_EvenOption = Annotated[
    bool, typer.Option("--even-followed", help="Also when readers follow a topic that goes.")
]


def register(group: typer.Typer) -> None:
    """Add the commands to those of `digest topics`."""
    group.command(
        "versions", epilog=examples("digest topics versions", "digest topics versions --json")
    )(list_versions)
    group.command(
        "text", epilog=examples("digest topics text > topics.toml", "digest topics text 3")
    )(print_text)
    group.command(
        "diff", epilog=examples("digest topics diff 0 3", "digest topics diff 2 3 --json")
    )(diff)
    group.command(
        "try",
        epilog=examples(
            "digest topics try topics.toml --json",
            'digest topics try --topic inference --add "sure=KV cache reuse" --remove hint=cost',
        ),
    )(try_change)
    group.command(
        "save",
        epilog=examples(
            'digest topics save topics.toml --why "KV cache papers were missed"',
            'digest topics save --topic inference --add "sure=KV cache reuse" --why "was missed"',
        ),
    )(save)
    group.command(
        "take-back", epilog=examples('digest topics take-back 3 --why "too many caught"')
    )(take_back)


def list_versions(
    context: typer.Context, limit: LimitOption = None, as_json: JsonOption = False
) -> None:
    """List the versions of the catalogue, the newest first, which is in force.

    Version 0 is the catalogue file, and has no line.
    """
    from digest.catalogues.store import versions

    line: CommandLine = context.obj
    wanted = limit or (MOST_ROWS if not as_json else 1_000_000)
    with line.app.database.read() as session:
        found = versions.newest_first(session, limit=wanted)
    if as_json:
        for one in found:
            line.json(one.to_json())
    elif not found:
        line.say("The catalogue file is in force; no version was saved yet.")
    else:
        table = line.table("", "version", "saved (UTC)", "by", "why", "takes back", "papers")
        for one in found:
            back = f"{one.takes_back} and newer" if one.takes_back else ""
            done = "classified" if one.classified_at else "waiting"
            state = done if one is found[0] else ""
            saved = f"{one.saved_at:%Y-%m-%d %H:%M}"
            table.add_row(str(one.number), saved, one.saved_by, one.why, back, state)
        line.show(table)
    if line.app.topics.is_file_changed():
        line.remark(
            "The catalogue file was changed since this version was saved, which stays in force. "
            f"See `digest topics diff {line.app.topics.in_force.number} 0`."
        )


def print_text(
    context: typer.Context,
    version: Annotated[int | None, typer.Argument(help="Default: the one in force.")] = None,
) -> None:
    """Print the TOML of a version of the catalogue, to be changed and saved."""
    line: CommandLine = context.obj
    found = line.app.topics
    typer.echo((found.in_force if version is None else found.of(version)).data, nl=False)


def diff(
    context: typer.Context,
    before: Annotated[int, typer.Argument(metavar="A", help="0: the catalogue file.")],
    after: Annotated[int, typer.Argument(metavar="B")],
    as_json: JsonOption = False,
) -> None:
    """Show what version B of the catalogue changes of version A; phrases are in singular form."""
    from digest.topics.catalogue_changes import compare

    line: CommandLine = context.obj
    found = line.app.topics
    changes = compare(found.of(before).catalogue, found.of(after).catalogue)
    if as_json:
        line.json(changes.to_json())
        return
    for each in changes.lines() or ["Nothing that counts differs."]:
        line.say(each)


def try_change(
    context: typer.Context,
    file: _FileArgument = None,
    topic: _TopicOption = "",
    add: _AddOption = None,
    remove: _RemoveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which papers of the last 30 days a changed catalogue would catch and lose.

    Nothing is saved. Each paper is shown with the phrases that make the difference.
    """
    from time import perf_counter

    line: CommandLine = context.obj
    text = _changed_text(line, file, topic, add or [], remove or [])
    begun = perf_counter()
    with line.progress("Reading papers") as bar:
        trial = line.app.topics.try_text(text, bar)
    seconds = perf_counter() - begun
    if as_json:
        line.json({**trial.to_json(), "seconds": round(seconds, 3)})
        return
    for word, found in (("caught", trial.caught), ("lost", trial.lost)):
        if found:
            _print_papers(line, word, found)
    before, after = trial.topicless
    line.say(
        f"{counted(trial.papers, 'paper')} of the last 30 days: {len(trial.caught)} caught, "
        f"{len(trial.lost)} lost, {trial.unchanged} unchanged in the changed topics; without a "
        f"topic {before} before, {after} after. {seconds:.1f} s."
    )


def save(
    context: typer.Context,
    why: _WhyOption,
    file: _FileArgument = None,
    topic: _TopicOption = "",
    add: _AddOption = None,
    remove: _RemoveOption = None,
    by: _ByOption = _COMMAND_LINE,
    even_followed: _EvenOption = False,
    as_json: JsonOption = False,
) -> None:
    """Save a version of the catalogue. It is in force at once, on every machine.

    The papers of the last 30 days are classified anew; editions that are open keep their topics.
    """
    from digest.catalogues.saving import Author

    line: CommandLine = context.obj
    based_on = line.app.topics.in_force.number
    text = _changed_text(line, file, topic, add or [], remove or [])
    author = Author(by, why, even_followed)
    saved = line.app.topics.save(text, author, based_on=based_on)
    _finish(line, saved, as_json=as_json)


def take_back(
    context: typer.Context,
    version: Annotated[int, typer.Argument(help="It and every newer one are taken back.")],
    why: _WhyOption,
    by: _ByOption = _COMMAND_LINE,
    even_followed: _EvenOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take back a version of the catalogue: what was in force before it is in force again.

    This makes a new version, so that it can be taken back as well.
    """
    from digest.catalogues.saving import Author

    line: CommandLine = context.obj
    saved = line.app.topics.take_back(version, Author(by, why, even_followed))
    _finish(line, saved, as_json=as_json)


def _finish(line: CommandLine, saved: "Version", *, as_json: bool) -> None:
    with line.progress("Classifying papers") as bar:
        count = line.app.topics.renew(progress=bar)
    if as_json:
        line.json({**saved.to_json(), "classified": count})
    else:
        line.say(f"Version {saved.number} is in force; {counted(count, 'paper')} classified by it.")


def _changed_text(
    line: CommandLine, file: Path | None, topic: str, add: Sequence[str], remove: Sequence[str]
) -> str:
    """Return the text of a file, or that in force with one topic changed."""
    if (file is None) == (not topic):
        raise typer.BadParameter("name a FILE, or a topic with --topic")
    if file is not None:
        if add or remove:
            raise typer.BadParameter("--add and --remove go with --topic")
        return _read(file)
    from digest.topics.catalogue_text import changed_phrases, with_topic, written_topic

    text = line.app.topics.in_force.data.decode()
    changed = changed_phrases(written_topic(text, topic), _pairs(add), _pairs(remove))
    return with_topic(text, changed)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as exc:
        raise InputError(f"Cannot read {file}: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8.") from None


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    from digest.topics.catalogue import PHRASE_KINDS

    found = []
    for text in texts:
        kind, sign, phrase = text.partition("=")
        if not sign or kind not in PHRASE_KINDS:
            kinds = ", ".join(PHRASE_KINDS)
            raise typer.BadParameter(f"{text!r} is not KIND=PHRASE; kinds are {kinds}")
        found.append((kind, phrase))
    return found


def _print_papers(line: CommandLine, word: str, found: "Sequence[Difference]") -> None:
    table = line.table("", word, "confidence", "title", "phrases (singular)")
    for one in found[:MOST_ROWS]:
        table.add_row(one.topic, f"{one.confidence:.2f}", one.title, ", ".join(one.phrases))
    line.show(table)
    if len(found) > MOST_ROWS:
        line.remark(f"There are {len(found) - MOST_ROWS} more; --json lists all.")
