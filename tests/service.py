"""A whole service on either database, with a sink."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.app import App, build_app
from digest.app.files import Files
from digest.devtools.sink.sink import Sink
from digest.ground.kept_files import folder_beside
from digest.model import SubscriberState
from digest.settings import load_settings
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.store import subscribers
from tests.factories import NOON


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def compiled_editions(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The folder in which all services of this worker keep what they make of their editions.

    Most of them open the same edition. A file is named by all that it is made from (ADR 62), so no
    test sees another's. Nothing is in it when the tests begin, and the eight newest of a kind stay.
    None, where a test says so: each service has a folder of its own.
    """
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(params=["sqlite", "postgres"])
def app(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    sink: Sink,
    clock: Clock,
    files: Files,
    compiled_editions: Path | None,
) -> Iterator[App]:
    if compiled_editions is not None:
        folder_beside(tmp_path / "journals").symlink_to(compiled_editions)
    settings = load_settings(
        database_url=request.getfixturevalue(f"stocked_{request.param}_url"),
        smtp_url=sink.url,
        secret_key="a key for the tests only",
        journal_dir=tmp_path / "journals",
        workers=1,
    )
    app = build_app(settings, clock=clock, files=files)
    yield app
    app.database.close()


@pytest.fixture
def subscribe(app: App):
    """Add active subscribers by the local parts of their addresses, all with the same wishes."""

    def add(*names: str, **fields: str) -> None:
        wishes = parse_preferences({"topics": "compression;speech", **fields}, app.files.vocabulary)
        readers = [(f"{name}@example.org", "", wishes) for name in names]
        with app.database.write() as session:
            subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=NOON)

    return add
