"""`digest send`: picks, signed links, a ledger and a journal. After a kill it is started again."""

import json
import os
import subprocess

from benchmarks.race.contestant import Command, Contestant
from benchmarks.race.ground import Ground
from benchmarks.service import DAY, Service, command
from digest.model import DeliveryState


class Digest(Contestant):
    """Ours with one worker or more, on SQLite or PostgreSQL."""

    def __init__(self, ground: Ground, workers: int, *, on_postgres: bool = False) -> None:
        many = f"{workers} worker" + "s" * (workers > 1)
        self.name = f"digest, {many}" + ", PostgreSQL" * on_postgres
        self._ground = ground
        self._workers = workers
        self._on_postgres = on_postgres
        self._environment: dict[str, str] = {}

    def prepare(self, readers: int, port: int) -> None:
        """Empty the ledger."""
        service = self._service
        assert readers == service.readers
        service.forget()
        self._environment = service.environment(port, self._workers)
        if self._on_postgres:
            self.database_pid = self._ground.postgres.pid

    def command(self) -> Command:
        """Return a send of the day."""
        arguments = command("send", "--date", DAY.isoformat(), "--json")
        return Command(arguments, self._environment)

    def is_done(self) -> bool:
        """Whether each delivery is sent, or in doubt and not repeated any more."""
        with self._service.app.database.read() as session:
            query = "SELECT state, count(*) FROM deliveries GROUP BY state"
            states = {state for state, _ in session.connection().exec_driver_sql(query)}
        return bool(states) and states <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}

    def marked(self) -> set[str]:
        """Return who is `uncertain` in the list of deliveries."""
        listed = subprocess.run(
            command("deliveries", "--date", DAY.isoformat(), "--json"),
            env={**os.environ, **self._environment},
            capture_output=True,
            text=True,
            check=True,
        )
        lines = map(json.loads, listed.stdout.splitlines())
        return {line["email"] for line in lines if line["uncertain"]}

    @property
    def _service(self) -> Service:
        return self._ground.service_on_postgres if self._on_postgres else self._ground.service
