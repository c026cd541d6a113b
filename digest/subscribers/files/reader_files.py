"""A file of readers as it is found: CSV of any system, or a list of members, one a line."""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from digest.errors import InputError
from digest.ground.private_files import unnamed_file
from digest.subscribers.files.file_records import (
    SEPARATORS,
    Lines,
    Record,
    TextForm,
    find_form,
    is_text,
    read_lines,
    read_records,
)
from digest.subscribers.rules.file_columns import ColumnNames, Columns, recognise
from digest.subscribers.rules.header_names import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    NAME,
    squeezed,
)
from digest.subscribers.rules.mailboxes import split_mailbox
from digest.subscribers.rules.spreadsheet_cells import restored
from digest.subscribers.rules.standing import Bar

_MOST_COLUMNS = 500
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
# Mailchimp gives each kind of contact a file of its own, and some kinds no column that says so.
_OF_THE_BARRED = re.compile(
    r"(?:^|[^a-z])(non-?_?subscribed|unsubscribed|unsubscribes|cleaned|bounced|bounces|suppressed|"
    r"suppressions?|blocklisted|blacklisted|blocklist|blacklist|complaints?)(?:[^a-z]|$)"
)


@contextmanager
def as_file(path: Path) -> Iterator[Path]:
    """Return the path of a file that can be read more than once; what a pipe says is copied."""
    if path.is_file() or path.is_dir() or not path.exists():
        yield path
        return
    with unnamed_file() as (target, copy):
        with path.open("rb") as source:
            shutil.copyfileobj(source, target)
        target.flush()
        yield copy


class Refusal(NamedTuple):
    """Why a record cannot be used. kind: for counting, of a small number of words."""

    kind: str
    text: str


class Entry(NamedTuple):
    """A record. texts: what it says, by target (`TARGETS`); bar: why they must not be mailed."""

    line: int
    texts: dict[str, str]
    bar: Bar | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class ReaderFile:
    """A file whose form was found out. separator: "" for a list of members, without columns."""

    path: Path
    form: TextForm
    separator: str
    columns: Columns

    @property
    def told(self) -> str:
        """How it was read, in words."""
        if not self.separator:
            return f"a list of addresses, {self.form.name}"
        separator = SEPARATORS.get(self.separator, repr(self.separator))
        return f"fields between {separator}, {self.form.name}"

    def entries(self, progress: Callable[[int], None] = lambda _count: None) -> Iterator[Entry]:
        """Yield its records. progress: called with how many bytes were read since."""
        lines = read_lines(self.path, self.form, progress)
        if not self.separator:
            yield from _members(lines, self.form)
            return
        source = Lines(lines)
        _pass_separator_line(source)
        for record in islice(read_records(self.path, self.form, source, self.separator), 1, None):
            if record.problem:
                refusal = Refusal("not a line of CSV", record.problem)
                yield Entry(record.line, {}, refusal=refusal)
            else:
                yield self._entry(record.line, record.cells)

    def _entry(self, line: int, cells: list[str]) -> Entry:
        if len(cells) > len(self.columns.columns):
            text = "more fields than the first line has columns"
            return Entry(line, {}, refusal=Refusal("not a line of CSV", text))
        texts = self.columns.texts(cells)
        if not is_text("".join(texts.values())):
            return Entry(line, {}, refusal=_not_text(self.form))
        return Entry(line, _person(texts), self.columns.bar(cells))


def open_reader_file(path: Path, said: ColumnNames) -> ReaderFile:
    """Find out what a file is and what its columns mean; InputError in words when it is of no use.

    The columns may still have to be dealt with (`Columns.check`).
    """
    form = find_form(path)
    source = Lines(read_lines(path, form))
    given = _pass_separator_line(source)
    first = next((text for _, text in iter(source.take, None) if text.strip()), "")
    if not first:
        raise InputError("line 1: the file is empty; its first line names the columns")
    headers = [_header(path, form, separator) for separator in given or SEPARATORS]
    best = max(headers, key=lambda one: (_fits(one.names, said), len(one.names)))
    if not _fits(best.names, said) and not said.mapping:
        if split_mailbox(first):
            return ReaderFile(path, form, "", recognise([EMAIL], ColumnNames()))
        if "@" in first:
            raise InputError(
                f"line {best.line}: this is a subscriber already: no line names the columns",
                hint="put a line such as email,name above it",
            )
    if best.problem:
        raise InputError(f"line {best.line}: {best.problem}")
    if len(best.names) > _MOST_COLUMNS:
        raise InputError(f"line {best.line}: more than {_MOST_COLUMNS} columns")
    return ReaderFile(path, form, best.separator, recognise(best.names, said))


def check_name(path: Path) -> None:
    """Raise InputError when the name of a file says that those in it must not be mailed."""
    if found := _OF_THE_BARRED.search(path.stem.lower()):
        raise InputError(
            f"nobody is imported: the file's name says that those in it are {found[1]}",
            hint="if they may be mailed all the same, give the file another name",
        )


class _Header(NamedTuple):
    separator: str
    line: int
    names: list[str]
    problem: str


def _header(path: Path, form: TextForm, separator: str) -> _Header:
    """Return the names of the columns, should this be the separator."""
    source = Lines(read_lines(path, form))
    _pass_separator_line(source)
    first = next(read_records(path, form, source, separator), Record(1, []))
    names = [restored(cell).strip() for cell in first.cells]
    return _Header(separator, first.line, names, first.problem)


def _fits(names: Sequence[str], said: ColumnNames) -> bool:
    """Whether these are columns that hold addresses, or are spoken of."""
    known = set(map(squeezed, names))
    mapped = any(squeezed(name) in known for _, name in said.mapping)
    return mapped or recognise(names[:_MOST_COLUMNS], ColumnNames()).has_addresses


def _pass_separator_line(source: Lines) -> str:
    """Pass the line by which a spreadsheet knows the separator; return it, or "" for none."""
    first = source.take()
    if first is None:
        return ""
    if found := _SEPARATOR_LINE.fullmatch(first[1]):
        return found[1]
    source.give_back([first])
    return ""


def _members(lines: Iterator[tuple[int, str]], form: TextForm) -> Iterator[Entry]:
    for number, line in lines:
        if not line.strip():
            continue
        if not is_text(line):
            yield Entry(number, {}, refusal=_not_text(form))
        elif found := split_mailbox(line):
            yield Entry(number, {NAME: found[0], EMAIL: found[1]})
        else:
            refusal = Refusal("not a mail address", "not one address, nor a name and <address>")
            yield Entry(number, {}, refusal=refusal)


def _person(texts: dict[str, str]) -> dict[str, str]:
    """Return texts with the whole name, and the address alone."""
    if FIRST_NAME in texts or LAST_NAME in texts:
        parts = [texts.pop(part, "") for part in (FIRST_NAME, LAST_NAME)]
        if not texts.get(NAME) and any(parts):
            texts[NAME] = " ".join(filter(None, parts))
    if "<" in texts.get(EMAIL, "") and (found := split_mailbox(texts[EMAIL])):
        name, texts[EMAIL] = found
        texts[NAME] = texts.get(NAME) or name
    return texts


def _not_text(form: TextForm) -> Refusal:
    return Refusal("not text", f"not {form.name} text")
