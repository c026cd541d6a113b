from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DumpError
from digest.papers.dumps import Entry, Header, Refusal, detect
from digest.papers.dumps.parts import YearSource
from digest.papers.dumps.text_page import parse

DATA = Path(__file__).parents[2] / "data" / "dumps"
TODAY = date(2026, 11, 21)
HEADER = "new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nMar 17\n\n"


def abstract(number: int) -> str:
    return (
        f"Abstract {number} tells at length what was found. " + "It goes on and on. " * 20 + "End."
    )


def page(*blocks: str, header: str = HEADER) -> bytes:
    return (header + "\n\n".join(blocks)).encode()


def read(data: bytes, **options) -> list:
    return list(parse([data], **{"not_after": TODAY, **options}))


def entries(data: bytes, **options) -> list[tuple[int, str, str]]:
    found = [part for part in read(data, **options) if isinstance(part, Entry)]
    return [(entry.rank, entry.title, entry.abstract) for entry in found]


def refusals(data: bytes, **options) -> list[tuple[int, str]]:
    found = [part for part in read(data, **options) if isinstance(part, Refusal)]
    return [(refusal.line, refusal.reason) for refusal in found]


def test_titles_and_abstracts_alternate_in_order_of_rank():
    parts = read(page("First", abstract(1), "Second", abstract(2)))
    assert parts == [
        Header(date(2026, 3, 17), YearSource.FILE),
        Entry(9, 1, "First", abstract(1)),
        Entry(13, 2, "Second", abstract(2)),
    ]


@pytest.mark.parametrize(
    ("line", "options", "expected"),
    [
        ("Mar 17", {}, Header(date(2026, 3, 17), YearSource.FILE)),
        ("Dec 1", {}, Header(date(2025, 12, 1), YearSource.FILE)),
        ("Mar 17", {"given": date(2025, 6, 1)}, Header(date(2025, 3, 17), YearSource.GIVEN)),
        ("Jul 17", {"given": date(2025, 6, 1)}, Header(date(2024, 7, 17), YearSource.GIVEN)),
        ("2023-07-17", {"given": date(2025, 6, 1)}, Header(date(2023, 7, 17), YearSource.DUMP)),
        ("Subscribe", {"given": date(2025, 6, 1)}, Header(date(2025, 6, 1), YearSource.GIVEN)),
    ],
)
def test_the_date_and_where_its_year_comes_from(line, options, expected):
    data = page("First", abstract(1), header=f"new\n\n{line}\n\n")
    assert read(data, **options)[0] == expected
    assert entries(data, **options) == [(1, "First", abstract(1))]


@pytest.mark.parametrize(
    "header",
    [
        "Mar 17\n\n",
        "Mar 17\n\nSubscribe\n\nDaily Papers\n\n",
        "\n" * 500 + "new\n\nMar 17\n\n",
        "new\nGet trending papers in your email inbox!\nSubscribe\nMar 17\n",
        "\n\n\nnew\n\nSomething new on this page\n\nby AK and the research community\n\nMar 17\n\n",
    ],
)
def test_header_lines_may_be_missing_new_or_elsewhere(header):
    data = page("First", abstract(1), header=header)
    assert entries(data) == [(1, "First", abstract(1))]
    assert not refusals(data)


def test_without_a_date_line_the_furniture_is_still_no_paper():
    data = page("First", abstract(1), header="new\nSubscribe\n\nDaily Papers\n\n")
    assert entries(data, given=TODAY) == [(1, "First", abstract(1))]
    assert not refusals(data, given=TODAY)


TEXTS = page("First", abstract(1), "Second", abstract(2)).decode()


@pytest.mark.parametrize(
    "data",
    [
        TEXTS.replace("\n", "\r\n").encode(),
        TEXTS.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + TEXTS.encode(),
        TEXTS.replace("\n\n", "\n\n\n \t\n\n").encode(),
        TEXTS.replace("\n\n", " \n\n  ").encode(),
        (TEXTS + "\n\n\n").encode(),
        TEXTS.replace("First\n\n", "First\n").encode(),
        TEXTS.replace("at length what", "at length\nwhat").encode(),
    ],
)
def test_line_ends_marks_and_blanks_do_not_matter(data):
    assert entries(data) == [(1, "First", abstract(1)), (2, "Second", abstract(2))]
    assert not refusals(data)


def test_text_survives_unharmed():
    title = r'"Ask <RET>": Byte-~and Word {\em Models} & Nyström $2\times$ 言語モデル'
    text = (
        abstract(1) + r" A <EOS> token, {\em twice}, 2.4\times, \url{https://x.example.org}. 🤗 ﬁ."
    )
    assert entries(page(title, text)) == [(1, title, text)]


SHAPES = st.lists(st.sampled_from("ta"), min_size=1, max_size=30)


@given(SHAPES)
def test_a_title_is_never_an_abstract_and_every_whole_entry_is_found(shape):
    blocks = [f"Title {n}" if kind == "t" else abstract(n) for n, kind in enumerate(shape)]
    whole = [
        (blocks[n], blocks[n + 1])
        for n in range(len(shape) - 1)
        if (shape[n], shape[n + 1]) == ("t", "a")
    ]
    found = []
    lost = 0
    try:
        for part in parse([page(*blocks)], not_after=TODAY):
            if isinstance(part, Entry):
                found.append((part.title, part.abstract))
            lost += isinstance(part, Refusal)
    except DumpError:  # it ends in a title, or it has no entry at all
        assert shape[-1] == "t" or not whole
        lost += bool(whole)
    assert found == whole
    if whole:
        assert lost + 2 * len(whole) == len(shape)


def test_an_entry_without_abstract_is_refused_alone_and_keeps_its_rank():
    data = page("First", abstract(1), "Second", "Third", abstract(3))
    assert entries(data) == [(1, "First", abstract(1)), (3, "Third", abstract(3))]
    assert refusals(data) == [(13, "a title without an abstract")]


def test_an_entry_without_title_is_refused_alone():
    data = page("First", abstract(1), abstract(2), "Third", abstract(3))
    assert entries(data) == [(1, "First", abstract(1)), (3, "Third", abstract(3))]
    assert refusals(data) == [(13, "an abstract without a title")]


def test_short_abstracts_that_are_sentences_are_abstracts():
    data = page("First", "We try one.", "Second", "We try two (again).", "Third", "Three.")
    assert [title for _, title, _ in entries(data)] == ["First", "Second", "Third"]


def test_a_title_with_a_full_stop_is_still_the_title_of_what_follows():
    data = page("First", "Attention is enough.", abstract(2))
    assert entries(data) == [(2, "Attention is enough.", abstract(2))]
    assert refusals(data) == [(9, "a title without an abstract")]


def test_a_title_may_be_long():
    title = "A Title That Does Not Want to End " * 15
    assert entries(page(title, abstract(1))) == [(1, title.strip(), abstract(1))]


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("Long " * 201, abstract(1), "a title of 1,004 characters; 1,000 are allowed"),
        ("Long", "word " * 20_001, "an abstract of 100,004 characters; 100,000 are allowed"),
        ("Bell \a", abstract(1), "a control character, U+0007"),
        ("Escape", abstract(1) + "\x1b[31m.", "a control character, U+001B"),
    ],
)
def test_what_is_too_long_or_not_for_mails_is_refused_alone(title, text, reason):
    data = page(title, text, "Good", abstract(2))
    assert refusals(data) == [(9, reason)]
    assert entries(data) == [(2, "Good", abstract(2))]


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"", 0, "empty"),
        (b"\n" * 500, 0, "empty"),
        (b"\xef\xbb\xbf", 0, "empty"),
        (page("First", abstract(1), header="new\n\n"), 0, "no date line"),
        (page("First", abstract(1), header="Feb 30\n\n"), 1, "'Feb 30' is not a date"),
        (page("First", abstract(1), header="\nFeb 29, 2025\n\n"), 2, "is not a date"),
        (HEADER.encode(), 0, "no entries"),
        (page("One", "Two", "Three", "Four"), 0, "no entries"),
        (page("First", abstract(1), "Second"), 13, "its last title has no abstract"),
        (page("First", abstract(1), "Second", abstract(2)[:-20]), 15, "its last abstract ends"),
        (page("First", abstract(1)[:-20]), 11, "its last abstract ends in mid-sentence"),
        (page("First", abstract(1)) + "ö".encode()[:1], 11, "the middle of a character"),
        (page("First", abstract(1), "Mar 18", "Second", abstract(2)), 13, "a second date"),
        (page("First", abstract(1) + "\0"), 11, "NUL"),
    ],
)
def test_what_cannot_be_taken_as_a_whole_says_line_and_reason(data, line, reason):
    with pytest.raises(DumpError, match=reason) as caught:
        read(data)
    assert caught.value.line == line


def test_a_line_end_shows_that_the_last_abstract_is_meant_to_end_there():
    data = page("First", abstract(1) + " Keywords: all of it")
    with pytest.raises(DumpError, match="in mid-sentence"):
        read(data)
    assert len(entries(data + b"\n")) == 1


def test_a_dump_that_uses_no_full_stops_is_not_cut_off():
    words = "word " * 100
    assert len(entries(page("First", words, "Second", words, "Third", words))) == 3


@given(st.integers(1, 5_000))
def test_a_cut_file_is_never_taken_with_half_a_sentence(cut):
    data = page(*(block for n in range(6) for block in (f"Title {n}", abstract(n))))
    cut %= len(data)
    try:
        found = entries(data[:cut])
    except DumpError:
        return
    assert data[:cut].rstrip().endswith(b".")
    assert found == entries(data)[: len(found) - 1] + found[-1:]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("server-log.txt", "no date line"),
        ("cut-off.txt", "its last abstract ends in mid-sentence"),
        ("two-in-one.txt", "a second date"),
        ("latin-1.txt", "not UTF-8"),
    ],
)
def test_odd_files_are_refused(name, reason):
    data = (DATA / name).read_bytes()
    with pytest.raises(DumpError, match=reason):
        list(detect(data[:4096]).parse([data], not_after=TODAY))


def test_a_log_file_is_no_dump_even_with_a_date():
    with pytest.raises(DumpError, match="no entries"):
        read((DATA / "server-log.txt").read_bytes(), given=TODAY)


def test_a_page_with_holes_loses_only_its_holes():
    parts = read((DATA / "holes.txt").read_bytes())
    titles = [part.title for part in parts if isinstance(part, Entry)]
    assert titles == ["A Kettle That Predicts Its Own Boiling", "Hedges as Windbreaks for Bicycles"]
    assert refusals((DATA / "holes.txt").read_bytes()) == [
        (9, "a title without an abstract"),
        (15, "an abstract without a title"),
    ]
