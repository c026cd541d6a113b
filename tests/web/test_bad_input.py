"""What strangers send to the form, and how much of it: a clear answer, and it gets no further."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from digest.ground.tokens.links import Purpose
from digest.subscribers.store import reader_lists
from digest.web.site.forms import LARGEST_BYTES, MOST_FIELDS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
INJECTIONS = (
    "x\r\nBcc: eve@evil.example",
    "x\nBcc: eve@evil.example\n\nbody",
    "x%0d%0aBcc: eve@evil.example",
    "x\u2028Bcc: eve@evil.example",
    "x\x00Bcc: eve@evil.example",
    "=?utf-8?q?x=0D=0ABcc:_eve@evil.example?=",
    "{{ 7 * 7 }}<script>alert(1)</script>",
)
REFUSED = ("email", "cadence", "weekday", "hour", "timezone")  # nothing odd is one of these
FIELDS = (*REFUSED, "topic", "token", "website", "name", "agreed", "interests")


@pytest.fixture
def form_token(web, clock) -> str:
    found = re.search(r'name="token" value="([\w-]+)"', web.get("/").text)[1]
    clock.now += timedelta(seconds=10)
    return found


def readers(app) -> list[str]:
    with app.database.read() as session:
        return [one.address for one in reader_lists.iter_all(session)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"email=" + b"a" * 1_000_000, 413),
        (b"email=" + b"%41" * LARGEST_BYTES, 413),
        (b"&".join(b"topic=x" for _ in range(MOST_FIELDS + 1)), 400),
        (b"email=%FF%FE", 400),
        (b"email=\xff\xfea\x00", 400),
        ("email=ann@example.org".encode("utf-16"), 400),
        (b"email=%C0%AEann@example.org", 400),
        (b"email=%ED%A0%80@example.org", 400),
    ],
    ids=["1 MB", "long escapes", "fields", "not UTF-8", "raw", "UTF-16", "overlong", "surrogate"],
)
def test_forms_that_are_none_are_refused_and_nothing_is_kept(web, app, settled, body, status):
    answer = web.post("/subscribe", content=body, headers=FORM)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "Traceback" not in answer.text
    assert web.post("/subscribe", content=body[:100]).status_code == 415
    assert web.post("/subscribe", json={"email": "ann@example.org"}).status_code == 415
    settled()
    assert readers(app) == []


def test_a_body_without_a_length_is_read_with_the_same_bound(web, app, settled):
    pieces = (b"email=ann@example.org&x=" + b"a" * 4096 for _ in range(1000))
    assert web.post("/subscribe", content=pieces, headers=FORM).status_code == 413
    settled()
    assert readers(app) == []


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("field", FIELDS)
def test_no_field_of_the_form_gets_into_the_mail(web, app, sink, form_token, clock, settled, field):
    for text in INJECTIONS:
        clock.now += timedelta(hours=1)
        data = {"email": "ann@example.org", "token": form_token, field: text}
        answer = web.post("/subscribe", data=data)
        statuses = (200, 422) if field == "interests" else (422 if field in REFUSED else 200,)
        assert answer.status_code in statuses
        assert "<script>" not in answer.text
        assert not [name for name in answer.headers if name.lower() == "bcc"]
    settled()
    assert set(readers(app)) <= {"ann@example.org"}
    for received in sink.messages:
        assert received.recipients == ("ann@example.org",)
        message = message_from_bytes(received.data, policy=policy.default)
        assert message["Bcc"] is None
        assert b"eve" not in received.data
        assert b"<script" not in received.data
    typed_elsewhere = field in ("topic", "name", "agreed")
    assert bool(sink.messages) is typed_elsewhere or field == "interests"


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "field", ["interests", "muted", "timezone", "cadence", "weekday", "hour", "topic-code"]
)
def test_no_field_of_the_preferences_breaks_the_page_or_a_mail(web, app, token, field):
    link = f"/p/{token(Purpose.PREFERENCES)}"
    plain = {"hour": "7", "timezone": "UTC", "cadence": "daily", "weekday": "monday"}
    plain["topic-compression"] = "1"  # so that there is a mail whatever else is said
    for text in INJECTIONS:
        answer = web.post(link, data={**plain, "max_papers": "5", field: text})
        assert answer.status_code in (200, 422)
        assert "<script>" not in answer.text
        assert "49" not in re.findall(r"<textarea.*?</textarea>", answer.text, re.S)
        mail = message_from_bytes(app.delivery.preview("ann@example.org", None).message.body)
        assert not any("Bcc" in part for part in mail.walk())
    for text in INJECTIONS[:1]:
        assert web.post(f"{link}/pause", data={"until": text}).status_code == 422


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_thousand_sign_ups_a_minute_are_bounded_and_none_that_was_taken_is_lost(
    web, app, sink, form_token, clock, settled
):
    taken = []
    for number in range(1000):
        clock.now += timedelta(milliseconds=60)
        address = f"a{number}@d{number}.example.org"
        visitor = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
        data = {"email": address, "token": form_token}
        answer = web.post("/subscribe", data=data, headers=visitor)
        assert answer.status_code in (200, 429)
        if answer.status_code == 200:
            taken.append(address)
        else:
            assert int(answer.headers["retry-after"]) > 0
    settled()
    assert 120 <= len(taken) <= 151  # the burst, and one every two seconds
    assert sorted(readers(app)) == sorted(taken)
    assert sorted(message.recipients[0] for message in sink.messages) == sorted(taken)
    assert web.get("/").status_code == 200
