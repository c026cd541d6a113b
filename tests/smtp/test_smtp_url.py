"""Addresses of mail servers."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SettingsError
from digest.smtp.smtp_url import Limits, SmtpUrl, parse_smtp_url, parse_smtp_urls


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("smtp://mail.example.org", SmtpUrl("smtp", "mail.example.org", 25)),
        ("smtps://Mail.Example.org/", SmtpUrl("smtps", "mail.example.org", 465)),
        ("smtp+starttls://mail.example.org", SmtpUrl("smtp+starttls", "mail.example.org", 587)),
        ("smtp://[::1]:2525", SmtpUrl("smtp", "::1", 2525)),
        (
            "smtps://ann%40example.org:p%3A%2F%40%25ss@mail.example.org:4465",
            SmtpUrl("smtps", "mail.example.org", 4465, "ann@example.org", "p:/@%ss"),
        ),
    ],
)
def test_an_address_is_read(text, url):
    assert parse_smtp_url(text) == url


def test_limits_follow_the_address():
    url = parse_smtp_url("smtp://mail.example.org:25?connections=4&per_second=50&per_day=0")
    assert url.limits == Limits(connections=4, per_second=50)
    assert url.limits.are_on_rate
    assert not parse_smtp_url("smtp://mail.example.org?weight=2").limits.are_on_rate


def test_several_addresses_are_read_and_one_must_have_a_weight():
    one, two = parse_smtp_urls("smtp://a.example.org  smtps://b.example.org?weight=0\n")
    assert (one.host, two.host, two.limits.weight) == ("a.example.org", "b.example.org", 0)
    with pytest.raises(SettingsError, match="backups"):
        parse_smtp_urls("smtp://a.example.org?weight=0")
    with pytest.raises(SettingsError):
        parse_smtp_urls(" ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mail.example.org",
        "http://u:hunter2@mail.example.org",
        "smtp://",
        "smtp://u:hunter2@",
        "smtp://u:hunter2@mail.example.org:0",
        "smtp://u:hunter2@mail.example.org:99999",
        "smtp://u:hunter2@mail.example.org:port",
        "smtp://u:hunt#er2@mail.example.org",
        "smtp://u:hunt/er2@mail.example.org",
        "smtp://u:hunter2@mail.example.org/path",
        "smtp://u:hunter2@mail.example.org?x=1",
        "smtp://u:hunter2@mail.example.org?connections=",
        "smtp://u:hunter2@mail.example.org?connections=-1",
        "smtp://u:hunter2@mail.example.org?per_day=99999999",
        "smtp://u:hunter2@mail.example.org#connections=2",
        "smtp://u:hunter2@[::1",
        "smtp://u:hunter2@mail.exam\u2100ple.org",
        "smtp://u:hunter2@mail example.org",
        "smtp://u:hunter2%0d%0a@mail.example.org",
        "smtp://u@mail.example.org",
        "smtp://:hunter2@mail.example.org",
    ],
)
def test_a_wrong_address_is_refused_without_showing_the_password(text):
    with pytest.raises(SettingsError) as caught:
        parse_smtp_url(text)
    assert "DIGEST_SMTP_URL" in str(caught.value)
    assert caught.value.__cause__ is None
    assert "hunt" not in str(caught.value) + caught.value.hint


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_settings_error(text):
    with suppress(SettingsError):
        parse_smtp_url("smtp://" + text)


def test_neither_str_nor_repr_shows_the_password():
    url = parse_smtp_url("smtps://ann:hunter2@[2001:db8::1]")
    assert str(url) == "smtps://ann:***@[2001:db8::1]:465"
    assert "hunter2" not in repr(url)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.9", True), ("[::1]", True), ("mail.example.org", False)],
)
def test_loopback_is_this_machine(host, loopback):
    assert parse_smtp_url(f"smtp://{host}").is_loopback is loopback
