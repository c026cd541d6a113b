"""The words by which bounces are known where they keep to no format.

Nothing here repeats without a bound, so a pattern takes time in proportion to the text
(tests/intake/returned/test_bounds.py times each of them).
"""

import re


def _any_of(*patterns: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | flags)


DAEMON_MAILBOXES = (
    *("mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "mdaemon", "postmaster"),
    *("mail-delivery", "bounce-notification"),
)
DAEMON_NAMES = _any_of(
    r"mail (?:delivery|transport|router|system)",
    r"mailer[ -]?daemon",
    r"delivery (?:sub)?system",
    r"postmaster",
    r"system ?administrator|administrateur système|systemadministrator",
)
REPLY = _any_of(r"^\s{0,4}(?:re|aw|sv|fwd?|wg|antw)\s{0,2}:")
SUBJECT = _any_of(
    r"undeliver|non[- ]?deliver|not deliver|failure notice|failed mail",
    r"(?:delivery|mail|message)[^\n]{0,40}fail",
    r"deliver[^\n]{0,40}(?:fail|delay|problem|status|notification|error)",
    r"returned (?:mail|to sender)|return(?:ing|ed) (?:mail|message)",
    r"could not (?:be )?(?:deliver|send)|mail (?:system )?error|message (?:delayed|status)",
    r"(?:user|recipient|address|mailbox) (?:is )?(?:unknown|full|unavailable|not found|invalid)",
    r"(?:unknown|invalid|no such) (?:user|recipient|address|mailbox)|over ?quota|quota exceeded",
    r"(?:mail|message)[^\n]{0,20}(?:rejected|returned|bounced)|delivery report|bounced? mail",
    r"unzustellbar|nicht zugestellt|zustellung[^\n]{0,40}(?:fehl|verz)|rückläufer",
    r"non remis|non distribu|échec de (?:la )?(?:remise|livraison)",
    r"mensaje no entregado|no se puede entregar|error de entrega",
    r"mancato recapito|non recapitabile|onbestelbaar|não entregue",
    r"недоставлен|не доставлен|配信不能|退信",
)
DELAYED = _any_of(
    r"will (?:keep trying|be retried|continue to (?:try|be))",
    r"no action is required|not yet been delivered|delivery attempts will continue",
    r"do not need to (?:resend|do anything)|this is a warning message only",
    r"still being (?:tried|retried)|has been delayed|being delayed",
    r"wird weiter versucht|noch nicht zugestellt",
)
# Where the mail that is returned begins, in bounces that have no part of its own for it.
COPY = _any_of(
    r"^[ \t>]{0,4}-{2,80}[^\n]{0,80}(?:original|below this line|copy|unsent|returned)[^\n]{0,80}$",
    r"^[^\n]{0,80}(?:copy of (?:the|your) (?:message|mail)|original message follows)[^\n]{0,80}$",
    r"^(?:received|return-path):[^\n]{0,300}$",
    flags=re.MULTILINE,
)
ADDRESS = _any_of(r"[^\s<>\"'(),;:\[\]@]{1,64}@[a-z0-9][a-z0-9.-]{0,252}[a-z0-9]")
# What stands before the address that could not be reached, or on a line above it.
INTRODUCTION = _any_of(
    r"recipient|not be delivered|couldn't be delivered|undeliver|failed|delivery to",
    r"not deliver|unable to (?:deliver|reach)",
    r"following address|unknown|no such user|rcpt to|mailbox|quota|does not exist",
    r"konnte nicht|empfänger|destinataire|destinatari|не доставлен|получател",
)
