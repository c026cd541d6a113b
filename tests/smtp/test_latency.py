import pytest

from digest.errors import UnreachableError
from digest.model import Lost, Reply
from digest.smtp.latency import LONGER, UPTO_MS, Latencies
from tests.smtp.notes import make_relay
from tests.smtp.scripted_server import HANG_UP, SILENCE, Behaviour, ScriptedServer, answering


def test_a_message_counts_in_the_smallest_bucket_that_holds_it():
    found = Latencies()
    for seconds in (0.001, 0.002, 0.0021, 59.0, 61.0):
        found.add(seconds)
    assert found.counts == {2: 2, 5: 1, 60_000: 1, LONGER: 1}
    assert sum(found.seconds.values()) == pytest.approx(120.0051)
    assert list(UPTO_MS) == sorted(UPTO_MS)


def test_only_what_the_server_answered_is_timed():
    found = Latencies()
    found.begin(1)
    found.begin(2)
    found.answer(1, Reply(250, "ok"))
    found.answer(2, Lost("gone"))
    found.answer(3, Reply(550, "no", "RCPT"))
    assert sum(found.counts.values()) == 1


def test_a_sender_is_offered_and_taken_back():
    with ScriptedServer() as server:
        found = make_relay(server.port).offer_sender("bounces@example.org")
    assert found == {f"127.0.0.1:{server.port}": Reply(250, "ok", "MAIL")}
    assert server.commands[1:] == ["MAIL FROM:<bounces@example.org>", "RSET", "QUIT"]
    assert not server.accepted


@pytest.mark.parametrize("answer", [HANG_UP, SILENCE])
def test_a_server_that_does_not_answer_is_named(answer):
    with ScriptedServer(Behaviour(answer=answering(MAIL=answer))) as server:
        relay = make_relay(server.port, timeout_seconds=0.2)
        (error,) = relay.offer_sender("bounces@example.org").values()
    assert isinstance(error, UnreachableError)
    assert str(error).startswith(f"session failed at 127.0.0.1:{server.port}")
