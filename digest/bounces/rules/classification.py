"""What a mail server's refusal means for the reader it was about.

The enhanced status code counts first (RFC 3463, RFC 5248, RFC 7372, RFC 7505), unless the words
contradict it. Without a status the words count: those of Postfix, Exim, Exchange, Gmail, qmail,
Sendmail, Yahoo, GMX, Outlook.com and others for a mailbox that is not there. What is not clear is
soft, never hard: a reader is lost by a mistake, and a dead mailbox costs a few mails more.
"""

import re
from datetime import datetime
from typing import NamedTuple

from digest.model import FeedbackKind, Reply

_HARD = {"5.1.1", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
_BAD_DOMAIN = (
    "5.1.2"  # servers say it of a domain that is not there, and of a resolver that is down
)
# Our address, message or session, not the reader's mailbox: the sender (5.1.7, 5.1.8), sizes,
# the protocol (5.5), the content (5.6), security and policy (5.7).
_BLOCKED = re.compile(r"5\.(?:1\.[78]|2\.3|3\.4|[567]\.\d{1,3})")
_STATUS = re.compile(r"(?:(?<![\w.])|#)([245]\.\d{1,3}\.\d{1,3})(?![\w.]*\.\d)(?!\d)")
_CODE = re.compile(r"(?:^|;\s*)([245]\d\d)(?=[ -])")
_NO_MAIL = 556  # the domain takes no mail (RFC 7504, section 4)
_MAILBOX_UNAVAILABLE = 550
# What is quoted from elsewhere: pages of help, and addresses, whose parts may be any word.
_QUOTED = re.compile(r"https?://\S+|\S*@\S*")

_BLOCKED_WORDS = re.compile(
    r"""\b(?: spf | dkim | dmarc | rdns | ptr | dnsbl | rbl | spam | spamhaus | spamcop | helo
    | ehlo | unsolicited | reputation | blocked | banned | throttled | polic(?:y|ies)
    | (?:black|block|deny)[ -]?list(?:ed)? | (?<!not\ )listed\ (?:in|by|at|on) | abus(?:e|ive)
    | reverse\ dns | authenticat(?:ed|ion) | complaints?
    | rate[ -]?limit(?:ed)? | unusual\ rate | too\ many\ (?:messages|mails|e-?mails|connections)
    | (?<!to\ )(?<!to\ the\ )senders? | originator | return[ -]?path | reverse[ -]?path
    | envelope[ -]?from | mail[ -]?from | from[ -](?:address|domain|header) | ip | traffic
    | content(?!-) | not\ (?:allowed|permitted|authori[sz]ed)
    | relay(?:ing)?\ (?:access\ )?(?:denied|not|prohibited) | unable\ to\ relay
    | messages?\ (?:from\ \S+\ )?(?:weren't\ sent|rejected)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_SOFT_WORDS = re.compile(
    r"""\b(?: over\ ?quota | quota | (?:mailbox|inbox|storage|user)\ (?:is\ )?(?:full|over)
    | grey-?list\w* | gray-?list\w* | at\ a\ rate | try\ (?:again|later) | temporar(?:y|ily)
    | insufficient\ (?:system\ )?storage | transient | currently | at\ (?:this\ time|the\ moment)
    | tim(?:ed|e)[ -]?out | unreachable | not\ responding | unverified
    | (?:could|can)\ ?not\ (?:be\ )?(?:verif\w+|connect\w*) | unable\ to\ (?:verify|connect)
    | connection\ (?:refused|reset|failed|lost|error|closed)
    | (?:internal|local|system|server|database|configuration)\ (?:error|failure)
    | servfail | ldap | resolver\ (?:error|failure) | (?<!by\ )(?<!address\ )look-?ups?
    | dns\W{1,3}(?:quer\w+|resol\w+|servers?|errors?|fail\w*|time\w*|problems?|is|could)
    | (?:name|host|domain)\ resolution | (?:could|can)\ ?not\ (?:be\ )?resolved?
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_NAME = r"(?:user|recipient|mailbox|account|mail\ account|email\ account|alias|address|local\ part)"
_HARD_WORDS = re.compile(
    rf"""\b(?: (?:unknown|invalid|no\ such|nonexistent|non-existent)\ (?:local\ )?{_NAME}
    | {_NAME}\ (?:is\ |was\ )?(?:unknown|invalid|not\ found|not\ known|nonexistent|non-existent)
    | {_NAME}\ (?:name\ )?(?:does\ not|doesn't)\ exist
    | {_NAME}\ that\ you\ tried\ to\ reach\ (?:does\ not\ exist|is\ (?:disabled|inactive))
    | {_NAME}\ (?:is\ |has\ been\ )(?:disabled|deactivated|closed|inactive)
    | no\ mailbox\ (?:here\ )?by\ that\ name | unknown\ or\ illegal\ alias | unknown\ local[ -]part
    | (?:doesn't|does\ not)\ have\ an?\ \S+\ account | unroute?able\ address
    | not\ our\ customer | not\ listed\ in | recipnotfound | recipientnotfound
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_DOMAIN_WORDS = re.compile(
    r"""\b(?: nx-?domain | no\ such\ domain | unknown\ domain | null\ mx | host\ not\ found
    | domain\ (?:name\ )?(?:(?:is|was)\ )?(?:not\ found|unknown|nonexistent|non-existent)
    | domain\ (?:name\ )?(?:does\ not|doesn't)\ exist
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
# The words of RFC 5321, section 4.2.3, for 550: Outlook.com and GMX say no more of a mailbox that
# is not there. They have other words for what they refuse by policy.
_UNAVAILABLE = re.compile(r"action not taken: mailbox unavailable", re.IGNORECASE)
LONGEST_REPLY = 2000  # characters that are read
_ABOUT_READER = ("RCPT", "DATA", ".")  # a message of ours has a single recipient


class Blocked(NamedTuple):
    """What servers said of us in the same words, how often, and when last."""

    words: str
    times: int
    last_at: datetime


def classify(code: int | None, status: str, text: str) -> FeedbackKind:
    """Return what a refusal means for the reader.

    code: the SMTP reply code; None when a returned mail does not tell. status: the enhanced status
    code; empty to take the one in the text, if there is one. text: what the server said, of which
    the first 2,000 characters are read.
    """
    text = text[:LONGEST_REPLY]
    status = status or status_in(text)
    code = code if code is not None else _code_in(text)
    words = _QUOTED.sub(" ", text)
    if _BLOCKED_WORDS.search(words):
        return FeedbackKind.BLOCKED
    if _is_temporary(code, status) or _SOFT_WORDS.search(words):
        return FeedbackKind.SOFT
    if status == _BAD_DOMAIN:
        return FeedbackKind.HARD if _NO_DOMAIN_WORDS.search(words) else FeedbackKind.SOFT
    if status in _HARD or code == _NO_MAIL:
        return FeedbackKind.HARD
    says_gone = _says_gone(code, words)
    if status.startswith("5.7."):  # "not allowed" and "not there" contradict each other
        return FeedbackKind.SOFT if says_gone else FeedbackKind.BLOCKED
    if says_gone:
        return FeedbackKind.HARD
    return FeedbackKind.BLOCKED if _BLOCKED.fullmatch(status) else FeedbackKind.SOFT


def classify_reply(reply: Reply) -> FeedbackKind | None:
    """Return what a reply of our own session means for the reader.

    None for one that refuses nothing, or is about us: the answer to anything but RCPT and DATA.
    """
    if reply.code < 400 or reply.command not in _ABOUT_READER:
        return None
    return classify(reply.code, "", reply.text)


def status_in(text: str) -> str:
    """Return the first enhanced status code (RFC 3463) in a reply; empty when there is none."""
    found = _STATUS.search(text[:LONGEST_REPLY])
    return found[1] if found else ""


def _code_in(text: str) -> int | None:
    found = _CODE.search(text)
    return int(found[1]) if found else None


def _is_temporary(code: int | None, status: str) -> bool:
    return status.startswith("4.") or (code is not None and code < 500)


def _says_gone(code: int | None, words: str) -> bool:
    if _HARD_WORDS.search(words):
        return True
    return code == _MAILBOX_UNAVAILABLE and bool(_UNAVAILABLE.search(words))
