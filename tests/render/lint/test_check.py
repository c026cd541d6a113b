from dataclasses import replace

import pytest

from digest.render.lint.check import check
from digest.render.lint.finding import Level
from tests.render.lint.mails import HEAD, HTML, IDENTITY, TEXT, WAY_OUT, change, make_sample


def errors(sample, identity=IDENTITY):
    return [each.what for each in check([sample], identity) if each.level is Level.ERROR]


def warnings(sample, identity=IDENTITY):
    return [each.what for each in check([sample], identity) if each.level is Level.WARNING]


def test_a_good_mail_has_nothing_to_find_fault_with():
    assert check([make_sample()], IDENTITY) == []
    only_text = make_sample(html="", with_html=False)
    assert check([only_text], IDENTITY) == []


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (change("From", ""), "From is missing, not once"),
        ([*HEAD, "From: x@example.com"], "From is there 2 times, not once"),
        (change("Message-ID", ""), "Message-ID is missing"),
        (change("Date", "Date: tomorrow"), "Date cannot be read"),
        (change("List-Unsubscribe", ""), "List-Unsubscribe is missing"),
        (change("List-Unsubscribe", "List-Unsubscribe: <http://a.net/u>"), "is not https"),
        (change("List-Unsubscribe-Post", "List-Unsubscribe-Post: yes"), "says something else"),
        (change("Subject", "Subject: "), "Subject is empty"),
        (change("Subject", "Subject: Re: papers"), "pretends to be an answer"),
        (change("Subject", "Subject: =?utf-9?q?x?="), "Subject cannot be decoded"),
        (change("Subject", "Subject: zwölf"), "it is not 7-bit"),
        ([*HEAD, "X-Long: " + "x" * 1000], "a line has over 998 octets"),
        ([*HEAD, "X-Bare: a\nb"], "a line end is not CRLF"),
        (change("DKIM-Signature", "DKIM-Signature: d=other.net"), "does not vouch"),
    ],
)
def test_a_header_that_receivers_refuse_is_an_error(head, what):
    assert any(what in each for each in errors(make_sample(head)))


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (change("DKIM-Signature", ""), "it is not signed (DKIM)"),
        (change("Subject", "Subject: " + "word " * 30), "Subject has 149 characters"),
        (change("Subject", "Subject: TWELVE PAPERS"), "Subject shouts"),
        (change("Subject", "Subject: now!!"), "Subject shouts"),
        (change("From", 'From: "a@b.net" <digest@papers.our-town.net>'), "holds an address"),
        ([*HEAD, "X-Long: " + "words " * 20], "X-Long is not folded at 78"),
    ],
)
def test_a_header_that_receivers_dislike_is_a_warning(head, what):
    assert any(what in each for each in warnings(make_sample(head)))
    assert errors(make_sample(head)) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"html": ""}, "its parts are text/plain, not text/plain, text/html"),
        ({"html": " "}, "the HTML part is empty"),
        ({"text": ""}, "the text part is empty"),
        ({"text": TEXT.replace(WAY_OUT, "")}, "the text part has no way to unsubscribe"),
        ({"html": HTML.replace("/u/", "/x/")}, "the HTML part has no way to unsubscribe"),
        ({"text": TEXT.replace("A paper", "")}, "the text part lacks 1 paper, such as 'A paper'"),
        ({"html": HTML.replace("A paper", "")}, "the HTML part lacks 1 paper"),
        ({"html": HTML.replace("1 Quiet Lane", "")}, "the HTML part has no postal address"),
        ({"text": TEXT + "{{ name }}"}, "'{{' is printed: … "),
        ({"html": HTML.replace("A paper", "A paper TODO")}, "'TODO' is printed"),
        ({"html": HTML.replace("A paper", "A paper <b>None</b>")}, "'None' is printed"),
        ({"text": TEXT + "Lorem ipsum"}, "'Lorem ipsum' is printed"),
    ],
)
def test_what_is_missing_or_was_never_filled_is_an_error(changes, what):
    assert any(what in each for each in errors(make_sample(**changes)))


def test_words_of_papers_and_sentences_are_no_placeholders():
    for text in (TEXT + "None of them is new.", TEXT + "Nonesuch"):
        assert errors(make_sample(text=text)) == []
    assert errors(make_sample(text=TEXT + "{{ braces }} TODO", neutral=False)) == []


def test_a_text_part_that_says_far_less_is_a_warning():
    html = HTML.replace("A paper", "A paper " + "word " * 200)
    assert warnings(make_sample(html=html)) == ["the text part says far less than the HTML"]


def test_a_part_in_another_charset_is_an_error():
    sample = make_sample()
    content = sample.content.replace(b'charset="utf-8"', b'charset="latin-1"', 1)
    assert "text/plain is in latin-1" in errors(replace(sample, content=content))


def test_examples_are_an_error_unless_nobody_outside_gets_the_mail():
    identity = replace(IDENTITY, base_url="https://papers.example.org", sender_address="a@b.test")
    found = errors(make_sample(), identity)
    assert any("DIGEST_BASE_URL is at papers.example.org" in each for each in found)
    assert any("DIGEST_SENDER is at b.test" in each for each in found)
    assert errors(make_sample(), replace(identity, trial=True)) == []


def test_a_trial_may_lack_what_the_law_and_receivers_ask_for():
    head = change("List-Unsubscribe", "List-Unsubscribe: <http://127.0.0.1/u>")
    trial = replace(IDENTITY, trial=True, postal_address="")
    way_out = "http://127.0.0.1/u"
    text, html = (body.replace(WAY_OUT, way_out) for body in (TEXT, HTML))
    sample = make_sample(head, text, html)
    assert errors(sample, trial) == []
    assert warnings(sample, trial) == ["List-Unsubscribe is not https", "no postal address is set"]


def test_a_finding_comes_once_however_many_mails_have_it():
    sample = make_sample(change("Date", ""))
    once, twice = check([sample], IDENTITY), check([sample, sample], IDENTITY)
    assert once == twice
    assert str(once[0]).startswith("error: a mail, header: Date")
    assert set(once[0].to_json()) == {"level", "what", "where", "mend"}
