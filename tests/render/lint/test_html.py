import pytest

from digest.render.lint.finding import Level
from digest.render.lint.html import BUDGET, check_html
from tests.render.lint.mails import HTML, make_sample


def found(inside, level, **fields):
    sample = make_sample(html=HTML.replace("<p>A paper</p>", f"<p>A paper</p>{inside}"), **fields)
    return [each.what for each in check_html(sample) if each.level is level]


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("<a>Paper</a>", "it leads nowhere"),
        ('<a href=" ">Paper</a>', "it leads nowhere"),
        ('<a href="#nothing">Paper</a>', "nothing in the mail is called #nothing"),
        ('<a href="javascript:x()">Paper</a>', "is no http(s) address"),
        ('<a href="/archive">Paper</a>', "is no http(s) address"),
        ('<a href="https:///x">Paper</a>', "names no host"),
        ('<a href="https://a.net/"> </a>', "has no text"),
        ('<a href="https://a.net/">www.b.net</a>', "it shows www.b.net and leads to a.net"),
        ('<img src="https://a.net/x.png">', "has no alt"),
        ('<img src="x.png" alt="">', "is not https"),
        ("<script>x()</script>", "<script> is stripped"),
        ("<form></form>", "<form> is stripped"),
        ("<p>" + "long " * (BUDGET // 5) + "</p>", "octets"),
    ],
)
def test_what_programs_strip_clip_or_distrust_is_an_error(inside, what):
    assert any(what in each for each in found(inside, Level.ERROR))


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ('<a href="https://a.net/">here</a>', "its text does not say where it goes"),
        ('<a href="https://a.net/">Read more …</a>', "its text does not say where it goes"),
    ],
)
def test_what_is_only_bad_manners_is_a_warning(inside, what):
    assert any(what in each for each in found(inside, Level.WARNING))
    assert not found(inside, Level.ERROR)


@pytest.mark.parametrize(
    "inside",
    [
        '<a href="mailto:help@a.net">Help</a>',
        '<a id="x" href="#x">Paper</a>',
        '<a href="https://www.a.net/x">a.net</a>',
        '<a href="https://a.net/"><img src="https://a.net/x.png" alt="Paper"></a>',
        '<a href="https://a.net/" aria-label="Paper: Speech">here</a>',
        '<p style="display: none; color: #fff">hidden</p>',
    ],
)
def test_what_is_fine_is_not_found(inside):
    assert not found(inside, Level.ERROR)
    assert not found(inside, Level.WARNING)


def test_a_paper_may_be_called_like_a_host_or_a_bad_link():
    for title in ("example.com", "More"):
        inside = f'<a href="https://arxiv.org/abs/1">{title}</a>'
        assert not found(inside, Level.ERROR, neutral=False)


def test_a_document_says_its_language_and_title():
    sample = make_sample(html="<html><body>A paper</body></html>")
    assert {each.what for each in check_html(sample)} == {
        "<html> says no language",
        "there is no <title>",
    }
