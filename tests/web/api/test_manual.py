"""The examples of docs/use/api.md are run as they stand."""

import re
import shutil
import subprocess

import pytest

from digest.api_keys import keys
from digest.api_keys.keys import Scope
from digest.ground.tokens.links import Purpose
from tests.conftest import REPOSITORY
from tests.dumps import make_dump
from tests.factories import DAY, NOON

MANUAL = (REPOSITORY / "docs" / "use" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", MANUAL, re.DOTALL)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_example_of_the_manual_works(app, site, subscribe, token, tmp_path):
    (tmp_path / "readers.csv").write_text("email,topics\ncy@example.net,code\n")
    (tmp_path / "today.txt").write_text(make_dump(5, DAY, seed=2), encoding="utf-8")
    subscribe("somebody")
    environment = {
        "PATH": "/usr/bin:/bin",
        "API": f"{site}/api/v1",
        "KEY": keys.add(app.database, "manual", list(Scope), NOON),
        "TOKEN": token(Purpose.PREFERENCES),
    }
    strict = 'curl() { command curl -sS --fail-with-body "$@"; }\nset -eu\n'
    blocks = sorted(BLOCKS, key=lambda block: "DELETE" in block)  # who is erased has no token
    for block in blocks:
        done = subprocess.run(
            ["sh", "-c", strict + block],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (block, done.stdout, done.stderr)


def test_every_address_is_in_the_manual(served):
    named = {
        re.sub(r"\d{4}-\d\d-\d\d", "{day}", re.sub(r"/1\b", "/{id}", path))
        for path in re.findall(r'\$API(/[^"?]*)', MANUAL)
    }
    described = {path.removeprefix("/api/v1") for path in served[0].openapi()["paths"]}
    assert described - named == {"/topics/{slug}"}


def test_every_scope_is_in_the_manual():
    assert all(f"| `{scope}` |" in MANUAL for scope in Scope)
