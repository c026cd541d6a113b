"""The checkers, each started once a process, and the table of what they say."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.email_checks import mails
from tests.email_checks.talk import Talk
from tests.email_checks.zone import HOST, IP, RECEIVER, ZoneServer, received, zone

HERE = Path(__file__).parent
NODE = HERE.parent / "node"
MODULES = NODE / "node_modules"
Ask = Callable[[str], Any]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests noted down by `record_property`: the figures of docs/why/checks.md."""
    noted = [
        f"{name}  {value}"
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        if report.when == "call"
        for name, value in report.user_properties
    ]
    if noted:
        terminalreporter.section("what the checkers say")
        for line in sorted(noted):
            terminalreporter.write_line(line)


@pytest.fixture(params=mails.NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """The name of each mail in turn."""
    return str(request.param)


@pytest.fixture
def mail(name: str) -> mails.Mail:
    """Each mail in turn."""
    return mails.mail(name)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function that returns the file of a mail as its receiver's server handed it on."""
    folder = tmp_path_factory.mktemp("mails")

    def keep(name: str) -> Path:
        file = folder / f"{name}.eml"
        if not file.exists():
            one = mails.mail(name)
            file.write_bytes(received(one.message, one.parsed["Date"]))
        return file

    return keep


@pytest.fixture(scope="session")
def spamassassin(kept: Callable[[str], Path]) -> Iterator[Ask]:
    """SpamAssassin with our zone as its DNS: the name of a mail in, score and rules out."""
    probe = ["perl", "-MMail::SpamAssassin", "-MMail::SPF", "-MMail::DMARC::PurePerl", "-e", "1"]
    if not shutil.which("perl") or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("SpamAssassin (Debian: spamassassin, libmail-dmarc-perl) is not installed")
    with ZoneServer(zone(mails.KEYS)) as server:
        command = ["perl", str(HERE / "spamassassin.pl"), str(server.port)]
        with Talk(command, os.environ) as talk:
            yield lambda name: talk.ask(kept(name))


@pytest.fixture(scope="session")
def node(kept: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Both mailparser and mailauth: the name of a mail in, what they make of it out."""
    if not shutil.which("node") or not MODULES.is_dir():
        pytest.skip("Node.js or its packages (npm ci in tests/node) are not installed")
    file = tmp_path_factory.mktemp("zone") / "zone.json"
    world = {"zone": zone(mails.KEYS), "ip": IP, "helo": HOST, "receiver": RECEIVER}
    file.write_text(json.dumps(world), "utf-8")
    with Talk(["node", str(NODE / "read_mail.mjs"), str(file)], os.environ) as talk:
        yield lambda name: talk.ask(kept(name))


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every HTML part as a file; the checkers of HTML read all of them at once."""
    folder = tmp_path_factory.mktemp("html")
    for name in mails.SHOWN:
        (folder / f"{name}.html").write_text(mails.mail(name).part("html"), "utf-8")
    return folder


@pytest.fixture(scope="session")
def vnu(pages: Path) -> dict[str, list[str]]:
    """What vnu says of the HTML of each mail, by its name."""
    jar = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
    if not shutil.which("java") or not jar.is_file():
        pytest.skip("Java (Debian: default-jre-headless) or npm's vnu-jar is not installed")
    command = ["java", "-jar", str(jar), "--format", "json", "--stdout", str(pages)]
    done = subprocess.run(command, capture_output=True, check=False)
    said: dict[str, list[str]] = {name: [] for name in mails.SHOWN}
    for message in json.loads(done.stdout)["messages"]:
        name = Path(unquote(urlsplit(message["url"]).path)).stem
        said[name].append(f"{message['type']}: {message['message']}")
    return said


@pytest.fixture(scope="session")
def html_validate(pages: Path) -> dict[str, list[str]]:
    """What html-validate says of the HTML of each mail, by its name."""
    program = MODULES / ".bin" / "html-validate"
    if not shutil.which("node") or not program.exists():
        pytest.skip("Node.js or its packages (npm ci in tests/node) are not installed")
    rules = str(NODE / "htmlvalidate.json")
    command = [str(program), "--config", rules, "--formatter", "json", str(pages)]
    done = subprocess.run(command, capture_output=True, check=False)
    said: dict[str, list[str]] = {name: [] for name in mails.SHOWN}
    for file in json.loads(done.stdout):
        found = [f"{each['ruleId']}: {each['message']}" for each in file["messages"]]
        said[Path(file["filePath"]).stem] += found
    return said
