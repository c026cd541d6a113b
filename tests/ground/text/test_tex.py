import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.text.tex import readable

PIECES = st.lists(
    st.sampled_from(
        [
            "{",
            "}",
            "$",
            "\\",
            "^",
            "_",
            "\\textbf{",
            "\\alpha",
            "\\frac",
            "x",
            "10",
            " ",
            "``",
            "''",
            "--",
            "~",
            "&lt;",
            "&amp;",
            "\\'e",
            '\\"',
            "times",
            "sim",
            "<RET>",
            "\\{",
            "\\}",
            "%",
            "\\%",
            "https://a.b/c",
            "\\url{",
            "\\cite{a}",
            "C:\\a",
            "\\\\",
            "e",
            "\\(",
            "\\)",
            "{\\em",
            "\\$",
            "\\mathbb{R}",
            "\\footnote{",
            "\\href{",
            ".",
            "\u0301",
            "\ue000",
            "\ue0020",
            "\n",
        ]
    ),
    max_size=25,
).map("".join)


@pytest.mark.parametrize(
    ("tex", "plain"),
    [
        (r"$\mathcal{O}(n \log n)$", "O(n log n)"),
        (
            r"$\alpha \leq \beta$, $x \in \mathbb{R}^d$",
            "\u03b1 \u2264 \u03b2, x \u2208 \u211d\u1d48",
        ),
        (r"3\times and $3\times$ and 2.5times", "3\u00d7 and 3\u00d7 and 2.5\u00d7"),
        ("``so-called'' things", "\u201cso-called\u201d things"),
        ("here -- or 5--7 --- there", "here \u2013 or 5\u20137 \u2014 there"),
        (
            r"G\"odel, Erd\H{o}s, na\"{\i}ve, Poincar\'e, It\^o",
            "G\u00f6del, Erd\u0151s, na\u00efve, Poincar\u00e9, It\u00f4",
        ),
        (r"{\em word}, \textbf{bold {\it and} more}, \emph{x}", "word, bold and more, x"),
        (r"at \url{https://a.org/b_c} as in~\cite{doe2020}.", "at https://a.org/b_c as in."),
        (r"\href{https://a.org}{our page}", "our page (https://a.org)"),
        ("https://a.org/b{GitHub}.", "https://a.org/b (GitHub)."),
        (r"10\%, A\&B, \#1, a\_b, \$5", "10%, A&B, #1, a_b, $5"),
        (
            "x^2, x_i, x_{ij}, x_{max}, 10^{-3}, 256^3",
            "x\u00b2, x\u1d62, x\u1d62\u2c7c, x_max, 10\u207b\u00b3, 256\u00b3",
        ),
        (r"$\sim$5 and {sim}20% and sim88%", "~5 and ~20% and ~88%"),
        (r"360{\deg}, 360^{circ}, $90^\circ$", "360\u00b0, 360\u00b0, 90\u00b0"),
        (r"$\frac{1}{n}$, $\frac{a+b}{2}$, $\sqrt{2n}$", "1/n, (a+b)/2, \u221a2n"),
        (r"we propose \ours, {\name} and \method~too", "we propose ours, name and method too"),
        ("&lt;RET&gt; &amp; &quot;x&quot;", '<RET> & "x"'),
        (r"vs.\ 3.2, RLEP\, -- \,Rein", "vs. 3.2, RLEP \u2013 Rein"),
        ("Fig.~3, Policy~(H), Claude~4", "Fig. 3, Policy (H), Claude 4"),
        (r"LLM$\times$MapReduce", "LLM\u00d7MapReduce"),
        (r"$\text{Transformer}^2$", "Transformer\u00b2"),
        (r"the query\'s point", "the query's point"),
        ("textbf{mu}ltiscale", "multiscale"),
        ("DR^{3}-Eval and \u03b3{=}4", "DR\u00b3-Eval and \u03b3=4"),
    ],
)
def test_tex_becomes_what_it_means(tex, plain):
    assert readable(tex) == plain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$5 and $10",
        "between $5-$10 or $1,000 USD",
        "A & B, 5% of R&D, <RET> and <EOS>",
        r"C:\Users\name\times.txt and \\server\share\alpha",
        r"a pattern \d+\w* or foo\bar\baz",
        "~10 ms, 2~3 hours, https://a.edu/~name, ~/home",
        "torch_geometric, GTE_small, imo_1960_p2, my_x_i",
        "run it with --flag and -v <!-- so",
        "UCGM-{T,S}, {-1, 0, 1} and {unbalanced",
        "`code` and ```blocks``` and 5'' wide",
        "**Markdown** [link](https://a.org/b_c)",
        "sometimes simple, three times similar",
        "na\u00efve \u03b1-\u03b2 \u6f22\u5b57",
    ],
)
def test_what_is_no_tex_stays(text):
    assert readable(text) == text


@given(PIECES | st.text(max_size=80))
def test_it_never_raises_and_a_second_time_changes_nothing(text):
    once = readable(text)
    assert readable(once) == once
    assert once == unicodedata.normalize("NFC", once)


@given(st.text(alphabet=st.characters(exclude_characters="\\${}^_`-~&", exclude_categories=["Cs"])))
def test_text_without_marks_is_only_normalised(text):
    expected = unicodedata.normalize("NFC", text)
    if not any(mark in text for mark in ("times", "sim")):
        assert readable(text) == expected


@given(st.lists(st.from_regex(r"[A-Za-z]{3,9}", fullmatch=True), min_size=1, max_size=8))
def test_words_in_styles_braces_and_formulas_are_never_lost(words):
    styles = (
        r"\textbf{%s}",
        r"{\em %s}",
        r"$%s$",
        r"``%s''",
        r"\text{%s}",
        "%s",
        r"\unknownmacro{%s}",
    )
    tex = " ".join(styles[n % len(styles)] % f"Q{word}" for n, word in enumerate(words))
    assert all(f"Q{word}" in readable(tex) for word in words)


@pytest.mark.parametrize(
    "hostile",
    [
        "{" * 10_000,
        "{" * 5000 + "}" * 5000,
        "\\textbf{" * 2000,
        "$a" * 10_000,
        "\\" * 20_000,
        '\\"' * 10_000,
        "_{" * 7000,
        "x_{a" * 5000,
        "``a" * 6000,
        "-" * 20_000,
        "a~" * 10_000,
        "&a" * 10_000,
        "\\href{a}" * 2500,
        "$" + "\\frac{" * 60 + "$ ",
        "{\\em " * 4000,
        "$x^{" * 5000,
        "\\cite[" * 3000,
        "{A " * 6000,
        "a.b\\c" * 4000,
        "\\(" * 9000,
        "\\footnote{" * 2000,
        "a\\b\\" * 4000,
    ],
)
def test_hostile_text_takes_little_time(hostile):
    start = time.perf_counter()
    once = readable(hostile)
    assert time.perf_counter() - start < 1
    assert readable(once) == once


def test_a_megabyte_is_left_alone():
    text = "{\\em x} $a_b$" * 100_000
    assert readable(text) == text
