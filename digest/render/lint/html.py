"""The HTML part of a sample: what mail programs strip, clip or cannot show."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement, document_fromstring

from digest.render.lint.finding import Finding, Sample, error, warning

BUDGET = 90 * 1024  # octets on the wire; Gmail clips at 102 KB
_STRIPPED = (
    *("script", "form", "input", "button", "iframe", "svg", "video", "audio"),
    *("object", "embed", "base", "link"),
)
_EMPTY_WORDS = {"here", "click", "click here", "link", "this", "more", "read more", "hier", "mehr"}
_HOST = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/:?#]\S*)?", re.IGNORECASE)


def check_html(sample: Sample) -> list[Finding]:
    """Return what is wrong with the HTML part."""
    if not sample.html.strip():
        return []
    document = document_fromstring(sample.html)
    where = f"{sample.name}, HTML"
    return [
        *_size(sample, where),
        *_frame(document, where),
        *_links(document, where),
        *(_link_texts(document, where) if sample.neutral else ()),
        *_images(document, where),
    ]


def _size(sample: Sample, where: str) -> list[Finding]:
    wire = sample.content.rpartition(b"Content-Type: text/html")[2]
    octets = max(len(wire), len(sample.html.encode()))
    if octets <= BUDGET:
        return []
    fix = f"shorten the templates; above {BUDGET // 1024} KiB Gmail hides the footer"
    return [error(f"it has {octets:,} octets", where, fix)]


def _frame(document: HtmlElement, where: str) -> list[Finding]:
    found = [
        error(f"<{element.tag}> is stripped or blocked by mail programs", where, "leave it out")
        for element in document.iter(*_STRIPPED)
    ]
    if document.tag == "html" and not document.get("lang"):
        found.append(warning("<html> says no language", where, 'write <html lang="en">'))
    if not (document.findtext(".//title") or "").strip():
        found.append(warning("there is no <title>", where, "print the subject in it"))
    return found


def _links(document: HtmlElement, where: str) -> Iterator[Finding]:
    ids = {element.get("id") for element in document.iter() if isinstance(element.tag, str)}
    for link in document.iter("a"):
        target = (link.get("href") or "").strip()
        name = _name(link)
        shown = f"{where}, link {name[:40]!r}"
        if not target or target == "#":
            yield error("it leads nowhere", shown, "give it an href")
        elif target.startswith("#"):
            if target[1:] not in ids:
                yield error(f"nothing in the mail is called {target}", shown, "fix the jump")
        elif urlsplit(target).scheme not in ("http", "https", "mailto"):
            yield error(f"{target[:60]!r} is no http(s) address", shown, "write it in full")
        elif urlsplit(target).scheme != "mailto" and not urlsplit(target).hostname:
            yield error(f"{target[:60]!r} names no host", shown, "write it in full")
        if not name:
            yield error(f"the link to {target[:60]} has no text", where, "say where it goes")


def _link_texts(document: HtmlElement, where: str) -> Iterator[Finding]:
    """What the templates' own words say; a paper may be called More, or example.com."""
    for link in document.iter("a"):
        name = _name(link)
        shown = f"{where}, link {name[:40]!r}"
        if name.casefold().strip(" .…»>") in _EMPTY_WORDS:
            yield warning("its text does not say where it goes", shown, "name what is there")
        said, real = _HOST.fullmatch(name), urlsplit(link.get("href") or "").hostname
        if said and real and said[1].lower().removeprefix("www.") != real.removeprefix("www."):
            yield error(
                f"it shows {said[1]} and leads to {real}", shown, "filters call it phishing"
            )


def _name(link: HtmlElement) -> str:
    """What a screen reader says: the label, else the text with the images' alternatives."""
    images = (image.get("alt") or "" for image in link.iter("img"))
    text = link.get("aria-label") or " ".join([link.text_content(), *images])
    return " ".join(text.split())


def _images(document: HtmlElement, where: str) -> Iterator[Finding]:
    for image in document.iter("img"):
        source = image.get("src") or ""
        if image.get("alt") is None:
            yield error(f"the image {source[:60]} has no alt", where, 'alt="" when it only adorns')
        if urlsplit(source).scheme not in ("https", "cid"):
            yield error(f"the image {source[:60]!r} is not https", where, "images come by https")
