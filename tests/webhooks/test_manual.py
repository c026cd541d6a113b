"""What the manual says of webhooks is so: its verifier verifies, its example is genuine."""

import re

import pytest

from digest.webhooks.rules.news import MEANINGS, News
from digest.webhooks.rules.retrying import WAITS
from digest.webhooks.rules.signing import headers, shown
from tests.conftest import REPOSITORY

MANUAL = (REPOSITORY / "docs" / "use" / "webhooks.md").read_text("utf-8")


@pytest.fixture
def verify():
    """The function of the manual."""
    (code,) = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)
    found = {}
    exec(code, found)  # noqa: S102 -- it is ours
    return found["verify"]


def test_the_verifier_takes_what_is_ours_and_nothing_else(verify):
    import time

    secret, body, now = bytes(range(32)), b'{"type":"reader.left"}', int(time.time())
    sent = headers(secret, "msg_1", now, body)
    verify(shown(secret), sent, body)
    rotated = sent | {"webhook-signature": f"v1,AAAA {sent['webhook-signature']}"}
    verify(shown(secret), rotated, body)
    for forged in (
        (shown(bytes(32)), sent, body),
        (shown(secret), sent, body + b" "),
        (shown(secret), sent | {"webhook-id": "msg_2"}, body),
        (shown(secret), sent | {"webhook-timestamp": str(now + 1)}, body),
        (shown(secret), headers(secret, "msg_1", now - 301, body), body),
    ):
        with pytest.raises(ValueError, match=r"wrong|too old"):
            verify(*forged)


def test_the_example_is_signed_with_the_secret_beside_it():
    import base64

    (secret,) = re.findall(r"whsec_([\w+/]+=*)\n", MANUAL)
    sent = dict(re.findall(r"^    (webhook-[a-z]+): (.+)$", MANUAL, re.MULTILINE))
    (body,) = re.findall(r'^    (\{"type".*\})$', MANUAL, re.MULTILINE)
    seconds = int(sent["webhook-timestamp"])
    made = headers(base64.b64decode(secret), sent["webhook-id"], seconds, body.encode())
    assert made == sent


def test_every_event_is_in_the_manual_with_the_words_of_the_command_line():
    rows = dict(re.findall(r"^\| `([a-z]+\.[a-z]+)` \| ([^|]+) \|", MANUAL, re.MULTILINE))
    assert set(rows) == {one.value for one in News}
    for news in (News.READER_SUBSCRIBED, News.READER_LEFT, News.READER_BOUNCED):
        assert rows[news.value] == MEANINGS[news]


def test_the_waits_of_the_manual_are_those_of_the_code():
    hours = ", ".join(str(int(wait.total_seconds() // 3600)) for wait in WAITS[3:-1])
    assert f"5 seconds, 5 and 30 minutes, {hours} and 24 hours" in MANUAL
