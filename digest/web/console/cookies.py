"""The cookie of a session: the only one that this service sets, and for the console alone."""

from datetime import timedelta

from fastapi import Request, Response

from digest.accounts.rules.endings import LASTS
from digest.web.site.view import Site


def cookie_of(request: Request) -> str:
    """Return what a browser sent as its cookie; "" without one."""
    return request.cookies.get(_name(request.app.state.site), "")


def give(response: Response, site: Site, secret: str, lasts: timedelta = LASTS) -> None:
    """Give a browser its cookie.

    Only for /admin, for no script, and not with what other websites send (SameSite=Lax: a link in
    an alert still finds its reader signed in, and a GET changes nothing).
    """
    response.set_cookie(
        _name(site),
        secret,
        max_age=int(lasts.total_seconds()),
        path=f"{site.root}/admin",
        secure=_is_https(site),
        httponly=True,
        samesite="lax",
    )


def take(response: Response, site: Site) -> None:
    """Take it back."""
    response.delete_cookie(
        _name(site),
        path=f"{site.root}/admin",
        secure=_is_https(site),
        httponly=True,
        samesite="lax",
    )


def _is_https(site: Site) -> bool:
    return site.app.settings.base_url.startswith("https:")


def _name(site: Site) -> str:
    """The prefix keeps pages without TLS from setting it (RFC 6265bis, section 4.1.3.1)."""
    return "__Secure-digest" if _is_https(site) else "digest"
