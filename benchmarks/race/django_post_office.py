"""django-post_office, where RACE_DJANGO_POST_OFFICE names a Python that has it.

Its manual has one command, `send_queued_mail`, also after a crash. The mails wait in its table,
each with the values of its template, which is filled in on delivery.
"""

import json
import os
import subprocess
from pathlib import Path

from benchmarks.race.contestant import Command, Contestant
from benchmarks.race.ground import Ground
from benchmarks.race.mails import django_template, values

_PROGRAM = Path(__file__).parent / "django_program.py"


class PostOffice(Contestant):
    """SQLite, one process, eight threads; queueing the mails is not in its figures."""

    name = "django-post_office"
    share = 0.05

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._python = os.environ.get("RACE_DJANGO_POST_OFFICE", "")
        self._environment: dict[str, str] = {}

    def missing(self) -> str:
        """It needs a Python that has it."""
        return "" if self._python else "RACE_DJANGO_POST_OFFICE"

    def prepare(self, readers: int, port: int) -> None:
        """Make its database anew, and queue the mails."""
        folder = self._ground.folder / "post_office"
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        self._environment = {"RACE_FOLDER": str(folder), "RACE_PORT": str(port)}
        for name in ("mail.html", "mail.txt"):
            (folder / name).write_text(django_template(name), encoding="utf-8")
        with (folder / "values.jsonl").open("w", encoding="utf-8") as file:
            for one in values(self._ground.mails, readers):
                file.write(json.dumps(one) + "\n")
        subprocess.run(
            [self._python, str(_PROGRAM), "queue"],
            env={**os.environ, **self._environment},
            check=True,
        )

    def command(self) -> Command:
        """Return the sending of all that is queued."""
        return Command([self._python, str(_PROGRAM), "send"], self._environment)
