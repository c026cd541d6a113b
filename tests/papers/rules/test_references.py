from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import References
from digest.papers.rules.references import harvest

REPOSITORY = "https://github.com/example-lab/kettle"
PAGE = "https://kettle.example.org/demo"


@pytest.mark.parametrize(
    "text",
    [
        f"Code is at {REPOSITORY}.",
        f"Code ({REPOSITORY}), data later",
        f"Code: {REPOSITORY} .",
        rf"Code: \url{{{REPOSITORY}}}.",
        f"Code at {REPOSITORY}{{{REPOSITORY}}}.",
        f"Code at [{REPOSITORY}] and [{REPOSITORY}]",
        f"Code at “{REPOSITORY}”; or '{REPOSITORY}'",
        f'Code at "{REPOSITORY}"!',
        f"Code at {REPOSITORY}~and elsewhere",
        f"Code at **{REPOSITORY}**",
        f"<{REPOSITORY}>",
        f"代码在{REPOSITORY}。谢谢",
        f"代码在{REPOSITORY}上",
        "Code at github.com/example-lab/kettle.",
        "Code at GitHub.com/example-lab/kettle?",
        "Code at HTTPS://GitHub.com/example-lab/kettle",
    ],
)
def test_a_code_address_is_taken_without_what_is_around_it(text):
    assert harvest(text) == References(code_urls=(REPOSITORY,))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"See {PAGE}.", PAGE),
        ("See https://people.example.org/~ann/kettle/.", "https://people.example.org/~ann/kettle/"),
        ("See http://example.org:8080/a?b=c&d=e#f,", "http://example.org:8080/a?b=c&d=e#f"),
        ("See https://en.example.org/Tea_(drink).", "https://en.example.org/Tea_(drink)"),
        ("(see https://en.example.org/Tea_(drink))", "https://en.example.org/Tea_(drink)"),
        (r"See https://example.org/a\_b\%20c", "https://example.org/a_b%20c"),
        ("See www.example.org.", "https://www.example.org"),
        ("See https://example-lab.github.io/x", "https://example-lab.github.io/x"),
    ],
)
def test_any_other_address_is_a_project_page(text, address):
    assert harvest(text) == References(project_urls=(address,))


@pytest.mark.parametrize(
    "address",
    [
        "https://gitlab.com/example-lab/x",
        "https://gitlab.example.org/lab/x",
        "https://git.example.org/x",
        "https://huggingface.co/example-lab/x",
        "https://hf.co/example-lab/x",
        "https://codeberg.org/example-lab/x",
        "https://bitbucket.org/example-lab/x",
        "https://gist.github.com/example-lab/123",
        "https://www.kaggle.com/example-lab/x",
    ],
)
def test_code_hosts_are_told_from_project_pages(address):
    assert harvest(f"at {address}.") == References(code_urls=(address,))


@pytest.mark.parametrize(
    "text",
    [
        "ftp://example.org/x, javascript:alert(1), file:///etc/passwd",
        "https://user:password@example.org/x",
        "https://user@github.com/example-lab/x",
        "https://localhost/x and http://127.0.0.1/x and http://[::1]/x",
        "https://example.org:port/x or https://example.org:99999/ or https://[example",
        "https://example.org:/x",
        "https://github.com/ and https://github.com and https://huggingface.co.",
        "https://github. com/example-lab/x",
        "https:// example",
        "https://exämple.org/x or https://www.exämple.org/x",
        "https://github.com/example-lab/größe",
        "https://example.org/" + "x" * 500,
        "https://example.org/" + ")" * 100_000,
        "https://arxiv.org/abs/2501.00001 or https://doi.org/10.1000/1",
        "https://huggingface.co/papers/2501.00001 or https://www.alphaxiv.org/abs/2501.00001v2",
        "mail ann@github.com/x or notgithub.com/x/y or docs.github.com.evil/x",
        "http://",
        "www.",
        "e.g. and i.e. 3.14 v1.2/x",
    ],
)
def test_what_is_no_plain_address_is_left_out(text):
    assert harvest(text) == References()


def test_a_break_inside_an_address_is_not_mended():
    assert harvest("https://example.org/some where") == References(
        project_urls=("https://example.org/some",)
    )


def test_order_is_kept_and_nothing_comes_twice():
    found = harvest(f"{PAGE} {REPOSITORY} {PAGE}. https://a.example.org, {REPOSITORY}")
    assert found == References((REPOSITORY,), (PAGE, "https://a.example.org"))


def test_a_list_of_links_is_cut_at_ten():
    found = harvest(" ".join(f"https://example.org/{number}" for number in range(50)))
    assert len(found.project_urls) == 10


@given(st.text(st.sampled_from("https://github.com/w@:~.[](){}\\%&#\u202e\n\x00ö言 '\"<>")))
def test_whatever_the_text_an_address_is_safe_to_link(text):
    found = harvest(text + " https://" + text)
    for address in found.code_urls + found.project_urls:
        parts = urlsplit(address)
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        assert "." in parts.hostname
        assert "@" not in parts.netloc
        assert address.isascii()
        assert address.isprintable()
        assert not set(address) & set(" \"'<>\\{}`")
        assert harvest(address) in (References((address,)), References((), (address,)))
