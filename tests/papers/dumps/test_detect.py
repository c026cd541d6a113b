import gzip

import pytest

from digest.errors import DumpError
from digest.papers.dumps import detect, text_page


@pytest.mark.parametrize(
    "first_bytes",
    [
        b"new\n\nMar 17\n",
        b"\xef\xbb\xbfnew\r\n",
        b"[CLS] tokens are all you need\n\nAn abstract.",
        b"{\\em Emphasis} in titles\n",
        b"<RET> tokens\n",
        b"\n" * 4096,
    ],
)
def test_text_for_people_is_a_text_page(first_bytes):
    assert detect(first_bytes) is text_page


@pytest.mark.parametrize(
    ("first_bytes", "reason"),
    [
        (b"", "empty"),
        (b"  <!DOCTYPE html><html>", "HTML"),
        (b"<html lang='en'>", "HTML"),
        (b'<?xml version="1.0"?>', "HTML or XML"),
        (b'{\n  "title": "x"}', "JSON"),
        (b"[\n  {\n", "JSON"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04abc", "ZIP"),
        (gzip.compress(b"new\n", mtime=0), "gzip"),
        ("new\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_dump_is_named(first_bytes, reason):
    with pytest.raises(DumpError, match=reason):
        detect(first_bytes)
