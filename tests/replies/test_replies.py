"""What is understood of made-up replies; the figures of docs/use/replies.md are these."""

import re
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.languages.catalogues import languages
from digest.replies.bodies import html_text, read_written
from digest.replies.commands import Command, Kind
from digest.replies.grammar import Grammar
from digest.replies.own_words import paragraphs
from digest.replies.understanding import understand
from digest.transactional.reply_answers import EXAMPLES
from tests.replies import shapes
from tests.replies.cases import PAPERS, TODAY, TOPICS, cases, understood

GRAMMAR = Grammar(TODAY, TOPICS)
FILES = ("replies.txt", "held_out.txt", "sentences.txt", "remarks.txt")


def test_there_are_more_than_three_hundred_made_up_replies_of_every_mail_program():
    made_up = [case for name in FILES[:2] for case in cases(name)]
    assert len(made_up) > 300
    assert {case.shape for case in made_up} == set(shapes.SHAPES)


@pytest.mark.parametrize("name", FILES)
def test_made_up_replies_do_what_was_meant_and_nothing_else(name):
    said = [(case, sorted(understood(case).split("; "))) for case in cases(name)]
    wanted = [(case, sorted(case.expected.split("; "))) for case, _ in said]
    assert said == wanted


@pytest.mark.parametrize("shape", shapes.SHAPES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_of_every_mail_program_only_the_own_words_count(shape, language):
    text = read_written(shapes.make(shape, language, "qwertz one\n\nqwertz two")).text
    found = [line for one in paragraphs(text) for line in one if line != "Anna Müller"]
    assert found == ["qwertz one", "qwertz two"]


@pytest.mark.parametrize("shape", shapes.SHAPES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_an_empty_reply_says_nothing(shape, language):
    found = understand(
        paragraphs(read_written(shapes.make(shape, language, "")).text),
        GRAMMAR,
        papers=PAPERS,
        names=("anna", "müller"),
    )
    assert found.commands == ()


def test_the_examples_of_our_own_mails_are_understood():
    for language in languages().values():
        for say, _ in EXAMPLES:
            assert GRAMMAR.read(language.gettext(say)), say
        for footer in (
            "You can also answer this email: “1 3 more”, “less 5”, “weekly”, “pause until 1 Feb”, "
            "“stop”.",
            "Or answer this email: “weekly”, “pause until 1 Feb”, “stop”.",
        ):
            shown = language.gettext(footer)
            assert shown != footer or language.tag == "en"
            quoted = re.findall("[“„]([^“”„]+)[”“]", shown)
            assert len(quoted) >= 3
            assert all(GRAMMAR.read(each) for each in quoted), shown


def test_two_replies_in_one_mail_are_all_or_nothing():
    said = understand([["weekly"], ["and what is this?"]], GRAMMAR, papers=10, names=())
    assert said.commands == ()
    assert said.line == "and what is this?"


def test_a_paper_that_the_mail_does_not_have_spoils_the_reply():
    said = understand([["more 3", "weekly"]], GRAMMAR, papers=2, names=())
    assert (said.commands, said.line, said.missing) == ((), "more 3", 3)


def test_an_attached_mail_is_no_text_of_the_reply():
    outer = shapes.make("bare", "en", "more 1").decode()
    attached = (
        "From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: message/rfc822\n\n" + outer + "\n--b--\n"
    )
    assert read_written(attached.encode()).text == ""


def test_html_shows_quotations_and_hides_what_is_hidden():
    html = (
        "<html><head><title>T</title></head><body><style>p {}</style><p>mute&nbsp;crypto</p>"
        "<blockquote>Some <b>words</b><br>more 1</blockquote>bye</body></html>"
    )
    assert html_text(html).split("\n")[1:] == ["mute crypto", "> Some words", "> more 1", "bye"]


@given(st.text(max_size=400))
def test_whatever_is_written_it_is_read(text):
    found = understand(paragraphs(text), GRAMMAR, papers=PAPERS, names=("anna",))
    assert all(isinstance(command, Command) for command in found.commands)


@given(st.binary(max_size=600))
def test_whatever_comes_it_is_read(raw):
    assert isinstance(read_written(b"Subject: a\r\nFrom: " + raw).text, str)


@given(st.lists(st.sampled_from(string.printable.split()), max_size=3), st.integers(1, 10))
def test_numbers_of_papers_never_come_from_nowhere(words, number):
    for command in GRAMMAR.read(f"more {number} {' '.join(words)}") or ():
        assert command.kind is not Kind.STOP
        if isinstance(command.value, tuple):
            assert set(command.value) & {number}


@pytest.mark.parametrize(
    "line", ["more 1, " * 5000, "and " * 5000, "a" * 100_000, "> " * 50_000, "On " + "x " * 50_000]
)
def test_long_lines_take_no_time(line):
    begun = time.monotonic()
    understand(paragraphs("\n".join([line] * 20)), GRAMMAR, papers=PAPERS, names=())
    assert time.monotonic() - begun < 5
