"""The shared words are gathered in one place, and taken from there."""

import ast
import inspect

from digest import model
from digest.model import accounts, editorial, feedback, papers, readers, sending
from tests.test_layers import PACKAGE, modules


def test_every_word_is_gathered():
    words = {
        name
        for part in (accounts, editorial, feedback, papers, readers, sending)
        for name, found in vars(part).items()
        if inspect.isclass(found) and found.__module__ == part.__name__
    }
    assert set(model.__all__) == words | {"Answer"}


def test_everyone_takes_the_words_from_there():
    for path in modules():
        if path.parent == PACKAGE / "model":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("digest.model."), path
