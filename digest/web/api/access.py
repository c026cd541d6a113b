"""Who may use the API, and how often: keys with scopes, tokens of readers, and limits."""

from collections.abc import Callable
from math import ceil
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from digest.api_keys import keys
from digest.api_keys.keys import Scope
from digest.api_keys.store.api_keys import ApiKey
from digest.errors import LinkError, NotFoundError
from digest.ground.tokens.links import Purpose
from digest.model import Subscriber
from digest.subscribers import unsubscribe
from digest.web.api.problems import documented
from digest.web.limits import network_of
from digest.web.site.view import Here, Site

_REALM = 'Bearer realm="digest"'
_key_header = HTTPBearer(
    scheme_name="ApiKey",
    description="A key that the operator made with `digest keys add`.",
    auto_error=False,
)
_token_header = HTTPBearer(
    scheme_name="PreferencesToken",
    description="What follows /p/ in the preferences link of a reader's own mail.",
    auto_error=False,
)
WITH_KEY = documented(401, 403, 429, 500, 503)
PUBLIC_REFUSALS = documented(429, 500, 503)


def before_body(dependency: Any) -> Callable[[Callable[[Request], object]], None]:
    """Return what gives a dependency the check that ApiRoute makes before it reads a body."""

    def add(check: Callable[[Request], object]) -> None:
        dependency.before_body = check

    return add


def host_of(request: Request) -> str:
    """Return the internet address that a request comes from; "" for a socket without one."""
    return request.client.host if request.client else ""


def count_visit(request: Request, site: Here) -> None:
    """Count a request without a key, once; HTTPException 429 when there were too many."""
    if getattr(request.state, "counted", False):
        return
    request.state.counted = True
    visitor = network_of(host_of(request))
    _wait(site.api_visitor_limit.acquire(visitor) or site.api_overall_limit.acquire("all"))


def may(scope: Scope) -> Any:
    """Return the dependency that lets only keys of this scope pass, and leaves the key for `Key`.

    A key that does not work counts as a visit, so guessing is slow.
    """

    def admit(request: Request, site: Site, sent: HTTPAuthorizationCredentials | None) -> None:
        if getattr(request.state, "key", None) is not None:
            return  # admitted before the body was read
        key = keys.check(site.app.database, sent.credentials) if sent else None
        if key is None:
            count_visit(request, site)
            raise _unknown(sent, "A valid API key is required.")
        _wait(site.api_key_limit.acquire(str(key.id)))
        if scope not in key.scopes:
            header = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
            raise HTTPException(
                403, f"This key lacks the scope {scope}.", {"WWW-Authenticate": header}
            )
        request.state.key = key

    def check(
        request: Request,
        site: Here,
        background: BackgroundTasks,
        sent: Annotated[HTTPAuthorizationCredentials | None, Security(_key_header)],
    ) -> None:
        admit(request, site, sent)
        _note(site, request.state.key, background)

    before_body(check)(lambda request: admit(request, request.app.state.site, _sent(request)))
    return Depends(check)


def _sent(request: Request) -> HTTPAuthorizationCredentials | None:
    """Return the token of a request, as the framework finds it (RFC 6750, section 2.1)."""
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer" or not token:
        return None
    return HTTPAuthorizationCredentials(scheme=scheme, credentials=token)


def _left_key(request: Request) -> ApiKey:
    key: ApiKey = request.state.key
    return key


def _reader(
    request: Request,
    site: Here,
    sent: Annotated[HTTPAuthorizationCredentials | None, Security(_token_header)],
) -> Subscriber:
    """Return the reader whose token came; an altered one and one of an erased reader look alike."""
    return _read(request, site, sent)


def _read(request: Request, site: Site, sent: HTTPAuthorizationCredentials | None) -> Subscriber:
    count_visit(request, site)
    try:
        claim = site.reader(Purpose.PREFERENCES, sent.credentials if sent else "")
        return unsubscribe.get(site.app.database, claim)
    except (LinkError, NotFoundError):
        raise _unknown(sent, "A valid token from a preferences link is required.") from None


before_body(count_visit)(lambda request: count_visit(request, request.app.state.site))
before_body(_reader)(lambda request: _read(request, request.app.state.site, _sent(request)))
Key = Annotated[ApiKey, Depends(_left_key)]
Reader = Annotated[Subscriber, Depends(_reader)]
Visit = Depends(count_visit)


def _unknown(sent: HTTPAuthorizationCredentials | None, detail: str) -> HTTPException:
    header = f'{_REALM}, error="invalid_token"' if sent else _REALM
    return HTTPException(401, detail, {"WWW-Authenticate": header})


def _wait(seconds: float) -> None:
    if seconds:
        raise HTTPException(
            429, "Too many attempts. Please try again later.", {"Retry-After": str(ceil(seconds))}
        )


def _note(site: Site, key: ApiKey, background: BackgroundTasks) -> None:
    """Write down the use later, so that no request waits for another one's transaction."""
    now = site.app.clock()
    if keys.is_worth_noting(key, now):
        background.add_task(keys.mark_used, site.app.database, key, now)
