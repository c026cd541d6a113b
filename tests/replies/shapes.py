"""Made-up replies as mail programs write them: own text, the digest quoted, and what they add."""

from collections.abc import Callable
from email.message import EmailMessage
from html import escape

SENDER = "Daily papers <digest@example.org>"
READER = "Anna Müller <anna.mueller@example.com>"
DIGEST = """Daily papers
Wednesday, 20 January 2027
10 papers of 57 new ones, 4 minutes

1. ThinK: Thinner Key Cache by Query-Driven Pruning
   Because you follow “KV cache”
   https://arxiv.org/abs/2407.21018

2. Stop Overthinking: A Survey on Efficient Reasoning
   https://arxiv.org/abs/2503.16419

Answer this mail: "more 1 3", "less 5", "weekly", "pause until 1 Feb", "stop".

Unsubscribe:
https://digest.example.org/u/AAAA""".splitlines()
_WHEN = {
    "en": "On Wed, 20 Jan 2027 at 07:00, ",
    "de": "Am Mi., 20. Jan. 2027 um 07:00 Uhr schrieb ",
}
QUOTED = "\n".join(f"> {line}".rstrip() for line in DIGEST)


def make(shape: str, language: str, own: str) -> bytes:
    """Return a raw reply of an English or German reader."""
    return SHAPES[shape](language, own).as_bytes()


def _mail(text: str, html: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = READER, "Re: ThinK prunes KV caches, and 9 more"
    mail["To"], mail["Message-ID"] = "reply@example.org", "<made-up@example.com>"
    if text:
        mail.set_content(text)
    if text and html:
        mail.add_alternative(html, subtype="html")
    elif html:
        mail.set_content(html, subtype="html")
    return mail


def _attribution(language: str, wrapped: str = "") -> str:
    ending = " wrote:" if language == "en" else ":"
    return f"{_WHEN[language]}{SENDER.replace(' <', wrapped + ' <') if wrapped else SENDER}{ending}"


def _html(own: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in own.split("\n"))


def _gmail(language: str, own: str) -> EmailMessage:
    shown = "<br>".join(map(escape, DIGEST))
    html = (
        f'<div dir="ltr">{_html(own)}</div><br><div class="gmail_quote"><div dir="ltr" '
        f'class="gmail_attr">{escape(_attribution(language))}<br></div><blockquote '
        f'class="gmail_quote" style="margin:0 0 0 .8ex">{shown}</blockquote></div>'
    )
    return _mail(f"{own}\n\n{_attribution(language, chr(10))}\n\n{QUOTED}\n", html)


def _gmail_bottom(language: str, own: str) -> EmailMessage:
    return _mail(f"{_attribution(language)}\n\n{QUOTED}\n\n\n{own}\n")


def _inline(language: str, own: str) -> EmailMessage:
    quoted = QUOTED.splitlines()
    head, foot = "\n".join(quoted[:6]), "\n".join(quoted[6:])
    return _mail(f"{_attribution(language)}\n{head}\n\n{own}\n\n{foot}\n")


def _apple(language: str, own: str) -> EmailMessage:
    when = {
        "en": f"On 20. Jan 2027, at 07:00, {SENDER} wrote:",
        "de": f"Am 20.01.2027 um 07:00 schrieb {SENDER}:",
    }[language]
    quoted = QUOTED.replace("\n>", "\n> ")
    return _mail(f"{own}\n\n> {when}\n> \n{quoted}\n")


def _iphone(language: str, own: str) -> EmailMessage:
    sent = {"en": "Sent from my iPhone", "de": "Von meinem iPhone gesendet"}[language]
    when = {
        "en": "On 20 Jan 2027, at 07:00, Daily papers <digest@example.org> wrote:",
        "de": "Am 20.01.2027 um 07:00 schrieb Daily papers <digest@example.org>:",
    }[language]
    return _mail(f"{own}\n\n{sent}\n\n> {when}\n> \n> \ufeff\n{QUOTED}\n")


def _outlook(language: str, own: str) -> EmailMessage:
    head = {
        "en": f"From: {SENDER}\nSent: Wednesday, January 20, 2027 7:00 AM\n"
        "To: Anna Müller <anna.mueller@example.com>\nSubject: ThinK prunes KV caches, and 9 more",
        "de": f"Von: {SENDER}\nGesendet: Mittwoch, 20. Januar 2027 07:00\n"
        "An: Anna Müller <anna.mueller@example.com>\nBetreff: ThinK prunes KV caches, and 9 more",
    }[language]
    return _mail(f"{own}\n\n{head}\n\n" + "\n".join(DIGEST))


def _outlook_old(language: str, own: str) -> EmailMessage:
    line = {
        "en": "-----Original Message-----",
        "de": "-----Ursprüngliche Nachricht-----",
    }[language]
    mail = _outlook(language, "").get_content().lstrip()
    return _mail(f"{own}\n\nAnna Müller\n\n{line}\n{mail}")


def _outlook_phone(language: str, own: str) -> EmailMessage:
    app = {
        "en": "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "de": "Outlook für iOS<https://aka.ms/o0ukef> herunterladen",
    }[language]
    mail = _outlook(language, "").get_content().lstrip()
    return _mail(f"{own}\n\n{app}\n________________________________\n{mail}")


def _thunderbird(language: str, own: str) -> EmailMessage:
    when = {
        "en": "On 20.01.27 07:00, Daily papers wrote:",
        "de": "Am 20.01.27 um 07:00 schrieb Daily papers:",
    }[language]
    return _mail(f"{own}\n\n{when}\n{QUOTED}\n")


def _thunderbird_bottom(language: str, own: str) -> EmailMessage:
    when = {
        "en": "On 1/20/27 7:00 AM, Daily papers wrote:",
        "de": "Am 20.01.2027 um 07:00 schrieb Daily papers:",
    }[language]
    signature = "-- \nAnna Müller\nInstitut für Informatik\n+49 30 1234567"
    return _mail(f"{when}\n{QUOTED}\n\n{own}\n\n{signature}\n")


def _k9(language: str, own: str) -> EmailMessage:
    sent = {
        "en": "-- \nSent from my Android device with K-9 Mail. Please excuse my brevity.",
        "de": "-- \nDiese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    }[language]
    when = {"en": f"On 20 January 2027 07:00:00 CET, {SENDER} wrote:"}.get(
        language, f"Am 20. Januar 2027 07:00:00 MEZ schrieb {SENDER}:"
    )
    return _mail(f"{own}\n{sent}\n\n{when}\n{QUOTED}\n")


def _gmx(language: str, own: str) -> EmailMessage:
    head = {
        "en": f"Sent: Wednesday, January 20, 2027 at 7:00 AM\nFrom: {SENDER}\n"
        "To: anna.mueller@example.com\nSubject: ThinK prunes KV caches, and 9 more",
        "de": f"Gesendet: Mittwoch, 20. Januar 2027 um 07:00 Uhr\nVon: {SENDER}\n"
        "An: anna.mueller@example.com\nBetreff: ThinK prunes KV caches, and 9 more",
    }[language]
    lines = "".join(f"<div>{escape(line)}</div>" for line in f"{head}\n".split("\n"))
    shown = "<br>".join(map(escape, DIGEST))
    html = (
        f'<html><head></head><body><div style="font-family: Verdana">{_html(own)}<div>&nbsp;</div>'
        f'<div name="quote" style="margin:10px 5px">{lines}<div>{shown}</div></div></div>'
        "</body></html>"
    )
    return _mail("", html)


def _webde(language: str, own: str) -> EmailMessage:
    sent = {
        "en": "--\nSent with the WEB.DE Mail app",
        "de": "-- \nDiese Nachricht wurde von meinem Android-Handy mit WEB.DE Mail gesendet.",
    }[language]
    when = {
        "en": f'On 1/20/27, 7:00 AM, "{SENDER.split(" <")[0]}" <digest@example.org> wrote:',
        "de": "Am 20.01.27, 07:00, Daily papers <digest@example.org> schrieb:",
    }[language]
    return _mail(f"{own}\n{sent}\n{when}\n\n" + "\n".join(DIGEST))


def _yahoo(language: str, own: str) -> EmailMessage:
    when = {
        "en": "On Wednesday, January 20, 2027 at 07:00:00 AM GMT+1, Daily papers\n"
        "<digest@example.org> wrote: ",
        "de": "Am Mittwoch, 20. Januar 2027 um 07:00:00 MEZ hat Daily papers\n"
        "<digest@example.org> Folgendes geschrieben: ",
    }[language]
    return _mail(f" {own}\n\n    {when} \n \n" + "\n".join(f" {line}" for line in DIGEST))


def _samsung(language: str, own: str) -> EmailMessage:
    sent = {
        "en": "Sent from my Galaxy",
        "de": "Von meinem Samsung Galaxy Smartphone gesendet.",
    }[language]
    start = {
        "en": "-------- Original message --------",
        "de": "-------- Ursprüngliche Nachricht --------",
    }
    head = {
        "en": f"From: {SENDER} \nDate: 20/01/2027  07:00  (GMT+01:00) \nTo: Anna",
        "de": f"Von: {SENDER} \nDatum: 20.01.27  07:00  (GMT+01:00) \nAn: Anna",
    }[language]
    return _mail(f"{own}\n\n\n{sent}\n\n\n{start[language]}\n{head}\n" + "\n".join(DIGEST))


def _proton(language: str, own: str) -> EmailMessage:
    sent = {
        "en": "Sent with [Proton Mail](https://proton.me/mail/home) secure email.",
        "de": "Gesendet mit [Proton Mail](https://proton.me/mail/home) sichere E-Mail.",
    }[language]
    when = {
        "en": f"On Wednesday, January 20th, 2027 at 7:00 AM, {SENDER} wrote:",
        "de": f"{SENDER} schrieb am Mittwoch, 20. Januar 2027 um 07:00:",
    }[language]
    return _mail(f"{own}\n\n{sent}\n\n{when}\n\n{QUOTED}\n")


def _html_only(language: str, own: str) -> EmailMessage:
    head = {
        "en": ("From:", "Sent:", "To:", "Subject:"),
        "de": ("Von:", "Gesendet:", "An:", "Betreff:"),
    }[language]
    values = (SENDER, "20.01.2027 07:00", "Anna Müller", "ThinK prunes KV caches, and 9 more")
    fields = "<br>".join(
        f"<b>{name}</b> {escape(value)}" for name, value in zip(head, values, strict=True)
    )
    shown = "".join(f'<p class="MsoNormal">{escape(line)}</p>' for line in DIGEST)
    own_html = "".join(
        f'<p class="MsoNormal"><span lang="EN-US">{escape(line) or "&nbsp;"}<o:p></o:p></span></p>'
        for line in own.split("\n")
    )
    return _mail(
        "",
        "<html><head><style>p.MsoNormal {margin:0}</style></head><body><div>"
        f'{own_html}<div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        f'<p class="MsoNormal">{fields}</p></div>{shown}</div></body></html>',
    )


def _telekom(language: str, own: str) -> EmailMessage:
    mail = _outlook(language, "").get_content().lstrip()
    line = {"en": "-----Original-Nachricht-----", "de": "-----Original-Nachricht-----"}[language]
    return _mail(f"{own}\n\nGesendet mit der Telekom Mail App\n\n{line}\n{mail}")


SHAPES: dict[str, Callable[[str, str], EmailMessage]] = {
    "bare": lambda _, own: _mail(own),
    "gmail": _gmail,
    "gmail-bottom": _gmail_bottom,
    "inline": _inline,
    "apple": _apple,
    "iphone": _iphone,
    "outlook": _outlook,
    "outlook-old": _outlook_old,
    "outlook-phone": _outlook_phone,
    "thunderbird": _thunderbird,
    "thunderbird-bottom": _thunderbird_bottom,
    "k9": _k9,
    "gmx": _gmx,
    "webde": _webde,
    "yahoo": _yahoo,
    "samsung": _samsung,
    "proton": _proton,
    "html-only": _html_only,
    "telekom": _telekom,
}
