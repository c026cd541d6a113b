"""What a message costs from a few readers to a million: CPU, peak memory, start-up apart.

    python -m benchmarks.readers [--readers 2000 20000] [--rounds 3] [--workers 1]

`digest send` into the cheap sink. A million readers (or 200000) are an option: they take minutes.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.measure import Measured, beside, discard_sink, in_turn
from benchmarks.service import Service


def main() -> None:
    """Measure each size, and say what a message costs beyond the smallest."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, nargs="+", default=[2000, 20_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    found: list[tuple[int, Measured]] = []
    with discard_sink() as sink:
        for readers in options.readers:
            with tempfile.TemporaryDirectory() as folder:
                service = Service(Path(folder), readers)

                def send(service: Service = service) -> Measured:
                    return beside(
                        sink,
                        service.readers,
                        lambda: service.send(sink.port, workers=options.workers),
                    )

                found += [
                    (readers, *in_turn(options.rounds, {f"{readers:,} readers": send}).values())
                ]
    few, first = found[0]
    for readers, one in found[1:]:
        more = (one.cpu_ms * readers - first.cpu_ms * few) / (readers - few)
        print(f"{readers:,}: {more:.3f} ms CPU for each message beyond the first {few:,}")


if __name__ == "__main__":
    main()
