"""A short look at each parser; `make fuzz` takes longer."""

import pytest
from hypothesis import HealthCheck, given, settings

from digest.errors import DigestError
from tests.fuzz.run import attempt, try_for
from tests.fuzz.targets import TARGETS, Target

EXAMPLES = 60


@pytest.mark.parametrize("parser", TARGETS, ids=lambda each: each.name)
def test_a_parser_takes_or_refuses_any_text_in_time(parser):
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(parser.texts())
    def run(raw):
        attempt(parser, raw)

    run()


def test_a_crash_is_found_and_made_small():
    def parse(raw: bytes) -> None:
        if b"bc" in raw:
            raise IndexError(raw)

    tried = try_for(Target("broken", parse, (b"ab", b"bc"), (DigestError,)), 30)
    assert tried.crashes[-1][0] == b"bc"


def test_without_a_crash_it_ends_when_its_time_is_over():
    tried = try_for(Target("sound", len, (b"ab",), (DigestError,)), 0.5)
    assert tried.examples > 10
    assert tried.crashes == []
