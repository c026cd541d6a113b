"""The same mails by handlebars and nodemailer, the usual way in Node's world (benchmarks/node)."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, run
from benchmarks.service import DAY, Service
from digest.model import Candidate
from digest.render.digest.wording import reason_text

_FOLDER = Path(__file__).parent / "node"


class Nodemailer:
    """Sends to the first `readers` readers what digest has picked for them."""

    def __init__(self, service: Service, readers: int, *, connections: int = 8) -> None:
        self._readers = readers
        self._connections = connections
        self._mails = service.folder / "mails.json"
        self._mails.write_text(json.dumps(_mails(service, readers)))
        if not (_FOLDER / "node_modules").is_dir():
            subprocess.run(["npm", "ci", "--silent"], cwd=_FOLDER, check=True)

    def send(self, port: int) -> Measured:
        """Send to all of them; reading the mails' data is left out of the figures."""
        arguments = [str(port), str(self._connections), str(self._mails), f"{self._mails}.ledger"]
        done = run("node", str(_FOLDER / "send.mjs"), *arguments)
        found = json.loads(done.output)
        return Measured(
            self._readers / found["seconds"],
            found["cpu"] / self._readers * 1000,
            peak_mb=done.peak_mb,
        )


def _mails(service: Service, readers: int) -> dict[str, Any]:
    edition = service.app.editions.foresee(DAY)
    names = {topic.slug: topic.name for topic in service.app.files.catalogue.topics}
    mails = []
    for choice in service.app.composing.composer(edition).choose(service.dues(readers), {}):
        assert choice.due.reader is not None
        followed = [names[slug] for slug in choice.due.reader.preferences.topics]
        picks = [(pick.paper_id, reason_text(pick.reason, names)) for pick in choice.picks]
        mails.append(
            {
                "address": choice.due.reader.address,
                "follows": ", ".join(followed[:3]),
                "picks": picks,
            }
        )
    summarise = service.app.files.summarise
    papers = {one.paper.id: _paper(one, names, summarise) for one in edition.edition.candidates}
    return {"papers": papers, "mails": mails}


def _paper(
    candidate: Candidate, names: dict[str, str], summarise: Callable[[str, str], str]
) -> dict[str, str]:
    paper = candidate.paper
    return {
        "title": paper.title,
        "summary": summarise(paper.title, paper.abstract),
        "topics": " · ".join(names[slug] for slug in paper.topics),
        "link": f"https://papers.example.org/search/?title={paper.title.replace(' ', '%20')}",
    }
