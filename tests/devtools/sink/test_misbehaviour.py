import random

from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import Act, Rule, Step

READERS = [f"reader{number}@example.org" for number in range(1000)]


def hit(misbehaviour: Misbehaviour, readers: list[str]) -> set[str]:
    return {to for to in readers if misbehaviour.actions(Step.RCPT, [to], carried=0)}


def test_a_share_is_about_right_and_does_not_depend_on_the_order():
    rule = Rule(Act.DROP, share=0.2, seed=3)
    shuffled = random.Random(1).sample(READERS, len(READERS))
    once = hit(Misbehaviour([rule]), READERS)
    assert 150 < len(once) < 250
    assert hit(Misbehaviour([rule]), shuffled) == once
    assert hit(Misbehaviour([Rule(Act.DROP, share=0.2, seed=4)]), READERS) != once


def test_a_share_is_drawn_anew_when_an_address_comes_again():
    misbehaviour = Misbehaviour([Rule(Act.DROP, share=0.2)])
    first, second = hit(misbehaviour, READERS), hit(misbehaviour, READERS)
    assert first != second
    assert 20 < len(first & second) < 70


def test_waits_and_a_reply_can_go_together():
    wait = Rule(Act.WAIT, seconds=1)
    refuse = Rule(Act.REPLY, reply="451 4.3.0 later")
    elsewhere = Rule(Act.DROP, Step.DOT)
    misbehaviour = Misbehaviour([wait, elsewhere, refuse])
    assert misbehaviour.actions(Step.RCPT, READERS[:1], carried=0) == [wait, refuse]


def test_every_counts_the_occasions_that_a_pattern_matches():
    misbehaviour = Misbehaviour([Rule(Act.DROP, pattern="*@a.example", every=2)])
    addresses = ["x@a.example", "x@b.example", "y@a.example", "z@b.example", "z@a.example"]
    assert hit(misbehaviour, addresses) == {"y@a.example"}


def test_after_counts_what_the_connection_carried():
    misbehaviour = Misbehaviour([Rule(Act.DROP, Step.MAIL, after=2)])
    fired = [bool(misbehaviour.actions(Step.MAIL, [""], carried=n)) for n in range(4)]
    assert fired == [False, False, True, True]
