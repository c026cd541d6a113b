"""What the operator may write down about recipients' domains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SettingsError
from digest.smtp.domain_limits import in_words, limits_of, name_of, parse_domain_limits
from digest.smtp.smtp_url import Limits


def test_limits_are_read_by_domain():
    found = parse_domain_limits("Gmail.com=20/s example.org=500/m,9000/d,warm_up=50 *=1000/m")
    assert found["gmail.com"] == ("gmail.com", Limits(per_second=20))
    assert limits_of("example.org", found) == Limits(per_minute=500, per_day=9000, warm_up=50)
    assert limits_of("elsewhere.example", found) == Limits(per_minute=1000)
    assert limits_of("gmail.com", found) == Limits(per_second=20)
    assert parse_domain_limits("") == {}
    assert limits_of("gmail.com", {}) is None


def test_domains_of_one_provider_share_limits_and_a_name():
    found = parse_domain_limits("Outlook.com,hotmail.com,live.com=10/s *=1/s")
    for domain in ("outlook.com", "hotmail.com", "live.com"):
        assert name_of(domain, found) == "outlook.com"
        assert limits_of(domain, found) == Limits(per_second=10)
    assert name_of("elsewhere.example", found) == "elsewhere.example"


NO_LIMITS = """gmail.com|gmail.com=|gmail.com=20|gmail.com=0/s|gmail.com=20/h|=20/s|a b.example=1/s
a.example=1/s a.example=2/m|a.example=1/s,2/s|@a.example=1/s|a.example,=1/s|*,a.example=1/s
a.example,b.example=1/s b.example=1/s|a.example,a.example=1/s"""


@pytest.mark.parametrize("text", NO_LIMITS.replace("\n", "|").split("|"))
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(SettingsError, match="DIGEST_DOMAIN_LIMITS"):
        parse_domain_limits(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(text):
    try:
        found = parse_domain_limits(text)
    except SettingsError:
        return
    assert all(each.limits.are_on_rate for each in found.values())


def test_limits_are_told_in_words():
    assert in_words(Limits(per_second=20, per_day=9000)) == "20 a second, 9000 a day"
    assert "5 on its first day" in in_words(Limits(warm_up=5))
