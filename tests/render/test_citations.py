"""What is cited is parsed again, by programs of others."""

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import (
    LatexDecodingMiddleware,
    SeparateCoAuthors,
    SplitNameParts,
)
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Paper
from digest.papers.dumps.authors import MOST
from digest.render.citations import bibtex, cite, ris

ADDRESS = "https://arxiv.org/abs/2411.00001"
HOSTILE = "50% of {A & snake_case \\ @misc{x, title = {y}} # $5 ~ 'q'"
BRACES = {r"{\textbraceleft}": "\ue000", r"{\textbraceright}": "\ue001"}
PLAIN = str.maketrans({"\ue000": "{", "\ue001": "}", "\u2019": "'"})


def cited(title="Kettles", abstract="We boil.", authors=(), identifiers=(), address=ADDRESS):
    return cite(Paper(7, title, abstract, authors=authors), identifiers, address)


def parse(text: str, *middlewares):
    """Return the one entry of a BibTeX file."""
    library = bibtexparser.parse_string(text, append_middleware=middlewares)
    assert not library.failed_blocks
    (entry,) = library.entries
    return entry


def decoded(text: str):
    """Return the entry as reference managers show it."""
    for macro, sign in BRACES.items():  # pylatexenc does not know them
        text = text.replace(macro, sign)
    return parse(text, SeparateCoAuthors(), SplitNameParts(), LatexDecodingMiddleware())


def test_a_paper_of_arxiv_is_cited_with_what_its_id_says():
    one = cited(
        "KV Caches & Kettles",
        authors=("Ada van Ode", "Elm, Béla"),
        identifiers=("arxiv:2411.00001",),
    )
    entry = decoded(bibtex(one))
    assert (entry.entry_type, entry.key) == ("misc", "vanode2024caches")
    fields = {field.key: field.value for field in entry.fields}
    names = [(part.von, part.last, part.first) for part in fields.pop("author")]
    assert names == [(["van"], ["Ode"], ["Ada"]), ([], ["Elm"], [r"B{\'e}la"])]
    assert fields == {
        **{"title": "KV Caches & Kettles", "abstract": "We boil.", "url": ADDRESS},
        **{"year": "2024", "month": "nov", "eprint": "2411.00001", "archiveprefix": "arXiv"},
    }
    (record,) = rispy.loads(ris(one))
    assert record["authors"] == ["van Ode, Ada", "Elm, Béla"]
    assert (record["title"], record["year"], record["date"]) == (
        "KV Caches & Kettles",
        "2024",
        "2024/11",
    )
    assert record["urls"] == [ADDRESS]
    assert record["accession_number"] == "arXiv:2411.00001"


@pytest.mark.parametrize(
    ("identifier", "month"),
    [
        ("arxiv:hep-th/9901001", (1999, 1)),
        ("arxiv:math/0611800", (2006, 11)),
        ("arxiv:0704.0001", (2007, 4)),
        ("doi:10.1234/2411.00001", None),
    ],
)
def test_the_month_is_that_of_an_arxiv_id_and_never_guessed(identifier, month):
    one = cited(identifiers=(identifier,))
    assert one.month == month
    assert ("year" in bibtex(one)) == ("PY  - " in ris(one)) == (month is not None)


def test_a_doi_stands_as_it_is_unless_it_would_break_the_entry():
    one = cited(identifiers=("doi:10.1234/a_b#c%d",))
    assert parse(bibtex(one))["doi"] == "10.1234/a_b#c%d"
    assert rispy.loads(ris(one))[0]["doi"] == "10.1234/a_b#c%d"
    assert "doi" not in parse(bibtex(cited(identifiers=("doi:10.1234/a}b",)))).fields_dict


def test_names_of_several_words_stay_one_name():
    names = ("Barnes and Noble Lab", "Sammy Davis Jr.", "李 飞飞", "Plato", "A, B, C, D")
    entry = decoded(bibtex(cited(authors=names)))
    assert len(entry["author"]) == len(names)
    (record,) = rispy.loads(ris(cited(authors=names)))
    assert record["authors"] == [
        *("Barnes and Noble Lab", "Davis, Sammy, Jr.", "李 飞飞", "Plato", "A, B, C, D")
    ]


def test_a_list_of_authors_that_was_cut_says_so():
    names = tuple(f"Ada Ode{number}" for number in range(MOST))
    assert decoded(bibtex(cited(authors=names)))["author"][-1].last == ["others"]
    assert " and others" not in bibtex(cited(authors=names[:-1]))


def test_a_hostile_title_is_a_title():
    one = cited(HOSTILE, HOSTILE, authors=(HOSTILE, "} evil"))
    entry = decoded(bibtex(one))
    assert entry["title"].translate(PLAIN) == one.title
    assert entry["abstract"].translate(PLAIN) == one.abstract
    assert len(entry["author"]) == 2
    assert rispy.loads(ris(one))[0]["title"] == one.title


@given(st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=30), max_size=4))
def test_whatever_the_texts_there_is_one_whole_record(title, abstract, authors):
    one = cited(title, abstract, authors=tuple(authors))
    entry = parse(bibtex(one))
    assert entry["url"] == ADDRESS
    assert bibtex(one).count("{") == bibtex(one).count("}")
    (record,) = rispy.loads(ris(one))
    assert record["type_of_reference"] == "GEN"
    assert record.get("title", "") == one.title
    assert record.get("abstract", "") == one.abstract
