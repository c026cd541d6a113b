"""What tests stand on: real databases, built by the migrations."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.db.engine import Database
from digest.db.schema import upgrade

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database at the newest revision."""
    database = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    upgrade(database, REPOSITORY / "migrations")
    yield database
    database.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real dumps and labels beside the repository; the test is skipped where they are not."""
    folder = Path(os.environ.get("DIGEST_TEST_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder
