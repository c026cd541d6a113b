"""The mail of benchmarks/node for engines other than handlebars, and its values for each reader."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent.parent / "node"
_CARDS = 3
_TAG = re.compile(r"\{\{(#each )?(/each)?(\.\./)?(\w*)\}\}")


def go_template(name: str, root: str) -> str:
    """Return mail.html or mail.txt for Go's templates, the values being those of `root`."""

    def tag(found: re.Match[str]) -> str:
        each, end, outer, word = found.groups()
        if end:
            return "{{ end }}"
        if each:
            return f"{{{{ range {root}.{word} }}}}"
        inside = not outer and found.start() in _inside(text)
        return f"{{{{ .{word} }}}}" if inside else f"{{{{ {root}.{word} }}}}"

    text = (_FOLDER / name).read_text(encoding="utf-8")
    return _TAG.sub(tag, text)


def django_template(name: str) -> str:
    """Return mail.html or mail.txt for Django's templates."""

    def tag(found: re.Match[str]) -> str:
        each, end, outer, word = found.groups()
        if end:
            return "{% endfor %}"
        if each:
            return f"{{% for one in {word} %}}"
        inside = not outer and found.start() in _inside(text)
        return f"{{{{ one.{word} }}}}" if inside else f"{{{{ {word} }}}}"

    text = (_FOLDER / name).read_text(encoding="utf-8")
    return _TAG.sub(tag, text)


def values(data: dict[str, Any], readers: int) -> Iterator[dict[str, Any]]:
    """Yield what the templates ask for, reader by reader (see `Ground.mails`), as send.mjs does."""
    papers = data["papers"]
    for mail in data["mails"][:readers]:
        chosen = [
            {**papers[paper], "id": paper, "reason": reason} for paper, reason in mail["picks"]
        ]
        token = hmac.new(b"a key", mail["address"].encode(), hashlib.sha256).hexdigest()[:36]
        yield {
            "address": mail["address"],
            "cards": chosen[:_CARDS],
            "lines": chosen[_CARDS:],
            "follows": mail["follows"],
            "subject": f"{chosen[0]['title']}, and {len(chosen) - 1} more",
            "preview": f"{chosen[1]['title']}; {chosen[2]['title']}",
            "token": token,
            "view": token[:25],
        }


def _inside(text: str) -> set[int]:
    """The positions between #each and /each."""
    found: set[int] = set()
    for block in re.finditer(r"\{\{#each \w+\}\}.*?\{\{/each\}\}", text, re.DOTALL):
        found.update(range(block.start(), block.end()))
    return found
