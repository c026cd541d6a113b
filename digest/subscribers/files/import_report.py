"""What became of the records of a file, or would become of them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from digest.subscribers.rules.field_kinds import Mistake

MOST_LISTED = 1000  # problems, repeated lines; of more only the number is kept
_MOST_NAMED = 5  # values of a wish that cannot be met


class Problem(NamedTuple):
    """A record that was refused. line: where it begins, from 1."""

    line: int
    reason: str


class Remark(NamedTuple):
    """What was understood otherwise than it is written. line: the first; readers: how many."""

    line: int
    remark: str
    readers: int


@dataclass(slots=True)
class _Unmet:
    """Wishes of one kind that cannot be met. others: what else was wished, a few of it.

    outcome: what that costs, in words.
    """

    line: int
    text: str
    subject: str = ""
    outcome: str = ""
    readers: int = 0
    others: list[str] = field(default_factory=list)
    more: bool = False

    def add(self, subject: str) -> None:
        self.readers += 1
        if subject == self.subject or subject in self.others:
            return
        if len(self.others) < _MOST_NAMED:
            self.others.append(subject)
        else:
            self.more = True

    def remark(self) -> Remark:
        likewise = ", ".join(self.others) + (" and others" if self.more else "")
        text = f"{self.text}; likewise {likewise}" if likewise else self.text
        return Remark(self.line, text + self.outcome, self.readers)


@dataclass(slots=True)
class ImportReport:
    """What became of the records of a file.

    system: who wrote it, "" when that is not known; form: separator and encoding, in words;
    columns: (name in the file, what it was taken as), without the ignored ones.

    known: who was here before and is left as they are; changed: whose name or preferences became
    those of the file; ended: whose subscription ended, since the file says so; suppressions: how
    many addresses must not be mailed from now on; refused_by: how many were refused for what.
    problems: the first MOST_LISTED refusals, by line. repeated: the first MOST_LISTED lines whose
    address an earlier line has; of somebody who is not here yet the first one counts. repeats: how
    many such lines there are. is_stopped: it was told not to go on, so the rest of the file was not
    looked at.
    """

    dry_run: bool = False
    system: str = ""
    form: str = ""
    columns: list[tuple[str, str]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    ended: int = 0
    known: int = 0
    suppressions: int = 0
    refused_by: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    is_stopped: bool = False
    repeated: list[int] = field(default_factory=list)
    repeats: int = 0
    _unmet: dict[tuple[str, str], _Unmet] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """How many records were refused."""
        return self.refused_by.total()

    @property
    def remarks(self) -> list[Remark]:
        """What was understood otherwise, or could not be met: one remark for all of a kind."""
        return sorted(unmet.remark() for unmet in self._unmet.values())

    def refuse(self, line: int, kind: str, reason: str) -> None:
        """Count a record that is refused; list it, unless there are too many."""
        self.refused_by[kind] += 1
        if len(self.problems) < MOST_LISTED:
            self.problems.append(Problem(line, reason))

    def repeat(self, line: int) -> None:
        """Count a line whose address an earlier line has; list it, unless there are too many."""
        self.repeats += 1
        if len(self.repeated) < MOST_LISTED:
            self.repeated.append(line)

    def remark(self, line: int, text: str) -> None:
        """Note what was understood otherwise; the same text again is counted."""
        self._unmet.setdefault((text, ""), _Unmet(line, text)).add("")

    def unmet(self, line: int, name: str, mistake: Mistake) -> None:
        """Note a wish that cannot be met, with others of its kind."""
        subject = str(next(iter(mistake.values.values()), ""))
        first = _Unmet(line, f"{name}: {mistake}", subject, "; this wish is left out")
        self._unmet.setdefault((name, mistake.message), first).add(subject)

    def to_json(self) -> dict[str, Any]:
        """Return the report for programs."""
        return {
            "dry_run": self.dry_run,
            "system": self.system,
            "form": self.form,
            "columns": [{"column": name, "taken_as": use} for name, use in self.columns],
            "added": self.added,
            "changed": self.changed,
            "ended": self.ended,
            "known": self.known,
            "suppressions": self.suppressions,
            "refused": self.refused,
            "refused_by": dict(self.refused_by.most_common()),
            "problems": [one._asdict() for one in self.problems],
            "repeated": self.repeated,
            "repeats": self.repeats,
            "remarks": [one._asdict() for one in self.remarks],
            "ignored_columns": self.ignored_columns,
        }
