"""Cut a paper into its title and sentences, and say of each what place it has."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from digest.ground.text.sentences import sentences
from digest.ground.text.words import LONGEST_TEXT, words

MOST_SENTENCES = 60  # a real abstract has under twenty
_CLAIM = re.compile(
    r"\b(?:we|this (?:paper|work|report|article|study|survey|position paper))\b.{0,40}?"
    r"\b(?:propos|introduc|present|develop|describ|releas|stud(?:y|ies)\b|investigat|examin"
    r"|explor|show|build|design|argu|review|survey|evaluat|provid|offer|create|construct"
    r"|demonstrat|analy[sz]|formulat|address|conduct|ask|report|curat|collect|train)"
    r"|\bin this (?:paper|work|report|study|article|survey)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One title or sentence.

    place: "title", "claim" (what the authors say that they did), "first" or "other".
    words: folded to lower case, compounds joined, not stemmed.
    """

    place: str
    words: tuple[str, ...]


class ReadPart(NamedTuple):
    """A part as phrases are looked for in it. place: as of a Part. words: in singular form."""

    place: str
    words: tuple[str, ...]


def parts_of(title: str, abstract: str) -> list[Part]:
    """Cut into title and sentences; the claim is the first sentence in which authors act.

    Text beyond LONGEST_TEXT characters or MOST_SENTENCES sentences is not read.
    """
    result = [Part("title", tuple(words(" ".join(title[:LONGEST_TEXT].split()))))]
    claimed = False
    for number, sentence in enumerate(sentences(abstract[:LONGEST_TEXT])):
        if number == MOST_SENTENCES:
            break
        place = "other"
        if not claimed and _CLAIM.search(sentence):
            place, claimed = "claim", True
        elif number == 0:
            place = "first"
        result.append(Part(place, tuple(words(sentence))))
    return result
