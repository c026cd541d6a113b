"""Who may use the API, and how often: keys with scopes, tokens of readers, and limits."""

from math import ceil
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

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


def host_of(request: Request) -> str:
    """Return the internet address that a request comes from; "" for a socket without one."""
    return request.client.host if request.client else ""


def count_visit(request: Request, site: Here) -> None:
    """Count a request without a key; HTTPException 429 when there were too many."""
    visitor = network_of(host_of(request))
    _wait(site.api_visitor_limit.acquire(visitor) or site.api_overall_limit.acquire("all"))


def may(scope: Scope) -> Any:
    """Return the dependency that lets only keys of this scope pass, and leaves the key for `Key`.

    A key that does not work counts as a visit, so guessing is slow.
    """

    def check(
        request: Request,
        site: Here,
        background: BackgroundTasks,
        sent: Annotated[HTTPAuthorizationCredentials | None, Security(_key_header)],
    ) -> None:
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
        _note(site, key, background)
        request.state.key = key

    return Depends(check)


def _left_key(request: Request) -> ApiKey:
    key: ApiKey = request.state.key
    return key


def _reader(
    request: Request,
    site: Here,
    sent: Annotated[HTTPAuthorizationCredentials | None, Security(_token_header)],
) -> Subscriber:
    """Return the reader whose token came; an altered one and one of an erased reader look alike."""
    count_visit(request, site)
    try:
        claim = site.reader(Purpose.PREFERENCES, sent.credentials if sent else "")
        return unsubscribe.get(site.app.database, claim)
    except (LinkError, NotFoundError):
        raise _unknown(sent, "A valid token from a preferences link is required.") from None


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
