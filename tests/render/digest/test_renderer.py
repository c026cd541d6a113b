import re
import subprocess
import sys
from dataclasses import replace
from email import message_from_bytes, policy
from itertools import groupby

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ComposeError
from digest.ground.languages.catalogues import languages
from digest.ground.text.plain_text import columns
from digest.model import Cadence, DeliverySchedule, Layout, Pick, Preferences, Reason, ReasonKind
from digest.render.digest.fragments import Placeholders
from digest.render.digest.renderer import HTML_BUDGET
from digest.render.quoted_printable import encode
from digest.render.unsubscribe_addresses import tokens_in
from digest.selection.arrangement import in_mail_order
from tests.render.editions import (
    LETTERHEAD,
    TEMPLATES,
    make_candidate,
    make_edition,
    make_oracle,
    make_picks,
    make_reader,
    make_renderer,
)

LANGUAGES = languages()
HOSTILE = (
    "<script>alert(1)</script>",
    "<RET> token </h3></td></table><style>*{display:none}</style>",
    r"Learning $\mathcal{L}$ in {\em one} step & {{ 7 * 7 }} {% raw %}",
    "A & B &amp; C &copy; < > ' \" --> <!-- <![endif]-->",
    "لماذا تنسى النماذج اللغوية؟ \u202e gnp.exe",
    "大規模言語モデルの推論を一度の読み込みで高速化する方法についての研究",
    "👩‍🔬🏳️‍🌈 Emoji Are Tokens Too 🤖" * 3,
    "Title\r\nBcc: everyone@example.com\r\n\r\n<b>body</b>",
    "long " * 80,
    "x" * 400,
    "q0123456789abcdef0123vreasonz <!--q0123456789abcdef0123c-->",
    "%b %(title)s %% =3D =\r\n.\r\nFrom nobody",
    "control \x00\x01\x1b[31m \ud800 \ufffe \u2028 zero\u200bwidth\u00ad",
    "",
    " ",
    ".",
)
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=60) | st.sampled_from(["KV cache", "Speech"])
ADDRESSES = st.sampled_from(
    [
        *("", "https://arxiv.org/abs/2611.00001v2?a=1&b=2", "http://example.com/ä ö"),
        *("javascript:alert(1)", 'https://e.example/"onclick="x', "https://e.example/\r\nX: y"),
        "https://example.com/" + "long/" * 200,
    ]
)
REASONS = st.builds(Reason, st.sampled_from(ReasonKind), st.sampled_from(["inference", "vision"]))
REASONS |= st.builds(Reason, st.just(ReasonKind.INTEREST), TEXTS)


@st.composite
def mailings(draw):
    """An edition of hostile papers, a reader, and picks in mail order."""
    count = draw(st.integers(1, 4))
    candidates = [
        make_candidate(
            number + 1,
            title=draw(TEXTS),
            abstract=draw(TEXTS),
            url=draw(ADDRESSES),
            code_urls=tuple(draw(st.lists(ADDRESSES, max_size=2))),
            summary=draw(TEXTS),
        )
        for number in range(count)
    ]
    edition = make_edition(*candidates)
    chosen = draw(st.permutations(range(1, count + 1)))[: draw(st.integers(1, count))]
    reasons = draw(st.lists(REASONS, min_size=len(chosen), max_size=len(chosen)))
    interests = tuple(draw(st.lists(TEXTS, max_size=3)))
    wishes = Preferences(
        topics={"speech": 1.0, "inference": 2.0},
        interests=interests,
        layout=draw(st.sampled_from([Layout.STANDARD, Layout.FULL, Layout.COMPACT])),
        summaries=draw(st.integers(0, 2)),
        schedule=DeliverySchedule(draw(st.sampled_from(Cadence))),
    )
    reader = make_reader(draw(st.integers(1, 2**39)), preferences=wishes)
    picks = [Pick(*pair) for pair in zip(chosen, reasons, strict=True)]
    return edition, reader, in_mail_order(picks, wishes.summaries)


def laid_out(layout, **changes):
    """A reader who chose a layout."""
    reader = make_reader()
    return replace(reader, preferences=replace(reader.preferences, layout=layout, **changes))


def parsed(message):
    return message_from_bytes(message.body, policy=policy.default)


def content(mail, kind):
    return mail.get_body([kind]).get_content().replace("\r\n", "\n")


def tree(html):
    """The document as a browser sees it; runs of white space count as one blank."""
    walk = html5lib.getTreeWalker("etree")
    tokens = walk(html5lib.parse(html, treebuilder="etree"))
    seen = []
    for is_text, group in groupby(tokens, lambda token: "Characters" in token["type"]):
        if is_text or (group := list(group)) is None:
            seen.append(" ".join("".join(token["data"] for token in group).split()))
        else:
            seen += [
                (token["type"], token.get("name"), sorted((token.get("data") or {}).items()))
                if isinstance(token.get("data"), dict)
                else (token["type"], token.get("name"), token.get("data"))
                for token in group
            ]
    return [token for token in seen if token]


@settings(max_examples=30, deadline=None)
@given(mailings(), st.sampled_from(["en", "de"]))
def test_a_mail_says_what_plain_jinja_and_premailer_say(mailing, tag):
    edition, reader, picks = mailing
    language = LANGUAGES[tag]
    mail = parsed(make_renderer(edition, language=language).message(reader, picks))
    slow = make_oracle(edition, language=language).message(reader, picks)
    expected = message_from_bytes(slow.as_bytes(), policy=policy.default)
    # Before it is folded: that adds blanks to encoded words and encodes long Message-IDs.
    assert mail["Subject"] == slow["Subject"]
    assert mail["Message-ID"] == slow["Message-ID"]
    assert content(mail, "plain") == content(expected, "plain")
    assert tree(content(mail, "html")) == tree(content(expected, "html"))
    assert not mail.defects


@settings(max_examples=20, deadline=None)
@given(mailings())
def test_the_bytes_can_go_through_any_mail_server_as_they_are(mailing):
    edition, reader, picks = mailing
    message = make_renderer(edition).message(reader, picks)
    body = message.body
    assert message.plain
    assert body.isascii()
    assert body.endswith(b"\r\n")
    assert not re.search(rb"[^\r]\n|\r[^\n]|\x00", body)
    head, _, rest = body.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 for line in rest.split(b"\r\n"))
    assert not any(line.startswith((b".", b"From ")) for line in rest.split(b"\r\n"))
    assert not re.search(rb"[ \t]{2}|[ \t]\r\n|\t", rest)  # relaxed form equals simple form


@settings(max_examples=20, deadline=None)
@given(mailings())
def test_hostile_text_adds_no_header_no_element_and_no_link(mailing):
    edition, reader, picks = mailing
    mail = parsed(make_renderer(edition).message(reader, picks))
    assert "Bcc" not in mail
    html = content(mail, "html")
    root = html5lib.parse(html, namespaceHTMLElements=False)
    assert not root.findall(".//script")
    assert len(root.findall(".//style")) == 3
    papers = [each for each in root.iter("div") if each.get("class") in ("card", "line")]
    assert len(papers) == len(picks)
    for link in root.findall(".//a"):
        assert link.attrib["href"].startswith(("http://", "https://"))
        assert "onclick" not in link.attrib


@settings(max_examples=20, deadline=None)
@given(mailings(), st.sampled_from(["en", "de"]))
def test_a_reader_who_reads_text_has_every_link_in_at_most_72_columns(mailing, tag):
    edition, reader, picks = mailing
    renderer = make_renderer(edition, language=LANGUAGES[tag])
    text = renderer.text(reader, picks)
    html = html5lib.parse(renderer.html(reader, picks), namespaceHTMLElements=False)
    for link in html.findall(".//a"):
        target = link.attrib["href"]
        assert target in text or link.get("class") == "vote"
    assert "/votes/" in text  # one address for all of them
    for line in text.splitlines():
        assert columns(line) <= 72 or "http" in line


@pytest.mark.parametrize("tag", ["en", "de"])
def test_every_paper_of_the_text_has_its_address_under_it(tag):
    edition, reader = make_edition(size=100), laid_out(Layout.TEXT)
    picks = [Pick(each.paper.id, Reason(ReasonKind.TRENDING)) for each in edition.candidates]
    text = make_renderer(edition, language=LANGUAGES[tag]).text(reader, picks)
    papers = re.split(r"(?m)^\* ", text)[1:]
    assert len(papers) == 100
    assert all(re.search(r"(?m)^https://", each) for each in papers)
    assert all(columns(line) <= 72 or "http" in line for line in text.splitlines())


def test_text_alone_is_one_part_without_html():
    edition, reader = make_edition(), laid_out(Layout.TEXT)
    renderer = make_renderer(edition)
    message = renderer.message(reader, make_picks(edition))
    mail = parsed(message)
    assert mail.get_content_type() == "text/plain"
    assert not mail.defects
    assert content(mail, "plain").rstrip() == renderer.text(reader, make_picks(edition)).rstrip()
    assert renderer.html(reader, make_picks(edition)) == ""
    assert message.body.endswith(b"\r\n")
    standard = renderer.text(make_reader(), make_picks(edition))
    assert standard == renderer.text(reader, make_picks(edition))


@pytest.mark.parametrize(
    ("layout", "summaries", "shown"),
    [
        (Layout.STANDARD, 3, 3),
        (Layout.STANDARD, 0, 0),
        (Layout.STANDARD, 500, 10),
        (Layout.FULL, 3, 10),
        (Layout.COMPACT, 3, 0),
    ],
)
def test_a_layout_decides_how_many_papers_have_a_summary(layout, summaries, shown):
    edition, reader = make_edition(), laid_out(layout, summaries=summaries)
    renderer, picks = make_renderer(edition), make_picks(edition)
    html, text = renderer.html(reader, picks), renderer.text(reader, picks)
    assert html.count('class="card"') == html.count("a growing number of systems") == shown
    assert html.count('class="line"') == 10 - shown
    assert len(re.findall("growing number", text.replace("\n", " "))) == shown


def test_a_weekly_mail_is_about_its_week():
    edition = make_edition()
    reader = laid_out(Layout.STANDARD, schedule=DeliverySchedule(Cadence.WEEKLY))
    renderer, picks = make_renderer(edition), make_picks(edition)
    assert renderer.subject(reader, picks) == "Your week, 15-21 November"
    html = renderer.html(reader, picks)
    assert '<span class="date"' in html
    assert "Your week, 15-21 November</span>" in html
    assert 'href="https://papers.example.org/archive/2026-11-21/week"' in html


def test_only_what_is_new_is_counted_as_new():
    edition, reader = make_edition(), make_reader()
    renderer = make_renderer(edition)
    trending = Reason(ReasonKind.TRENDING)
    new = [each.paper.id for each in edition.candidates if each.trend.known_days == 0]
    fresh = [Pick(paper_id, trending) for paper_id in new[:3]]
    assert "3 picked out of 5 new · 1 minute" in renderer.text(reader, fresh)
    older = [Pick(1, trending), *fresh]
    assert "4 picked out of 15 listed · 1 minute" in renderer.text(reader, older)


def test_a_german_mail_says_so():
    edition, reader = make_edition(), make_reader()
    renderer = make_renderer(edition, language=LANGUAGES["de"])
    mail = parsed(renderer.message(reader, make_picks(edition)))
    assert mail["Content-Language"] == "de"
    assert mail["Subject"].endswith(", und 9 weitere")
    assert '<html lang="de" dir="ltr">' in content(mail, "html")
    assert "Abmelden" in content(mail, "plain")
    assert "Unsubscribe" not in content(mail, "plain")


def test_previews_show_what_is_sent():
    edition, reader = make_edition(), make_reader()
    renderer, picks = make_renderer(edition), make_picks(edition)
    mail = parsed(renderer.message(reader, picks))
    assert renderer.subject(reader, picks) == mail["Subject"]
    assert renderer.text(reader, picks) == content(mail, "plain")
    assert renderer.html(reader, picks) == content(mail, "html")


def test_five_hundred_picks_stay_within_the_budget_and_keep_their_footer():
    edition, reader = make_edition(size=500), laid_out(Layout.FULL)
    renderer = make_renderer(edition)
    picks = [Pick(each.paper.id, Reason(ReasonKind.TRENDING)) for each in edition.candidates]
    fitting = renderer.fit(reader, picks)
    body = renderer.message(reader, picks).body
    html = body[body.index(b"text/html") :]
    assert 0.5 * HTML_BUDGET < len(html) <= HTML_BUDGET + 200  # the part's own header and end
    assert fitting == tuple(picks[: len(fitting)])
    assert f"{500 - len(fitting)} more papers in your browser" in renderer.html(reader, picks)
    assert f"{500 - len(fitting)} more papers in your browser" in renderer.text(reader, picks)
    assert "Unsubscribe" in renderer.html(reader, picks)
    assert renderer.fit(reader, fitting) == fitting


def test_what_is_left_out_is_said_as_the_oracle_says_it():
    edition, reader = make_edition(size=150), laid_out(Layout.FULL)
    renderer = make_renderer(edition)
    picks = [Pick(each.paper.id, Reason(ReasonKind.TRENDING)) for each in edition.candidates]
    fitting = renderer.fit(reader, picks)
    rest = len(picks) - len(fitting)
    assert rest
    oracle = make_oracle(edition)
    assert renderer.text(reader, picks) == oracle.text(reader, fitting, rest)
    assert tree(renderer.html(reader, picks)) == tree(oracle.html(reader, fitting, rest))


@settings(max_examples=8, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.lists(REASONS, min_size=1, max_size=6))
def test_the_budget_holds_whatever_the_texts(titles, reasons):
    candidates = [make_candidate(n + 1, title=titles[n % len(titles)]) for n in range(100)]
    wishes = Preferences(interests=("🙂" * 60,) * 9)
    reader = make_reader(preferences=wishes, address="漢" * 90 + "@example.com")
    renderer = make_renderer(make_edition(*candidates))
    picks = [Pick(each.paper.id, reasons[each.paper.id % len(reasons)]) for each in candidates]
    fitting = renderer.fit(reader, picks)
    assert len(encode(renderer.html(reader, picks))) <= HTML_BUDGET
    assert fitting == tuple(picks[: len(fitting)])


def test_a_typical_mail_is_light():
    edition, reader = make_edition(), make_reader()
    body = make_renderer(edition).message(reader, make_picks(edition)).body
    assert len(body) < 26_000
    assert len(body[body.index(b"text/html") :]) < 18_000


def test_a_process_with_another_hash_seed_makes_the_same_bytes():
    program = (
        "from tests.render.editions import *; import hashlib; e = make_edition();"
        "body = make_renderer(e).message(make_reader(), make_picks(e)).body;"
        "print(hashlib.sha256(body).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_the_envelope_names_the_bounce_address_and_the_reader():
    edition, reader = make_edition(), make_reader(7, address="ann@bücher.example")
    message = make_renderer(edition).message(reader, make_picks(edition))
    assert (message.key, message.sender) == (7, "bounce@papers.example.org")
    assert message.recipient == "ann@xn--bcher-kva.example"


def test_the_header_has_every_field_that_receivers_want():
    edition, reader = make_edition(), make_reader()
    mail = parsed(make_renderer(edition).message(reader, make_picks(edition)))
    footer = content(mail, "plain")
    unsubscribe = re.fullmatch(r"<(https://\S+/u/\S+)>", mail["List-Unsubscribe"])[1]
    assert unsubscribe in footer
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["From"] == "Daily papers <digest@papers.example.org>"
    assert mail["To"] == "Ann Bauer <reader42@example.com>"
    assert mail["Date"] == "Sat, 21 Nov 2026 07:00:00 +0100"
    assert mail["List-Id"] == "Daily papers <digest.papers.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Feedback-ID"] == "20261121:digest:mail:papersexampleor"
    assert mail.get_content_type() == "multipart/alternative"
    assert len(mail.keys()) == len(set(mail.keys()))


def test_a_mail_can_be_left_by_mail_too_and_the_link_comes_first():
    edition, reader = make_edition(), make_reader()
    letterhead = replace(LETTERHEAD, unsubscribe_address="unsubscribe@papers.example.org")
    for each in (LETTERHEAD, letterhead):
        renderer = make_renderer(edition, letterhead=each)
        body = renderer.message(reader, make_picks(edition)).body
        ways = message_from_bytes(body, policy=policy.default)["List-Unsubscribe"]
        assert ways == make_oracle(edition, letterhead=each).ways_out(reader)
        assert ways.count("https:") == 1
    link, mail = ways.split(", ")
    assert link.startswith("<https://")
    assert re.fullmatch(r"<mailto:unsubscribe\+\w{44}@papers\.example\.org\?subject=\w+>", mail)
    assert any(f"/u/{token}>" in link for token in tokens_in(mail))
    lines = body.partition(b"\r\n\r\n")[0].split(b"\r\n")
    place = next(at for at, line in enumerate(lines) if line.startswith(b"List-Unsubscribe:"))
    assert lines[place].endswith(b">,")
    assert lines[place + 1].startswith(b" <mailto:")
    assert max(map(len, lines)) < 120


def test_the_first_words_say_what_is_inside():
    edition, reader = make_edition(), make_reader()
    renderer, picks = make_renderer(edition), make_picks(edition)
    root = html5lib.parse(renderer.html(reader, picks), namespaceHTMLElements=False)
    words = (each.text for each in root.find("body").iter() if isinstance(each.tag, str))
    first = next(text for text in words if text and text.strip())
    assert len(first.strip()) <= 90
    assert first.startswith("Three bits are enough")  # the subject has the first
    assert first.strip() == renderer.text(reader, picks).splitlines()[0]
    assert renderer.subject(reader, picks).startswith("Forgetting on Purpose")


@pytest.mark.parametrize(
    ("reader", "reason"),
    [
        (make_reader(9, address="ann@example.com\r\nBcc: x@example.com"), "address"),
        (make_reader(9, address="not an address"), "address"),
        (make_reader(9, name="Ann\r\nBcc: x@example.com"), "control character"),
    ],
)
def test_a_reader_who_breaks_a_header_is_named_by_number_only(reader, reason):
    edition = make_edition()
    with pytest.raises(ComposeError, match=f"Reader 9: .*{reason}") as caught:
        make_renderer(edition).message(reader, make_picks(edition))
    assert reader.address not in str(caught.value)


def test_a_mail_needs_papers_of_its_edition():
    edition, reader = make_edition(), make_reader()
    renderer = make_renderer(edition)
    with pytest.raises(ComposeError, match="Reader 42: There is no paper"):
        renderer.message(reader, [])
    with pytest.raises(ComposeError, match="Reader 42: A paper was picked twice"):
        renderer.message(reader, [Pick(1, Reason(ReasonKind.TRENDING))] * 2)
    with pytest.raises(ComposeError, match="Reader 42: Paper 999"):
        renderer.message(reader, [Pick(999, Reason(ReasonKind.TRENDING))])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"digest/card.html": "fine\n{{ paper.titel }}"}, "digest/card.html, line 2: .*titel"),
        ({"digest/card.html": "\n\n{% if %}"}, "digest/card.html, line 3: "),
        ({"digest/body.txt": "{{ ''.__class__.__mro__ }}"}, "digest/body.txt, line 1: .*unsafe"),
        ({"digest/more.txt": "{{ 1 // 0 }}"}, "digest/more.txt, line 1: .*zero"),
        ({"digest/body.html": ""}, "digest/body.html: premailer cannot read it"),
        ({"digest/body.html": "{% include 'digest/body.html' %}"}, "digest/body.html, line 1: "),
        ({"digest/body.html": "<p>{{ name }}</p>"}, "for html do not show the papers in body"),
        ({"digest/section.txt": "{{ title }}"}, "for txt do not show the papers in section"),
        ({"digest/body.txt": "{{ papers }}{{ papers }}"}, "shows `all` twice"),
        ({"digest/facts.txt": "{{ reason | upper }}"}, "changes a personal value"),
        ({"digest/facts.txt": "{{ reason | truncate(20) }}"}, "changes a personal value"),
    ],
)
def test_a_broken_template_says_where_and_why(change, message):
    with pytest.raises(ComposeError, match=message):
        make_renderer(make_edition(), templates={**TEMPLATES, **change})


def test_a_missing_template_is_named():
    templates = {name: source for name, source in TEMPLATES.items() if name != "digest/card.txt"}
    with pytest.raises(ComposeError, match=r"digest/card\.txt: there is no such template"):
        make_renderer(make_edition(), templates=templates)


def test_a_template_may_do_without_rest():
    body = "<html><body><p>{{ preview }}</p>{{ papers }}</body></html>"
    edition, reader = make_edition(), make_reader()
    renderer = make_renderer(edition, templates={**TEMPLATES, "digest/body.html": body})
    assert "A Small Codec" in renderer.html(reader, make_picks(edition))


def test_letterheads_that_no_header_can_hold_are_refused():
    for change in ({"base_url": "https://example.org/ä"}, {"sender_name": "A\nB"}):
        with pytest.raises(ComposeError):
            make_renderer(make_edition(), letterhead=replace(LETTERHEAD, **change))


def test_marks_depend_on_every_text():
    assert Placeholders(["a", "b"]).value("x") != Placeholders(["ab"]).value("x")


def test_an_edition_without_papers_has_a_press_that_refuses():
    with pytest.raises(ComposeError, match="no paper"):
        make_renderer(replace(make_edition(), candidates=())).message(make_reader(), [])


def test_sections_follow_the_order_of_the_picks():
    edition, reader = make_edition(), make_reader()
    html = make_renderer(edition).html(reader, make_picks(edition))
    root = html5lib.parse(html, namespaceHTMLElements=False)
    assert ["".join(h2.itertext()) for h2 in root.findall(".//h2")][3:] == [
        "Efficient inference & serving",
        "Speech & audio",
        "Also trending",
    ]
