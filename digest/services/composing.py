"""Turn what is due into messages; the one path that a dry run and a real send both take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.core.outcome import Outcome, skip
from digest.core.press import Draft
from digest.core.pressroom import PressRoom
from digest.core.selection import select
from digest.core.slate import Slate
from digest.db import reasons
from digest.db.due import Due
from digest.model import Message, Pick, Reader, Reason


@dataclass(frozen=True, slots=True)
class Choice:
    """What one reader gets: the picks, or the outcome that makes a message needless.

    rest: how many more papers were chosen and do not fit the mail.
    """

    due: Due
    picks: tuple[Pick, ...] = ()
    rest: int = 0
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A message with its parts decoded, for people to look at."""

    message: Message
    subject: str
    html: str
    text: str


class Composer:
    """Chooses and composes for one edition, batch by batch."""

    def __init__(self, slate: Slate, press: PressRoom) -> None:
        self.press = press
        self._slate = slate

    def choose(self, dues: Sequence[Due], known: Mapping[int, Reason]) -> list[Choice]:
        """Choose for a batch, in its order.

        A repeated attempt keeps the picks of the first one. known: every reason by its id.
        """
        fresh = [due.reader for due in dues if due.reader is not None and due.picks is None]
        selected = iter(select(self._slate, fresh))
        choices = []
        for due in dues:
            if due.reader is None:
                choices.append(Choice(due, outcome=skip(due.obstacle)))
            elif due.picks is not None:
                choices.append(Choice(due, *reasons.unpack(due.picks, known)))
            elif picks := next(selected):
                fitting = self.press.fit(due.reader, picks)
                choices.append(Choice(due, fitting, len(picks) - len(fitting)))
            else:
                choices.append(Choice(due, outcome=skip("nothing new for this reader")))
        return choices

    def message(self, choice: Choice) -> Message:
        """Compose the message of a choice that has picks; ComposeError when it cannot be."""
        return self.press.message(_reader(choice), choice.picks, rest=choice.rest)

    @property
    def signs(self) -> bool:
        """Whether to finish a draft takes long, and is worth a thread of its own."""
        return self.press.signs

    def draft(self, choice: Choice) -> Draft:
        """Do all of `message` but the signatures."""
        return self.press.draft(_reader(choice), choice.picks, rest=choice.rest)

    def mail(self, choice: Choice) -> Mail:
        """Compose a choice that has picks, and decode it."""
        reader, picks, rest = _reader(choice), choice.picks, choice.rest
        press = self.press.press_of(reader)
        return Mail(
            press.message(reader, picks, rest=rest),
            press.subject(reader, picks),
            press.html(reader, picks, rest=rest),
            press.text(reader, picks, rest=rest),
        )


def _reader(choice: Choice) -> Reader:
    if choice.due.reader is None:
        raise ValueError("a choice without a reader has no message")
    return choice.due.reader
