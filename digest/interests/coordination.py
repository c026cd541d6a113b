"""What words around "and" share: "protein and drug design" is protein design and drug design."""

from collections.abc import Callable, Sequence

from digest.ground.text.words import STOP_WORDS, stem

Key = tuple[str, ...]
NameAt = Callable[[Sequence[str], int], Key]  # the longest known name at a place

_LINK_TEXT = "for of in with on from by via at using under over through as about"
LINKS = frozenset(_LINK_TEXT.split())
_KEPT_STOPS = frozenset({"use"})  # "computer use", but not "use of computers"


def shared(parts: list[list[str]], name_at: NameAt) -> list[list[str]]:
    """Give the parts around "and" the words that they share: "protein and drug design"."""
    if len(parts) < 2:
        return parts
    first, last = parts[0], parts[-1]
    tail = _first_run(last)[1:]
    result = []
    for part in parts:
        if part is not last and tail and len(content(part)) == 1:
            part = _fuller(part, part + tail, name_at)
        if part is not first and len(content(part)) == 1 and len(_first_run(first)) > 1:
            part = _fuller(part, _first_run(first)[:-1] + part, name_at)
        result.append(part)
    after = last[_link_at(last) :]
    return [part + after if _link_at(part) == len(part) else part for part in result]


def _fuller(part: list[str], whole: list[str], name_at: NameAt) -> list[str]:
    """The part with its neighbours' words, unless it says enough alone: it is a name."""
    stems = [stem(word) for word in part]
    full = [stem(word) for word in whole]
    together = any(len(name_at(full, at)) > 1 for at in _joints(full, stems))
    alone = any(len(name_at(stems, at)) == len(stems) - at for at in range(len(stems)))
    return whole if together or not alone else part


def _joints(full: list[str], part: list[str]) -> range:
    """Where a name would start that has words of the part and of its neighbour."""
    if full[: len(part)] == part:
        return range(len(part))
    return range(len(full) - len(part) - 1, len(full) - len(part))


def is_noun(found: Sequence[str], at: int) -> bool:
    """Whether a stop word is a noun here: "use" right after another word."""
    return found[at] in _KEPT_STOPS and at > 0 and found[at - 1] not in STOP_WORDS


def content(found: Sequence[str]) -> list[int]:
    """Where the words stand that are not stop words."""
    return [at for at, word in enumerate(found) if word not in STOP_WORDS or is_noun(found, at)]


def _link_at(found: Sequence[str]) -> int:
    """Where "for", "of" and the like end what the words are about; their number if nowhere."""
    return next((at for at, word in enumerate(found) if at and word in LINKS), len(found))


def _first_run(found: Sequence[str]) -> list[str]:
    return [found[at] for at in content(found) if at < _link_at(found)]
