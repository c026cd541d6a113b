"""Nonsense to every address that takes a POST: an answer of our own, and nothing has changed.

The addresses come from the pages' own routes, so that none is forgotten.
"""

import re

import httpx
import pytest
from sqlalchemy import select
from starlette.routing import Route

from digest.ground.database.tables.whole import Base
from digest.ground.tokens.links import Purpose
from digest.web import pages as pages_of
from digest.web.security_headers import HEADERS
from tests.factories import DAY

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Every name that any of our forms has, and some that none has.
NAMES = (
    *("email", "topic", "token", "website", "proof", "do", "interests", "muted", "timezone"),
    *("cadence", "weekday", "hour", "max_papers", "layout", "language", "empty_day", "until"),
    *("topic-compression", "topic-", "List-Unsubscribe", "x", ""),
)
TEXTS = {
    "control characters": "".join(map(chr, range(32))) + "\x7f\x85\u2028\u2029",
    "a header": "x\r\nSet-Cookie: a=b\r\nBcc: eve@evil.example\r\n\r\nbody",
    "a header in escapes": "%0d%0aSet-Cookie:%20a=b",
    "directions": "\u202eevil\u2066\u200f",
    "markup": "'\"><script>alert(1)</script>{{ 7 * 7 }}{% x %}",
    "SQL": "'; DROP TABLE subscribers; --",
    "a path": "../../../etc/passwd\x00.html",
    "a number": "1e999",
    "digits of others": "٣" * 40,
    "long": "é" * 2000,
}
BODIES = {
    "1 MB": (b"email=" + b"a" * 1_000_000, FORM),
    "1 MB of escapes": (b"email=" + b"%41" * 350_000, FORM),
    "not UTF-8": (b"email=%FF%FE&until=%C0%AE", FORM),
    "raw bytes": (b"email=\xff\xfe\x00", FORM),
    "UTF-16": ("email=ann@example.org".encode("utf-16"), FORM),
    "a surrogate": (b"interests=%ED%A0%80", FORM),
    "another charset": (b"email=\xe4", {"Content-Type": f"{FORM['Content-Type']}; charset=utf-7"}),
    "JSON": (b'{"email": "ann@example.org"}', {"Content-Type": "application/json"}),
    "a broken multipart": (b"--x\r\n\r\n", {"Content-Type": "multipart/form-data; boundary=y"}),
    "no type": (b"email=ann@example.org", {}),
    "a type of nonsense": (b"a", {"Content-Type": b"\x80/;;;"}),
    "many fields": (b"&".join(b"topic=x" for _ in range(2000)), FORM),
}


def post_routes() -> list[str]:
    """Return every address of a page that takes a POST, with its names in braces."""
    found = {
        route.path
        for group in pages_of.GROUPS
        for route in group.pages.routes
        if isinstance(route, Route) and "POST" in (route.methods or ())
    }
    assert len(found) >= 10
    return sorted(found)


# What ends with a press of a button whatever its form holds (RFC 8058 for the first).
BUTTONS = {
    *("/u/{token}", "/u/{token}/weekly", "/u/{token}/less/{slug}", "/undo/{token}", "/c/{token}"),
    *("/p/{token}/resume", "/p/{token}/forget-votes", "/p/{token}/renew-feed", "/p/{token}/erase"),
    *("/more/{token}/{paper_id}", "/less/{token}/{paper_id}"),
}


@pytest.fixture
def tables(app, settled):
    """Every row of the database, once all that was left behind is done."""

    def look() -> dict[str, list[tuple]]:
        settled()
        with app.database.read() as session:
            return {
                table.name: sorted(map(repr, session.execute(select(table)).all()))
                for table in Base.metadata.sorted_tables
            }

    return look


@pytest.fixture
def address_of(app, reader, token):
    """An address with tokens that are right, or with those of nobody."""
    app.editions.open(DAY)
    purposes = {"u": Purpose.UNSUBSCRIBE, "p": Purpose.PREFERENCES}

    def make(route: str, *, right: bool) -> str:
        kind = route.split("/")[1]
        known = token(purposes.get(kind, Purpose.VOTE), None if kind in purposes else DAY)
        altered = known[:-4] + "AAAA"
        values = {"token": known if right else altered, "slug": "compression", "paper_id": "3"}
        return re.sub(r"\{(\w+)\}", lambda name: values[name[1]], route)

    return make


def check(answer: httpx.Response) -> None:
    """It is a page of ours, with every header of ours, and says nothing of our insides."""
    assert 200 <= answer.status_code < 500
    assert not answer.is_redirect
    assert answer.headers["content-type"].startswith("text/html")
    assert 'rel="stylesheet"' in answer.text
    assert "Traceback" not in answer.text
    assert "<script>alert" not in answer.text
    for name, value in HEADERS.items():
        assert answer.headers[name].startswith(value)  # the policy of a form has scripts too
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {"set-cookie", "bcc", "location"} & set(answer.headers)


@pytest.mark.parametrize("route", post_routes())
def test_no_text_in_any_field_changes_anything(web, app, address_of, tables, route):
    asks_more = route not in BUTTONS  # with right tokens these read their forms
    before = tables()
    for text in TEXTS.values():
        data = dict.fromkeys(NAMES, text)
        check(web.post(address_of(route, right=False), data=data))
        if asks_more:
            check(web.post(address_of(route, right=True), data=data))
    assert tables() == before


@pytest.mark.parametrize("route", post_routes())
def test_no_body_that_is_no_form_of_ours_changes_anything(web, address_of, tables, route):
    asks_more = route not in BUTTONS
    before = tables()
    for body, headers in BODIES.values():
        for right in (False, True) if asks_more else (False,):
            answer = web.post(address_of(route, right=right), content=body, headers=headers)
            check(answer)
            assert answer.status_code >= 400
    assert tables() == before


@pytest.mark.parametrize("route", sorted(BUTTONS - {"/c/{token}", "/undo/{token}"}))
def test_a_button_does_its_work_whatever_is_sent_with_it(web, address_of, route):
    for body, headers in BODIES.values():
        answer = web.post(address_of(route, right=True), content=body, headers=headers)
        if answer.status_code == 404 and route == "/p/{token}/erase":
            continue  # the second time there is nobody to erase
        assert answer.status_code == 200
        check(answer)


@pytest.mark.parametrize("route", post_routes())
def test_tokens_of_nonsense_lead_nowhere(web, tables, route):
    before = tables()
    for token in ("%00", "%0d%0aSet-Cookie:a=b", "%FF", "a" * 5000, "%E2%80%AE", "..%2f..%2f", "'"):
        path = re.sub(r"\{\w+\}", token, route)
        if path != route:
            check(web.post(path, data={"x": "y"}))
    assert tables() == before
