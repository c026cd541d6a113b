"""Understand a whole reply: all of it, or nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from digest.replies.commands import VOTES, Command, combined
from digest.replies.grammar import Grammar
from digest.replies.politeness import is_polite, signature_at, tidy

MOST_LINES = 30


@dataclass(frozen=True, slots=True)
class Understood:
    """What a reply says. commands: none when it was not understood; line: where it was not.

    line: empty when the lines say nothing, or contradict each other. missing: the number of a paper
    that was voted on and is none of the mail's; 0 for none.
    """

    commands: tuple[Command, ...]
    line: str = ""
    missing: int = 0


def understand(
    paragraphs: Sequence[Sequence[str]], grammar: Grammar, *, papers: int, names: Collection[str]
) -> Understood:
    """Understand the own words of a mail.

    paragraphs: its lines. papers: how many papers the mail that it answers had. names: the words of
    the sender's name, in small letters.
    """
    own = _without_signature(paragraphs, names)
    if sum(map(len, own)) > MOST_LINES:
        return Understood((), own[0][0])
    commands: list[Command] = []
    for paragraph in own:
        said = _read_paragraph(paragraph, grammar)
        if isinstance(said, str):
            return Understood((), said)
        commands += said
    found = combined(commands)
    for command in found:
        if command.kind in VOTES and (missing := _out_of_mail(command, papers)):
            return Understood((), str(command), missing)
    return Understood(found)


def _without_signature(
    paragraphs: Sequence[Sequence[str]], names: Collection[str]
) -> list[list[str]]:
    lines = [(at, tidy(line)) for at, one in enumerate(paragraphs) for line in one]
    lines = [(at, line) for at, line in lines if line]
    end = signature_at([line for _, line in lines], names)
    own: dict[int, list[str]] = {}
    for at, line in lines[:end]:
        own.setdefault(at, []).append(line)
    return list(own.values())


def _read_paragraph(lines: Sequence[str], grammar: Grammar) -> list[Command] | str:
    """Return the commands of lines, or of the sentence that they are; else the odd line."""
    read = [grammar.read(line) for line in lines]
    if all(commands is not None for commands in read):
        return [command for commands in read for command in commands or ()]
    spoken = [line for line in lines if not is_polite(line)]
    joined = grammar.read(" ".join(spoken)) if len(spoken) > 1 else None
    if joined is not None:
        return list(joined)
    return next(line for line, commands in zip(lines, read, strict=True) if commands is None)


def _out_of_mail(command: Command, papers: int) -> int:
    """Return the first number that a mail of so many papers does not have; 0 for none."""
    numbers = command.value if isinstance(command.value, tuple) else ()
    return next((number for number in numbers if number > papers), 0)
