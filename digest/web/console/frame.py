"""What all pages of the console share: who is signed in, forms, templates, the audit log."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest.accounts import accounts, openid, signing_in
from digest.accounts.audit import AuditNote, audited
from digest.accounts.signing_in import SignedIn
from digest.accounts.store.accounts import Account
from digest.app import App
from digest.ground import shipped
from digest.ground.database.engine import Database
from digest.ground.languages.language import ENGLISH
from digest.ground.masking import mask_text
from digest.model import Role
from digest.smtp.replies import codes_of
from digest.web.console import wording
from digest.web.console.cookies import cookie_of
from digest.web.console.live import Live
from digest.web.console.sending import Sending
from digest.web.security_headers import POLICY
from digest.web.site.forms import Form, Sent
from digest.web.site.view import Site
from digest.web.topic_names import TopicNames

PREFIX = "/admin"
WITH_SCRIPT = f"{POLICY}; script-src 'self'; connect-src 'self'"
FOLDER = shipped.templates_dir() / "web" / "console"
_STALE = "This form is of another session. Go back, load the page again, and send it anew."


class SignInNeededError(Exception):
    """Nobody is signed in, or only half. path: where they wanted to go, below /admin."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class ConsolePages:
    """The templates of the console; one for each site."""

    def __init__(self, site: Site, sending: Sending) -> None:
        self.site = site
        self.sending = sending
        self.base = site.root + PREFIX
        self.zone = ZoneInfo(site.app.settings.timezone)
        self.openid = openid.provider_of(site.app.settings)
        self.live = Live(site.app, sending)
        self._pages = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters |= {
            "moment": partial(wording.moment, zone=self.zone),
            "day": wording.day,
            "number": wording.number,
            "span": wording.span,
            "coded": wording.coded,
        }
        self._pages.globals |= {
            "root": site.root,
            "base": self.base,
            "name": site.app.identity.letterhead.name,
            "zone": str(self.zone),
            "site_style": f"{site.root}/style.css?v={version(site.folder / 'style.css')}",
            "icon": f"{site.root}/icon.svg?v={version(site.folder / 'icon.svg')}",
            "asset": self.asset,
            "codes": codes_of,
            "topic_names": TopicNames(lambda: site.topic_names, ENGLISH),
            "openid": self.openid.name if self.openid else "",
        }

    def asset(self, name: str) -> str:
        """Return the address of a file of the console, which may be kept for ever."""
        return f"{self.base}/{name}?v={version(FOLDER / name)}"

    def render(self, template: str, **values: object) -> str:
        """Render a template, or a part of a page."""
        return self._pages.get_template(template).render(values)

    def page(
        self, template: str, status: int = 200, *, with_script: bool = False, **values: object
    ) -> HTMLResponse:
        """Render a page; it is kept nowhere. with_script: it may run the console's own scripts."""
        text = self.render(template, **{"console": None, "done": "", **values})
        headers = {"Content-Language": "en"}
        if with_script:
            headers["Content-Security-Policy"] = WITH_SCRIPT
        return HTMLResponse(text.encode("utf-8", "replace"), status, headers)


class Console:
    """The console as one account sees it, in one request."""

    def __init__(
        self,
        pages: ConsolePages,
        signed_in: SignedIn,
        account: Account,
        done: str = "",
        path: str = "",
    ) -> None:
        """path: of the page, below /admin. done: what was done just now, as a code."""
        self.path = path.rstrip("/")
        self.pages = pages
        self.site = pages.site
        self.signed_in = signed_in
        self.account = account
        self._done = done

    @property
    def app(self) -> App:
        """The service."""
        return self.site.app

    @property
    def database(self) -> Database:
        """Its database."""
        return self.site.app.database

    @property
    def may_edit(self) -> bool:
        """Whether the account decides what goes out."""
        return self.account.role.may(Role.EDITOR)

    @property
    def may_own(self) -> bool:
        """Whether the account looks after the others."""
        return self.account.role.may(Role.OWNER)

    @cached_property
    def form_token(self) -> str:
        """What each form carries; the macro `csrf` writes it."""
        return self.signed_in.form_token

    def now(self) -> datetime:
        """Return the time of the service's clock."""
        return self.site.app.clock()

    def address(self, address: str) -> str:
        """Return a reader's address as this account may see it: viewers see its beginning."""
        return address if self.may_edit else wording.masked(address)

    def reply(self, text: str) -> str:
        """Return what a mail server said, as this account may see it.

        It may name a reader, so viewers see its codes alone.
        """
        if self.may_edit or not text:
            return text
        codes = codes_of(text)
        return codes if codes != text else "(words that editors may see)"

    def page(
        self, template: str, status: int = 200, *, with_script: bool = False, **values: object
    ) -> HTMLResponse:
        """Render a page of templates/web/console. with_script: it runs the console's scripts."""
        shared = {"console": self, "done": self._done}
        return self.pages.page(template, status, with_script=with_script, **{**shared, **values})

    def part(self, template: str, **values: object) -> str:
        """Render a part of a page, which a script puts in its place."""
        return self.pages.render(template, **{"console": self, **values})

    def back(
        self, path: str, done: str = "", *, anchor: str = "", **query: object
    ) -> RedirectResponse:
        """Lead to a page below /admin after a change. done: a code that its template puts in
        words. anchor: the id of a part of the page.
        """
        asked = {**query, **({"done": done} if done else {})}
        tail = f"?{urlencode(asked)}" if asked else ""
        tail += f"#{anchor}" if anchor else ""
        return RedirectResponse(f"{self.pages.base}{quote(path)}{tail}", 303)

    @contextmanager
    def audited(
        self, action: str, subject: str, asked: Mapping[str, Any] | None = None
    ) -> Iterator[AuditNote]:
        """Log the change that is made inside, whatever its end (see `accounts.audit`)."""
        who, clock = self.account.address, self.site.app.clock
        with audited(self.database, who, action, subject, clock, asked) as note:
            yield note


def version(path: Any) -> str:
    """Return what stands in the address of a file, so that it may be kept."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def pages_of(request: Request) -> ConsolePages:
    """Return the templates; HTTPException 404 as long as there is no account."""
    pages: ConsolePages = request.app.state.console
    if not accounts.exist(pages.site.app.database):
        raise HTTPException(404)
    return pages


def signed_in_of(request: Request) -> SignedIn | None:
    """Return whose browser this is, however far they have signed in."""
    site: Site = request.app.state.site
    app = site.app
    found = signing_in.find(app.database, cookie_of(request), app.clock())
    if found is not None:
        signing_in.note_seen(app.database, found.sign_in, app.clock())
    return found


def console_of(request: Request) -> Console | None:
    """Return the console of who is signed in; None for everybody else."""
    found = signed_in_of(request)
    if found is None or not found.is_full or found.account is None:
        return None
    done = request.query_params.get("done", "")
    return Console(request.app.state.console, found, found.account, done, _below(request))


def full_sign_in(request: Request) -> Console:
    """Return the console of who is signed in; SignInNeededError."""
    found = console_of(request)
    if found is None:
        pages_of(request)
        raise SignInNeededError(_path(request))
    if found.app.topics.is_due:
        found.site.look_at_catalogue()
    return found


def _needs(role: Role) -> Any:
    def check(console: Annotated[Console, Depends(full_sign_in)]) -> Console:
        if not console.account.role.may(role):
            raise HTTPException(403, f"This needs the role {role.value}; ask an owner for it.")
        return console

    return Depends(check)


async def _own_form(request: Request, sent: Sent) -> Form:
    check_form_token(request, sent.text("csrf"))
    return sent


def check_form_token(request: Request, sent: str) -> None:
    """HTTPException 403 unless a form is of the session of this browser."""
    secret = cookie_of(request)
    if not secret or not signing_in.is_form_token(secret, sent):
        raise HTTPException(403, _STALE)


def _path(request: Request) -> str:
    """Return where somebody wanted to go, to lead them there once they are signed in."""
    return _below(request) if request.method == "GET" else ""


def _below(request: Request) -> str:
    """Return the path of a request below /admin."""
    site: Site = request.app.state.site
    return request.url.path.removeprefix(site.root).removeprefix(PREFIX)


def error_words(detail: str) -> str:
    """Return the words of an error without anybody's address."""
    return mask_text(detail)


Viewer = Annotated[Console, _needs(Role.VIEWER)]
Editor = Annotated[Console, _needs(Role.EDITOR)]
Owner = Annotated[Console, _needs(Role.OWNER)]
ConsoleForm = Annotated[Form, Depends(_own_form)]
