"""Mail addresses: one normal form for each, or a clear refusal."""

import re
from functools import lru_cache

from digest.errors import InputError
from digest.ground.languages.marking import N_
from digest.ground.text.plain_text import clean, shorten
from digest.subscribers.rules.field_kinds import Mistake
from digest.subscribers.rules.public_domains import is_full, is_public

# An address that is checked by its domain alone, which repeats: what stands before the @ is a
# dot-atom (RFC 5322, 3.2.3), and neither part is near the longest that there may be.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}"
_PLAIN = re.compile(
    rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@([a-z0-9.-]{{1,180}})", re.IGNORECASE | re.ASCII
)
_KEPT = 16_384  # domains
_SHOWN = 60  # characters of what was typed that a message repeats
_LOCAL = N_(
    "the domain of “%(given)s” cannot receive mail from the internet; please use another address"
)


def normalise(address: str) -> str:
    """Return the form under which an address is stored and compared.

    Lower case throughout (no mail system in use tells case apart, RFC 5321 section 2.4 discourages
    it), the domain in Unicode, the local part NFC (RFC 6532). Raises InputError in words.
    """
    found = _PLAIN.fullmatch(address.strip())
    if found and _is_plain(found[1].lower()):
        return found[0].lower()
    return _checked(address)


def _checked(address: str) -> str:
    # Its patterns take 15 ms, and a send reads no address that was not read before.
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(
            address.strip(), check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as exc:
        raise InputError(f"not a mail address: {exc}") from None
    return valid.normalized.lower()


@lru_cache(_KEPT)
def _is_plain(domain: str) -> bool:
    """Whether a domain in lower case can have mail, and stays as it is."""
    try:
        return _checked(f"x@{domain}") == f"x@{domain}"
    except InputError:
        return False


def normalise_new(address: str) -> str:
    """Return the form of the address of somebody who is to get mail from now on.

    InputError also for one whose domain is a single label. Who is here already is found by it.
    """
    known = normalise(address)
    if not is_full(known.rpartition("@")[2]):
        raise InputError("not a mail address: its domain is a single name, without a dot")
    return known


def normalise_public(address: str) -> str:
    """Return the form of an address that somebody typed, who need not be its owner.

    InputError also for one that the internet has no way to: of a local network, or of a machine.
    """
    known = normalise_new(address)
    if not _is_reachable(known):
        raise InputError("not a mail address: its domain is none of the public internet")
    return known


def mistake_in(address: str) -> Mistake | None:
    """Return what is wrong with what somebody typed as their address, in words that help them."""
    typed = address.strip()
    if is_address(typed):
        return None if _is_reachable(normalise(typed)) else _mistake(_LOCAL, typed)
    if not typed:
        return Mistake(N_("please enter your email address"), {})
    return _mistake(_what_is_wrong(typed), typed)


def is_address(text: str) -> bool:
    """Whether a text has the form of a mail address."""
    try:
        normalise(text)
    except InputError:
        return False
    return True


def _is_reachable(known: str) -> bool:
    return is_public(known.rpartition("@")[2])


def _mistake(text: str, typed: str) -> Mistake:
    return Mistake(text, {"given": shorten(clean(typed), _SHOWN)})


def _what_is_wrong(typed: str) -> str:
    name, at, domain = typed.partition("@")
    if not at:
        return N_("there is no @ in “%(given)s”; an address looks like ann@example.org")
    if "@" in domain:
        return N_("there is more than one @ in “%(given)s”; an address looks like ann@example.org")
    if not name:
        return N_("there is no name before the @ in “%(given)s”, as in ann@example.org")
    if not is_address(f"x@{domain}"):
        return N_("what follows the @ in “%(given)s” is not a mail domain such as example.org")
    return N_("this is not an email address: “%(given)s”; please check it for typos")
