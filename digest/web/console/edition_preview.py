"""A mail of the edition as a reader would get it, or somebody made up; and a test of it to oneself.

Mail is hostile: its HTML has an address of its own, is answered with a policy that forbids all but
inline styles, and is shown in a frame that may do nothing (`sandbox=""`). Its links lead nowhere.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from digest.app.previews import Look
from digest.delivery.composing import Mail
from digest.devtools.sink.inbox import MAIL_POLICY
from digest.devtools.sink.inbox_message import imitate_scheme, open_message
from digest.errors import InputError, NotFoundError
from digest.model import Layout
from digest.subscribers import subscriptions
from digest.subscribers.rules.preferences import parse_preferences
from digest.web.console.frame import Console, ConsoleForm, Editor, Viewer
from digest.web.numbers import key_of
from digest.web.security_headers import POLICY
from digest.web.site.forms import Form

pages = APIRouter()
WITH_FRAME = f"{POLICY}; frame-src 'self'"
_LONGEST_QUERY = 8000  # characters
_WISHES = ("max_papers", "summaries", "layout", "language", "empty_day", "cadence")


class Tab(StrEnum):
    """What of the mail is shown."""

    HTML = "html"
    TEXT = "text"
    HEADERS = "headers"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose mail is asked for, and how it is shown; each as it was typed.

    reader: a number, as addresses get into no URL; empty: somebody made up with the other wishes.
    """

    day: date | None
    reader: str
    topics: tuple[str, ...]
    interests: str
    muted: str
    wishes: dict[str, str]
    tab: Tab
    is_phone: bool
    is_dark: bool

    def pairs(self) -> list[tuple[str, str]]:
        """Return whose mail it is, as fields of a form or an address."""
        found = [("date", self.day.isoformat())] if self.day else []
        found += [("topic", slug) for slug in self.topics]
        named = {"reader": self.reader, "interests": self.interests, "muted": self.muted}
        return found + [(name, value) for name, value in {**named, **self.wishes}.items() if value]

    def query(self, **changes: str) -> str:
        """Return the address of the same look with another tab, width or scheme."""
        shown = {
            "view": self.tab.value,
            "width": "phone" if self.is_phone else "desktop",
            "scheme": "dark" if self.is_dark else "light",
        }
        return urlencode([*self.pairs(), *{**shown, **changes}.items()])


@pages.get("/edition/preview")
def show(request: Request, console: Viewer) -> HTMLResponse:
    """Show the mail, or say why there is none."""
    asked = _asked_in_address(request)
    day = console.app.editions.find(asked.day).edition.date
    mail, mistake = None, ""
    try:
        mail = _mail(console, asked)
    except (InputError, NotFoundError) as exc:
        mistake = str(exc)
    vocabulary = console.app.topics.in_force.vocabulary
    page = console.page(
        "edition_preview.html",
        asked=asked,
        day=day,
        mail=mail,
        opened=open_message(mail.message.body) if mail else None,
        size=len(mail.message.body) if mail else 0,
        mistake=mistake,
        tabs=Tab,
        layouts=Layout,
        languages=console.app.files.languages.values(),
        groups=console.app.topics.in_force.catalogue.groups(),
        topic_names=console.site.topic_names,
        default_summaries=vocabulary.default_summaries,
    )
    page.headers["Content-Security-Policy"] = WITH_FRAME
    return page


@pages.post("/edition/preview")
def find(console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Lead from a reader's address or number to their mail; the address gets into no URL."""
    day, reader = _day(form), form.text("reader")
    is_number = reader.isdecimal()
    number = key_of(reader) if is_number else subscriptions.find(console.database, reader).id
    return console.back("/edition/preview", date=day or "", reader=number)


@pages.get("/edition/preview/mail.html")
def frame(request: Request, console: Viewer) -> HTMLResponse:
    """Return the HTML of the mail alone, disarmed."""
    asked = _asked_in_address(request)
    html = _mail(console, asked).html
    if not html:
        raise NotFoundError("This mail has no HTML.")
    scheme = "dark" if asked.is_dark else "light"
    own = f"<style>:root {{ color-scheme: {scheme} }}</style></head>"
    shown = imitate_scheme(html, dark=asked.is_dark).replace("</head>", own, 1)
    headers = {"Content-Security-Policy": MAIL_POLICY}
    return HTMLResponse(shown.encode("utf-8", "replace"), headers=headers)


@pages.post("/edition/preview/test")
def send_test(console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Send the mail that is shown to the account itself, its subject marked as a test."""
    asked = _asked(form)
    look = _look(console, asked)
    if wait := console.site.test_mail_limit.acquire(str(console.account.id)):
        raise HTTPException(
            429,
            f"One test a minute. Please wait {ceil(wait)} seconds.",
            headers={"Retry-After": str(ceil(wait))},
        )
    subject = f"edition {asked.day or 'newest'}"
    with console.audited("edition.test", subject, {"language": look.reader.preferences.language}):
        sent = console.app.previews.send_test(look, asked.day, console.account.address)
    query = {name: value for name, value in asked.pairs() if name != "topic"}
    return console.back(
        "/edition/preview",
        "tested" if sent else "refused",
        **query,
        **({"topic": ";".join(asked.topics)} if asked.topics else {}),
    )


def _asked_in_address(request: Request) -> Asked:
    if len(request.url.query) > _LONGEST_QUERY:
        raise HTTPException(414, "This address is too long.")
    return _asked(Form(request.query_params.multi_items()))


def _asked(form: Form) -> Asked:
    day = _day(form)
    try:
        tab = Tab(form.text("view") or "html")
    except ValueError:
        raise HTTPException(422, "There is no such view.") from None
    reader = form.text("reader")
    return Asked(
        day,
        str(key_of(reader)) if reader else "",
        tuple(slug for value in form.all("topic") for slug in value.split(";") if slug),
        form.text("interests"),
        form.text("muted"),
        {name: form.text(name) for name in _WISHES},
        tab,
        form.text("width") == "phone",
        form.text("scheme") == "dark",
    )


def _day(form: Form) -> date | None:
    text = form.text("date")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise HTTPException(422, f"{text!r:.40} is not a date.") from None


def _look(console: Console, asked: Asked) -> Look:
    previews = console.app.previews
    if asked.reader:
        if not console.may_edit:
            raise HTTPException(403, "Readers' own mails need the role editor.")
        return previews.reader(asked.reader, asked.day)
    wishes = {
        "topics": ";".join(asked.topics),
        "interests": asked.interests.splitlines(),
        "muted": asked.muted.splitlines(),
        **asked.wishes,
    }
    return previews.made_up(parse_preferences(wishes, console.app.topics.in_force.vocabulary))


def _mail(console: Console, asked: Asked) -> Mail:
    return console.app.previews.mail(_look(console, asked), asked.day)
