"""Made-up returned mails in the formats of many servers, and what each of them is.

`expected.tsv` has a line for each file: its kind, and of each piece of feedback its kind, address
and status (behind commas), and whether it is trusted. `held_out.tsv` has those that were written
when the reader was finished: 15 of 17 were read rightly at first, all but `held-qq-chinese` and
`held-away-swedish`. In the files stand for what was signed: @VERP@ (the return path of a delivery),
@UPPER@ (the same in capitals), @FORGED@ (one that was altered), @LINK@ (its link to leave).
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from digest.ground.tokens.links import LinkSigner
from digest.ground.tokens.return_paths import ReturnPaths
from digest.intake.incoming import read_mail
from digest.intake.returned.reading import Returned, read_return
from digest.intake.tokens import identify_by
from tests.factories import NONCE, everybodys

FOLDER = Path(__file__).parent / "corpus"
TABLES = ("expected.tsv", "held_out.tsv")
KEY = b"a key for the tests only"
SUBSCRIBER, EDITION = 7, date(2026, 11, 19)
SIGNER = LinkSigner([KEY])
IDENTIFY = identify_by(SIGNER, [KEY], everybodys)
RETURN_PATH = ReturnPaths(KEY, "bounces@example.org").address(SUBSCRIBER, NONCE, EDITION)
LINK = f"https://digest.example.org/u/{SIGNER.mail_token(SUBSCRIBER, NONCE, EDITION)}"


@dataclass(frozen=True)
class Expected:
    """A line of the table."""

    name: str
    kind: str
    feedback: str
    address: str
    status: str
    trusted: str


def expectations(*tables: str) -> list[Expected]:
    texts = [(FOLDER / name).read_text("utf-8") for name in tables or TABLES]
    lines = [line for text in texts for line in text.splitlines()]
    return [Expected(*line.split("\t")) for line in lines if not line.startswith("#")]


def octets(name: str) -> bytes:
    raw = (FOLDER / f"{name}.eml").read_bytes()
    letters = list(RETURN_PATH)
    at = RETURN_PATH.index("+") + 5
    letters[at] = "a" if letters[at] != "a" else "b"
    marks = {
        "VERP": RETURN_PATH,
        "UPPER": RETURN_PATH.upper(),
        "FORGED": "".join(letters),
        "LINK": LINK,
    }
    for mark, value in marks.items():
        raw = raw.replace(f"@{mark}@".encode(), value.encode())
    return raw


def read(name: str) -> Returned:
    raw = octets(name)
    return read_return(raw, read_mail(raw).addressed, IDENTIFY)


def outcome(name: str) -> Expected:
    """What the reader says, in the form of the table."""
    returned = read(name)
    told = returned.feedback

    def joined(*values: str) -> str:
        return ",".join(value or "-" for value in values) or "-"

    trusted = joined(*sorted({"yes" if each.trusted else "no" for each in told}))
    return Expected(
        name,
        returned.kind.value,
        joined(*(each.kind.value for each in told)),
        joined(*(each.address for each in told)),
        joined(*(each.status for each in told)),
        trusted,
    )
