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
