"""Every mail as it is read: what is seen first, what both parts say, what nobody may fetch."""

import re
from collections import Counter

import html5lib

from tests.email_checks import mails
from tests.email_checks.zone import DOMAIN

UNSEEN = {"head", "style", "title", "script"}
REMOTE = re.compile(
    r"url\(|@import|@font-face|\bsrc(?:set)?=|background=|<(?:link|script|form|iframe|svg|video)"
)
WEB = re.compile(r"https?://\S+")
SHARED_WORDS = 0.8


def texts(element):
    """Yield the pieces of text of an element, in reading order."""
    if element.tag in UNSEEN or not isinstance(element.tag, str):
        return
    yield element.text or ""
    for child in element:
        yield from texts(child)
        yield child.tail or ""


def opened(mail):
    return html5lib.parse(mail.part("html"), namespaceHTMLElements=False)


def squeezed(text):
    return "".join(text.split())


def test_a_preview_line_is_the_first_thing_seen_and_nothing_is_hidden(name, mail):
    if not mails.has_html(name):
        return
    first = next(text.strip() for text in texts(opened(mail).find("body")) if text.strip())
    assert len(first) <= (90 if mail.is_list else 140)
    assert first != mail.parsed["Subject"]
    assert not re.search(r"display:\s*none|visibility:\s*hidden|font-size:\s*0", mail.part("html"))
    assert not re.search("[\u200b\u200c\u2060\ufeff\u00ad\u034f]", first)


def test_nothing_is_fetched_from_anywhere(name, mail):
    assert REMOTE.findall(mail.part("html")) == (["src="] if name.endswith("logo") else [])


def test_text_has_every_link_and_heading_of_the_html_and_most_of_its_words(name, mail):
    if not mails.has_html(name):
        return
    text, page = mail.part("plain"), opened(mail)
    targets = {each.get("href") for each in page.iter("a")}
    votes = {each for each in targets if re.search("/(?:more|less)/", each)}
    if mail.is_list and votes:  # the text has one address for all of them
        assert "/votes/" in text
        targets -= votes
    assert {each for each in targets if each not in text} == set()
    for heading in (each for level in ("h1", "h2", "h3") for each in page.iter(level)):
        assert squeezed("".join(texts(heading))).casefold() in squeezed(text).casefold()
    words = Counter(re.findall(r"\w+", " ".join(texts(page.find("body"))).casefold()))
    said = Counter(re.findall(r"\w+", text.casefold()))
    shared = sum((words & said).values()) / sum(words.values())
    assert shared >= SHARED_WORDS


def test_both_parts_end_with_who_sends_and_how_to_leave(name, mail):
    for body in filter(None, (mail.part("plain"), mail.part("html"))):
        assert "1 Quiet Lane" in body
        if mail.is_list:
            assert body.rindex(f"https://{DOMAIN}/u/") > len(body) // 2


def test_links_are_https_and_go_where_they_say(name, mail):
    if not mails.has_html(name):
        return
    for link in opened(mail).iter("a"):
        assert link.get("href").startswith(("https://", "mailto:", "#"))
        images = "".join(each.get("alt") for each in link.iter("img"))
        assert "".join(texts(link)).strip() or link.get("aria-label") or images


def test_the_addresses_of_both_parts_together_are_an_even_number(name, mail):
    """Rspamd's URI_COUNT_ODD: an odd one in a mail of two parts costs a point.

    It counts every link, image and address that is written out, of both parts.
    """
    if not mails.has_html(name):
        return
    page = opened(mail)
    linked = [each.get("href") for each in page.iter("a")]
    shown = [each.get("src") for each in page.iter("img")]
    written = WEB.findall(" ".join(texts(page.find("body")))) + WEB.findall(mail.part("plain"))
    assert len([*linked, *shown, *written]) % 2 == 0
