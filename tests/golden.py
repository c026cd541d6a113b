"""Golden files: what a test made is compared with tests/data/golden; --update-golden rewrites."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "data" / "golden"


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite tests/data/golden from what is made"
    )


@pytest.fixture
def golden(request):
    """A function that compares bytes with a golden file, or writes it."""

    def compare(name: str, made: bytes) -> None:
        path = FOLDER / name
        if request.config.getoption("--update-golden"):
            path.write_bytes(made)
        assert made == path.read_bytes(), f"{name} differs; look at it, then --update-golden"

    return compare
