"""The plain script of `benchmarks.naive` as a program.

    python -m benchmarks.race.plain_script PORT READERS LEDGER [--inlined-once] [--anew]

It goes on behind what its table LEDGER has; with --anew it begins from the first reader each time,
as a script without a table does. The database is that of DIGEST_DATABASE_URL.
"""

import argparse
from pathlib import Path

from benchmarks.naive import send_naively
from benchmarks.service import DAY, first_dues
from digest.app import build_app
from digest.settings import load_settings


def main() -> None:
    """Send."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("readers", type=int)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--inlined-once", action="store_true")
    parser.add_argument("--anew", action="store_true")
    options = parser.parse_args()
    if options.anew:
        options.ledger.unlink(missing_ok=True)
    app = build_app(load_settings())
    edition = app.editions.foresee(DAY)
    dues = first_dues(app, options.readers)
    send_naively(app, edition, dues, options.port, options.ledger, once=options.inlined_once)


if __name__ == "__main__":
    main()
