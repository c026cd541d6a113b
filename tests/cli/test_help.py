"""Every command explains itself."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from digest import cli
from digest.cli import app
from digest.cli.commands import commands_of
from digest.cli.groups import GROUPS, MODULES


def commands(group: typer.core.TyperGroup, path: tuple[str, ...] = ()):
    """Every command of a group and of its groups, as the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


ALL = sorted(commands(typer.main.get_command(app)))


def options(words: tuple[str, ...]) -> set[str]:
    """The options of a command, and those of the group that is called by the same words."""
    found = typer.main.get_command(app)
    for word in words:
        found = found.commands[word]
    return {name for each in found.params for name in each.opts}


def test_the_commands_of_the_manual_are_there():
    assert {words[0] for words in ALL} >= {
        "init", "ingest", "papers", "topics", "subscribers", "edition", "send", "preview",
        "explain", "deliveries", "status", "sink", "demo", "eval", "serve", "votes",
    }  # fmt: skip


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example(words):
    shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "100"})
    assert shown.exit_code == 0
    assert "Usage:" in shown.stdout
    assert f"digest {' '.join(words)}" in shown.stdout.split("Usage:")[1].split("\n", 1)[1]


def test_every_command_has_one_line_in_one_group():
    listed = [name for lines in GROUPS.values() for name in lines]
    assert sorted(listed) == sorted(MODULES)
    lines = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"}).stdout.splitlines()
    widest = max(map(len, listed))
    for group, commands_of_it in GROUPS.items():
        start = lines.index(f"{group}:") + 1
        shown = lines[start : start + len(commands_of_it)]
        expected = [f"  {name:<{widest}}  {line}" for name, line in commands_of_it.items()]
        assert shown == expected
        assert all(len(line) <= 80 and line.endswith(".") for line in shown)


def test_a_mistake_is_exit_code_2():
    assert CliRunner().invoke(app, ["send", "--date", "yesterday"]).exit_code == 2


@pytest.mark.parametrize("module", sorted(set(MODULES.values())))
def test_a_module_has_the_commands_that_are_looked_for_in_it(module):
    named = {name for name, place in MODULES.items() if place == module}
    assert set(commands_of(module)) == named


def test_every_module_with_commands_is_named():
    folder = Path(cli.__file__).parent
    places = {
        ".".join(path.relative_to(folder).with_suffix("").parts)
        for path in folder.rglob("*.py")
        if "\ndef register(app: typer.Typer)" in path.read_text("utf-8")
    }
    assert places == set(MODULES.values())
