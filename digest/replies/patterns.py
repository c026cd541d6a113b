"""The ways to say one command, in English and German: each with the commands that it says.

Every pattern is matched with the whole of a clause, small and capital letters alike; `politeness`
has taken away what is not meant.
"""

import re
from collections.abc import Callable, Sequence
from re import Match
from typing import NamedTuple

from digest.replies.commands import Command, Kind

Say = Callable[[Match[str]], Sequence[Command]]


class Pattern(NamedTuple):
    """A way to say something. say: the commands of a match; none when it says nothing sensible.

    only_wished: it counts only beside "please", "I'd like" and the like, as it is a remark without.
    """

    text: re.Pattern[str]
    say: Say
    only_wished: bool = False


def pattern(text: str, say: Say, *, only_wished: bool = False) -> Pattern:
    """Return a pattern; blanks in its text stand for themselves."""
    return Pattern(re.compile(text, re.IGNORECASE), say, only_wished)


def fixed(text: str, kind: Kind, value: str | None = None, *, only_wished: bool = False) -> Pattern:
    """Return a pattern that says the same command always."""
    return pattern(text, lambda _: (Command(kind, value),), only_wished=only_wished)


# -- votes -------------------------------------------------------------------------------------

_ITEM = (
    r"(?:(?:the )?(?:papers?|articles?|numbers?|artikel|nummern?|items?|arbeiten|nos?\.?|nrs?\.?)"
    r" )?(?:(?:no|nr)\.? ?)?#?\d{1,3}"
)
_ITEM = rf"(?:{_ITEM}(?: ?(?:-|to|bis) ?#?\d{{1,3}})?)"
_AND = r"(?:, ?and |, ?und | and | und | ?& ?| ?\+ ?|, ?| )"
NUMBERS = rf"{_ITEM}(?:{_AND}{_ITEM})*"
_LIKE = (
    r"(?: (?:papers |artikel |stuff |things |davon|like this|like these|wie diese[sn]?)?"
    r"(?: ?(?:like|of|from|such as|wie|von|à la))?)?"
)
_MORE = rf"(?:more|mehr|like|liked|gefällt mir|thumbs up(?: for)?){_LIKE}"
_LESS = rf"(?:less|fewer|weniger|dislike|disliked|thumbs down(?: for)?){_LIKE}"
_BEHIND = r"(?: (?:like this|like these|davon|of (?:this|these)|of that kind))?"
_RANGE = re.compile(r"(\d{1,3})(?: ?(?:-|to|bis) ?#?(\d{1,3}))?", re.IGNORECASE)
_MOST_IN_RANGE = 100
_SIGNED = re.compile(r"([+-]) ?(\d{1,3})")


def _vote(kind: Kind) -> Say:
    def say(found: Match[str]) -> Sequence[Command]:
        numbers = _numbers(found[1])
        return (Command(kind, numbers),) if numbers else ()

    return say


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers that a list names, ascending; none when it holds no sensible range."""
    numbers: set[int] = set()
    for first, last in _RANGE.findall(text):
        start, end = int(first), int(last or first)
        if not 0 < start <= end < start + _MOST_IN_RANGE:
            return ()
        numbers.update(range(start, end + 1))
    return tuple(sorted(numbers))


def _signed(found: Match[str]) -> Sequence[Command]:
    """Return votes such as "+1 -3"; none of one number alone, as "+1" is applause."""
    signed = [(sign, int(number)) for sign, number in _SIGNED.findall(found[0]) if int(number)]
    if len({number for _, number in signed}) < 2:
        return ()
    return [Command(Kind.MORE if sign == "+" else Kind.LESS, (one,)) for sign, one in signed]


VOTING = (
    pattern(rf"{_MORE}:? ({NUMBERS})", _vote(Kind.MORE)),
    pattern(rf"{_LESS}:? ({NUMBERS})", _vote(Kind.LESS)),
    pattern(rf"({NUMBERS}):? (?:more|mehr){_BEHIND}", _vote(Kind.MORE)),
    pattern(rf"({NUMBERS}):? (?:less|fewer|weniger){_BEHIND}", _vote(Kind.LESS)),
    pattern(r"[+-]\d{1,3}(?:(?:, ?| )[+-]\d{1,3})+", _signed),
)

# -- leaving, undoing, help --------------------------------------------------------------------

_MAILS = (
    r"(?:(?:all|any|these|this|the|your|those|such|more|further|me|daily|of|from) )*"
    r"(?:e-?mails?|mails?|mailings?|newsletters?|digests?|messages?|list|"
    r"mailing list|subscription|service)"
)
_GERMAN_MAILS = (
    r"(?:(?:alle|den|die|das|diesen?|diese[rs]?|euren?|ihren?|deinen?|mein|vom|von|aus|der|dem|"
    r"eurem|ihrem|diesem|weiteren?) )*"
    r"(?:e-?mails?|mails?|newsletters?|digests?|liste|mailingliste|verteiler|abo|abonnement)"
)
STOPPING = (
    fixed(
        r"(?:just )?stop+|unsubscribe|opt[ -]?out|cancel|sign me off|stop all|stop now|"
        rf"stop (?:sending |emailing |mailing )?(?:me )?{_MAILS}|"
        rf"stop (?:emailing|mailing|sending) me(?: {_MAILS})?|"
        rf"(?:to )?(?:unsubscribe|be unsubscribed)(?: me)?(?: (?:from|of) {_MAILS})?|"
        r"unsubscribe(?: me)? from (?:this|these|it)|"
        rf"(?:to )?(?:cancel|end|stop) (?:my|the|this) (?:subscription|newsletter|digest)|"
        rf"remove me|(?:remove|take|delete) me (?:off|from) {_MAILS}|sign me off(?: {_MAILS})?|"
        rf"(?:i )?no longer (?:want|wish)(?: to (?:receive|get))? {_MAILS}|"
        rf"(?:i )?(?:do not|don't) (?:want|wish)(?: to (?:receive|get))? {_MAILS}"
        r"(?: any ?more| any longer)?|"
        r"(?:do not|don't) (?:send|e-?mail|mail) me (?:any ?more|again|any more (?:e-?)?mails)|"
        r"no more (?:e-?mails|mails|newsletters|digests|messages)",
        Kind.STOP,
    ),
    fixed(
        r"stopp?|stoppen|abmelden|abmeldung|abbestellen|abbestellung|kündigen|kündigung|austragen|"
        rf"(?:mich )?(?:wieder )?(?:{_GERMAN_MAILS} )?(?:abmelden|austragen|abbestellen|kündigen)|"
        rf"{_GERMAN_MAILS} (?:abbestellen|kündigen|beenden|stoppen|abmelden)|"
        rf"(?:melde|meldet|melden sie) mich (?:{_GERMAN_MAILS} )?ab|"
        rf"(?:trage?|tragt|tragen sie) mich (?:{_GERMAN_MAILS} )?aus(?: {_GERMAN_MAILS})?|"
        rf"(?:nimm|nehmt|nehmen sie|streiche?|streichen sie|lösche?|löschen sie|entferne|entfernen "
        rf"sie) mich {_GERMAN_MAILS}(?: heraus| raus)?|"
        rf"(?:ich (?:möchte|will) )?keine? {_GERMAN_MAILS} mehr(?: (?:bekommen|erhalten|haben))?|"
        rf"(?:schick|schickt|schicken sie|sende|senden sie) mir keine? {_GERMAN_MAILS} mehr|"
        r"(?:meine )?abmeldung vom newsletter",
        Kind.STOP,
    ),
)
SINGLE = (
    fixed(
        r"undo(?: (?:that|it|this|the last (?:change|command)|everything|my last reply))?|revert|"
        r"take (?:it|that) back|zurücknehmen|"
        r"(?:mach(?:e|en sie)? )?(?:(?:das|es|dies|alles|die letzte änderung) )?(?:wieder )?"
        r"r(?:ü|ue)ckg(?:ä|ae)ngig(?: machen)?",
        Kind.UNDO,
    ),
    fixed(
        r"help|help me|commands|hilfe|befehle|\?|what can i (?:say|write|answer)\??|"
        r"was kann ich (?:schreiben|antworten)\??",
        Kind.HELP,
    ),
    fixed(
        r"resume(?: (?:sending|mails?|e-?mails?|the digest|it))?|continue(?: sending)?|unpause|"
        r"(?:end|stop|cancel|lift) (?:the |my )?pause|start again|restart|"
        r"(?:die |meine )?pause (?:be|auf)(?:enden|heben)|beende (?:die |meine )?pause|fortsetzen|"
        r"weiter|wieder (?:starten|senden|anfangen)|weiter senden",
        Kind.RESUME,
    ),
    fixed(r"weitermachen|back again", Kind.RESUME, only_wished=True),
)
