from digest.papers.dumps.blocks import Block, read_blocks
from digest.papers.dumps.lines import Line


def block(*lines: str) -> Block:
    (found,) = read_blocks(Line(number, text, True) for number, text in enumerate(lines, 1))
    return found


def test_any_number_of_blank_lines_separates_blocks():
    texts = ["", "one", " two\t", "", " \u00a0 ", "three"]
    blocks = list(read_blocks(Line(number, text, True) for number, text in enumerate(texts, 1)))
    assert [(found.line, found.text) for found in blocks] == [(2, "one two"), (6, "three")]


def test_the_size_counts_what_is_not_kept():
    found = block(*["x" * 999] * 500)
    assert found.size == 500_000 - 1
    assert len(found.text) < 110_000


def test_a_short_line_over_a_long_one_is_a_pair():
    pair = block("Title", "x" * 400)
    assert pair.is_pair
    assert not pair.is_long
    title, abstract = pair.halves()
    assert (title.line, title.text, abstract.line, abstract.size) == (1, "Title", 2, 400)


def test_a_sentence_may_be_an_abstract_and_a_title_may_not():
    assert block("We show this.").may_be_abstract
    assert block('We say "this."').may_be_abstract
    assert block("我们证明了这一点。").may_be_abstract
    assert block("word " * 50).may_be_abstract
    assert not block("Can This Be a Title?").may_be_abstract


def test_an_abstract_is_whole_when_it_ends_like_one():
    assert block("It works.").is_whole
    assert block("Does it work?").is_whole
    assert block("See https://github.com/example-lab/it").is_whole
    assert block("(It works)").is_whole
    assert not block("It wor").is_whole
    assert not block("It works,").is_whole
