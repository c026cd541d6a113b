"""What a search text means, and what a filter reads from texts."""

from datetime import UTC, date, datetime

import pytest

from digest.errors import InputError
from digest.model import DeliveryState, Layout, SubscriberState
from digest.render.headers import message_id
from digest.subscribers.rules.reader_filter import (
    EVERYBODY,
    ReaderFilter,
    Search,
    SearchKind,
    of_address,
    read_filter,
    search_for,
    search_kind,
)

TOPICS = ("speech", "coding")


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("7", SearchKind.NUMBER, "7"),
        (" #12 ", SearchKind.NUMBER, "12"),
        ("9999999999", SearchKind.NUMBER, "2147483647"),
        (message_id(date(2026, 11, 19), 7, "digest.example.org"), SearchKind.NUMBER, "7"),
        ("@Uni-", SearchKind.DOMAIN, "uni-"),
        ("Ann@Ex", SearchKind.BEGINNING, "ann@ex"),
        ("Ann  Lee", SearchKind.PART, "ann lee"),
        ("@", SearchKind.PART, "@"),
        ("12 monkeys", SearchKind.PART, "12 monkeys"),
    ],
)
def test_a_search_text_says_what_it_is_compared_with(text, kind, wanted):
    assert search_for(text) == Search(kind, wanted)
    assert search_kind(text) is kind


def test_no_text_searches_for_nothing_and_an_odd_one_is_refused():
    assert search_for("  ") is None
    assert search_kind("") is None
    for odd in ("x" * 321, "a\x00b"):
        with pytest.raises(InputError, match="search"):
            search_for(odd)
        assert search_kind(odd) is None


def test_an_address_is_searched_for_in_its_normal_form():
    assert of_address("ANN@example.org") == Search(SearchKind.ADDRESS, "ann@example.org")
    assert of_address("nobody") is None


def test_texts_are_read_by_name_and_empty_ones_stand_for_any():
    texts = {
        "state": "active",
        "layout": "compact",
        "mail": "failed",
        "topic": "speech",
        "language": "de",
        "joined_from": "2026-11-01",
        "joined_to": "2026-11-02",
        "search": " ",
        "csrf": "no part of it",
    }
    assert read_filter(texts, topics=TOPICS, zone="Europe/Berlin") == ReaderFilter(
        state=SubscriberState.ACTIVE,
        layout=Layout.COMPACT,
        mail=DeliveryState.FAILED,
        topic="speech",
        language="de",
        joined_from=datetime(2026, 10, 31, 23, tzinfo=UTC),
        joined_to=datetime(2026, 11, 2, 23, tzinfo=UTC),
    )
    assert read_filter({}, topics=()) == EVERYBODY


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("state", "sleepy"),
        ("topic", "gardening"),
        ("joined_from", "yesterday"),
        ("left_to", "9999-12-31"),
    ],
)
def test_what_says_nothing_is_named(name, text):
    with pytest.raises(InputError, match=name):
        read_filter({name: text}, topics=TOPICS)


def test_only_what_no_index_leads_to_is_walked():
    assert not EVERYBODY.is_walked
    assert not ReaderFilter(state=SubscriberState.ACTIVE).is_walked
    assert not ReaderFilter(search=search_for("@uni"), language="de").is_walked
    assert ReaderFilter(search=search_for("ann")).is_walked
    assert ReaderFilter(language="de").is_walked
