"""A service for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.service import Service, running_service


@pytest.fixture
def service(tmp_path: Path, sqlite_url: str, compiled_editions: Path) -> Iterator[Service]:
    with running_service(tmp_path, sqlite_url, compiled=compiled_editions) as service:
        yield service
