"""A fresh machine: both lock files go into an empty environment, whatever the index has since."""

import re
import subprocess
import tomllib
import venv
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.timeout(600)
@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_installs_into_an_empty_environment(lock: str, tmp_path: Path):
    """With the pip that this Python brings, which for 3.11 is 23.x; nothing is resolved."""
    venv.create(tmp_path / "env", with_pip=True)
    python = str(tmp_path / "env" / "bin" / "python")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    exactly = ("--no-deps", "--require-hashes", "--no-compile", "-r", str(REPOSITORY / lock))
    installed = _run(python, "-m", "pip", "install", *quiet, *exactly)
    assert installed.returncode == 0, installed.stderr
    checked = _run(python, "-m", "pip", "check", "--disable-pip-version-check")
    assert checked.returncode == 0, checked.stdout


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


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
