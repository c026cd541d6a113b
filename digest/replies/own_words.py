"""Find what a reader wrote in a reply: neither what it quotes nor how it is signed."""

import re
from collections.abc import Iterator

_MOST_LINES, _LONGEST_LINE = 5000, 500  # what is longer says nothing that is understood
_QUOTE = re.compile(r"\s*(?:>|\|)")
_ATTRIBUTION = re.compile(
    r"on\b.{5,300}\b(?:wrote|writes):|.{0,120}\bwrote(?: on .{5,120})?:|.{0,200}\bwrites:|"
    r"am\b.{5,300}\b(?:schrieb\b.{0,200}|geschrieben):|.{0,200}\bschrieb(?: am .{5,200})?:|"
    r"(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)\w*\.?,? .{0,20}\d.{5,180}"
    r"<[^>]*@[^>]*>:?|"
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.{1,160}<[^>]*@[^>]*>.{0,20}:",
    re.IGNORECASE,
)
_BEGINS_ATTRIBUTION = re.compile(
    r"(?:on|am|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)\b|\d{1,4}[-./]\d|.*(?:<|schrieb|wrote)",
    re.IGNORECASE,
)
_DIVIDER = re.compile(
    r"\s*-{2,}\s*(?:original message|original-?nachricht|ursprüngliche nachricht|"
    r"forwarded message|weitergeleitete nachricht|original appointment|reply message)\s*-{2,}.*|"
    r"\s*-{3,} on .{5,200}wrote -{2,}|\s*_{10,}\s*|\s*(?:begin forwarded message|anfang der "
    r"weitergeleiteten nachricht):\s*",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"\s*\**(?:from|sent|date|to|cc|subject|von|gesendet|datum|an|betreff)\s*\**\s*:\**\s*\S.*",
    re.IGNORECASE,
)
_FIELDS_OF_BLOCK = 3  # of the next lines
_BLOCK = 6
_MOST_WRAPPED = 4
_SIGNATURE = re.compile(r"\s*(?:-- ?|--\s*\xa0)")
_DASH = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")  # one alone parts paragraphs
_PROGRAM = re.compile(
    r"\s*[-~*(]*\s*(?:(?:sent|envoyé) (?:from|with|via|using|by) .{2,100}|get outlook for .{2,40}|"
    r"(?:von|aus) .{2,60} gesendet|gesendet (?:von|mit|über|aus|vom) .{2,100}|"
    r"diese (?:nachricht|e-?mail|mail) wurde (?:von|mit|aus) .{2,100}|holen sie sich outlook .*|"
    r"outlook für .{2,40}(?: herunterladen)?(?:\s*<.*>)?|"
    r"(?:this|diese) e?-?mail (?:was|has been) .{2,100}|virus-free.*|virenfrei.*|"
    r"yahoo mail.{0,80}|download .{2,40} for (?:ios|android)|"
    r"kostenlose e-?mail.{0,100}|von unterwegs gesendet)[.!)\s]*",
    re.IGNORECASE,
)


def paragraphs(text: str) -> list[list[str]]:
    """Return the own lines of a reply, each paragraph's together.

    Quotes and a dash alone in a line end a paragraph, too.

    Left out: quoted lines and what announces them, everything below the head of a quoted mail,
    signatures behind "-- " (RFC 3676, section 4.3), and what mail programs add of themselves.
    """
    found: list[list[str]] = [[]]
    lines = [line[:_LONGEST_LINE] for line in text.splitlines()[:_MOST_LINES]]
    for line in _own(lines):
        if line.strip():
            found[-1].append(line.strip())
        elif found[-1]:
            found.append([])
    return [one for one in found if one]


def _own(lines: list[str]) -> Iterator[str]:
    """Yield own lines, and an empty one where something was left out."""
    at, signed = 0, False
    while at < len(lines):
        line = lines[at]
        if _DIVIDER.fullmatch(line) or _is_head_of_mail(lines, at):
            return
        if _QUOTE.match(line):
            signed = False
            yield ""
        elif length := _attribution(lines, at):
            if not _is_quote_next(lines, at + length):
                return
            at += length - 1
            signed = False
            yield ""
        elif _SIGNATURE.fullmatch(line):
            signed = True
        elif signed or _PROGRAM.fullmatch(line) or _DASH.fullmatch(line):
            yield ""
        else:
            yield line
        at += 1


def _attribution(lines: list[str], at: int) -> int:
    """Return how many lines from here on say who wrote what follows; 0 for none."""
    if not _BEGINS_ATTRIBUTION.match(lines[at].strip()):
        return 0
    for length in range(1, _MOST_WRAPPED + 1):
        part = [line.strip() for line in lines[at : at + length]]
        if len(part) < length or not part[-1] or _QUOTE.match(part[-1]):
            return 0
        if _ATTRIBUTION.fullmatch(" ".join(part)):
            return length
    return 0


def _is_quote_next(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at:] if line.strip()), "")
    return bool(_QUOTE.match(following))


def _is_head_of_mail(lines: list[str], at: int) -> bool:
    """Whether a quoted mail's header begins here, as Outlook writes it: From, Sent, To, Subject."""
    if not _FIELD.fullmatch(lines[at]):
        return False
    block = [line for line in lines[at : at + _BLOCK * 2] if line.strip()][:_BLOCK]
    return sum(bool(_FIELD.fullmatch(line)) for line in block) >= _FIELDS_OF_BLOCK
