"""Decide whether two entries are one paper, by the title, and whether its abstract has changed."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from digest.model import Revision

# LaTeX that changes how a title looks and not what it says: {\em x}, \textbf{x}, \mathrm{x}.
_FONT_COMMAND = re.compile(
    r"\\(?:em|emph|bf|it|rm|sc|sf|sl|tt|text|text(?:bf|it|md|rm|sc|sf|sl|tt|normal)"
    r"|math(?:bb|bf|cal|it|rm|sf|tt)|boldsymbol|ensuremath|mbox|xspace)(?![A-Za-z])"
)
_LATIN_ACCENTS = re.compile("(?<=[a-z\u0300-\u036f])[\u0300-\u036f]+")


def identity(title: str) -> str:
    """Return 64 hex digits that are the same for every way in which a dump writes one title.

    Ignored: case, spacing, punctuation, Unicode compatibility forms, accents on Latin letters
    (LaTeX writes them as punctuation) and LaTeX font commands. Kept: letters, marks and digits of
    every script, and "+" or "#" behind a letter or digit, since C, C++ and C# are not the same.
    A title without any of these, such as one of symbols only, is told apart by all its characters.
    """
    plain = _FONT_COMMAND.sub("", unicodedata.normalize("NFKC", title)).replace("\\", "")
    plain = unicodedata.normalize("NFKD", plain.casefold())
    words = _keep_words(_LATIN_ACCENTS.sub("", plain))
    if not words:
        words = "symbols:" + "".join(plain.split())
    return hashlib.sha256(words.encode()).hexdigest()


def _keep_words(text: str) -> str:
    kept = ""
    previous = ""
    for character in text:
        is_word = unicodedata.category(character)[0] in "LMN"
        if is_word or (character in "+#" and previous and kept.endswith(previous)):
            kept += character
        previous = character
    return kept


def same_text(one: str, other: str) -> bool:
    """Whether two abstracts are equal but for white space."""
    return one == other or one.split() == other.split()


def is_revision(abstract: str, day: date, known: Sequence[Revision]) -> bool:
    """Whether a dump dated `day` brings a text that the paper did not have by then.

    known: the paper's revisions, oldest day first. Dumps may come in any order: an old dump that
    comes late and has the old text again brings nothing new. Nor does a text that the paper had on
    that day already: two sources that word it differently take turns all day.
    """
    if not known:
        return True
    if any(same_text(abstract, one.abstract) for one in known if one.day == day):
        return False
    before = [revision for revision in known if revision.day <= day]
    neighbour = before[-1] if before else known[0]
    return not same_text(abstract, neighbour.abstract)
