"""Which characters the bytes of an answer are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.kinds.charset import decode, mend_controls

TITLE = "Étude des bouilloires à Besançon"


def declared(charset, text=TITLE):
    return f'<?xml version="1.0" encoding="{charset}"?><t>{text}</t>'


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (TITLE.encode("latin-1"), "ISO-8859-1"),
        (TITLE.encode("latin-1"), "'latin1'"),
        (TITLE.encode("latin-1"), ""),  # said by nobody, and no UTF-8
        (TITLE.encode("latin-1"), "utf-8"),  # said wrongly
        (TITLE.encode(), ""),
        (TITLE.encode(), "ISO-8859-1"),  # said by a server that says so of everything
        (TITLE.encode(), "us-ascii"),
        (TITLE.encode(), "no-such-charset"),
        (b"\xef\xbb\xbf" + TITLE.encode(), "windows-1252"),  # the mark decides
        (TITLE.encode("utf-16"), ""),
        (TITLE.encode("utf-16"), "utf-8"),
        (b"\xfe\xff" + TITLE.encode("utf-16-be"), ""),
        (TITLE.encode("utf-32"), ""),
        (TITLE.encode("mac-roman"), "x-mac-roman"),
        (TITLE.encode("cp850"), "cp850"),  # a name that the web does not know
    ],
)
def test_a_text_is_read_whatever_says_its_charset(body, charset):
    assert decode(body, charset) == TITLE


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        ("Чайники", "koi8-r", "koi8-r"),
        ("Чайники", "cp1251", "windows-1251"),
        ("やかん", "cp932", "Shift_JIS"),
        ("やかん", "euc-jp", "euc-jp"),
        ("水壶", "gb18030", "gb2312"),
        ("주전자", "cp949", "ks_c_5601-1987"),
        ("çaydanlık şarkısı", "cp1254", "iso-8859-9"),  # noqa: RUF001
        ("กาน้ำ", "cp874", "tis-620"),
        ("kettle’s “whistle” – a survey", "cp1252", "iso-8859-1"),  # noqa: RUF001
    ],
)
def test_names_mean_what_they_mean_on_the_web(text, encoding, name):
    assert decode(text.encode(encoding), name) == text
    assert decode(declared(name, text).encode(encoding)) == declared(name, text)


def test_the_charset_of_the_answer_goes_before_that_of_the_document():
    body = declared("iso-8859-5", "Чай").encode("koi8-r")
    assert decode(body, "koi8-r") == declared("iso-8859-5", "Чай")


def test_a_declaration_behind_a_warning_counts_too():
    body = ("<b>Warning</b>\n" + declared("iso-8859-2", "Łódź")).encode("iso-8859-2")
    assert "Łódź" in decode(body)


@pytest.mark.parametrize("wide", ["utf-16", "utf-32", "UTF-16LE", "ucs-2"])
def test_who_calls_plain_bytes_wide_is_not_believed(wide):
    assert decode(declared(wide).encode()) == declared(wide)
    assert decode(TITLE.encode(), wide) == TITLE


@pytest.mark.parametrize("name", ["utf-7", "rot13", "zip", "idna", "punycode", "unicode_escape"])
def test_what_is_no_charset_of_documents_is_ignored(name):
    body = declared(name, "+ADw-script+AD4- \\u0041").encode()
    assert decode(body, name) == body.decode()


@pytest.mark.parametrize("encoding", ["koi8-r", "cp1255", "euc-jp", "gb2312"])
def test_what_nobody_names_and_is_not_latin_is_marked_and_not_guessed(encoding):
    text = {"cp1255": "קומקומים", "euc-jp": "ゲーム三昧", "gb2312": "不归移民漫画"}.get(
        encoding, "Чайники"
    )
    assert "\ufffd" in decode(text.encode(encoding))


def test_what_is_broken_is_marked_and_the_rest_stays():
    assert decode(b"\xc3\x89tude \xc3 \xe2\x80 fin") == "Étude \ufffd \ufffd fin"
    assert decode(b"caf\xe9 \x81") == "café \ufffd"


def test_controls_are_what_they_were_in_windows_1252():
    assert mend_controls("it\x92s \x93so\x94 \x96 \x85") == "it’s “so” – …"  # noqa: RUF001
    assert mend_controls("a\x81b") == "a\ufffdb"


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_with_any_charset_are_a_text(body, charset):
    assert isinstance(decode(body, charset), str)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_utf_8_is_read_as_utf_8(text):
    assert decode(text.encode(), "utf-8") == text.removeprefix("\ufeff")
