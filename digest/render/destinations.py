"""Make the links of a mail: to papers, and to our own pages."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from digest.ground.text.plain_text import clean
from digest.model import Paper

_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:[/?#][!-~]*)?")
_LONGEST = 500
_SEARCHED = 150  # characters of a title to search for


@dataclass(frozen=True, slots=True)
class PaperLinks:
    """The links of one card; `code` and `project` are empty if unknown."""

    paper: str
    code: str
    project: str
    more: str
    less: str


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The links of a mail to our pages. `unsubscribe` is also in its header."""

    unsubscribe: str
    preferences: str
    votes: str
    view: str
    archive: str
    help: str


def paper_links(paper: Paper, base_url: str, search_url: str, token: str) -> PaperLinks:
    """Return the links of a card; `token` is that of the mail."""
    return PaperLinks(
        paper=web_address(paper.url) or search_address(paper.title, search_url),
        code=next(filter(None, map(web_address, paper.code_urls)), ""),
        project=next(filter(None, map(web_address, paper.project_urls)), ""),
        more=f"{base_url}/more/{token}/{paper.id}",
        less=f"{base_url}/less/{token}/{paper.id}",
    )


def page_links(base_url: str, *, token: str, view: str, archive: str) -> PageLinks:
    """Return the links of a digest to our pages.

    token: of the mail; view: the part of it that only shows it; archive: its page there.
    """
    return PageLinks(
        unsubscribe=f"{base_url}/u/{token}",
        preferences=f"{base_url}/p/{token}",
        votes=f"{base_url}/votes/{token}",
        view=f"{base_url}/v/{view}",
        archive=f"{base_url}/archive/{archive}",
        help=f"{base_url}/help",
    )


def web_address(address: str) -> str:
    """Return an http(s) address in ASCII, or "" if it is not safe to link to."""
    ascii_only = quote(address.strip(), safe="!#$%&'()*+,/:;=?@[]~")
    usable = len(ascii_only) <= _LONGEST and _WEB_ADDRESS.fullmatch(ascii_only)
    return ascii_only if usable else ""


def search_address(title: str, search_url: str) -> str:
    """Return the address of a search for a title, for papers without an address."""
    return search_url.replace("{title}", quote(clean(title)[:_SEARCHED], safe=""))
