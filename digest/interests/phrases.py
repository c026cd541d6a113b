"""What a reader typed as an interest, taken apart."""

import re
from dataclasses import dataclass

from digest.errors import InputError
from digest.ground.text.phrases import Key
from digest.ground.text.words import content, tokens

LONGEST_INTEREST = 200  # characters

_PIECE = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<quoted>[^"]*)"|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Interest:
    """An interest as stems. Papers need all quoted phrases and none of the excluded ones.

    text: as typed, blanks folded. wanted: the text without exclusions.
    words: what speaks for a paper, in order, stop words left out.
    """

    text: str
    wanted: str
    words: tuple[str, ...]
    quoted: tuple[Key, ...] = ()
    excluded: tuple[Key, ...] = ()


def parse_interest(text: str) -> Interest:
    """Take an interest apart: free text, "quoted phrases", -exclusions, -"excluded phrases".

    Raises InputError, worded for the reader, when the text is empty, longer than
    LONGEST_INTEREST, or has no word that could tell papers apart.
    """
    folded = " ".join(text.split())
    if len(folded) > LONGEST_INTEREST:
        raise InputError(
            f"An interest has at most {LONGEST_INTEREST} characters; this one has {len(folded)}.",
            hint="split it into several interests",
        )
    interest = take_apart(folded)
    if interest.words:
        return interest
    hint = "name a subject, for example: quantization of language models"
    if not folded:
        raise InputError("The interest is empty.", hint=hint)
    if interest.excluded:
        raise InputError(f"The interest {folded!r} only says what to leave out.", hint=hint)
    raise InputError(f"The interest {folded!r} has no word to look for.", hint=hint)


def take_apart(text: str) -> Interest:
    """The same for any text: what is too long is cut, what says nothing has no words."""
    folded = " ".join(text[: 10 * LONGEST_INTEREST].split())[:LONGEST_INTEREST]
    words: list[str] = []
    plain: list[str] = []  # words that are not quoted, until a quoted phrase ends their run
    wanted: list[str] = []
    quoted: list[Key] = []
    excluded: list[Key] = []

    def take_plain() -> None:
        words.extend(content(tokens(" ".join(plain))))
        plain.clear()

    for piece in _PIECE.finditer(folded):
        key = tuple(tokens(piece["quoted"] or piece["word"] or ""))
        if piece["minus"] and key:
            excluded.append(key)
            continue
        wanted.append(piece["quoted"] or piece["word"] or "")
        if piece["quoted"] is not None:
            take_plain()
            words.extend(content(list(key)))
            quoted.extend([key] if content(list(key)) else [])
        else:
            plain.append(piece["word"])
    take_plain()
    kept = " ".join(wanted)
    return Interest(folded, kept, tuple(words), tuple(quoted), tuple(excluded))
