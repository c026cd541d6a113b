"""Fragments: text that was encoded ahead, with slots for what differs from reader to reader.

A text in which *marks* stand for the personal values, and which other marks divide into blocks, is
cut here into one fragment a block. A mark is made of a digest that nobody who wrote a text could
know (see `Placeholders`), of letters and digits only, so that neither HTML nor a link changes it.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from markupsafe import Markup

from digest.errors import ComposeError
from digest.render.quoted_printable import encode


@dataclass(frozen=True, slots=True)
class Block:
    """A text with slots: a piece before, between and after every two of them."""

    pieces: list[str] = field(default_factory=lambda: [""])
    slots: list[str] = field(default_factory=list)

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with these values in the slots."""
        tail = zip(self.slots, self.pieces[1:], strict=True)
        return self.pieces[0] + "".join(values[slot] + piece for slot, piece in tail)

    def split(self, slot: str) -> tuple["Block", "Block"]:
        """Return what stands before and after a slot."""
        at = self.slots.index(slot)
        before = Block(self.pieces[: at + 1], self.slots[:at])
        return before, Block(self.pieces[at + 1 :], self.slots[at + 1 :])


Lines = tuple[bytes, ...]
Weave = Callable[[Lines], Lines]


class Fragment:
    """A block as ready quoted-printable lines, with slots for values that are encoded as they are.

    `pieces` are the lines before, between and after the slots. `weave(pieces + values)` are the
    lines in their order, for a tuple of the values of `names`, which have at least the slots: one
    pick out of one tuple, written out where it happens a hundred times a message; `fill` elsewhere.
    `weave` is None where there are no slots: the pieces are the lines.
    """

    __slots__ = ("_choose", "pieces", "size", "slots", "weave")

    def __init__(self, block: Block, names: Sequence[str] = ()) -> None:
        self.pieces: Lines = tuple(encode(piece) for piece in block.pieces)
        self.size = sum(map(len, self.pieces))  # octets without the values
        self.slots = tuple(block.slots)
        self.weave: Weave | None = None
        if self.slots:
            names = names or self.slots
            self._choose = itemgetter(*names, names[0])  # of two names or more: a tuple
            order = [0]
            for place, slot in enumerate(self.slots, start=1):
                order += (len(self.pieces) + names.index(slot), place)
            self.weave = itemgetter(*order)

    def fill(self, values: Mapping[str, bytes]) -> Lines:
        """Return the lines with these values in the slots, in pieces."""
        if self.weave is None:
            return self.pieces
        return self.weave(self.pieces + self._choose(values))

    def filled_size(self, sizes: Mapping[str, int]) -> int:
        """Return how many octets `fill` gives with values of these sizes."""
        return self.size + sum(sizes[slot] for slot in self.slots)


class Placeholders:
    """The marks of one edition. They derive from the digest of everything that is printed.

    A text that contained its own mark would have to know a SHA-256 that it is itself a part of.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        digest = hashlib.sha256()
        for text in texts:
            encoded = text.encode(errors="surrogatepass")
            digest.update(b"%d:" % len(encoded) + encoded)
        self._digest = "q" + digest.hexdigest()[:20]
        self._mark = re.compile(
            f"{self._digest}v([a-z]+)z|<!--{self._digest}o([a-z0-9]+)-->|<!--{self._digest}c-->"
        )

    def value(self, slot: str) -> str:
        """Return what stands for a personal value; `slot` is made of the letters a to z."""
        return f"{self._digest}v{slot}z"

    def block(self, name: str, text: str) -> Markup:
        """Return rendered text as a block; `name` is made of the letters a to z and digits."""
        return Markup(f"<!--{self._digest}o{name}-->{text}<!--{self._digest}c-->")  # noqa: S704

    def cut(self, text: str, name: str) -> dict[str, Block]:
        """Return the blocks of a text, the outermost under `name`.

        Where a block stood, its surroundings have a slot with its name. Raises ComposeError when
        a block is there twice or a mark was cut or changed on the way.
        """
        blocks = {name: Block()}
        stack = [blocks[name]]
        start = 0
        for mark in self._mark.finditer(text):
            stack[-1].pieces[-1] += text[start : mark.start()]
            start = mark.end()
            value, opened = mark.groups()
            if slot := value or opened:
                stack[-1].slots.append(slot)
                stack[-1].pieces.append("")
            if opened in blocks:
                raise ComposeError(f"A template shows `{opened}` twice.")
            if opened:
                blocks[opened] = Block()
                stack.append(blocks[opened])
            elif not value:
                stack.pop()
        blocks[name].pieces[-1] += text[start:]
        self._refuse_remains(blocks.values())
        return blocks

    def _refuse_remains(self, blocks: Iterable[Block]) -> None:
        pieces = (piece for block in blocks for piece in block.pieces)
        if any(self._digest[:12] in piece.casefold() for piece in pieces):
            raise ComposeError("A template changes a personal value: it cuts it or its case.")
