"""No number is too large for a page of the console: it is refused in words."""

import pytest
from fastapi.routing import APIRoute

from digest.web.console.routes import GROUPS
from tests.factories import DAY

ROUTES = [
    (route.path, method, [one.name for one in route.dependant.query_params])
    for group in GROUPS
    for route in group.pages.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]
KEPT = ("/sign-out", "/today/stream")  # ends the session; does not end
READ = ("after", "before", "below", "page", "against", "reader", "max_papers", "search", "paper")
TYPED = (
    *("after", "page", "place", "entry", "version", "planned", "reader", "message", "days"),
    *("max_papers", "summaries", "text", "code", "answer", "search", "number", "state"),
)


@pytest.fixture
def papers(app):
    return [each.paper.id for each in app.editions.open(DAY).edition.candidates]


def filled(path: str, number: str) -> str:
    """Return a path whose parameters are a number, but for days and what goes on behind them."""
    parts = [
        DAY.isoformat()
        if part == "{day}"
        else {"{act}": "drop", "{state}": "failed"}.get(part, number)
        if part.startswith("{")
        else part.replace("{name}", "readers")
        for part in path.split("/")
    ]
    return "/".join(parts)


def test_no_number_is_an_error_of_the_program(signed_in, subscribe, papers):
    subscribe("ann")
    hand = signed_in()
    token = hand.token
    number, broken, seen = "9" * 30, [], 0
    for path, method, names in ROUTES:
        if path in KEPT:
            continue
        place = f"/admin{filled(path, number)}"
        if method == "GET":
            tries = [hand.get(place)]
            tries += [hand.get(place, params={name: number}) for name in (names or READ)]
        else:
            form = {"csrf": token, "date": DAY.isoformat()}
            tries = [
                hand.post(place, data={**form, **dict.fromkeys(TYPED, number)}),
                hand.post(place, data={**form, "search": "ann", "after": number}),
            ]
        seen += len(tries)
        broken += [(one.request.method, str(one.url)) for one in tries if one.status_code >= 500]
    assert broken == []
    assert seen > 150


def test_it_is_refused(signed_in, papers):
    hand = signed_in()
    for path in (
        *("/readers/{}", "/readers/{}/why", "/readers?after={}", "/readers/import/{}"),
        *("/webhooks/{}", "/runs?below={}", "/audit?below={}"),
        *("/edition/preview?reader={}", "/topics/versions?below={}"),
    ):
        assert hand.get("/admin" + path.format("9" * 30)).status_code in (404, 422), path


def test_a_place_in_a_timeline_has_bounds_too(app, signed_in, subscribe):
    subscribe("ann")
    hand = signed_in()
    for at, number in (
        ("2026-11-19T05:00:00+00:00", "9" * 30),
        ("0001-01-01T00:00:00+14:00", "1"),
        ("9999-12-31T23:59:59-14:00", "1"),
    ):
        answer = hand.get("/admin/readers/1", params={"before": f"{at}~1~{number}"})
        assert answer.status_code == 422
