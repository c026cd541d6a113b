"""Name the elements of a feed by what they are, whatever prefix a feed gives them.

The elements of RSS and Atom are called "title" or "pubdate", those of other vocabularies
"dc:title". Where a feed puts its own elements into some vocabulary by a default namespace, as
DSpace does, they are still the feed's own.
"""

from lxml import etree

_OWN = {
    "http://www.w3.org/2005/atom",
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
    "http://purl.org/rss/1.0/modules/rss091#",
    "http://purl.org/net/rss1.1#",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://channel.netscape.com/rdf/simple/0.9/",
    "http://backend.userland.com/rss",
    "http://backend.userland.com/rss2",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://cyber.law.harvard.edu/rss/rss.html",
}
_VOCABULARIES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/elements/1.0/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://arxiv.org/schemas/atom": "arxiv",
    "http://arxiv.org/schemas/rss": "arxiv",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://a9.com/-/spec/opensearch/1.1/": "opensearch",
    "http://a9.com/-/spec/opensearchrss/1.0/": "opensearch",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1998/math/mathml": "math",
    "http://www.w3.org/2000/svg": "svg",
}
_PRISM = "prismstandard.org/namespaces/"  # which has a namespace for each of its versions


def name_of(element: etree._Element, own: str = "") -> str:
    """Return the name of an element in small letters.

    own: the namespace of the item or channel that it is in; what is in it belongs to the feed.
    """
    namespace, local = split(element.tag)
    if namespace in ("", own) or namespace in _OWN:
        return local
    known = "prism" if _PRISM in namespace else _VOCABULARIES.get(namespace)
    if known:
        return f"{known}:{local}"
    return f"{element.prefix.lower()}:{local}" if element.prefix else local


def split(tag: str) -> tuple[str, str]:
    """Return namespace and local name of a tag, both in small letters."""
    namespace, _, local = tag.rpartition("}")
    return namespace.removeprefix("{").lower(), local.lower()
