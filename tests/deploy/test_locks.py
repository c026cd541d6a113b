"""What `make install-dev` relies on, which CI runs first, in an empty environment."""

import re
import tomllib

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_names_versions_and_hashes_and_no_address(lock: str):
    text = (REPOSITORY / lock).read_text("utf-8")
    assert "://" not in text
    entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert entries
    assert [line for line in entries if "==" not in line or not line.endswith("\\")] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_has_all_that_the_project_asks_for(lock: str):
    """What `pip check` cannot see where the project itself is not installed."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.match(r"[\w-]+", each)[0].lower() for each in project["dependencies"]}
    text = (REPOSITORY / lock).read_text("utf-8")
    assert wanted - set(re.findall(r"(?m)^([\w-]+)==", text)) == set()


def test_make_installs_what_is_locked_without_resolving():
    lines = (REPOSITORY / "Makefile").read_text("utf-8").splitlines()
    installs = [line for line in lines if "pip install" in line]
    assert installs
    assert [line for line in installs if "--no-deps" not in line] == []
