"""A pgbouncer in front of the tests' PostgreSQL, as many operators have one."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
NEEDED = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")
_START_SECONDS = 10.0
_SETTINGS = """
[databases]
* = host={socket} user={user}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = 4
server_check_delay = 0
ignore_startup_parameters =
"""


@contextmanager
def pooled(url: str, folder: Path, mode: str = "transaction") -> Iterator[str]:
    """Yield the address of the same database behind a pgbouncer.

    Four connections to the server for everybody, each for one transaction. Where root runs the
    tests it becomes the user of the PostgreSQL, as it refuses to be root.
    """
    assert PROGRAM is not None
    direct = make_url(url)
    socket_folder = str(direct.query["host"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    file = folder / "pgbouncer.ini"
    words = {"socket": socket_folder, "user": direct.username, "port": port, "mode": mode}
    file.write_text(_SETTINGS.format(**words), encoding="utf-8")
    user = ["-u", Path(socket_folder).owner()] if os.getuid() == 0 else []
    log = folder / "pgbouncer.log"
    with (
        log.open("w") as said,
        subprocess.Popen([PROGRAM, *user, str(file)], stderr=said, stdout=said) as process,
    ):
        try:
            _wait_for(port, process, log)
            yield f"postgresql://{direct.username}@127.0.0.1:{port}/{direct.database}"
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"pgbouncer did not start:\n{log.read_text(encoding='utf-8')}")
