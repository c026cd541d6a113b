"""The same papers by handlebars and nodemailer, the usual way in Node's world (benchmarks/node).

It writes a line in a file for every mail, and goes on behind those that the file has.
"""

import json
import shutil
import subprocess
from pathlib import Path

from benchmarks.race.contestant import Command, Contestant
from benchmarks.race.ground import Ground

_FOLDER = Path(__file__).parent.parent / "node"
_CONNECTIONS = 8


class Nodemailer(Contestant):
    """Sends what digest has picked for the readers; choosing is not in its figures."""

    name = "nodemailer, inlined once"
    share = 0.1

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._arguments: list[str] = []

    def missing(self) -> str:
        """It needs Node."""
        return "" if shutil.which("node") and shutil.which("npm") else "node and npm"

    def prepare(self, readers: int, port: int) -> None:
        """Write the data of the mails, and throw the lines away."""
        if not (_FOLDER / "node_modules").is_dir():
            subprocess.run(["npm", "ci", "--silent"], cwd=_FOLDER, check=True)
        data = self._ground.mails
        mails, lines = (self._ground.folder / name for name in ("mails.json", "lines.txt"))
        mails.write_text(json.dumps({**data, "mails": data["mails"][:readers]}))
        lines.write_text("")
        self._arguments = [str(port), str(_CONNECTIONS), str(mails), str(lines)]

    def command(self) -> Command:
        """Return the program."""
        return Command(["node", str(_FOLDER / "send.mjs"), *self._arguments])
