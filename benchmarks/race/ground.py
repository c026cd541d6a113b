"""What contestants share: readers with their wishes, their mails as data, a PostgreSQL."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.service import DAY, Service
from digest.ground import shipped
from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.model import Candidate
from digest.render.digest.wording import reason_text
from tests.e2e.databases import own_postgres


@dataclass(frozen=True)
class Postgres:
    """A server: the address of an empty database with our tables, and its first process.

    pid: 0 when it is not of this machine.
    """

    url: str
    pid: int

    def new_database(self, name: str) -> str:
        """Make it anew, and return its address."""
        with psycopg.connect(plain(self.url), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        return urlsplit(plain(self.url))._replace(path=f"/{name}").geturl()


class Ground:
    """Made for `readers`; each part when it is first asked for. stack: ends what was started."""

    def __init__(self, folder: Path, readers: int, stack: ExitStack) -> None:
        self.folder = folder
        self.readers = readers
        self._stack = stack

    @cached_property
    def service(self) -> Service:
        """Return ours on SQLite."""
        return self._opened(Service(self._folder("sqlite"), self.readers))

    @cached_property
    def postgres(self) -> Postgres:
        """Start a PostgreSQL, or take that of RACE_POSTGRES."""
        if given := os.environ.get("RACE_POSTGRES"):
            server = Postgres(given, _pid_of(given))
            return Postgres(_migrated(server.new_database("race_digest")), server.pid)
        data = self._folder("postgres")
        url, _ = self._stack.enter_context(own_postgres(data))
        return Postgres(url, int((data / "postmaster.pid").read_text().split()[0]))

    @cached_property
    def service_on_postgres(self) -> Service:
        """Return ours on PostgreSQL."""
        url = self.postgres.url
        return self._opened(Service(self._folder("ours"), self.readers, database_url=url))

    @cached_property
    def octets(self) -> int:
        """Return the size of a mail of ours, in the middle."""
        return self.service.octets()

    @cached_property
    def mails(self) -> dict[str, Any]:
        """Return what digest has picked for each reader, as data.

        papers: by their id, each with title, summary, topics and link; mails: in the order of the
        readers, each with address, follows and picks (pairs of a paper's id and a reason).
        """
        service = self.service
        edition = service.app.editions.foresee(DAY)
        names = {topic.slug: topic.name for topic in service.app.files.catalogue.topics}
        mails = []
        for choice in service.app.composing.composer(edition).choose(
            service.dues(self.readers), {}
        ):
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

    def _opened(self, service: Service) -> Service:
        self._stack.callback(service.app.database.close)
        return service

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder


def plain(url: str) -> str:
    """Return the address of a database without SQLAlchemy's name of a driver."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def _pid_of(url: str) -> int:
    with psycopg.connect(plain(url)) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    file = Path(row[0]) / "postmaster.pid"
    return int(file.read_text().split()[0]) if file.exists() else 0


def _migrated(url: str) -> str:
    database = Database(url)
    schema.upgrade(database, shipped.migrations_dir())
    database.close()
    return url


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
