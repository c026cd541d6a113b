"""The installed command as a user runs it: a database, readers, a sink, processes."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

from digest.app import App, build_app, databases
from digest.devtools.sink.sink import Sink
from digest.ground.kept_files import folder_beside
from digest.model import SubscriberState
from digest.papers import ingest
from digest.settings import Settings, load_settings
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from tests.dumps import make_dump
from tests.e2e.forks import Forked
from tests.processes import Process

DAY = date(2026, 11, 19)


@dataclass
class Service:
    """One database and one sink, and the `digest` command on them.

    restart_database: kills the database server as a crash would, and starts it again. compiled:
    where what is made of editions is kept by several services; None: each has its own. started:
    every process so far.
    """

    folder: Path
    sink: Sink
    environment: dict[str, str] = field(default_factory=dict)
    restart_database: Callable[[], None] = lambda: None
    compiled: Path | None = None
    started: list[Process | Forked] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        names = {"database_url": "DIGEST_DATABASE_URL", "secret_key": "DIGEST_SECRET_KEY"}
        return load_settings(**{name: self.environment[key] for name, key in names.items()})

    @property
    def app(self) -> App:
        return build_app(self.settings)

    @property
    def journals(self) -> Path:
        """The folder of the journals of a process whose environment names no other."""
        database = databases.unchecked(self.settings)
        database.close()
        return self.folder / databases.journals(self.settings, database)

    def share(self, journals: Path) -> None:
        """Have a process with these journals keep what it makes of editions with all others."""
        if self.compiled is not None:
            folder_beside(journals).symlink_to(self.compiled)

    def share_no_more(self) -> None:
        """Have what comes next make all of its editions, and keep it by itself."""
        folder_beside(self.journals).unlink(missing_ok=True)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `digest` to its end."""
        with self.fork(*arguments, **environment) as process:
            out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def fork(self, *arguments: str, **environment: str) -> Forked:
        """Begin `digest` as a process that need not import everything first."""
        names = {**os.environ, **self.environment, **environment}
        self.started.append(process := Forked(arguments, self.folder, names))
        return process

    def start(
        self,
        *arguments: str,
        before: tuple[str, ...] = (),
        log: IO[str] | None = None,
        **environment: str,
    ) -> Process:
        """Start `digest` as a user does; `before`: a command that it is handed to (`prlimit`).

        log: a file for what goes to stderr; a pipe that nobody empties would hold up who says much.
        """
        process = Process(
            [*before, sys.executable, "-W", "error", "-m", "digest", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=log or subprocess.PIPE,
            text=True,
        )
        process.log = Path(log.name) if log else None
        self.started.append(process)
        return process

    def end(self) -> str:
        """Kill what still runs of all that was started; return what it said."""
        return "\n".join(each.end() for each in self.started if each.is_open)

    def add_readers(self, count: int, *, follow: bool = True) -> list[str]:
        """Add confirmed readers, who follow different topics or none; return their addresses."""
        app = self.app
        topics = [topic.slug for topic in app.files.catalogue.topics]
        readers = []
        for number in range(count):
            follows = f"{topics[number % 27]};{topics[number * 7 % 27]}:2" if follow else ""
            wants = {"topics": follows, "empty_day": "fill"}  # so that everybody has a mail
            prefs = parse_preferences(wants, app.files.vocabulary)
            readers.append((f"reader{number}@example.org", "", prefs))
        with app.database.write() as session:
            now = datetime(2026, 11, 19, 6, tzinfo=UTC)
            subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=now)
        app.database.close()
        return [address for address, _, _ in readers]

    def ingest(self, papers: int, day: date = DAY) -> None:
        """Load a made-up dump."""
        file = self.folder / f"{day}.txt"
        file.write_text(make_dump(papers, day), encoding="utf-8")
        app = self.app
        ingest.ingest(
            app.database, [file], now=app.clock(), given=day, classify=app.files.classifier.classify
        )
        app.database.close()


@contextmanager
def running_service(
    folder: Path,
    database_url: str,
    restart_database: Callable[[], None] = lambda: None,
    compiled: Path | None = None,
) -> Iterator[Service]:
    """Yield a service on a migrated database, with a sink of its own.

    compiled: the folder that it shares with other services, as in `Service`.
    What a test that failed left running is killed, so that it is in no other test's way.
    """
    with Sink() as sink:
        environment = {
            "DIGEST_DATABASE_URL": database_url,
            "DIGEST_SECRET_KEY": "a key for the tests only",
            "DIGEST_SMTP_URL": sink.url,
            "PYTHONPATH": str(Path(__file__).parent.parent.parent),
        }
        service = Service(folder, sink, environment, restart_database, compiled)
        service.share(service.journals)
        try:
            yield service
        except BaseException as exc:
            exc.add_note(service.end())
            raise
        finally:  # of a fixture no test's error comes by here
            print(service.end(), end="")
