from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.devtools.sink.rules import Act, Rule, Step, check_reply, parse_rule
from digest.errors import InputError


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "full@example.org: 452 4.2.2 mailbox full",
            Rule(Act.REPLY, pattern="full@example.org", reply="452 4.2.2 mailbox full"),
        ),
        (
            "*@busy.example at dot: 451 4.3.2 try later: now",
            Rule(Act.REPLY, Step.DOT, "*@busy.example", "451 4.3.2 try later: now"),
        ),
        ("every 10 at stored: drop", Rule(Act.DROP, Step.STORED, every=10)),
        ("at any: wait 0.05", Rule(Act.WAIT, Step.ANY, seconds=0.05)),
        (": hang", Rule(Act.HANG)),
        (
            "share 5% seed 7 at mail: 421 4.3.2 busy",
            Rule(Act.REPLY, Step.MAIL, reply="421 4.3.2 busy", share=0.05, seed=7),
        ),
        ("share 0.5 : drop", Rule(Act.DROP, share=0.5)),
        ("first 1 after 3: 450 wait", Rule(Act.REPLY, reply="450 wait", first=1, after=3)),
    ],
)
def test_a_rule_is_one_line(text, rule):
    assert parse_rule(text) == rule


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("full@example.org 452 full", "without a colon"),
        ("full@example.org: 250 fine", "Not a refusal"),
        ("full@example.org: 452", "Not a refusal"),
        ("full@example.org: explode", "Unknown action"),
        ("full@example.org:", "Unknown action"),
        ("at lunch: drop", "at lunch`: any, connect, mail, rcpt, data, body, dot, stored"),
        ("a@b.example whenever: drop", "Cannot read 'whenever'"),
        ("every: drop", "Cannot read 'every'"),
        ("every ten: drop", "Cannot read `every ten`"),
        ("every 0: drop", "every >= 1"),
        ("share 150%: drop", "share <= 1"),
        ("at any: drop", "cannot drop at any"),
        ("at body: 452 4.2.2 full", "cannot reply at body"),
        ("ann@example.org at connect: drop", "no address is known"),
        ("at any: wait soon", "Cannot read `wait soon`"),
        ("at any: wait -1", "number of seconds"),
        ("at any: wait nan", "number of seconds"),
    ],
)
def test_a_bad_rule_is_explained(text, complaint):
    with pytest.raises(InputError) as refused:
        parse_rule(text)
    assert complaint in str(refused.value)


@given(st.text(max_size=40))
def test_any_text_is_a_rule_or_an_input_error(text):
    with suppress(InputError):
        assert isinstance(parse_rule(text), Rule)


@pytest.mark.parametrize("reply", ["452 a\r\nb", "452", "452  ", "666 text", "354 go on", ""])
def test_a_reply_is_one_line_that_refuses(reply):
    with pytest.raises(InputError):
        check_reply(reply)


def test_patterns_know_no_case():
    assert Rule(Act.DROP, pattern="*@Example.org").matches("Ann@EXAMPLE.ORG")
    assert not Rule(Act.DROP, pattern="*@example.org").matches("ann@example.com")
