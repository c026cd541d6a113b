"""Tell what readers mute or follow from a sentence that goes on: phrases of a few plain words."""

import re
from collections.abc import Collection

from digest.replies.calendar_words import is_calendar

_MOST_WORDS, _LONGEST = 6, 60  # characters
_QUOTED = re.compile(r'"([^"]{2,60})"|\'([^\']{2,60})\'')
_PLAIN = re.compile(r"[\w+#./&-]+(?:[ '][\w+#./&-]+)*")
# Words that no name of a subject has, and sentences do: a phrase with one is not understood.
_SENTENCE_WORDS = """
    i you he she we they it me my your our us them this that these those is are was were be been
    am will would can could should may might must do does did don't doesn't didn't not no never
    stop unsubscribe pause weekly daily more less again all any everything everyone anything
    something nothing please thanks when while because but or and if so then than too also up
    what which who how why where the a an until till since after before today tomorrow always
    ich du er sie wir ihr es mich mir dich dir uns euch mein dein das dies diese dieser dieses
    ist sind war waren sein wird werden kann können soll sollte muss nicht kein keine keinen nie
    mehr weniger wieder alle alles etwas nichts bitte danke wenn weil aber oder und dann auch
    was wer wie warum wo der die den dem ein eine einen bis seit nach vor heute morgen immer
    stopp abmelden abbestellen wöchentlich täglich papers paper emails email mails mail digest
    link links list lists notifications only nur noch
"""
_OF_SENTENCES = frozenset(_SENTENCE_WORDS.split())
# Words that no subject begins or ends with, and what is followed, asked or done instead of one.
_LOOSE = {
    *("through", "along", "on", "in", "at", "by", "with", "for", "from", "behind", "closely"),
    *("ahead", "über", "zu"),
}
_IDIOMS = {
    *("suit", "instructions", "directions", "orders", "advice", "request", "demand", "top", "time"),
    *("site", "hand", "leisten"),
}
_DEED = re.compile(
    r"(?:\w*[aeiouy]\w*ing|participation|collaboration|cooperation|teilnahme|mitarbeit|"
    r"zusammenarbeit|kooperation)\b.*",
    re.IGNORECASE,
)


def read_phrase(text: str, topics: Collection[str]) -> str | None:
    """Return a phrase without its quotation marks; None where it may be more than one thing.

    topics: names and slugs in small letters; one of these is a phrase whatever its words are, and
    so is what stands in quotation marks.
    """
    if found := _QUOTED.fullmatch(text.strip()):
        return " ".join((found[1] or found[2]).split())
    phrase = " ".join(text.split()).strip(" .!")
    if phrase.casefold() in topics:
        return phrase
    return phrase if _is_subject(phrase) else None


def read_known(text: str, topics: Collection[str]) -> str | None:
    """Return a topic or a phrase in quotation marks; None for all else, as for "Details"."""
    phrase = " ".join(text.split())
    known = phrase.casefold() in topics or _QUOTED.fullmatch(phrase)
    return read_phrase(phrase, topics) if known else None


def read_interest(text: str, topics: Collection[str]) -> str | None:
    """Return what somebody is interested in; None for a deed, such as "joining", and as above."""
    phrase = read_phrase(text, topics)
    known = phrase is not None and (phrase.casefold() in topics or _QUOTED.fullmatch(text.strip()))
    return None if phrase is not None and not known and _DEED.fullmatch(phrase) else phrase


def _is_subject(phrase: str) -> bool:
    """Whether a phrase may be the name of a subject: a few plain words, and no time."""
    words = phrase.casefold().split()
    if not words or len(words) > _MOST_WORDS or not 2 <= len(phrase) <= _LONGEST:
        return False
    if not _PLAIN.fullmatch(phrase) or _OF_SENTENCES.intersection(words) or "&" in words:
        return False
    if _LOOSE.intersection((words[0], words[-1])) or _IDIOMS.intersection(words[:1]):
        return False
    if not any(letter.isalpha() for letter in phrase) or words[0].isdigit():
        return False
    return not is_calendar(phrase)
