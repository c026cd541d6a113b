"""The manual is tested too: its links lead somewhere, and every command is in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from digest.settings import Settings
from tests.cli.test_help import ALL

REPOSITORY = Path(__file__).parent.parent
PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("deploy/*.md")]
)
LONGEST_LINE = 120  # characters; tables may be wider
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_to_a_file_leads_to_one(page):
    targets = [link for link in _LINK.findall(page.read_text("utf-8")) if "://" not in link]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_is_in_the_manual(words):
    manual = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert f"digest {' '.join(words)}" in manual


def test_every_page_of_the_manual_can_be_found_from_its_index():
    index = (REPOSITORY / "docs" / "README.md").read_text("utf-8")
    pages = {
        page.relative_to(REPOSITORY / "docs").as_posix()
        for page in (REPOSITORY / "docs").glob("**/*.md")
        if page.name != "README.md"
    }
    assert {page for page in pages if f"({page})" not in index} == set()


def test_every_decision_has_a_number_of_its_own_and_a_title():
    pages = sorted((REPOSITORY / "docs" / "why" / "adr").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert len(set(numbers)) == len(numbers)
    for number, page in zip(numbers, pages, strict=True):
        assert page.read_text("utf-8").startswith(f"# {number}. "), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_lines_of_prose_can_be_read_without_scrolling(page):
    lines = page.read_text("utf-8").splitlines()
    wide = [line for line in lines if len(line) > LONGEST_LINE and not line.startswith("|")]
    assert wide == []


def test_the_pages_that_come_from_the_code_are_up_to_date():
    command = [sys.executable, str(REPOSITORY / "docs" / "generate.py"), "--check"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def named_defaults() -> list[tuple[str, str, str]]:
    """Every default that a page names: its page, the setting, and the value as it stands there.

    "`DIGEST_LEASE_SECONDS` (120)", "(`DIGEST_LEASE_SECONDS`, 120", and "| `DIGEST_..` | 06:00 |".
    """
    behind = re.compile(r"`DIGEST_([A-Z_]+)`(?: [a-z%]+)? \((\d[\d.]*)[);]")
    within = re.compile(r"\(`DIGEST_([A-Z_]+)`, (\d[\d.]*)[);]")
    hour = re.compile(r"^\| `DIGEST_([A-Z_]+)` \| (\d\d:\d\d) \|", re.MULTILINE)
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for pattern in (behind, within, hour):
            found += [(page.name, name, value) for name, value in pattern.findall(text)]
    return found


@pytest.mark.parametrize(("page", "name", "value"), named_defaults())
def test_a_default_that_the_manual_names_is_that_of_the_code(page, name, value):
    default = getattr(Settings, name.lower())
    if ":" in value:
        hours, minutes = value.split(":")
        value = f"{int(minutes)} {int(hours)} * * *"
    assert str(default) == value or (value.replace(".", "").isdigit() and default == float(value))


def test_the_manual_names_defaults_in_a_form_that_is_compared():
    assert len(named_defaults()) >= 12
