"""Write what is made from the code: commands.md, settings.md, the console's settings.json.

python docs/generate.py            writes them
python docs/generate.py --check    exits with 1 when one of them is not what would be written
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from digest.cli import app

MANUAL = Path(__file__).parent / "use"
ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / ".env.example"
_MADE = "This page is made from the code by `make manual`; change it there.\n"
_SECTION = re.compile(r"# --- (.+?) -*$")


def commands_page() -> str:
    """Return the page that lists every command with its arguments and options."""
    parts = ["# Commands\n", _MADE]
    parts += [_command(words, command) for words, command in _commands(typer.main.get_command(app))]
    return "\n".join(parts)


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _command(words: tuple[str, ...], command: Any) -> str:
    title = f"## digest {' '.join(words)}\n"
    about = "\n".join(line.rstrip() for line in (command.help or "").strip().splitlines())
    rows = [_parameter(one) for one in command.params if one.name != "help"]
    table = "\n".join(["| option | meaning |", "|---|---|", *rows]) + "\n" if rows else ""
    return "\n".join([title, f"```text\n{about}\n```\n", table])


def _parameter(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        names = f"`{(parameter.metavar or parameter.name).upper()}`"
    else:
        names = ", ".join(f"`{name}`" for name in parameter.opts)
    return f"| {names} | {_cell(getattr(parameter, 'help', '') or '')} |"


def settings_page() -> str:
    """Return the page that lists every setting with its default, as .env.example explains it."""
    parts = [
        "# Settings\n",
        _MADE,
        "Set them in the environment or in `.env`; see `.env.example`.\n",
    ]
    about: list[str] = []
    rows: list[str] = []
    for line in EXAMPLE.read_text("utf-8").splitlines():
        if section := _SECTION.match(line):
            parts += [_table(rows), f"## {section.group(1)}\n"]
            about, rows = [], []
        elif line.startswith("#"):
            about.append(line.removeprefix("#").strip())
        elif "=" in line:
            name, _, default = line.partition("=")
            shown = f"`{_cell(default)}`" if default else ""
            rows.append(f"| `{name}` | {shown} | {_cell(_words(about))} |")
            about = []
        else:
            about = []
    return "\n".join([*parts, _table(rows)])


def settings_words() -> str:
    """Return what the console says of each setting, as JSON: the words of .env.example by name."""
    about: list[str] = []
    found = {}
    for line in EXAMPLE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            about.append(line.removeprefix("#").strip())
        else:
            if "=" in line:
                found[line.partition("=")[0]] = _words(about)
            about = []
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _words(lines: list[str]) -> str:
    return " ".join(line for line in lines if line)


def _table(rows: list[str]) -> str:
    head = ["| setting | default | meaning |", "|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n" if rows else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


PAGES = {
    MANUAL / "commands.md": commands_page,
    MANUAL / "settings.md": settings_page,
    ROOT / "templates" / "web" / "console" / "settings.json": settings_words,
}


def main(check: bool) -> int:
    """Write the pages, or say which are out of date; return the exit code."""
    stale = []
    for file, page in PAGES.items():
        text = page()
        if file.is_file() and file.read_text("utf-8") == text:
            continue
        stale.append(file.name)
        if not check:
            file.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name}: {'out of date; run `make manual`' if check else 'written'}")  # noqa: T201
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
