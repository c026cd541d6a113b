"""Show the commands in a text for the operator: marked in HTML, in quotation marks elsewhere."""

import re
from typing import NamedTuple

from markupsafe import Markup, escape

from digest.ground.text.plain_text import clean

_COMMAND = re.compile("`([^`]*)`")


class Said(NamedTuple):
    """A text in both forms, without backticks; `str` of it is the plain one."""

    text: str
    html: Markup

    def __str__(self) -> str:
        return self.text


def said(text: str) -> Said:
    """Return a text in which commands stand in backticks; an odd backtick is left out."""
    parts = _COMMAND.split(clean(text))  # every second one is a command
    plain = "".join(f"“{part}”" if at % 2 else part for at, part in enumerate(parts))
    marked = Markup().join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part.replace("`", ""))
        for at, part in enumerate(parts)
    )
    return Said(plain.replace("`", ""), marked)
