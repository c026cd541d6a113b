"""What a paper claims, in as few characters as a subject line has."""

import re
from collections.abc import Iterator

from digest.summary.casing import started
from digest.summary.claim import Claim
from digest.summary.clauses import is_clause
from digest.summary.cuts import cuts, ends_well, torn
from digest.summary.headings import asks

_LEAST = 12  # characters after the name
_LEAST_ALONE = 0.7  # of the limit, of a claim without a name
_PHRASE = 4  # words of a name that says something by itself
_LEAST_DEED = 3  # words, the verb one of them
_MOST_DROPPED = 4  # words before a noun
_LEAST_LEFT = 3  # words after them
# Words before a noun that it can do without; none that turns it round ("partial", "non-linear").
_PRAISE = (
    r"(?:(?:highly|more|truly|fully|simple yet|fast and|accurate and|efficient and"
    r"|scalable and)\s)?"
    r"(?:efficient|effective|novel|new|robust|simple|scalable|unified|comprehensive|improved|fast"
    r"|general|generali[sz]able|generali[sz]ed|accurate|lightweight|powerful|advanced|better|modern"
    r"|versatile|flexible|practical|faster|holistic|systematic|native|universal|enhanced|reliable"
    r"|large-scale|high-quality|high-fidelity|end-to-end|state-of-the-art|cost-effective)"
)
_MANNER = (
    r"(?!(?:non|anti|pseudo|partial|semi|less|un|in|few|zero|first|large|small)[\w-]*\s)"
    r"(?:\w+ly\s)?(?:[A-Za-z][a-z]+(?:ive|al|ed|ic|ous|able|ible|ful|ary|ory|ient|ant|ure|ust)"
    r"|(?-i:[A-Za-z][a-z]+(?:-(?!\w+ing\b)[a-z]+)+|[A-Z]\w+-[a-z]+ed))"
)
_NOUN = r"(?!(?:of|for|to|in|on|with|and|from|by|via|that|or|at|as)\s)(?=\w[\w-]*\s)"
_PRAISING = re.compile(rf"{_PRAISE},?\s{_NOUN}", re.IGNORECASE)
_DESCRIBING = re.compile(rf"(?:{_PRAISE}|{_MANNER}),?\s{_NOUN}", re.IGNORECASE)
_JOINED = re.compile(r"(?:and|or|yet|but)\s")
_UNITED = re.compile(r"\b(?:both|between|of)\b|,")
# What every other paper has too: "large language models", "multimodal dataset".
_COMMON = re.compile(
    r"(?:(?:an?|the|large|large-scale|language|vision-language|foundation|agentic|multi-?modal|deep"
    r"|simple|yet|strong|neural|family of|series of|unified|novel|new|efficient|effective|LLM|AI"
    r"|machine|open|general|comprehensive|high-quality|fast|robust|scalable|generative|diffusion)\s)*"
    r"(?:models?|systems?|frameworks?|datasets?|benchmarks?|baselines?|methods?|approach|agents?"
    r"|learning|LLMs?|VLMs?|MLLMs?)"
)


def headline(claim: Claim, limit: int) -> str:
    """Return the claim in at most `limit` characters; "" only if there is no title.

    "ThinK prunes KV caches", or else the name and what the title says, or else as much of it as is
    whole, without the name if that is a phrase. The last resort is the claim, cut between words,
    with an ellipsis. Raises ValueError when limit < 1.
    """
    if limit < 1:
        raise ValueError(f"headline: limit={limit}")
    if len(claim.line) <= limit and not claim.deed:
        return claim.line
    whole = f"{claim.name} {claim.deed}" if claim.deed else claim.head + claim.short
    last = torn(whole, limit)
    if claim.name and last == f"{claim.name}\u2026":
        last = claim.name
    return next(_forms(claim, limit), last)


def _forms(claim: Claim, limit: int) -> Iterator[str]:
    """Yield the forms that fit, the best first."""
    named = f"{claim.name} "
    wholes = [named + claim.deed] if claim.deed else []
    wholes += [claim.line, claim.head + claim.short]
    yield from (whole for whole in wholes if len(whole) <= limit)
    yield from (named + cut for cut in _parts(claim.deed, limit - len(named), _LEAST))
    yield from (named + half for half in _halves(claim.deed, limit - len(named)))
    if claim.name:
        yield from (claim.head + cut for cut in _said(claim.short, limit - len(claim.head), _LEAST))
    if (
        claim.name
        and claim.name == claim.title
        and not asks(claim.name)
        and len(claim.name) <= limit
    ):
        yield claim.name
    phrase = len(claim.name.split()) >= _PHRASE
    if phrase and len(claim.short) <= limit:
        yield started(claim.short)
    if phrase or not claim.name:
        least = int(_LEAST_ALONE * limit)
        yield from (started(cut) for cut in _said(claim.short, limit, least, alone=True))
    if phrase and len(claim.name) <= limit:
        yield claim.name
    if len(claim.title) <= limit:
        yield claim.title


def _said(text: str, room: int, least: int, *, alone: bool = False) -> Iterator[str]:
    """Yield what the text is up to the end of a clause; without a name it may lose only praise."""
    for plainer in _plainer(text, _PRAISING if alone else _DESCRIBING):
        for cut in _parts(plainer, room, least):
            if plainer == text or len(cut.split()) >= _LEAST_LEFT:
                yield cut


def _halves(deed: str, room: int) -> Iterator[str]:
    """Yield "measures category breadth" of "measures category breadth and query diversity"."""
    half, both, _ = deed.partition(" and ")
    alone = len(half.split()) >= _LEAST_DEED and not _UNITED.search(half)
    if both and alone and len(half) <= room and ends_well(half):
        yield half


def _plainer(text: str, dispensable: re.Pattern[str]) -> Iterator[str]:
    """Yield the text, and then without the words before the noun, one after the other.

    Of a clause nothing may go: "on short texts" or "fine-tuned" may be what makes it true.
    """
    if is_clause(text):
        return
    yield text
    for _ in range(_MOST_DROPPED):
        found = dispensable.match(text)
        if not found:
            return
        text = text[found.end() :]
        if len(text.split()) >= _LEAST_LEFT and not _JOINED.match(text):
            yield text


def _parts(text: str, room: int, least: int) -> Iterator[str]:
    """Yield the ends of clauses that leave two words or more, and not those of every paper."""
    if room >= least:
        for cut in cuts(text, room, least):
            words = " " in cut or not cut.isascii()
            if words and ends_well(cut) and not _is_common(cut):
                yield cut


def _is_common(cut: str) -> bool:
    """Tell whether the phrase, or all of it but its first word, could stand in any title."""
    return any(_COMMON.fullmatch(part) for part in (cut, cut.partition(" ")[2]))
