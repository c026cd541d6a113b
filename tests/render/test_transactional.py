import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import html5lib
import pytest

from digest.errors import ComposeError
from digest.ground.languages.catalogues import languages
from digest.ground.text.plain_text import columns
from digest.model import MailKind
from digest.render.theme import Theme
from digest.render.transactional import Recipient, TransactionalRenderer
from digest.transactional.changes import Change
from digest.transactional.commands import said
from tests.render.editions import LETTERHEAD, TEMPLATES

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
LINK = "https://papers.example.org/c/DAAAAACoXBqvBOV10iUu0bjt9DMTK"
VALUES = {
    **dict.fromkeys(("link", "preferences", "unsubscribe", "undo", "refuse", "base_url"), LINK),
    **{
        "until": "2026-11-19 12:30 UTC",
        "role": "",
        "hours": 72,
        "days": 7,
        "schedule": "daily at 07:00, UTC",
        "topics": "Speech & audio",
    },
    **{"date": "Saturday, 21 November 2026", "relay": "127.0.0.1:25", "sender": "d@example.org"},
    **{"moment": "2026-11-21T06:00:00+00:00", "heading": "3 mails failed"},
    "summary": said("Three mails could not be delivered today."),
    "causes": [said("<b>550</b> no " * 9)],
    "lines": [said("First seen at 06:00 UTC.")],
    "todo": said("Look: `digest deliveries --state failed`"),
    "changes": [
        Change("Topics", "none", "Speech & audio"),
        Change("Muted phrases", "“<b>survey</b>”", "none"),
    ],
    "done": ["More like “A <script> title”"],
    **{"undone": False, "by_mail": True, "asked": False, "line": "Who <b>are</b> you?"},
    **{"reason": "", "examples": [("1 3 more", "more like papers 1 and 3 of that email")]},
    "papers": [
        {
            "title": "A <script> title " * 9,
            "url": "https://arxiv.org/abs/2611.00001",
            "reason": "You follow Speech",
            "summary": "We look at something plain. It works as one would think. " * 3,
            "more": f"{LINK}/more/7",
            "less": f"{LINK}/less/7",
        }
    ],
}


def compose(kind, *, language="en", templates=TEMPLATES, occasion="1", **values):
    notices = TransactionalRenderer(LETTERHEAD, templates, languages())
    recipient = Recipient("ann@bücher.example", 7, language)
    return notices.compose(kind, recipient, {**VALUES, **values}, occasion=occasion, now=NOW)


def parsed(message):
    return message_from_bytes(message.body, policy=policy.default)


def part(mail, kind):
    return mail.get_body([kind]).get_content()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", list(MailKind))
def test_every_notice_is_a_whole_mail_without_list_headers(kind, language):
    message = compose(kind, language=language)
    mail = parsed(message)
    assert not mail.defects
    assert not [name for name in mail if name.lower().startswith(("list-", "precedence"))]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == language
    assert mail["To"] == "ann@xn--bcher-kva.example"
    assert mail["Date"] == "Sat, 21 Nov 2026 07:00:00 +0100"
    assert "1 Quiet Lane" in part(mail, "plain")
    assert "1 Quiet Lane" in part(mail, "html")
    assert len(mail.keys()) == len(set(mail.keys()))
    assert all(len(line) <= 76 for line in message.body.split(b"\r\n\r\n", 1)[1].split(b"\r\n"))
    for line in part(mail, "plain").splitlines():
        assert columns(line) <= 72 or "http" in line


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", list(MailKind))
def test_the_first_words_of_a_notice_say_what_it_is_about(kind, language):
    mail = parsed(compose(kind, language=language))
    root = html5lib.parse(part(mail, "html"), namespaceHTMLElements=False)
    assert root.attrib["lang"] == language
    words = (each.text for each in root.find("body").iter() if isinstance(each.tag, str))
    first = next(text for text in words if text and text.strip()).strip()
    assert 35 <= len(first) <= 140
    assert first != mail["Subject"]
    assert len(root.findall(".//h1")) == 1
    assert not root.findall(".//script")


def test_the_links_of_a_notice_are_in_both_parts():
    mail = parsed(compose(MailKind.CONFIRM))
    assert LINK in part(mail, "plain")
    assert f'href="{LINK}"' in part(mail, "html")


def test_the_same_occasion_has_the_same_message_id_and_another_one_has_not():
    first, again, other = (parsed(compose(MailKind.TEST, occasion=o)) for o in ("1", "1", "2"))
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["Message-ID"].startswith("<test.")
    assert first["Message-ID"].endswith("@papers.example.org>")


def test_a_language_that_nobody_speaks_is_english():
    assert "Welcome" in parsed(compose(MailKind.WELCOME, language="tlh"))["Subject"]


def test_a_broken_notice_names_its_file_and_line():
    templates = {**TEMPLATES, "welcome/body.html": "fine\n{{ papres }}"}
    with pytest.raises(ComposeError, match=r"welcome/body\.html, line 2: .*papres"):
        compose(MailKind.WELCOME, templates=templates)


def test_a_subject_cannot_add_a_header():
    mail = parsed(compose(MailKind.ALERT, heading="Bad\r\nBcc: everyone@example.com"))
    assert "Bcc" not in mail


@pytest.mark.parametrize("kind", list(MailKind))
def test_without_a_postal_address_a_mail_ends_with_the_name_alone(kind):
    letterhead = replace(LETTERHEAD, postal_address="")
    notices = TransactionalRenderer(letterhead, TEMPLATES, languages())
    message = notices.compose(kind, Recipient("a@b.example"), VALUES, occasion="1", now=NOW)
    mail = parsed(message)
    assert part(mail, "plain").splitlines()[-2:] == ["--", "Daily papers"]
    for each in ("plain", "html"):
        assert "postal" not in part(mail, each).casefold()


def test_the_cause_of_an_alert_is_in_the_body_and_commands_are_marked():
    mail = parsed(compose(MailKind.ALERT))
    html, text = part(mail, "html"), part(mail, "plain")
    assert html.count("Three mails could not be delivered today.") == 2
    assert "digest deliveries --state failed</code>" in html
    assert "“digest deliveries --state failed”" in " ".join(text.split())
    assert "`" not in html + text


def test_a_long_cause_is_cut_in_the_first_line_alone():
    cause = "The relay refuses us. " * 40
    html = part(parsed(compose(MailKind.ALERT, summary=said(cause))), "html")
    root = html5lib.parse(html, namespaceHTMLElements=False)
    first = root.find(".//td[@class='first']").text
    assert len(first) <= 140
    assert cause.strip() in " ".join("".join(root.itertext()).split())


def test_a_change_says_what_was_and_what_is():
    mail = parsed(compose(MailKind.CHANGED))
    assert "none → Speech & audio" in part(mail, "plain")
    assert "none</span> → Speech &amp; audio" in part(mail, "html")


def test_the_welcome_has_summaries_and_votes():
    mail = parsed(compose(MailKind.WELCOME))
    for kind in ("plain", "html"):
        shown = " ".join(part(mail, kind).split())
        assert "We look at something plain." in shown
        assert "/more/7" in shown
        assert "/less/7" in shown


def test_a_logo_stands_in_place_of_the_name_and_leads_home():
    theme = Theme(logo="https://example.org/logo.png", logo_alt="Reading Room")
    notices = TransactionalRenderer(LETTERHEAD, TEMPLATES, languages(), theme)
    recipient = Recipient("a@b.example")
    with_logo = notices.compose(MailKind.GOODBYE, recipient, VALUES, occasion="1", now=NOW)
    html = part(parsed(with_logo), "html")
    assert re.search(
        r'<a href="https://papers.example.org"[^>]*>\s*<img[^>]*alt="Reading Room"', html
    )
    assert 'class="wordmark"' not in html
    assert 'class="wordmark"' in part(parsed(compose(MailKind.GOODBYE)), "html")
