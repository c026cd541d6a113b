"""Write header fields as exact bytes (RFC 5322, 2047, 2369, 2919, 8058).

The standard library turns addresses of more than 76 characters, such as our unsubscribe links, into
encoded words, which mail programs do not follow.
"""

import hashlib
import re
from base64 import b64encode
from datetime import date, datetime
from email.utils import format_datetime
from functools import lru_cache

import idna

from digest.errors import ComposeError

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_Q_SAFE = re.compile(r"[A-Za-z0-9!*+/-]")  # in a phrase; RFC 2047, section 5 (3)
_DOMAIN = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\@]+@[^\s<>,;:\"()\[\]\\@]+")
_FOLD = 76  # RFC 2047, section 2, allows no more where there are encoded words
_WORD_ROOM = 64 - len("=?utf-8?q??=")  # so that one also fits behind the name of its field
_LONGEST = 998
_CACHED = 256  # encoded words, such as the dot between the parts of every subject


def field(name: str, value: str) -> bytes:
    """Return one folded field from ready tokens with blanks between them, CRLF included.

    The line is broken at blanks so that lines have at most 76 characters; a token that is longer
    than that, such as an address of a page, stays whole. Raises ComposeError for a control
    character and for a token that no line of 998 octets can hold.
    """
    if len(name) + len(value) < _FOLD - 1 and value.isascii() and value.isprintable():
        return f"{name}: {value}\r\n".encode()  # most fields; saves most of the work
    if _CONTROL.search(value):
        raise ComposeError(f"The header {name} would hold a control character.")
    lines, line = [], f"{name}:"
    for number, token in enumerate(value.split(" ")):
        if number and len(line) + 1 + len(token) > _FOLD:
            lines.append(line)
            line = ""
        line += f" {token}"
    folded = "\r\n".join([*lines, line]).encode()
    if any(len(part) > _LONGEST for part in folded.split(b"\r\n")):
        raise ComposeError(f"The header {name} is too long for a line of {_LONGEST} characters.")
    return folded + b"\r\n"


def text(value: str) -> str:
    """Return unstructured text: words that need it become encoded words (RFC 2047, section 5 (1)).

    `value` has single blanks between its words. The rest stays readable in the raw message.
    """
    tokens: list[str] = []
    foreign: list[str] = []  # neighbours share their encoded words, for the blank between them
    for word in value.split(" "):
        if word.isascii() and "=?" not in word and len(word) <= _WORD_ROOM:
            if foreign:
                tokens += _encoded_words(" ".join(foreign))
                foreign = []
            tokens.append(word)
        else:
            foreign.append(word)
    return " ".join([*tokens, *_encoded_words(" ".join(foreign))])


def mailbox(name: str, address: str) -> str:
    """Return `Name <address>`, the name quoted or encoded as it needs, or the bare address.

    Raises ComposeError when the address cannot stand in a header as it is.
    """
    if _CONTROL.search(name):
        raise ComposeError("The name before the address holds a control character.")
    spec = addr_spec(address)
    name = " ".join(name.split())
    return f"{_phrase(name)} <{spec}>" if name else spec


def addr_spec(address: str) -> str:
    """Return an address with its domain in ASCII; the local part stays as it is.

    A local part outside ASCII means that the message needs SMTPUTF8 (RFC 6532). Raises ComposeError
    when it is no plain address.
    """
    if not _ADDRESS.fullmatch(address) or _CONTROL.search(address):
        raise ComposeError("The address is not one that we can write to.")
    local, _, right = address.rpartition("@")
    return f"{local}@{domain(right)}"


def domain(name: str) -> str:
    """Return a domain in ASCII (RFC 5891); ComposeError when it has no such form."""
    try:
        ascii_name = name if name.isascii() else idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        raise ComposeError("The domain of the address has no ASCII form.") from None
    if not _DOMAIN.fullmatch(ascii_name):
        raise ComposeError("The domain of the address is not one.")
    return ascii_name


def message_id(edition_date: date, subscriber_id: int, domain: str) -> str:
    """Return the Message-ID, `<` and `>` included: a retry carries the same one.

    It comes from nothing secret, so that it outlives a change of keys; it gives no rights.
    """
    day = _compact(edition_date)
    source = f"{day}.{subscriber_id}@{domain}"
    tag = hashlib.sha256(source.encode()).hexdigest()[:24]
    return f"<{day}.{subscriber_id}.{tag}@{domain}>"


def boundary(message_id: str) -> str:
    """Return what parts the parts: "=_" never occurs in quoted-printable (RFC 2045, 6.7)."""
    return "=_" + message_id.partition("@")[0].rpartition(".")[2]


def date_time(moment: datetime) -> str:
    """Return an aware time as RFC 5322, section 3.3 writes it, with a numeric zone."""
    return format_datetime(moment)


def list_id(name: str, domain: str) -> str:
    """Return `Name <digest.domain>` (RFC 2919); the label outlives a new name of the service."""
    return f"{_phrase(' '.join(name.split()))} <digest.{domain}>"


def uri(address: str) -> str:
    """Return `<address>` as the List fields want it (RFC 2369, section 2); http(s) only."""
    if not re.fullmatch(r"https?://[!#-;=?-~]+", address):
        raise ComposeError(f"{address!r} cannot stand in a header as an address of a page.")
    return f"<{address}>"


def feedback_id(edition_date: date, domain: str) -> str:
    """Return `edition:digest:mail:sender`: the same for all of one send (Gmail's feedback loop).

    Gmail wants a sender name of 5 to 15 characters that stays; ours is cut from the domain.
    """
    sender = re.sub(r"[^a-z0-9]", "", domain.lower())[:15].ljust(5, "0")
    return f"{_compact(edition_date)}:digest:mail:{sender}"


@lru_cache(_CACHED)
def _compact(day: date) -> str:
    return day.isoformat().replace("-", "")  # a third of the time that strftime takes


def _phrase(name: str) -> str:
    """A display name: plain words, a quoted string, or encoded words."""
    if "=?" not in name and _ATOMS.fullmatch(name):
        return name
    if "=?" not in name and name.isascii():
        return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return " ".join(_encoded_words(name))


@lru_cache(_CACHED)
def _encoded_words(words: str) -> tuple[str, ...]:
    """Encoded words of at most 75 characters, each of whole characters (RFC 2047, section 2).

    Q encoding keeps Latin words readable; base64 is shorter for most other scripts.
    """
    readable = sum(map(str.isascii, words)) * 2 >= len(words)
    kind, spell = ("q", _q) if readable else ("b", _b)
    pieces = [words] if words else []
    if len(spell(words)) > _WORD_ROOM:
        pieces = [""]
        for character in words:
            if len(spell(pieces[-1] + character)) > _WORD_ROOM:
                pieces.append("")
            pieces[-1] += character
    return tuple([f"=?utf-8?{kind}?{spell(piece)}?=" for piece in pieces])


def _q(words: str) -> str:
    return "".join(
        character
        if _Q_SAFE.fullmatch(character)
        else "_"
        if character == " "
        else "".join(f"={octet:02X}" for octet in character.encode())
        for character in words
    )


def _b(words: str) -> str:
    return b64encode(words.encode()).decode()
