"""Forms of other websites are refused; programs, which say nothing, are not."""

import pytest

from digest.ground.tokens.links import Purpose
from digest.model import SubscriberState
from digest.web.origins import is_foreign

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_form_of_another_website_changes_nothing(web, token, found, headers):
    page = f"/p/{token(Purpose.PREFERENCES)}"
    answer = web.post(f"{page}/pause", data={"until": "2026-12-24"}, headers=headers)
    assert answer.status_code == 403
    assert "another website" in answer.text
    assert found().state is SubscriberState.ACTIVE
    assert (
        web.post("/subscribe", data={"email": "x@example.org"}, headers=headers).status_code == 403
    )
    assert web.get(page, headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [{}, *FOREIGN])
def test_mail_programs_unsubscribe_from_wherever_they_are(web, token, found, headers):
    body = {"List-Unsubscribe": "One-Click"}
    link = f"/u/{token(Purpose.UNSUBSCRIBE)}"
    assert web.post(link, data=body, headers=headers).status_code == 200
    assert found().state is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("fetch_site", "origin", "foreign"),
    [
        ("same-origin", "null", False),  # our own pages send no referrer
        ("none", "null", False),
        (None, "null", False),
        (None, "https://digest.example.org", False),
        (None, "http://127.0.0.1:8000", False),
        (None, "https://digest.example.org.evil.example", True),
        (None, "https://digest.example.org:8443", True),
        ("cross-site", "https://digest.example.org", True),
        (None, "https://[broken", True),
    ],
)
def test_where_a_form_comes_from(fetch_site, origin, foreign):
    own = ("digest.example.org", "127.0.0.1:8000")
    assert is_foreign(fetch_site, origin, own) is foreign
