"""Turn what is due into messages; the one path that a dry run and a real send both take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from digest.delivery.rules.outcome import Outcome, fail, skip
from digest.delivery.store import reasons
from digest.delivery.store.due_deliveries import DueDelivery
from digest.model import Empty, EmptyDay, Message, Pick, Reader, Reason, Team
from digest.render.digest.renderer_set import RendererSet
from digest.render.empty_day import NOTHING_FOR_READER, NOTHING_MATCHES, EmptyDayRenderer
from digest.render.mime import Draft
from digest.selection.batch_preferences import exclude, is_weekly, unmatched
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.interleaving import Interleaving
from digest.selection.mixed_chooser import MixedChooser


class Choice(NamedTuple):
    """What one reader gets: picks, or the outcome that makes a message needless.

    rest: how many more papers were chosen and do not fit the mail. note: instead of picks, why
    there are none. missing: what the reader follows and the edition has nothing of. teams: by
    paper, when two rankings share the mail; None when one chose all.
    """

    due: DueDelivery
    picks: tuple[Pick, ...] = ()
    rest: int = 0
    outcome: Outcome | None = None
    note: str = ""
    missing: tuple[Reason, ...] = ()
    teams: Mapping[int, Team] | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A message with its parts decoded, for people to look at."""

    message: Message
    subject: str
    html: str
    text: str


class Composer:
    """Chooses and composes for one edition, batch by batch.

    empty: why nothing in the edition is new, if that is so; its readers then get what they prefer
    on such days. Those of a weekly mail get the week all the same. lab: the two rankings that share
    the mails of readers who agreed to it; None while there is no lab.
    """

    def __init__(
        self,
        matrix: CandidateMatrix,
        renderer: RendererSet,
        notes: EmptyDayRenderer,
        *,
        empty: Empty | None = None,
        lab: Interleaving | None = None,
    ) -> None:
        self.renderer = renderer
        self.matrix = matrix
        self._chooser = MixedChooser(matrix, lab)
        self._notes = notes
        self._empty = empty

    def choose(self, dues: Sequence[DueDelivery], existing: Mapping[int, Reason]) -> list[Choice]:
        """Choose for a batch, in its order.

        A repeated attempt keeps the picks of the first one; on empty days not all get any.
        existing: every reason by its id.
        """
        empty = self._empty
        fresh = [
            due.reader
            for due in dues
            if due.reader is not None and not due.picks and is_chosen_for(due.reader, empty)
        ]
        selected = iter(self._chooser.choose(fresh))
        choices = []
        for due in dues:
            if due.reader is None:
                outcome = fail(due.fault) if due.fault else skip(due.obstacle)
                choices.append(Choice(due, outcome=outcome))
            elif due.picks:
                choices.append(self.repeat(due, due.reader, due.picks, existing))
            elif empty and not is_chosen_for(due.reader, empty):
                choices.append(_without(due, due.reader, empty.value))
            elif (chosen := next(selected)).picks:
                picks, teams = chosen
                fitting = self.renderer.fit(due.reader, picks)
                missing = self._missing(due.reader, picks)
                rest = len(picks) - len(fitting)
                choices.append(Choice(due, fitting, rest, missing=missing, teams=teams))
            else:
                choices.append(_without(due, due.reader, self._why_nothing(due.reader)))
        return choices

    def message(self, choice: Choice) -> Message:
        """Compose the message of a choice that has one; ComposeError when it cannot be."""
        return self.draft(choice).finish(choice.due.dated_at)

    @property
    def signs(self) -> bool:
        """Return whether finishing a draft takes long enough to be worth a thread of its own."""
        return self.renderer.signs

    def draft(self, choice: Choice) -> Draft:
        """Do all of `message` but the Date and the signatures."""
        if choice.note:
            return self._notes.draft(_reader(choice), choice.note)
        reader, picks, rest = _reader(choice), choice.picks, choice.rest
        if choice.due.picks:  # of an earlier attempt: what a mail holds may have changed since
            picks = self.renderer.fit(reader, picks)
            rest += len(choice.picks) - len(picks)
        return self.renderer.draft(reader, picks, rest=rest, missing=choice.missing)

    def mail(self, choice: Choice) -> Mail:
        """Compose a choice that has a message, and decode it."""
        reader, picks, rest = _reader(choice), choice.picks, choice.rest
        message = self.message(choice)
        if choice.note:
            parts = (reader, choice.note)
            notes = self._notes
            return Mail(message, notes.subject(*parts), notes.html(*parts), notes.text(*parts))
        renderer = self.renderer.renderer_for(reader)
        return Mail(
            message,
            renderer.subject(reader, picks),
            renderer.html(reader, picks, rest=rest, missing=choice.missing),
            renderer.text(reader, picks, rest=rest, missing=choice.missing),
        )

    def repeat(
        self, due: DueDelivery, reader: Reader, packed: bytes, existing: Mapping[int, Reason]
    ) -> Choice:
        """Return the choice of an earlier attempt."""
        try:
            picks, rest = reasons.unpack(packed, existing)
        except KeyError as exc:
            return Choice(due, outcome=fail(f"the stored picks have an unknown reason: {exc}"))
        return Choice(due, picks, rest, missing=self._missing(reader, picks))

    def _missing(self, reader: Reader, picks: Sequence[Pick]) -> tuple[Reason, ...]:
        """Return what the reader follows, the mail does not show and the edition does not have."""
        shown = {pick.reason.subject for pick in picks}
        preferences = reader.preferences
        if shown.issuperset(preferences.topics) and shown.issuperset(preferences.interests):
            return ()
        return unmatched(self.matrix, reader, shown)

    def _why_nothing(self, reader: Reader) -> str:
        left = self.matrix.size > len(exclude(self.matrix, reader))
        return NOTHING_MATCHES if left else NOTHING_FOR_READER


def is_chosen_for(reader: Reader, empty: Empty | None) -> bool:
    """Return whether a reader gets papers of an edition; empty: why nothing in it is new."""
    return empty is None or reader.preferences.empty_day is EmptyDay.FILL or is_weekly(reader)


def _without(due: DueDelivery, reader: Reader, reason: str) -> Choice:
    """Return what a reader gets when there is nothing for them: a mail that says so, or none."""
    if reader.preferences.empty_day is EmptyDay.NOTE:
        return Choice(due, note=reason)
    return Choice(due, outcome=skip(reason))


def _reader(choice: Choice) -> Reader:
    if choice.due.reader is None:
        raise ValueError("a choice without a reader has no message")
    return choice.due.reader
