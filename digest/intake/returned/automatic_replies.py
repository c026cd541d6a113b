"""Tell automatic replies (RFC 3834): out of office, read receipts, challenges. They say nothing."""

import re

from digest.intake.returned.fields import Fields

_MARKS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply")
_PRECEDENCES = ("auto_reply", "auto-reply")
# How mail programs begin the subject where they leave out the field of RFC 3834.
_SUBJECT = re.compile(
    r"(?:"
    r"out of (?:the )?office|auto(?:matic|mated)?[ -]?(?:reply|response|responder)|on vacation"
    r"|away from (?:the |my )?(?:office|mail)|vacation (?:reply|response)|i am away"
    r"|abwesend|abwesenheit|automatische antwort|nicht im büro|urlaub"
    r"|réponse automatique|absence du bureau|absent du bureau|message d'absence"
    r"|respuesta automática|fuera de (?:la )?oficina|ausente de la oficina"
    r"|risposta automatica|fuori (?:sede|ufficio)|assente dall'ufficio"
    r"|resposta automática|ausência|fora do escritório"
    r"|automatisch antwoord|afwezig|niet aanwezig"
    r"|autosvar|automatiskt svar|automatisk svar|frånvaro|på semester|ikke på kontoret"
    r"|automatyczna odpowiedź|nieobecno|автоответ|автоматический ответ|вне офиса"
    r"|自動応答|自動返信|不在|自动回复|自動回覆|不在办公室|자동 회신|부재중"
    r")",
    re.IGNORECASE,
)
# What mailboxes and their filters write to senders, often as postmaster and in a bounce's words.
_CHALLENGE = re.compile(
    r"\b(?:tmda|challenge[/ -]response|(?:confirm|prove|verify) that you are"
    r"|are (?:a human|not a (?:robot|machine|bot|spammer))"
    r"|(?:confirm|verify) (?:your|this) (?:message|mail|e-?mail|address|delivery|identity)"
    r"|(?:awaits|awaiting|requires|pending|until) (?:your )?(?:confirmation|verification)"
    r"|(?:held|quarantined) until you (?:confirm|reply|verify))\b",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"\b(?:(?:has|have|i) moved|new (?:e-?mail )?address|changed (?:my |their |its )?address"
    r"|neue (?:e-?mail-?|mail-?)?adresse|nouvelle adresse|nueva dirección|nuovo indirizzo)\b",
    re.IGNORECASE,
)


def describe_automatic(fields: Fields) -> str:
    """Say why nobody wrote this mail; empty when a person may have."""
    if fields.get("auto-submitted").lower().startswith("auto-replied"):
        return "It says that it is an automatic reply."
    if fields.parameter("report-type").lower() == "disposition-notification":
        return "It is a receipt (RFC 8098)."
    if fields.get(*_MARKS) or fields.get("precedence").lower() in _PRECEDENCES:
        return "It says that it is an automatic reply."
    subject = fields.words("subject")[:200]
    if _SUBJECT.search(subject):
        return "Its subject is that of an automatic reply."
    return ""


def describe_notice(fields: Fields, text: str) -> str:
    """Say what a mailbox tells its correspondents beside a bounce; empty when it tells of none."""
    words = " ".join(f"{fields.words('subject')[:200]} {text}".split())
    if _CHALLENGE.search(words):
        return "It asks the sender to confirm their mail."
    if _MOVED.search(words):
        return "It tells of another address."
    return ""
