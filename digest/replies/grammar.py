"""Read a line of a reply as commands: one clause, or several with ";", a comma or "and" between."""

import re
from collections.abc import Collection
from datetime import date
from functools import lru_cache

from digest.replies.choosing_patterns import CHOOSING
from digest.replies.commands import ALONE, Command
from digest.replies.patterns import SINGLE, STOPPING, VOTING
from digest.replies.politeness import is_wish, plainly, tidy
from digest.replies.schedule_patterns import schedule_patterns
from digest.replies.subject_patterns import subject_patterns

LONGEST_LINE = 200  # characters: what is longer is no command
_MOST_JOINTS = 12
_JOINT = re.compile(
    r" ?[;/] ?|, ?(?:and |und |but |aber |then |dann )?|[.!] | (?:and|und|but|aber|then|plus|&) |"
    r" (?=(?:more|less|mehr|weniger)\b)|(?<=more) |(?<=less) |(?<=mehr) |(?<=weniger) ",
    re.IGNORECASE,
)
_LEAD = re.compile(r"(?:[-*•·] |\d{1,2}\) )(?=[^\d])")  # of an item of a list


class Grammar:
    """Reads lines. today: the date where the reader lives; topics: names and slugs by small letter.

    languages: tags of those that a mail can have.
    """

    def __init__(self, today: date, topics: Collection[str]) -> None:
        known = {topic.casefold() for topic in topics}
        self._patterns = (
            *(*STOPPING, *SINGLE, *VOTING, *CHOOSING),
            *(*schedule_patterns(today), *subject_patterns(known)),
        )
        self._clause = lru_cache(1024)(self._read_clause)

    def read(self, line: str) -> tuple[Command, ...] | None:
        """Return what a line says: nothing, if it is only polite; None when it is not understood.

        What has to be the only command of a mail is one clause.
        """
        if len(line) > LONGEST_LINE:
            return None
        said = tidy(_LEAD.sub("", line.strip()))
        return () if not plainly(said) else self._read(said, depth=0)

    def _read(self, said: str, depth: int) -> tuple[Command, ...] | None:
        if found := self._clause(said):
            return found
        joints = list(_JOINT.finditer(said))
        if depth > _MOST_JOINTS or len(joints) > _MOST_JOINTS:
            return None
        for joint in joints:
            before, behind = said[: joint.start()], said[joint.end() :]
            head = self._clause(before) if plainly(before) else ()
            if head is None or any(command.kind in ALONE for command in head):
                continue
            rest = self._read(behind, depth + 1) if plainly(behind) else ()
            if rest is not None:
                return (*head, *rest)
        return None

    def _read_clause(self, said: str) -> tuple[Command, ...] | None:
        """Return the commands of the one way of saying that a clause is; None when it is none."""
        plain = plainly(said)
        for text, say, only_wished in self._patterns:
            if only_wished and not is_wish(said):
                continue
            found = text.fullmatch(plain)
            if found and (commands := tuple(say(found))):
                return commands
        return None
