"""listmonk, where RACE_LISTMONK says where its program is, with a database on RACE_POSTGRES.

Its manual has one way to go on after a crash: start it again. A campaign that is `running` in its
database goes on then. Its limits on rate are lifted, it has as many connections as the others, and
it neither tracks nor archives.
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from jinja2 import Environment

from benchmarks.race.contestant import Command, Contestant
from benchmarks.race.ground import Ground
from benchmarks.race.mails import django_template, go_template, values

_CONNECTIONS = 8
_DATABASE = "race_listmonk"
_SETTINGS: dict[str, Any] = {
    "app.concurrency": _CONNECTIONS,
    "app.message_rate": 100_000,  # a second, for each of them
    "app.batch_size": 1000,
    "app.check_updates": False,
    "privacy.disable_tracking": True,
}


class Listmonk(Contestant):
    """One mail for all readers, or with own papers out of each reader's attributes."""

    serves = True

    def __init__(self, ground: Ground, *, own_papers: bool) -> None:
        self.name = "listmonk, own papers" if own_papers else "listmonk, the same mail for all"
        self._ground = ground
        self._own_papers = own_papers
        self._program = os.environ.get("RACE_LISTMONK", "")
        self._environment: dict[str, str] = {}
        self._database = ""

    def missing(self) -> str:
        """It needs its program, and a PostgreSQL with pgcrypto, which ours lacks."""
        names = [name for name in ("RACE_LISTMONK", "RACE_POSTGRES") if not os.environ.get(name)]
        return " and ".join(names)

    def prepare(self, readers: int, port: int) -> None:
        """Set it up anew, with readers and a campaign that is due."""
        postgres = self._ground.postgres
        self.database_pid = postgres.pid
        self._database = postgres.new_database(_DATABASE)
        self._configure()
        subprocess.run(
            [self._program, "--config=", "--install", "--yes"],
            env={**os.environ, **self._environment},
            cwd=self._ground.folder,
            capture_output=True,
            check=True,
        )
        with psycopg.connect(self._database) as connection:
            self._fill(connection, readers, port)

    def command(self) -> Command:
        """Return the server."""
        return Command([self._program, "--config="], self._environment)

    def is_done(self) -> bool:
        """Whether the campaign is finished; it is paused when too much fails."""
        with psycopg.connect(self._database) as connection:
            row = connection.execute("SELECT status FROM campaigns WHERE name = 'race'").fetchone()
        assert row is not None
        if row[0] in {"paused", "cancelled"}:
            raise RuntimeError(f"listmonk has {row[0]} its campaign")
        return bool(row[0] == "finished")

    def _configure(self) -> None:
        parts = urlsplit(self._database)
        host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
        at = parse_qs(parts.query).get("port", [parts.port or 5432])[0]
        with socket.create_server(("127.0.0.1", 0)) as probe:
            pages = probe.getsockname()[1]
        own = {
            "host": host,
            "port": at,
            "user": parts.username,
            "password": parts.password or "none",
        }
        own |= {"database": _DATABASE, "ssl_mode": "disable", "max_open": 25, "max_idle": 25}
        self._environment = {f"LISTMONK_db__{name}": str(value) for name, value in own.items()}
        self._environment["LISTMONK_app__address"] = f"127.0.0.1:{pages}"

    def _fill(self, connection: psycopg.Connection[Any], readers: int, port: int) -> None:
        relay = {
            **{"enabled": True, "host": "127.0.0.1", "port": port, "auth_protocol": "none"},
            **{"hello_hostname": "race.example.org", "max_conns": _CONNECTIONS},
            **{"idle_timeout": "15s", "wait_timeout": "5s", "max_msg_retries": 2},
            **{"tls_type": "none", "email_headers": [], "from_addresses": []},
        }
        for key, value in {**_SETTINGS, "smtp": [relay]}.items():
            connection.execute(
                "UPDATE settings SET value = %s WHERE key = %s", (json.dumps(value), key)
            )
        connection.execute(
            "TRUNCATE subscribers, lists, campaigns RESTART IDENTITY CASCADE;"
            "INSERT INTO lists (uuid, name, type, optin)"
            " VALUES (gen_random_uuid(), 'race', 'private', 'single')"
        )
        every = values(self._ground.mails, readers)
        copied = "COPY subscribers (uuid, email, name, attribs, status) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(copied) as copy:
            for number, one in enumerate(every):
                attributes = json.dumps(one if self._own_papers else {})
                uuid = f"00000000-0000-4000-8000-{number:012d}"
                copy.write_row((uuid, one["address"], "", attributes, "enabled"))
        connection.execute(
            "INSERT INTO subscriber_lists (subscriber_id, list_id, status)"
            " SELECT id, 1, 'confirmed' FROM subscribers; ANALYZE"
        )
        html, text, subject = self._texts()
        connection.execute(
            "INSERT INTO templates (name, type, subject, body)"
            " VALUES ('race', 'campaign', '', '{{ template \"content\" . }}')"
        )
        connection.execute(
            "INSERT INTO campaigns (uuid, name, subject, from_email, body, altbody, content_type,"
            " send_at, status, messenger, template_id)"
            " SELECT gen_random_uuid(), 'race', %s, 'Papers <digest@example.org>', %s, %s, 'html',"
            " now(), 'scheduled', 'email', max(id) FROM templates",
            (subject, html, text),
        )
        connection.execute(
            "INSERT INTO campaign_lists (campaign_id, list_id, list_name) VALUES (1, 1, 'race')"
        )

    def _texts(self) -> Iterable[str]:
        """HTML, text and subject: templates, or those of the first reader filled in for all."""
        root = ".Subscriber.Attribs"
        texts = [go_template("mail.html", root), go_template("mail.txt", root)]
        texts.append(f"{{{{ {root}.subject }}}}")
        if self._own_papers:
            return texts
        first = next(values(self._ground.mails, 1))
        html = Environment(autoescape=True).from_string(django_template("mail.html"))
        text = Environment(autoescape=False).from_string(django_template("mail.txt"))  # noqa: S701
        return html.render(first), text.render(first), first["subject"]
