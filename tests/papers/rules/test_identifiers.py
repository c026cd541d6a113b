import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.rules.identifiers import LONGEST, Names, identifiers, merge, page, title_key


@pytest.mark.parametrize(
    "text",
    [
        "2611.00007",
        "2611.00007v3",
        "arXiv:2611.00007",
        "arXiv:2611.00007v1 [cs.CL]",
        "arXiv:2611.00007 [cs.CL]",
        "arXiv: 2611.00007 (cs)",
        "http://arxiv.org/abs/2611.00007v1",
        "https://www.arxiv.org/pdf/2611.00007.pdf",
        "https://export.arxiv.org/abs/2611.00007",
        "https://huggingface.co/papers/2611.00007",
        "oai:arXiv.org:2611.00007v1",
        "10.48550/arXiv.2611.00007",
        "https://doi.org/10.48550/ARXIV.2611.00007",
        "https://arxiv.org/abs/2611.00007?context=cs.CL",
        "https://arxiv.org/abs/2611.00007#S2",
        "https://arxiv.org/abs/2611.00007/",
        "https://arxiv.org/pdf/2611.00007v2?download=1#page=3",
        "https://arxiv.org/html/2611.00007v1/",
        "arxiv.org/abs/2611.00007",
        "//arxiv.org/abs/2611.00007",
        "https://ar5iv.labs.arxiv.org/html/2611.00007",
        "https://ar5iv.org/abs/2611.00007",
        "https://www.alphaxiv.org/abs/2611.00007",
        "https://alphaxiv.org/overview/2611.00007v2",
        "https://hf.co/papers/2611.00007?utm_source=x",
        "https://scirate.com/arxiv/2611.00007",
        "https://www.google.com/url?q=https%3A%2F%2Farxiv.org%2Fabs%2F2611.00007&sa=D",
        "https://click.example.org/CL0/https:%2F%2Farxiv.org%2Fabs%2F2611.00007/1/abc",
        "https://track.example.org/r/https://arxiv.org/abs/2611.00007?context=cs.CL",
        "https://doi.org/10.48550/arXiv.2611.00007?utm_source=rss",
        "info:arxiv/2611.00007",
        "https://www.semanticscholar.org/arxiv/2611.00007",
        "https://arxiv.org/abs/arXiv:2611.00007",
        "HTTPS://ARXIV.ORG/ABS/2611.00007",
        "https://arxiv.org/abs/2611.00007v1?utm_source=a&utm_medium=b",
        "https://arxiv.org/abs/2611.00007%3Fcontext=cs",
        "https://api.semanticscholar.org/arXiv:2611.00007",
        "https://export.arxiv.org/api/query?id_list=2611.00007",
        "https://out.example.org/?url=http%3A%2F%2Farxiv.org%2Fabs%2F2611.00007v2&t=1",
        "https://arxiv.org/abs/2611.00007",
        "http://arxiv.org/abs/2611.00007v1.pdf",
        "https://papers.cool/arxiv/2611.00007",
        "https://doi.org/10.48550/arXiv.2611.00007v2",
        "arXiv:2611.00007v2 [cs.CL UPDATED]",
        "arxiv.org/pdf/2611.00007",
        "https://browse.arxiv.org/pdf/2611.00007v1.pdf",
        "https://arxiv.org:443/abs/2611.00007",
    ],
)
def test_one_paper_of_arxiv_is_written_in_many_ways(text):
    assert identifiers(text) == ("arxiv:2611.00007",)
    assert identifiers(f"  {text}\n") == ("arxiv:2611.00007",)


@pytest.mark.parametrize(
    "text",
    [
        "10.1234/kettle.17",
        "doi:10.1234/kettle.17",
        "DOI: 10.1234/KETTLE.17",
        "https://doi.org/10.1234/kettle.17",
        "https://dx.doi.org/10.1234/kettle.17",
        "https://doi.org/10.1234/kettle.17?utm_source=rss",
        "https://doi.org/10.1234/kettle.17#sec",
        "https://doi.org/10.1234/kettle.17/",
        "https://doi.org/10.1234%2Fkettle.17",
        "https://journal.example.org/doi/10.1234/kettle.17",
        "https://journal.example.org/doi/full/10.1234/kettle.17",
        "https://journal.example.org/doi/abs/10.1234/kettle.17?af=R",
        "https://journal.example.org/article/10.1234/kettle.17/pdf",
        "https://journal.example.org/articles/10.1234/kettle.17/full",
        "https://journal.example.org/content/pdf/10.1234/kettle.17.pdf",
        "https://journal.example.org/article?id=10.1234/kettle.17",
        "https://journal.example.org/x?doi=10.1234%2Fkettle.17&utm_source=x",
        "https://doi-org.proxy.example.edu/10.1234/kettle.17",
        "10.1234/kettle.17?utm_source=rss",
        "urn:doi:10.1234/kettle.17",
        "info:doi/10.1234/kettle.17",
        "doi.org/10.1234/kettle.17",
        "doi:10.1234/kettle.17.",
        "doi:10.1234/kettle.17 Kettle Journal 2 (2026)",
        "https://www.google.com/url?q=https://doi.org/10.1234/kettle.17&x=1",
        "https://proxy.example.edu/login?url=https://doi.org/10.1234/kettle.17",
        "https://link.example.com/article/10.1234/kettle.17#Abs1",
        "https://journal.example.org/doi/10.1234/kettle.17/",
        "https://journal.example.org/doi/epdf/10.1234/kettle.17",
        "https://doi.org/doi:10.1234/kettle.17",
        "https://www.doi.org/10.1234/kettle.17",
        "http://dx.doi.org/10.1234/kettle.17?nosfx=y",
        "doi 10.1234/kettle.17",
        "https://journal.example.org/article/doi/10.1234/kettle.17/7612345/Kettles-that-sing",
        "https://journal.example.org/content/10.1234/kettle.17.full",
        "https://journal.example.org/content/10.1234/kettle.17.abstract?rss=1",
    ],
)
def test_one_doi_is_written_in_many_ways(text):
    assert identifiers(text) == ("doi:10.1234/kettle.17",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "https://www.biorxiv.org/content/10.1101/2026.01.02.123456v1",
            "doi:10.1101/2026.01.02.123456",
        ),
        (
            "https://www.biorxiv.org/content/10.1101/2026.01.02.123456v2.full?rss=1",
            "doi:10.1101/2026.01.02.123456",
        ),
        (
            "https://www.biorxiv.org/content/10.1101/2026.01.02.123456v1.full.pdf",
            "doi:10.1101/2026.01.02.123456",
        ),
        ("10.1101/2026.01.02.123456", "doi:10.1101/2026.01.02.123456"),
        (
            "http://biorxiv.org/cgi/content/short/10.1101/2026.01.02.123456v1?rss=1",
            "doi:10.1101/2026.01.02.123456",
        ),
        (
            "https://academic.example.org/bioinformatics/article/doi/10.1093/bioinformatics/btae123/7612345",
            "doi:10.1093/bioinformatics/btae123",
        ),
        ("https://zenodo.org/doi/10.5281/zenodo.1234567", "doi:10.5281/zenodo.1234567"),
        ("https://dl.example.org/doi/10.5555/12345678", "doi:10.5555/12345678"),
        ("cs.CL/0001001v2", "arxiv:cs/0001001"),
        ("http://arxiv.org/abs/cs/0001001", "arxiv:cs/0001001"),
        ("https://arxiv.org/abs/cs/0001001?context=cs.CL", "arxiv:cs/0001001"),
        ("https://arxiv.org/pdf/cs/0001001v1.pdf", "arxiv:cs/0001001"),
        ("arXiv:cs/0001001 [cs.CL]", "arxiv:cs/0001001"),
    ],
)
def test_what_a_publisher_writes_behind_an_identifier_is_no_part_of_it(text, found):
    assert identifiers(text) == (found,)


@pytest.mark.parametrize(
    "text",
    [
        "see 2611.00007",
        "https://example.org/2611.00007",
        "2613.00001",
        "1234",
        "https://example.org/papers/1",
        "https://example.org/?id=2611.00007",
        "cs.CL",
        "https://arxiv.org/list/cs.CL/new",
        "https://arxiv.org/",
        "http://[",
        "https://arxiv.org/abs/",
        "see doi:10.1234/x",
        "10.1234/",
        "https://github.com/a/b",
        "https://arxiv.org.evil.example/abs/2611.00007",
        "https://notarxiv.org/abs/2611.00007",
        "tag:example.org,2026:1",
        "https://x.example/?a=https://arxiv.org/abs/2611.00007&b=https://arxiv.org/abs/2611.00008",
        "10.1234/kettle 17 and more",
        "https://out.example.org/?url=https://example.org/2611.00007",
        "https://example.org/?a=" + "https://x.example/?a=" * 50,
    ],
)
def test_nothing_is_guessed(text):
    assert identifiers(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "https://a/" + "10.1234/" * 200,
        "10.1234/" + "a/full" * 300,
        "https://x/?" + "a=https://y/?" * 100,
        "https://x/" + "https://y/" * 150,
        "doi:" * 400,
        "arXiv:2611.00007" + " [a]" * 400 + "x",
        "https://x/10.1234/" + "/123456" * 250,
        "https://x/10.1234/" + "a/suppl/" * 200,
    ],
    ids=range(8),
)
def test_addresses_that_are_made_to_be_slow_are_not(text):
    for _ in range(100):
        identifiers(text)


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
