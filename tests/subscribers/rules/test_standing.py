"""When in doubt, nobody is mailed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.subscribers.rules.header_names import ALLOWED, BARRED, STATUS
from digest.subscribers.rules.standing import UNKNOWN, bar


@pytest.mark.parametrize(
    "word", ["", " ", "active", "Active", "SUBSCRIBED", "enabled", "Confirmed", "opted-in", "free"]
)
def test_these_may_be_mailed(word):
    assert bar("status", STATUS, word) is None


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *(("unsubscribed", "unsubscribed"), ("Opted out", "unsubscribed"), ("0", "unsubscribed")),
        *(("cleaned", "bounced"), ("Hard-Bounced", "bounced"), ("unreachable", "bounced")),
        *(("blocklisted", "blocklisted"), ("SPAMMY", "blocklisted"), ("spam", "complained")),
        *(("unconfirmed", "never confirmed"), ("pending", "never confirmed")),
        *(("disabled", "deleted or disabled"), ("paused", "paused"), ("gold", UNKNOWN)),
        *(("not active", UNKNOWN), ("inactive", "deleted or disabled"), ("2", UNKNOWN)),
    ],
)
def test_these_must_not(word, kind):
    found = bar("Status", STATUS, word)
    assert found.kind == kind
    assert repr(word) in found.text


def test_a_system_may_use_a_word_for_something_else():
    assert bar("type", STATUS, "past_due", fine=("pastdue",)) is None


@pytest.mark.parametrize(
    "cell",
    [
        *("true", "TRUE", "1", "yes", "ja", "2024-05-01", "1.5.2024", "Wed, 1 May 2024", "May 1"),
        *("2024-05-01T10:00:00Z", "2024-05-01 10:00:00+02:00", "May 1, 2024 10:00 AM"),
        "1714550400",
    ],
)
def test_a_permission_is_a_yes_or_a_date(cell):
    assert bar("subscribed", ALLOWED, cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        *("", "false", "0", "no", "None", "revoked on 3 May", "perhaps", "\u2717"),
        *("0000-00-00 00:00:00", "0001-01-01 00:00:00 +0000 UTC", "0000-00-00T00:00:00Z"),
        *("0000000000", "1970-01-01", "30.12.1899", "2024-05-01 withdrawn 2025-01-01"),
        *("1.5.2024 widerrufen", "May 1, 2024: opted out"),
    ],
)
def test_anything_else_is_none(cell):
    assert bar("subscribed", ALLOWED, cell) is not None


@pytest.mark.parametrize("cell", ["", "false", "0", "No", "0001-01-01T00:00:00Z", "-", "n/a"])
def test_a_mark_that_is_not_set_bars_nobody(cell):
    assert bar("bounced", BARRED, cell) is None


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        *(
            ("UNSUB_TIME", "unsubscribed"),
            ("CLEAN_TIME", "bounced"),
            ("blocklisted", "blocklisted"),
        ),
        *(("deleted_at", "deleted or disabled"), ("Widerruf", "barred")),
    ],
)
def test_a_mark_that_is_set_bars_by_its_name(column, kind):
    assert bar(column, BARRED, "2024-05-01 10:00:00").kind == kind


@given(st.text(max_size=30), st.sampled_from([STATUS, ALLOWED, BARRED]))
def test_every_cell_has_an_answer_that_can_be_printed(cell, use):
    found = bar("column", use, cell)
    assert found is None or found.text.isprintable()


@pytest.mark.parametrize("cell", ["\u2713", "\u274c", "\U0001f6ab"])
@pytest.mark.parametrize("use", [STATUS, BARRED, ALLOWED])
def test_a_sign_without_a_word_may_say_anything(cell, use):
    assert bar("Unsubscribed", use, cell).kind == UNKNOWN


def test_a_number_below_zero_is_no_yes():
    assert bar("status", STATUS, "-1").kind == UNKNOWN
    assert bar("status", STATUS, "-") is None
