import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.rules.identifiers import LONGEST, Names, identifiers, merge, page, title_key


@pytest.mark.parametrize(
    "text",
    [
        "2611.00001",
        "2611.00001v3",
        "arXiv:2611.00001",
        "http://arxiv.org/abs/2611.00001v1",
        "https://www.arxiv.org/pdf/2611.00001.pdf",
        "https://export.arxiv.org/abs/2611.00001",
        "https://huggingface.co/papers/2611.00001",
        "oai:arXiv.org:2611.00001v1",
        "10.48550/arXiv.2611.00001",
        "https://doi.org/10.48550/ARXIV.2611.00001",
    ],
)
def test_one_paper_of_arxiv_is_written_in_many_ways(text):
    assert identifiers(text) == ("arxiv:2611.00001",)


def test_old_ids_have_an_archive_and_perhaps_a_class():
    assert identifiers("cs.CL/0001001v2", "http://arxiv.org/abs/cs/0001001") == (
        "arxiv:cs/0001001",
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://doi.org/10.1234/ABC.5", ("doi:10.1234/abc.5",)),
        ("doi:10.1234/a%2Fb", ("doi:10.1234/a/b",)),
        ("10.1234/" + "x" * 300, ()),
        ("2613.00001", ()),  # there is no month 13
        ("1234", ()),
        ("see 2611.00001", ()),
        ("https://example.org/2611.00001", ()),
        ("٢٦١١.٠٠٠٠١", ()),  # noqa: RUF001 -- digits, but not those of an id
        ("", ()),
    ],
)
def test_what_is_an_identifier_and_what_is_none(text, found):
    assert identifiers(text) == found


def test_a_paper_is_shown_at_arxiv_before_its_publisher():
    assert page(["doi:10.1234/a b", "arxiv:2611.00001"]) == "https://arxiv.org/abs/2611.00001"
    assert page(["doi:10.1234/a<b>"]) == "https://doi.org/10.1234/a%3Cb%3E"
    assert page([]) == ""


@given(st.text(max_size=400))
def test_any_text_is_at_most_one_short_identifier_that_is_its_own(text):
    found = identifiers(text)
    assert len(found) <= 1
    for one in found:
        assert len(one) <= LONGEST
        assert one.isascii()
        assert identifiers(one) == found


def names(title: str, *ids: str) -> Names:
    return Names(ids, title)


def test_an_identifier_decides_before_the_title():
    known = {"arxiv:1": 7, title_key("kettle"): 8}
    assert merge([names("kettle", "arxiv:1")], known, {7: ["arxiv:1"]}) == [7]
    assert merge([names("kettle")], known, {}) == [8]
    assert merge([names("hedge", "doi:1")], known, {}) == [-1]


def test_a_title_with_another_arxiv_id_is_another_paper_and_with_another_doi_is_not():
    known = {title_key("kettle"): 7}
    stored = {7: ["arxiv:1", "doi:1"]}
    assert merge([names("kettle", "arxiv:2")], known, stored) == [-1]
    assert merge([names("kettle", "doi:2")], known, stored) == [7]
    assert merge([names("kettle", "arxiv:2")], known, {7: ["doi:1"]}) == [7]


def test_entries_of_one_list_are_known_to_each_other():
    entries = [
        names("kettle"),
        names("kettle", "arxiv:1"),
        names("kettle, revised", "arxiv:1"),
        names("kettle, revised"),
        names("kettle", "arxiv:2"),
        names("hedge"),
    ]
    assert merge(entries, {}, {}) == [-1, -1, -1, -1, -5, -6]


KEYS = st.lists(st.sampled_from(["arxiv:1", "arxiv:2", "doi:1", "doi:2"]), max_size=2, unique=True)
ENTRIES = st.lists(st.builds(lambda t, k: names(t, *k), st.sampled_from("abc"), KEYS), max_size=8)


@given(ENTRIES)
def test_whatever_is_listed_a_second_time_nothing_is_new(entries):
    first = merge(entries, {}, {})
    known, stored = {}, {}
    for entry, paper in zip(entries, first, strict=True):
        for key in entry.keys:
            known.setdefault(key, -paper)
        stored.setdefault(-paper, set()).update(entry.identifiers)
    again = merge(entries, known, stored)
    assert all(paper > 0 for entry, paper in zip(entries, again, strict=True) if entry.identifiers)
