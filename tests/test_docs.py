"""The manual is tested too: its links lead somewhere, and every command is in it."""

import re
from pathlib import Path

import pytest

from tests.cli.test_help import ALL

REPOSITORY = Path(__file__).parent.parent
PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("deploy/*.md")]
)
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


def test_every_page_of_the_manual_can_be_found_from_the_readme():
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    pages = {page.name for page in (REPOSITORY / "docs").glob("*.md")}
    assert {page for page in pages if f"docs/{page}" not in readme} == set()


def test_every_decision_has_its_number_and_title():
    for page in (REPOSITORY / "docs" / "adr").glob("*.md"):
        number = int(page.name[:4])
        assert page.read_text("utf-8").startswith(f"# {number}. ")
