import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.dumps.authors import MOST, bounded, read_byline, split

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["name", "affiliation"]), inner)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Ode", ["Ada Ode"]),
        ("Ode, Ada", ["Ode, Ada"]),
        ("van Ode, Ada", ["van Ode, Ada"]),
        ("Ada Ode, Béla Elm", ["Ada Ode", "Béla Elm"]),
        ("Ada Ode, Béla Elm, and Cem Fir", ["Ada Ode", "Béla Elm", "Cem Fir"]),
        ("A. Ode & B. Elm", ["A. Ode", "B. Elm"]),
        ("Ode, Ada and Elm, Béla", ["Ode, Ada", "Elm, Béla"]),
        ("Ode, Ada; Elm, Béla", ["Ode, Ada", "Elm, Béla"]),
        ("Ada Ode\nBéla Elm", ["Ada Ode", "Béla Elm"]),
        ("Ada Ode et al.", ["Ada Ode"]),
        ("Ada Ode, Béla Elm, et al", ["Ada Ode", "Béla Elm"]),
        ("Ode, Ada and others", ["Ode, Ada"]),
        ("Sandy Anderson", ["Sandy Anderson"]),
    ],
)
def test_names_in_one_text_are_told_apart(text, names):
    assert split(text) == names


def test_authors_are_texts_or_objects_and_keep_their_order():
    authors = [
        {"name": "Ada Ode", "affiliation": "University of U"},
        "Béla Elm",
        {"fullname": "Cem Fir", "affiliations": [{"name": "V"}, "University of U", 3]},
        {"hidden": True},
        None,
        7,
        "Béla Elm",
    ]
    byline = read_byline(authors, ["W"])
    assert byline.authors == ("Ada Ode", "Béla Elm", "Cem Fir")
    assert byline.affiliations == ("W", "University of U", "V")
    assert read_byline({"name": "Ada Ode"}).authors == ("Ada Ode",)
    assert read_byline(["Ode, Ada; Elm, Béla"]).authors == ("Ode, Ada; Elm, Béla",)


def test_a_name_that_cannot_be_stored_or_has_no_end_costs_itself():
    names = [
        "",
        "  ",
        "A\x00da",
        "\ud800",
        "x" * 201,
        "Béla\n Elm",
        *(f"N {n}" for n in range(200)),
    ]
    assert bounded(names).authors == ("Béla Elm", *(f"N {n}" for n in range(MOST - 1)))


@given(JSON, JSON)
def test_whatever_comes_is_a_byline_of_single_lines(authors, affiliations):
    byline = read_byline(authors, affiliations)
    for name in byline.authors + byline.affiliations:
        assert name == " ".join(name.split())
        assert name.encode()
