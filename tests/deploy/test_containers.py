"""Dockerfile and compose.yaml cannot be run here; what they name must at least be there."""

import re
import subprocess

import pytest
import yaml

from digest.settings import FROM_FILES, Settings, load_settings
from tests.cli.test_help import ALL
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "deploy" / "container"
DOCKERFILE = (FOLDER / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
OURS = {name: each for name, each in COMPOSE["services"].items() if each["image"] == "digest"}


def copied() -> list[str]:
    """Return what the Dockerfile copies out of the repository."""
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()]


def test_what_the_image_is_made_of_is_in_the_repository_and_let_in():
    assert len(copied()) >= 5
    let_in = (FOLDER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    for source in copied():
        assert (REPOSITORY / source).exists(), source
        assert f"!{source}" in let_in, source


def test_the_image_holds_what_the_lock_files_say_and_nothing_else(tmp_path):
    installs = re.findall(r"pip install (.*?)(?: \\)?$", DOCKERFILE, re.MULTILINE)
    assert all("--require-hashes" in each or "--no-deps" in each for each in installs)
    program = re.search(r"awk '(.*?)'", DOCKERFILE, re.DOTALL)
    assert program is not None
    lock = str(REPOSITORY / "requirements-dev.lock")
    done = subprocess.run(["awk", program[1], lock], capture_output=True, text=True, check=True)
    names = re.findall(r"^([a-z][a-z0-9-]*)==", done.stdout, re.MULTILINE)
    assert names == ["psycopg", "psycopg-binary", "typing-extensions"]
    assert done.stdout.count("--hash=sha256:") >= len(names)


def test_the_image_runs_as_nobody_in_particular_and_is_watched():
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER digest$", last, re.MULTILINE)
    assert "/healthz" in last


@pytest.mark.parametrize("name", OURS)
def test_compose_names_settings_that_there_are_and_that_mail_to_real_people_needs(name):
    given = OURS[name]["environment"]
    known = {f"DIGEST_{field.upper()}" for field in Settings.__annotations__}
    known |= {f"DIGEST_{field.upper()}_FILE" for field in FROM_FILES}
    assert set(given) <= known
    plain = {key.removeprefix("DIGEST_").lower(): value for key, value in given.items()}
    settings = load_settings(**{key: v for key, v in plain.items() if not key.endswith("_file")})
    assert settings.sender
    assert settings.postal_address
    assert settings.base_url.startswith("https://")


def test_compose_has_every_part_that_it_speaks_of():
    services = COMPOSE["services"]
    for each in services.values():
        assert set(each.get("depends_on", {})) <= services.keys()
        assert set(each.get("secrets", ())) <= COMPOSE["secrets"].keys()
        named = {volume.partition(":")[0] for volume in each.get("volumes", ())}
        assert named <= COMPOSE["volumes"].keys()
    assert {"digest", "db", "postfix"} <= services.keys()
    context = FOLDER / OURS["digest"]["build"]["context"]
    assert (context / OURS["digest"]["build"]["dockerfile"]).samefile(FOLDER / "Dockerfile")


@pytest.mark.parametrize("name", OURS)
def test_compose_runs_commands_that_there_are(name):
    program, command, *_ = OURS[name]["command"]
    assert program == "digest"
    assert (command,) in ALL
