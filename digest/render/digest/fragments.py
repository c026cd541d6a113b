"""Fragments: text encoded in advance, with slots for what differs from reader to reader.

`Placeholders` stand for the personal values in a rendered text and divide it into blocks; here it
is cut into one fragment per block. A placeholder contains a hash that no author of a text could
know, and only letters and digits, so that neither HTML nor a link changes it.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from types import MappingProxyType

from markupsafe import Markup

from digest.errors import ComposeError
from digest.ground.tokens.links import TOKEN_LENGTH
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
Interleave = Callable[[Lines], Lines]


class Fragment:
    """A block as ready quoted-printable lines, with slots for values that are encoded as they are.

    pieces: the lines before, between and after the slots. names: those of the values that `weave`
    takes, in its order; the slots are among them. Left out: the slots themselves.
    ready: encoded values of slots that are the same wherever they occur.
    """

    __slots__ = ("_interleave", "_names", "pieces", "size", "slots")

    def __init__(
        self,
        block: Block,
        names: Sequence[str] = (),
        ready: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        pieces, slots = [encode(block.pieces[0])], []
        for slot, piece in zip(block.slots, block.pieces[1:], strict=True):
            if slot in ready:
                pieces[-1] += ready[slot] + encode(piece)
            else:
                slots.append(slot)
                pieces.append(encode(piece))
        self.pieces: Lines = tuple(pieces)
        self.size = sum(map(len, self.pieces))  # octets without the values
        self.slots = tuple(slots)
        self._names = names or self.slots
        self._interleave: Interleave | None = None
        if self.slots:
            order = [0]
            for place, slot in enumerate(self.slots, start=1):
                order += (len(self.pieces) + self._names.index(slot), place)
            self._interleave = itemgetter(*order)

    def weave(self, values: Lines) -> Lines:
        """Return the lines with the values of `names`, in that order, in the slots, in pieces.

        It is one lookup: it is what a message mostly consists of.
        """
        return self._interleave(self.pieces + values) if self._interleave else self.pieces

    def fill(self, values: Mapping[str, bytes]) -> Lines:
        """Return the lines with these values in the slots, in pieces."""
        return (
            self.weave(tuple([values[name] for name in self._names])) if self.slots else self.pieces
        )

    def filled_size(self, sizes: Mapping[str, int]) -> int:
        """Return how many octets `fill` gives with values of these sizes."""
        return self.size + sum(sizes[slot] for slot in self.slots)


class Placeholders:
    """The placeholders of one edition, derived from a SHA-256 of everything that is printed.

    No text can contain one: its author would have to know a hash of which the text is a part.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        digest = hashlib.sha256()
        for text in texts:
            encoded = text.encode(errors="surrogatepass")
            digest.update(b"%d:" % len(encoded) + encoded)
        self._digest = "q" + digest.hexdigest()[:20]
        self._pattern = re.compile(
            f"{self._digest}v([a-z]+)z|<!--{self._digest}o([a-z0-9]+)-->|<!--{self._digest}c-->"
        )

    def value(self, slot: str) -> str:
        """Return the placeholder of a personal value; `slot` is made of the letters a to z."""
        return f"{self._digest}v{slot}z"

    @property
    def token(self) -> str:
        """Return what stands for the token of a mail until the mail is whole; as long as one."""
        return self._digest.ljust(TOKEN_LENGTH, "k")

    def block(self, name: str, text: str) -> Markup:
        """Return rendered text as a block; `name` is made of the letters a to z and digits."""
        return Markup(f"<!--{self._digest}o{name}-->{text}<!--{self._digest}c-->")  # noqa: S704

    def cut(self, text: str, name: str) -> dict[str, Block]:
        """Return the blocks of a text, the outermost under `name`.

        Where a block was, the text around it has a slot with its name. Raises ComposeError if a
        block occurs twice, or if a placeholder was cut or changed on the way.
        """
        blocks = {name: Block()}
        stack = [blocks[name]]
        start = 0
        for found in self._pattern.finditer(text):
            stack[-1].pieces[-1] += text[start : found.start()]
            start = found.end()
            value, opened = found.groups()
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
