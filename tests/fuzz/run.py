"""Try every parser for a while, and print what came of it: `make fuzz`."""

import argparse
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import TARGETS, Target

MOST_SECONDS = 2.0  # of processor time, for one text of a few thousand bytes
AT_ONCE = 50  # examples between two looks at the clock
PHASES = (Phase.generate, Phase.shrink)
PATIENT: Any = {"suppress_health_check": list(HealthCheck)}


@dataclass(slots=True)
class Tried:
    """What came of one parser. crashes: (text, why)."""

    examples: int = 0
    seconds: float = 0.0
    crashes: list[tuple[bytes, str]] = field(default_factory=list)


def attempt(parser: Target, raw: bytes) -> None:
    """Parse one text; AssertionError for one that takes long, any other error for a crash."""
    start = time.process_time()
    with suppress(*parser.refuses):
        parser.parse(raw)
    took = time.process_time() - start
    assert took < MOST_SECONDS, f"{len(raw)} bytes take {took:.1f} s"


def try_for(parser: Target, seconds: float) -> Tried:
    """Try texts for so long, or until one crashes; Hypothesis makes that one small."""
    tried = Tried()

    @settings(max_examples=AT_ONCE, database=None, deadline=None, phases=PHASES, **PATIENT)
    @given(parser.texts())
    def run(raw: bytes) -> None:
        tried.examples += 1
        try:
            attempt(parser, raw)
        except Exception:
            tried.crashes.append((raw, traceback.format_exc(limit=-3)))
            raise

    start = time.monotonic()
    for number in count():
        try:
            seed(number)(run)()
        except Exception:
            if not tried.crashes:
                raise
        tried.seconds = time.monotonic() - start
        if tried.crashes or tried.seconds > seconds:
            return tried
    raise AssertionError


def main() -> int:
    """Print one line a parser; return 1 if one crashed."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=24.0, help="for all parsers together")
    seconds = words.parse_args().minutes * 60 / len(TARGETS)
    print(f"{'parser':<22} {'examples':>9} {'seconds':>8} {'crashes':>8}")
    crashes = []
    for parser in TARGETS:
        tried = try_for(parser, seconds)
        crashed = bool(tried.crashes)
        line = f"{parser.name:<22} {tried.examples:>9,} {tried.seconds:>8.1f} {crashed:>8}"
        print(line, flush=True)
        crashes += [(parser.name, *tried.crashes[-1])] if crashed else []
    for name, raw, why in crashes:
        print(f"\n{name}: {raw!r}\n{why}")
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
