"""One reader's mail in the browser, loaded again whenever a template changes: `preview --watch`.

For whoever writes templates, on this machine only. A script of our own asks once a second whether
anything changed; a template that is broken shows its file, line and reason where the mail would be.
"""

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from markupsafe import escape
from starlette.middleware.trustedhost import TrustedHostMiddleware

from digest.delivery.composing import Mail
from digest.errors import DigestError

EVERY_MILLISECONDS = 700
_HOSTS = ["127.0.0.1", "localhost"]  # a page elsewhere may have its name lead here
_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Preview</title>
<style>
html, body { height: 100%; margin: 0; font: 14px/1.4 system-ui, sans-serif; }
body { display: flex; flex-direction: column; }
nav { display: flex; gap: 1.5em; padding: 10px 16px; }
iframe { flex: 1; width: 100%; border: 0; border-top: 1px solid #8888; background: canvas; }
</style>
<script src="/reload.js" defer></script>
</head>
<body>
<nav aria-label="Parts">
<a href="/mail" target="mail">HTML</a>
<a href="/text" target="mail">Text</a>
<a href="/source" target="mail">Source</a>
</nav>
<iframe name="mail" title="The mail" src="/mail"></iframe>
</body>
</html>
"""
_SCRIPT = """let known = null;
setInterval(async () => {
  const answer = await fetch("/stamp").catch(() => null);
  const stamp = answer && answer.ok ? await answer.text() : known;
  if (known !== null && stamp !== known) frames.mail.location.reload();
  known = stamp;
}, %d);
"""


def make_watch(compose: Callable[[], Mail], stamp: Callable[[], str]) -> FastAPI:
    """Return the pages. compose: makes the mail anew; stamp: is another one after a change."""
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    web.add_middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)

    @web.get("/")
    def frame() -> HTMLResponse:
        return HTMLResponse(_FRAME)

    @web.get("/reload.js")
    def script() -> Response:
        return Response(_SCRIPT % EVERY_MILLISECONDS, media_type="text/javascript")

    @web.get("/stamp")
    def changed() -> PlainTextResponse:
        return PlainTextResponse(stamp())

    @web.get("/mail")
    def html() -> HTMLResponse:
        return _shown(compose, lambda mail: HTMLResponse(mail.html or _as_text(mail.text)))

    @web.get("/text")
    def text() -> HTMLResponse:
        return _shown(compose, lambda mail: HTMLResponse(_as_text(mail.text)))

    @web.get("/source")
    def source() -> HTMLResponse:
        return _shown(compose, lambda mail: HTMLResponse(_as_text(mail.message.body.decode())))

    return web


def _shown(compose: Callable[[], Mail], show: Callable[[Mail], HTMLResponse]) -> HTMLResponse:
    try:
        return show(compose())
    except DigestError as exc:
        return HTMLResponse(_as_text(f"{exc}\n\n{exc.hint}".strip()), 500)


def _as_text(text: str) -> str:
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Text</title>'
    scheme = '<meta name="color-scheme" content="light dark">'
    return f'{head}{scheme}<pre style="white-space: pre-wrap">{escape(text)}</pre></html>'
