"""How fast the relay pushes ready mail into Postfix's smtp-sink, beside Postfix's own smtp-source.

    python -m benchmarks.relay [--messages 10000] [--size 43000] [--connections 8] [--rounds 3]

Both push into the same sink on loopback, in turn. smtp-source is C and sends the same octets again
and again.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator

from benchmarks.measure import Measured, beside, cpu_seconds, in_turn, smtp_sink, smtp_source
from digest.model import Answer, Message, Reply
from digest.smtp.pool import SmtpPool
from digest.smtp.smtp_url import SmtpUrl

_LINE = b"A line of a digest as it goes out, seventy-six columns wide, and no dot....=\r\n"


class Tally:
    """Counts answers by their code."""

    def __init__(self) -> None:
        self.codes: Counter[int] = Counter()

    def begin(self, _message: Message) -> None:
        """Nothing is kept here."""

    def answer(self, _message: Message, answer: Answer) -> None:
        """Count one answer; 0 is no reply."""
        self.codes[answer.code if isinstance(answer, Reply) else 0] += 1


def make_messages(count: int, size: int) -> Iterator[Message]:
    """Yield messages of about `size` octets, each to another reader."""
    body = b"Subject: benchmark\r\n\r\n" + _LINE * (size // len(_LINE))
    for number in range(count):
        yield Message(
            number, f"bounce+{number}@example.org", f"reader{number}@example.org", body, plain=True
        )


def push(port: int, count: int, size: int, connections: int) -> Measured:
    """Send with the relay; the CPU is that of this process."""
    tally, url = Tally(), SmtpUrl("smtp", "127.0.0.1", port)
    with SmtpPool([url], connections=connections) as relay:
        cpu, started = cpu_seconds(), time.perf_counter()
        relay.deliver(make_messages(count, size), tally, lambda: False)
        seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    assert tally.codes == {250: count}, tally.codes
    return Measured(count / seconds, cpu / count * 1000)


def main() -> None:
    """Measure both in turn and print medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=43_000, help="bytes")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    count, size, connections = options.messages, options.size, options.connections
    with smtp_sink() as sink:
        ours, source = in_turn(
            options.rounds,
            {
                "relay into smtp-sink": lambda: beside(
                    sink, count, lambda: push(sink.port, count, size, connections)
                ),
                "smtp-source into smtp-sink": lambda: beside(
                    sink,
                    count,
                    lambda: smtp_source(
                        sink.port, messages=count, size=size, connections=connections
                    ),
                ),
            },
        ).values()
    print(f"  {ours.rate / source.rate:.2f} of its rate")


if __name__ == "__main__":
    main()
