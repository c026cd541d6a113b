"""Make links: to papers, to what they name, and to our own pages.

One link is the paper's: where it is read, else our own page of it. What it names is linked only
where the text can say whose host that is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from digest.ground.text.plain_text import clean
from digest.model import Paper

_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:[/?#][!-~]*)?")
_LONGEST = 500
_SEARCHED = 150  # characters of a title to search for
_LONGEST_HOST = 50  # characters: a longer one would have to be shown cut, which hides whose it is
_LONGEST_TEXT = 80  # characters of a host with owner and name of the code
# Hosts that lead to another one, so that a link to them does not show where it goes.
_FORWARDING = {
    *("bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy", "rebrand.ly"),
    *("s.id", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "v.gd"),
}
_REPOSITORIES = {  # hosts whose paths begin with owner and name of the code
    *("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com", "huggingface.co"),
}
_REPOSITORY = re.compile(r"(?:/(?:datasets|spaces))?/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class PaperLinks:
    """The links of one card: `paper` is the one to the paper itself.

    code, project: empty if unknown. code_text, project_text: what they are shown as.
    """

    paper: str
    code: str
    project: str
    more: str
    less: str
    code_text: str
    project_text: str


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The links of a mail to our pages. `unsubscribe` is also in its header."""

    unsubscribe: str
    preferences: str
    votes: str
    view: str
    archive: str
    help: str


def paper_links(paper: Paper, base_url: str, token: str) -> PaperLinks:
    """Return the links of a card; `token` is that of the mail."""
    code, project = first_shown(paper.code_urls), first_shown(paper.project_urls)
    return PaperLinks(
        paper=shown_address(paper, base_url),
        code=code,
        project=project,
        more=f"{base_url}/more/{token}/{paper.id}",
        less=f"{base_url}/less/{token}/{paper.id}",
        code_text=code_text(code),
        project_text=project_text(project),
    )


def shown_address(paper: Paper, base_url: str) -> str:
    """Return where a paper's title leads: to where it is read, else to our own page of it."""
    return web_address(paper.url) or paper_page(paper.id, base_url)


def paper_page(paper_id: int, base_url: str) -> str:
    """Return the address of our own page of a paper, which never changes."""
    return f"{base_url}/papers/{paper_id}"


def first_shown(addresses: Iterable[str]) -> str:
    """Return the first address that may be linked with its host as the text; else ""."""
    return next(iter(all_shown(addresses)), "")


def all_shown(addresses: Iterable[str]) -> list[str]:
    """Return the addresses that may be linked with their hosts as the text.

    Left out: what is not safe to link to, hosts that forward to others, and endless ones.
    """
    return [safe for one in addresses if (safe := web_address(one)) and project_text(safe)]


def project_text(address: str) -> str:
    """Return the host of a safe address, which is all that a link to it says: "litllm.github.io".

    Empty for one that must not be linked so, and for "".
    """
    host = urlsplit(address).netloc.lower()
    hides = len(host) > _LONGEST_HOST or host.partition(":")[0].removeprefix("www.") in _FORWARDING
    return "" if hides else host


def code_text(address: str) -> str:
    """Return what a link to code says: "github.com/owner/name", elsewhere the host."""
    host = project_text(address)
    if host not in _REPOSITORIES:
        return host
    found = _REPOSITORY.match(urlsplit(address).path)
    text = host + (found.group().removesuffix(".git") if found else "")
    return text if len(text) <= _LONGEST_TEXT else host


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
    """Return the address of a search for a title, one link among others."""
    return search_url.replace("{title}", quote(clean(title)[:_SEARCHED], safe=""))
