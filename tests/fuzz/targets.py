"""Every parser of what others write: how to call it, and pieces of what it is made for.

A text is put together of such pieces and of anything else. A parser may refuse it by one of our
errors; whatever else it raises is a crash, and so is a text that takes seconds.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import strategies as st

from digest.delivery.store.journal import Record, take_lines
from digest.devtools.sink import inbox_message
from digest.devtools.sink.rules import parse_rule
from digest.errors import DigestError
from digest.ground.masking import mask_text, mask_url
from digest.ground.text.plain_text import clean, wrap
from digest.ground.text.sentences import sentences
from digest.ground.text.tex import readable
from digest.ground.text.words import words
from digest.ground.time.cron import parse_cron
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.nonces import NONCE_BYTES, Binding
from digest.ground.tokens.return_paths import read_return_path
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.intake.incoming import read_mail
from digest.interests.checks import check_interest
from digest.papers.dumps import json_lines, text_page
from digest.papers.rules.identifiers import identifiers
from digest.papers.rules.references import harvest
from digest.render.theme_file import parse_theme
from digest.smtp.replies import BrokenError, ReplyReader, reply_text
from digest.smtp.smtp_url import parse_smtp_urls
from digest.sources.http.waits import retry_after
from digest.sources.kinds import hugging_face
from digest.sources.kinds.dates import read_days
from digest.sources.kinds.source import Received
from digest.sources.kinds.xml_feeds import read_feed
from digest.sources.rules.sources_file import parse_sources
from digest.subscribers.files.reader_files import open_reader_file
from digest.subscribers.rules.addresses import normalise
from digest.subscribers.rules.file_columns import ColumnNames
from digest.subscribers.rules.mailboxes import split_mailbox
from digest.summary.claim import claim_of

DAY = date(2026, 11, 19)
NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
KEYS = [b"a key for the tests only"]
_LINKS = LinkSigner(KEYS)
_NUMBERS = TokenSigner(KEYS)


@dataclass(frozen=True, slots=True)
class Target:
    """A parser. pieces: of what it is made for, in UTF-8. refuses: what it may raise."""

    name: str
    parse: Callable[[bytes], object]
    pieces: tuple[bytes, ...]
    refuses: tuple[type[Exception], ...] = (DigestError,)

    def texts(self) -> st.SearchStrategy[bytes]:
        """Return texts for it: its own pieces, doubled and torn, among anything else."""
        own = st.sampled_from(self.pieces)
        torn = st.builds(
            lambda piece, cut: piece[: cut % (len(piece) + 1)], own, st.integers(0, 99)
        )
        many = st.builds(lambda piece, count: piece * count, own, st.integers(2, 300))
        other = st.binary(max_size=8) | st.text(max_size=8).map(_encoded)
        return st.lists(own | torn | many | other, max_size=12).map(b"".join)


def target(
    name: str,
    parse: Callable[[bytes], object],
    *pieces: str,
    refuses: type[Exception] | None = None,
) -> Target:
    """Return a target that takes bytes."""
    errors = (DigestError, refuses) if refuses else (DigestError,)
    return Target(name, parse, tuple(map(_encoded, pieces)), errors)


def text_target(name: str, parse: Callable[[str], object], *pieces: str) -> Target:
    """Return a target that takes a text."""
    return target(name, lambda raw: parse(raw.decode("utf-8", "replace")), *pieces)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _reader_file(raw: bytes) -> list[object]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "readers.csv"
        path.write_bytes(raw)
        return list(open_reader_file(path, ColumnNames.parse((), ())).entries())


def _replies(raw: bytes) -> list[str]:
    reader = ReplyReader()
    found = []
    for start in range(0, len(raw), 7):
        reader.feed(raw[start : start + 7])
        while reply := reader.next():
            found.append(reply_text(reply[1]))
    return found


def _mail_in_inbox(raw: bytes) -> None:
    inbox_message.summarise(raw)
    inbox_message.open_message(raw)


def _read_text(text: str) -> None:
    plain = readable(clean(text))
    list(sentences(plain))
    words(plain)
    wrap(plain)


def _everybodys(_: int) -> Binding:
    """Take every id for that of a reader who was there before there were nonces."""
    return Binding(bytes(NONCE_BYTES), former=True)


def _tokens(text: str) -> None:
    for read in (
        *(lambda purpose=purpose: _LINKS.read(purpose, text, _everybodys) for purpose in Purpose),
        *(
            lambda purpose=purpose: _NUMBERS.read(purpose, text, _everybodys)
            for purpose in TokenPurpose
        ),
        lambda: read_return_path(KEYS, f"bounce+{text}@example.org", _everybodys),
    ):
        try:
            read()
        except DigestError:
            continue
        raise AssertionError(f"a token that nobody signed is taken: {text!r}")


_MAIL = ("Subject: =?utf-8?q?=C3=A4?=\r\n", "To: <a@b.org>\r\n", "\r\n", "Content-Type: ",
         'multipart/mixed; boundary="b"\r\n', "--b\r\n", "text/html; charset=x\r\n", "<a href=x>",
         "=?x?b?YQ==?=", "message/rfc822\r\n", "Content-Transfer-Encoding: base64\r\n", "--b--")  # fmt: skip
_TEX = ("$x^2$", r"\mathbf{", "}", r"\frac{1}{2}", "\\", "$$", "{", r"\cite{a}", "We show that ",
        "e.g. ", "Fig. 3. ", "et al.", "(", ")", "42.1 %", "\u2028", "\u202e", "A-B", "GPT-4, a ")  # fmt: skip

TARGETS = (
    target("dump, text page", lambda raw: list(text_page.parse([raw], not_after=DAY)),
           "new\n", "Nov 19\n", "\n\n", "A title\n\n", "An abstract. " * 30, "29 February\n", "\r"),
    target("dump, JSON lines", lambda raw: list(json_lines.parse([raw], not_after=DAY)),
           '{"date": "2026-11-20"}\n', '{"title": "A", "abstract": "B."}\n', "\n", "[", '{"a":',
           '{"title": "A", "abstract": "B", "authors": ["C", {"name": 1}], "votes": 1e999}\n'),
    target("list, feeds", read_feed,
           "<?xml version='1.0'?>", "<rss><channel>", "<item>", "<title>A</title>", "&amp;", "&a;",
           "<!DOCTYPE a [<!ENTITY a 'b'>]>", "<![CDATA[", "]]>", "</item>", "</channel></rss>",
           "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "</entry>", "</feed>",
           "<pubDate>Thu, 01 Jan 99999999 00:00:00 GMT</pubDate>", "<dc:creator>A</dc:creator>"),
    target("list, Hugging Face", lambda raw: hugging_face.parse(Received(raw), day=DAY),
           "[", "]", '{"paper": {"id": "2411.00001", "title": "A", "summary": "B"}}', ",", "1e999"),
    text_target("dates", read_days, "Thu, 01 Jan 2026", "2026-11-19T", "99999999", "GMT", "\u5e74"),
    target("readers' files", _reader_file,
           "email,name\n", "a@b.org,A\n", '"', "\n", ";", "\t", "interests\n", '{"email": "a@b.org"}\n',
           '{"digest": 1}\n', "\r\n", "\ufeff", "A <a@b.org>\n"),
    text_target("tokens", _tokens, "AAAA", "-_", "=", ".", "v1", "B" * 27, "0"),
    target("mail that comes in", read_mail, *_MAIL, "Auto-Submitted: auto-replied\r\n"),
    target("mail in the inbox", _mail_in_inbox, *_MAIL),
    text_target("text, TeX", _read_text, *_TEX),
    text_target("claims", lambda text: claim_of(text[:60], text), *_TEX),
    text_target("interests", check_interest, '"a b"', "-c", "or ", "|", ",", "learning"),
    text_target("cron", lambda text: parse_cron(text, "Europe/Berlin"), "* ", "*/5 ", "1-7 ", "L", "#2"),
    text_target("sink rules", parse_rule, "a@b.org", ": ", "452 4.2.2 full", "share 5%", "at dot", "wait"),
    target("themes", parse_theme, "[colours]\n", 'accent = "#fff"\n', "a = ", "[", "'''"),
    text_target("sources", parse_sources, "[[source]]\n", 'kind = "feed"\n', 'name = "a"\n', "url = "),
    target("SMTP replies", _replies, "250 OK\r\n", "250-A\r\n", "550 5.1.1 <a@b.org>\r\n", "\n",
           refuses=BrokenError),
    text_target("SMTP addresses", parse_smtp_urls, "smtp://", "a:b@", "host", ":25", "?tls=", "[::1]", " "),
    text_target("journals", lambda text: take_lines(Record(Path(), "", 0, 0), text.split("\n")),
                "b 1 AAAA\n", "a 1 reply 250 . OK\n", "a 2 lost gone\n", "a ", "-1 ", "9" * 30),
    text_target("Retry-After", lambda text: retry_after(text, NOON),
                "120", "Thu, 01 Jan ", "9" * 20, " 00:00:00 GMT", "-"),
    text_target("addresses", lambda text: (split_mailbox(text), normalise(text)),
                "a@b.org", "<", ">", '"', "xn--", "\u00e4", "(c)", "@"),
    text_target("identifiers", lambda text: (identifiers(text), harvest(text)),
                "arXiv:2411.00001", "10.1234/a", "https://", "doi.org/", "github.com/a/b", "%2F", "["),
    text_target("masking", lambda text: (mask_text(text), mask_url(text)),
                "a@b.org", "://", "u:p@", "?password=x", "%40", "A1b" * 9),
)  # fmt: skip
