"""Extract the addresses that an abstract names: of its code, and of its project page.

An address is used as it stands or not at all: nothing is guessed, joined or looked up.
"""

import re
from urllib.parse import urlsplit

from digest.model import References
from digest.papers.rules.identifiers import arxiv

_LONGEST_ADDRESS = 500  # characters
MOST_ADDRESSES = 10  # of each kind; a mail shows fewer
_CODE_HOSTS = {
    "bitbucket.org",
    "codeberg.org",
    "colab.research.google.com",
    "git.sr.ht",
    "gitee.com",
    "github.com",
    "gitlab.com",
    "hf.co",
    "huggingface.co",
    "kaggle.com",
    "modelscope.cn",
    "raw.githubusercontent.com",
    "sr.ht",
}
_PAPER_HOSTS = {"arxiv.org", "doi.org", "dx.doi.org"}  # other papers, mostly

_BARE = r"github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|huggingface\.co"
_ADDRESS = re.compile(
    # A scheme, or one of the hosts that are written without; not inside a word or an address.
    rf"(?:https?://|(?<![\w.@/:-])(?:www\.)?(?=(?:{_BARE})/\w)|(?<![\w.@/:-])(?=www\.\w))"
    # Printable ASCII but no quotes, brackets of markup or LaTeX; "~" only where a path begins.
    r"(?:[A-Za-z0-9\-._:/?#\[\]@!$&()*+,;=%]|(?<=/)~|\\[_#%&])+",
    re.IGNORECASE,
)
_SIGNS = ("://", "www.", ".com/", ".org/", ".co/")  # one is in every text that has an address
_ESCAPE = re.compile(r"\\([_#%&])")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]+)")
_OPENING = {")": "(", "]": "["}
_EAST_ASIA = "\u2e80"  # from here on scripts that put no blank between an address and the text


def harvest(abstract: str) -> References:
    """Return the addresses that the abstract names, without the punctuation around them.

    Left out: other schemes, credentials, hosts without a domain, addresses over 500 characters,
    code hosts without a path, addresses of papers (arXiv and what shows its papers, DOI). At most
    ten of each kind.
    """
    lowered = abstract.lower()
    if not any(sign in lowered for sign in _SIGNS):  # most abstracts; the search costs 0.1 ms
        return References()
    found: dict[str, bool] = {}  # address -> is it code
    for match in _ADDRESS.finditer(abstract):
        following = abstract[match.end() : match.end() + 1]
        if following.isalnum() and following < _EAST_ASIA:
            continue  # a letter that no plain address has: where it ends would be a guess
        if address := _clean(match.group()):
            found.setdefault(address, _is_code(address))
    code = [address for address, is_code in found.items() if is_code]
    project = [address for address, is_code in found.items() if not is_code]
    return References(tuple(code[:MOST_ADDRESSES]), tuple(project[:MOST_ADDRESSES]))


def _clean(text: str) -> str:
    """Return the address in its plain form; empty if it must not be linked."""
    if len(text) > 2 * _LONGEST_ADDRESS:  # not even without the punctuation behind it
        return ""
    text = _cut_punctuation(_ESCAPE.sub(r"\1", text))
    if "://" not in text[:8]:
        text = "https://" + text
    scheme, _, rest = text.partition("://")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # a port that is no number, a bracket that opens no IPv6 address
        return ""
    host = parts.hostname or ""
    plain_host = host if port is None else f"{host}:{port}"
    if len(text) > _LONGEST_ADDRESS or not _HOST.fullmatch(host):
        return ""
    if parts.netloc.casefold() != plain_host:  # credentials, an empty port
        return ""
    if (
        arxiv(text)
        or _base(host) in _PAPER_HOSTS
        or (_base(host) in _CODE_HOSTS and not parts.path.strip("/"))
    ):
        return ""
    return f"{scheme.lower()}://{plain_host}{rest[len(parts.netloc) :]}"


def _cut_punctuation(text: str) -> str:
    """Cut what belongs to the sentence; a bracket stays when it was opened inside the address."""
    while text:
        last = text[-1]
        opened = last in _OPENING and text.count(_OPENING[last]) >= text.count(last)
        if last not in ".,;:!?*$([)]&" or opened:
            break
        text = text[:-1]
    return text


def _is_code(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return _base(host) in _CODE_HOSTS or host.startswith(("git.", "gitlab.", "gist.github."))


def _base(host: str) -> str:
    return host.removeprefix("www.")
