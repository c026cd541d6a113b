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
    return _template(name, "{{ range %s }}", "{{ end }}", ".%s", f"{root}.%s")


def django_template(name: str) -> str:
    """Return mail.html or mail.txt for Django's templates."""
    return _template(name, "{%% for one in %s %%}", "{% endfor %}", "one.%s", "%s")


def _template(name: str, each: str, end: str, of_one: str, of_mail: str) -> str:
    """Return a file of benchmarks/node in another language.

    each, end: around what comes again. of_one, of_mail: a value inside of that, and outside.
    """

    def tag(found: re.Match[str]) -> str:
        begins, ends, outer, word = found.groups()
        if ends:
            return end
        if begins:
            return each % (of_mail % word)
        inside = not outer and found.start() in _inside(text)
        return f"{{{{ {(of_one if inside else of_mail) % word} }}}}"

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
