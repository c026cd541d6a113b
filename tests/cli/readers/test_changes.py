"""Changing a subscription by hand: the events and mails of the pages, on a real mail server."""

import pytest

from digest.errors import ConflictError, InputError, NotFoundError

ANN = "ann@example.org"


@pytest.fixture
def subscribers(loaded):
    """Run a command of `digest subscribers`; with --json its value comes back."""

    def invoke(*words, code=0):
        shown = loaded("subscribers", *words, code=code)
        return shown[0] if "--json" in words and words[0] != "list" else shown

    return invoke


def events(subscribers, email=ANN):
    return [event["kind"] for event in subscribers("show", email, "--json")["events"]]


def test_what_is_set_changes_the_rest_stays_and_the_reader_is_told(subscribers, sink):
    before = subscribers("show", ANN, "--json")
    done = subscribers("set", ANN, "--cadence", "weekly", "--muted", "survey;poll", "--json")
    assert done == {
        "email": ANN,
        "state": "active",
        "paused_until": None,
        "changed": True,
        "untold": False,
    }
    after = subscribers("show", ANN, "--json")
    assert (after["cadence"], after["muted"]) == ("weekly", ["survey", "poll"])
    kept = ("topics", "interests", "hour", "timezone", "max_papers", "layout", "language")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert events(subscribers) == ["confirmed", "changed"]
    assert [message.recipients for message in sink.messages] == [(ANN,)]
    assert "had these preferences" in subscribers("set", ANN, "--cadence", "weekly")
    subscribers("set", ANN, "--muted", "")
    assert subscribers("show", ANN, "--json")["muted"] == []
    assert len(sink.messages) == 1  # of several changes within a day the first is told


def test_nobody_is_told_who_should_not_be(subscribers, sink):
    subscribers("set", ANN, "--hour", "9", "--no-mail")
    subscribers("unsubscribe", ANN, "--no-mail")
    assert sink.messages == []
    assert events(subscribers) == ["confirmed", "changed", "unsubscribed"]


def test_mistakes_change_nothing(subscribers, sink):
    with pytest.raises(InputError, match="no topic 'nosuch'"):
        subscribers("set", ANN, "--topics", "nosuch", "--hour", "8")
    with pytest.raises(NotFoundError):
        subscribers("set", "nobody@example.org", "--hour", "8")
    subscribers("set", ANN, code=2)
    assert events(subscribers) == ["confirmed"]
    assert sink.messages == []


def test_a_topic_of_old_keeps_no_other_wish_from_being_set(subscribers):
    subscribers("set", ANN, "--topics", "code:2", "--no-mail")
    assert subscribers("show", ANN, "--json")["topics"] == {"coding": 2.0}


def test_a_pause_and_its_end(subscribers, loaded):
    subscribers("pause", ANN, "--until", "2027-01-10")
    shown = subscribers("show", ANN, "--json", "--now", "2026-12-24T12:00")
    assert (shown["state"], shown["paused_until"]) == ("paused", "2027-01-10")
    assert shown["next_due_at"].startswith("2027-01-10T07:00")
    assert len(loaded("send", "--dry-run").splitlines()) > 1
    assert ANN not in loaded("send", "--dry-run")
    assert "is active" in subscribers("resume", ANN)
    assert events(subscribers) == ["confirmed", "paused", "resumed"]
    with pytest.raises(InputError, match="within the next year"):
        subscribers("pause", ANN, "--until", "2020-01-01")


def test_who_is_unsubscribed_is_told_how_to_come_back_once(subscribers, sink):
    assert "is unsubscribed" in subscribers("unsubscribe", ANN)
    assert "was already unsubscribed" in subscribers("unsubscribe", ANN)
    assert len(sink.messages) == 1
    assert b"/undo/" in sink.messages[0].data
    with pytest.raises(NotFoundError, match="Only an active or paused"):
        subscribers("pause", ANN, "--until", "2027-01-10")


def test_a_goodbye_that_is_not_taken_is_exit_code_1_and_the_end_stands(subscribers, sink):
    sink.replies = {ANN: "550 no such user"}
    done = subscribers("unsubscribe", ANN, "--json", code=1)
    assert (done["state"], done["untold"]) == ("unsubscribed", True)
    assert subscribers("show", ANN, "--json")["state"] == "unsubscribed"


def test_who_is_suppressed_is_never_mailed_again(subscribers, loaded, sink):
    done = subscribers("suppress", "ANN@example.org", "--reason", "a  complaint\n", "--json")
    assert done == {"email": ANN, "state": "suppressed", "changed": True}
    assert "was suppressed already" in subscribers("suppress", ANN, "--reason", "another")
    shown = subscribers("show", ANN, "--json")
    assert shown["suppressed"]["reason"] == "a complaint"
    assert (shown["state"], shown["next_due_at"]) == ("suppressed", None)
    assert loaded("send", "--json")[0]["states"] == {"sent": 1}
    subscribers("set", ANN, "--hour", "9")
    subscribers("unsubscribe", ANN)
    for words in (("resume", ANN), ("pause", ANN, "--until", "2027-01-10")):
        with pytest.raises(NotFoundError):
            subscribers(*words)
    subscribers("remove", ANN)
    with pytest.raises(ConflictError, match="suppressed"):
        subscribers("add", ANN, "--confirmed")
    assert [message.recipients for message in sink.messages] == [("bob@example.org",)]
    with pytest.raises(NotFoundError, match=r"suppressed since .*: a complaint"):
        subscribers("show", ANN)


def test_an_address_of_nobody_can_be_suppressed_with_a_reason(subscribers):
    with pytest.raises(InputError, match="a reason is needed"):
        subscribers("suppress", "eve@example.org", "--reason", " \n")
    assert subscribers("suppress", "eve@example.org", "--reason", "spam trap", "--json") == {
        "email": "eve@example.org",
        "state": None,
        "changed": True,
    }
    with pytest.raises(ConflictError, match="suppressed"):
        subscribers("add", "eve@example.org")


def test_a_suppression_is_lifted_by_hand_and_nobody_is_subscribed_by_it(subscribers, loaded, sink):
    subscribers("suppress", ANN, "--reason", "by mistake")
    assert "once they ask" in subscribers("unsuppress", ANN)
    shown = subscribers("show", ANN, "--json")
    assert (shown["state"], shown["suppressed"]) == ("unsubscribed", None)
    assert [event["kind"] for event in shown["events"]] == ["confirmed", "suppressed", "lifted"]
    with pytest.raises(NotFoundError, match="not suppressed"):
        subscribers("unsuppress", ANN)
    loaded("send")
    assert [message.recipients for message in sink.messages] == [("bob@example.org",)]


def test_how_they_agreed_is_recorded(subscribers):
    subscribers("add", "cy@example.org", "--confirmed", "--consent", "paper form 12")
    shown = subscribers("show", "cy@example.org", "--json")
    assert shown["consent"]["said"] == "paper form 12"
    assert shown["confirmed_at"]
    subscribers("add", "di@example.org", "--consent", "x", code=2)
    subscribers("add", "di@example.org")
    assert subscribers("show", "di@example.org", "--json")["consent"] is None


def test_the_list_is_searched_filtered_and_cut(subscribers, loaded, capfd):
    for number in range(60):
        subscribers("add", f"reader{number}@uni.example", "--name", "Zoë")
    found = loaded("subscribers", "list", "--search", "UNI.EX", "--limit", "3", "--json")
    assert [one["email"] for one in found] == [f"reader{n}@uni.example" for n in range(3)]
    assert len(loaded("subscribers", "list", "--state", "pending", "--json")) == 60
    assert len(loaded("subscribers", "list", "--search", "%", "--json")) == 0
    assert subscribers("list").count("@") == 50
    assert subscribers("list", "--limit", "70").count("@") == 62


def test_links_are_renewed_once_somebody_else_has_them(loaded, sink):
    assert "have ended" in loaded("subscribers", "renew-links", ANN)
    assert loaded("subscribers", "renew-links", ANN, "--json")[0] == {"email": ANN, "renewed": True}
    with pytest.raises(NotFoundError):
        loaded("subscribers", "renew-links", "nobody@example.org")
    assert not sink.messages
