"""Private instances of real mail servers, which queue what they accept and deliver none of it.

Each lives in a folder of its own, listens on a free port of loopback and tells by its queue what it
has accepted. Both have to be started by root: they give up their rights themselves.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PATIENCE_SECONDS = 10.0
LONG_AGO = 1_600_000_000  # a Unix time
_PROGRAMS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))

# All that is needed to receive, queue and throw away; nothing of it runs in a chroot.
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
showq unix n - n - - showq
discard unix - - n - - discard
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
retry unix - - n - - error
"""
_MAIN = {
    "compatibility_level": "3.6",
    "command_directory": "/usr/sbin",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "meta_directory": "/etc/postfix",
    "shlib_directory": "/usr/lib/postfix",
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "myhostname": "mail.example.org",
    "mydestination": "",
    "local_recipient_maps": "",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "smtpd_peername_lookup": "no",
    "relay_domains": "example.org",
    "relay_transport": "discard:",
    "default_transport": "discard:",
    "smtpd_recipient_restrictions": "check_recipient_access texthash:{folder}/refused, permit",
}
# The folders of the queue, and who but their owner may do what in them.
_QUEUE = {
    **dict.fromkeys(("active", "bounce", "corrupt", "defer", "deferred", "flush"), 0o700),
    **dict.fromkeys(("hold", "incoming", "private", "saved", "trace"), 0o700),
    **{"maildrop": 0o730, "public": 0o710},
}

_EXIM_USER = "Debian-exim"  # built into the program
_EXIM = """
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/exim.pid
primary_hostname = mail.example.org
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
keep_environment =
smtp_accept_max = 100
queue_only
acl_smtp_rcpt = recipients
acl_smtp_data = accept
begin acl
recipients:
  deny local_parts = lsearch;{folder}/refused
       message = 5.1.1 no such reader
  accept
"""


class Stored(NamedTuple):
    """A message in a server's queue: its recipient, and what comes behind its header."""

    recipient: str
    body: bytes


def missing_postfix() -> str:
    """Say what a Postfix of our own lacks here; nothing when it can be run."""
    return _missing("postfix")


def missing_exim() -> str:
    """Say what an Exim of our own lacks here; nothing when it can be run."""
    return _missing("exim4")


class Postfix:
    """A running instance; `queue` is what it has accepted, and holds."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._folder = folder

    def queue(self) -> list[Stored]:
        """Return every message in the queue, in no order."""
        config = ["-c", str(self._folder / "etc")]
        found = []
        for line in _output("postqueue", *config, "-j").splitlines():
            entry = json.loads(line)
            body = _output("postcat", *config, "-b", "-q", entry["queue_id"])
            (recipient,) = entry["recipients"]
            body = body.removeprefix(b"\n").replace(b"\n", b"\r\n")
            found.append(Stored(recipient["address"], body))
        return found

    def wait_until_empty(self) -> None:
        """Wait until all that was accepted is thrown away."""
        while _output("postqueue", "-c", str(self._folder / "etc"), "-j"):
            time.sleep(0.1)


class Exim:
    """A running instance; `queue` is what it has accepted."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._folder = folder

    def queue(self) -> list[Stored]:
        """Return every message in the queue, in no order."""
        return [self._stored(path) for path in (self._folder / "spool/input").glob("*-H")]

    def _stored(self, path: Path) -> Stored:
        """Read a message's two files: envelope and header, and the body behind one line."""
        lines = path.read_text().splitlines()
        place = lines.index("XX")  # ends the tree of those who have it already
        assert lines[place + 1] == "1", "one recipient a message"
        body = path.with_name(f"{path.name[:-1]}D").read_bytes().split(b"\n", 1)[1]
        return Stored(lines[place + 2], body.replace(b"\n", b"\r\n"))


@contextmanager
def postfix(
    *,
    pipelining: bool = True,
    certificate: str = "",
    refused: Iterable[str] = (),
    discards: bool = False,
    **options: str,
) -> Iterator[Postfix]:
    """Run Postfix; `options` are those of postconf(5).

    certificate: key and certificate in PEM form; STARTTLS is then required. refused: recipients, by
    the part before the @. discards: throw away what is accepted, as a load test wants it.
    """
    with _folder() as folder:
        port = _free_port()
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir()
            options[f"{name.replace('etc', 'config')}_directory"] = str(folder / name)
        shutil.chown(folder / "data", "postfix")
        options |= {"maillog_file_prefixes": str(folder), "maillog_file": str(folder / "log")}
        if not discards:  # on hold nothing moves, so the queue can be counted at any time
            options["smtpd_data_restrictions"] = "check_client_access static:HOLD"
        if not pipelining:
            options["smtpd_discard_ehlo_keywords"] = "pipelining"
        if certificate:
            (folder / "server.pem").write_text(certificate)
            options["smtpd_tls_chain_files"] = str(folder / "server.pem")
            options["smtpd_tls_security_level"] = "encrypt"
        table = "".join(f"{name}@example.org REJECT no such reader\n" for name in refused)
        (folder / "refused").write_text(table)
        main = "".join(f"{name} = {value}\n" for name, value in (_MAIN | options).items())
        (folder / "etc/main.cf").write_text(main.format(folder=folder))
        (folder / "etc/master.cf").write_text(_MASTER.format(port=port))
        for path in (folder / "etc/main.cf", folder / "refused"):
            # Each of its programs waits until a file that has just been written is a second old.
            os.utime(path, (LONG_AGO, LONG_AGO))
        _make_queue(folder / "queue")
        _output("postfix", "-c", str(folder / "etc"), "start")
        try:
            _wait_for(port, folder / "log")
            yield Postfix(folder, port)
        finally:
            _output("postfix", "-c", str(folder / "etc"), "stop")


def _make_queue(folder: Path) -> None:
    """Make the folders of Postfix's queue, and tell it that nothing there needs a long look."""
    (folder / "pid").mkdir()
    for name, mode in _QUEUE.items():
        (folder / name).mkdir()
        (folder / name).chmod(mode)
        shutil.chown(folder / name, "postfix", "postdrop" if mode & 0o070 else None)
    (folder / "quick-start").touch()


@contextmanager
def exim(
    *,
    pipelining: bool = True,
    certificate: str = "",
    refused: Iterable[str] = (),
    **options: str,
) -> Iterator[Exim]:
    """Run Exim; `options` are those of its main section, all else as for `postfix`."""
    with _folder() as folder:
        port = _free_port()
        options["pipelining_advertise_hosts"] = "*" if pipelining else ""
        options["tls_advertise_hosts"] = "*" if certificate else ""
        options["tls_certificate"] = "{folder}/server.pem"
        (folder / "server.pem").write_text(certificate)
        (folder / "refused").write_text("".join(f"{name}\n" for name in refused))
        lines = "".join(f"{name} = {value}\n" for name, value in options.items())
        config = folder / "exim.conf"
        config.write_text((lines + _EXIM).format(folder=folder, port=port))
        (folder / "spool").mkdir()
        for path in (folder, folder / "spool", folder / "server.pem"):
            shutil.chown(path, _EXIM_USER, _EXIM_USER)
        process = subprocess.Popen(
            [_program("exim4"), "-C", str(config), "-bdf"], stderr=subprocess.DEVNULL
        )
        try:
            _wait_for(port, folder / "mainlog")
            yield Exim(folder, port)
        finally:
            process.terminate()
            process.wait()


def _missing(name: str) -> str:
    if shutil.which(name, path=_PROGRAMS) is None:
        return f"{name} is not installed"
    return "" if os.geteuid() == 0 else f"only root can start {name}"


def _program(name: str) -> str:
    return shutil.which(name, path=_PROGRAMS) or name


def _output(name: str, *arguments: str) -> bytes:
    return subprocess.run([_program(name), *arguments], check=True, capture_output=True).stdout


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that other users may enter, with a short name: sockets are made in it."""
    with tempfile.TemporaryDirectory(prefix="mta-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    """Wait for the greeting."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as client:
                if client.recv(3) == b"220":
                    client.sendall(b"QUIT\r\n")
                    return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(log.read_text() if log.exists() else f"nothing answers on port {port}")
