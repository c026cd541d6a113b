"""What a paper claims, in as few characters as a subject line has."""

import re
from collections.abc import Iterator

from digest.summary.casing import started
from digest.summary.claim import Claim
from digest.summary.cuts import cuts, ends_well, torn

_LEAST = 12  # characters after the name
_LEAST_ALONE = 0.6  # of the limit, of a claim without a name
_PHRASE = 4  # words of a name that says something by itself
# Words before a noun that it can do without; none that turns it round ("partial", "non-linear").
_PRAISE = (
    r"(?:(?:highly|more|truly|fully|simple yet|fast and|accurate and|efficient and"
    r"|scalable and)\s)?(?:efficient|effective|novel|new|robust|simple|scalable|unified|comprehensive|improved|fast"
    r"|general|generali[sz]able|generali[sz]ed|accurate|lightweight|powerful|advanced|better|modern"
    r"|versatile|flexible|practical|faster|holistic|systematic|native|universal|enhanced|reliable"
    r"|large-scale|high-quality|high-fidelity|end-to-end|state-of-the-art|cost-effective)"
)
_MANNER = (
    r"(?!(?:non|anti|pseudo|partial|semi|less|un|in|few|zero|first|large|small)[\w-]*\s)"
    r"(?:[A-Za-z][a-z]+(?:ive|al|ed|ic|ous|able|ible|ly|ful|ary|ory|ient|ant|ure|ust)"
    r"|(?-i:[A-Za-z][a-z]+(?:-(?!\w+ing\b)[a-z]+)+|[A-Z]\w+-[a-z]+ed))"
)
_PRAISING = re.compile(rf"{_PRAISE},?\s(?=\w[\w-]*\s)", re.IGNORECASE)
_DESCRIBING = re.compile(rf"(?:{_PRAISE}|{_MANNER}),?\s(?=\w[\w-]*\s)", re.IGNORECASE)
_MOST_DROPPED = 4


def headline(claim: Claim, limit: int) -> str:
    """Return the claim in at most `limit` characters; "" only if there is no title.

    "ThinK prunes KV caches", or else the name and what the title says, or else as much of it as is
    whole; the last resort is the claim, cut between words, with an ellipsis. Raises ValueError when
    limit < 1.
    """
    if limit < 1:
        raise ValueError(f"headline: limit={limit}")
    return next(_forms(claim, limit), "") or torn(claim.line, limit)


def _forms(claim: Claim, limit: int) -> Iterator[str]:
    """Yield the forms that fit, the best first."""
    name, said = claim.name, claim.deed
    if name and said:
        room = limit - len(name) - 1
        yield from (f"{name} {cut}" for cut in _parts(said, room, _LEAST))
    if len(claim.line) <= limit and ends_well(claim.line):
        yield claim.line
    before = claim.line.removesuffix(claim.text)
    least = _LEAST if name else int(_LEAST_ALONE * limit)
    for text in _plainer(claim.text, _DESCRIBING if name else _PRAISING):
        for cut in _parts(text, limit - len(before), least):
            yield before + cut if name else started(cut)
    if len(name.split()) >= _PHRASE and len(name) <= limit:
        yield name
    if len(claim.title) <= limit and ends_well(claim.title):
        yield claim.title


def _plainer(text: str, dispensable: re.Pattern[str]) -> Iterator[str]:
    """Yield the text, and then without the words before the noun, one after the other."""
    yield text
    for _ in range(_MOST_DROPPED):
        found = dispensable.match(text)
        if not found:
            return
        text = text[found.end() :]
        if not re.match(r"(?:and|or|yet|but)\s", text):
            yield text


def _parts(text: str, room: int, least: int) -> Iterator[str]:
    """Yield the ends of clauses that leave two words or more."""
    if room >= least:
        yield from (cut for cut in cuts(text, room, least) if " " in cut or not text.isascii())
