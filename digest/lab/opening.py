"""Open and close labs: one at a time."""

import secrets
from datetime import datetime

from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.lab.store import labs
from digest.lab.store.labs import Lab
from digest.selection.rankings import RANKINGS

PLANNED = 6_000  # mails with a vote: 200 voters a day for 30 days
FEWEST, MOST = 100, 1_000_000
_LONGEST_NAME = 64
_SEED_BYTES = 16


def open_lab(
    database: Database, name: str, a: str, b: str, *, now: datetime, planned: int = PLANNED
) -> Lab:
    """Open a lab for all editions that are opened from now on.

    a, b: names in RANKINGS, two different ones. planned: after how many mails with a vote it ends
    without a finding. InputError for what cannot be, or while another lab is open.
    """
    _check(name, a, b, planned)
    with database.write() as session:
        labs.lock(session)
        if other := labs.running(session):
            raise InputError(
                f"The lab {other.name!r} is open, and there is one at a time.",
                hint="digest lab close",
            )
        if labs.named(session, name):
            raise InputError(f"There has been a lab {name!r} already; choose another name.")
        seed = secrets.token_bytes(_SEED_BYTES)
        return labs.add(session, name, a, b, seed=seed, planned=planned, now=now)


def close_lab(database: Database, *, now: datetime) -> Lab:
    """Close the open lab, and return it; NotFoundError when none is.

    Editions that are open already stay part of it, and their votes are counted for a week.
    """
    with database.write() as session:
        labs.lock(session)
        lab = labs.running(session)
        if lab is None:
            raise NotFoundError("No lab is open.", hint="digest lab open NAME --a ... --b ...")
        labs.close(session, lab.id, now)
        return lab


def _check(name: str, a: str, b: str, planned: int) -> None:
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise InputError(f"The name of a lab is a text of 1 to {_LONGEST_NAME} characters.")
    for each in (a, b):
        if each not in RANKINGS:
            known = ", ".join(RANKINGS)
            raise InputError(f"There is no ranking {each!r:.40}; there are: {known}.")
    if a == b:
        raise InputError(f"A lab compares two rankings; both are {a!r}.")
    if not FEWEST <= planned <= MOST:
        raise InputError(f"A lab is planned for {FEWEST} to {MOST:,} mails with a vote.")
