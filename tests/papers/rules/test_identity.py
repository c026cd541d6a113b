import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.rules.identity import identity

TITLES = st.text(st.characters(codec="utf-8"), min_size=1)
PLAIN = st.text(string.ascii_letters + string.digits, min_size=1)
# Neither "+" and "#", which may be part of a name, nor a backslash, which may begin a command.
PUNCTUATION = st.text(
    set(string.punctuation) - set("+#\\") | set(" \t\n\u2013\u2014\u201c\u201d\u2019\u2026\u00b7")
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Long-Context Models: A Survey", "long context models \u2013 a survey"),
        ('"Give Me Two": Numbers', "Give me two numbers"),
        ("Byte-~and Word-Level Processing", "Byte- and Word-Level Processing"),
        (r"Taming {\em Gradient Storms}", "Taming Gradient Storms"),
        (r"Taming \textbf{Gradient} Storms", "Taming Gradient Storms"),
        (r"$\mathrm{KV}$ Caches", "KV Caches"),
        (r"Nystr\"om Attention", "Nyström Attention"),
        ("Nyström Attention", unicodedata.normalize("NFD", "Nyström Attention")),
        ("ﬁne tuning at 4²", "fine-tuning at 42"),
        ("\uff27\uff30\uff34", "GPT"),
        ("soft\u00adhyphen and zero\u200bwidth", "softhyphen and zerowidth"),
        ("STRASSE", "Straße"),
        (r"Learning C\# and C\#", "Learning C# and C#"),
    ],
)
def test_the_same_title_in_other_clothes_is_the_same_paper(one, other):
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A Benchmark for C", "A Benchmark for C++"),
        ("A Benchmark for C#", "A Benchmark for C++"),
        ("Scaling to 7B", "Scaling to 8B"),
        (r"{\em Emu} Models", "Models"),
        (r"\emu Models", "Models"),
        ("言語モデル", "言語モテル"),
        ("语言模型", "大语言模型"),
        ("भाषा", "भाषी"),
        ("🤗🤗", "🤗"),
        ("∞", "∅"),
        ("!!!", "???"),
        ("∞", ""),
        ("symbols:∞", "∞"),
    ],
)
def test_different_titles_are_different_papers(one, other):
    assert identity(one) != identity(other)


def test_an_identity_does_not_change_from_release_to_release():
    assert identity("Attention, Slowly") == (
        "46ae8a036a9d4a8f674231ccd1e2404e66dac33db7c4af77013017cc02b17955"
    )


@given(TITLES)
def test_an_identity_is_64_hex_digits(title):
    assert len(identity(title)) == 64
    assert set(identity(title)) <= set("0123456789abcdef")


@given(TITLES)
def test_unicode_compatibility_forms_do_not_matter(title):
    for form in ("NFC", "NFD"):
        assert identity(unicodedata.normalize(form, title)) == identity(title)
    compatible = unicodedata.normalize("NFKC", title)
    assert identity(compatible) == identity(title)


@given(st.lists(st.tuples(PLAIN, PUNCTUATION), min_size=1))
def test_case_spacing_and_punctuation_do_not_matter(pieces):
    dressed = "".join(word.swapcase() + between for word, between in pieces)
    assert identity(dressed) == identity("".join(word for word, _ in pieces))


@given(PLAIN, PLAIN)
def test_plain_titles_share_an_identity_only_if_they_are_equal(one, other):
    assert (identity(one) == identity(other)) == (one.casefold() == other.casefold())
