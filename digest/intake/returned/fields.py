"""The fields of a header, read with bounds from whatever bytes there are (RFC 5322, 2045, 2047)."""

from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser

from digest.intake.returned.charsets import decode

LONGEST_HEADER_BYTES = 64 * 1024
_MOST_FIELDS, _LONGEST_FIELD, _LONGEST_ENCODED = 300, 4096, 1000


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields in their order: names in small letters, values unfolded, at most 4,096 characters."""

    pairs: tuple[tuple[str, str], ...]

    def all(self, *names: str) -> list[str]:
        """Return the values of every field of these names."""
        return [value for name, value in self.pairs if name in names]

    def get(self, *names: str) -> str:
        """Return the first of them; empty when there is none."""
        return next(iter(self.all(*names)), "")

    @property
    def content_type(self) -> str:
        """The media type in small letters; "text/plain" when none can be read."""
        return self._typed().get_content_type()

    def parameter(self, name: str) -> str:
        """Return a parameter of the content type, such as its boundary; empty when it has none."""
        try:
            value = self._typed().get_param(name)
        except (ValueError, LookupError):  # an encoding of RFC 2231 that makes no sense
            return ""
        return str(value[2] if isinstance(value, tuple) else value or "")

    def words(self, name: str) -> str:
        """Return a field for people to read: its encoded words decoded, as far as they can be."""
        value = self.get(name)[:_LONGEST_ENCODED]
        if "=?" not in value:
            return value
        try:
            pieces = decode_header(value)
        except (HeaderParseError, ValueError):
            return value
        return "".join(
            piece if isinstance(piece, str) else decode(piece, charset or "")
            for piece, charset in pieces
        )

    def _typed(self) -> Message:
        message = Message()
        message["Content-Type"] = self.get("content-type") or "text/plain"
        return message


def read_fields(raw: bytes) -> Fields:
    """Read a header; what stands after its first empty line is not looked at."""
    header = BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:LONGEST_HEADER_BYTES])
    pairs = list(header.raw_items())[:_MOST_FIELDS]
    return Fields(tuple((str(name).lower(), _unfold(str(value))) for name, value in pairs))


def _unfold(value: str) -> str:
    octets = value[:_LONGEST_FIELD].encode("utf-8", "surrogateescape")
    return " ".join(octets.decode("utf-8", "replace").split())
