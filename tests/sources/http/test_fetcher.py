import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from itertools import pairwise
from time import monotonic, sleep

import pytest

from digest.errors import FetchError
from digest.sources.http.addresses import anywhere
from digest.sources.http.answers import Validators
from digest.sources.http.fetcher import Fetcher, Limits
from tests.certificates import Authority
from tests.sources.http.servers import (
    Time,
    WebServer,
    answer,
    endless,
    half,
    in_turn,
    redirect,
    validated,
    zipped,
)

LIST = b'[{"paper": 1}]'
QUICK = Limits(connect_seconds=2, read_seconds=0.3, total_seconds=2, most_bytes=100_000)


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def fetcher(time):
    return make_fetcher(time)


def make_fetcher(time, limits=QUICK, allowed=anywhere, **more):
    return Fetcher(
        "digest/test",
        limits,
        allowed=allowed,
        clock=time.clock,
        sleep=time.sleep,
        chance=lambda: 1.0,
        **more,
    )


def test_an_answer_comes_with_its_validators_and_we_say_who_we_are(web, fetcher):
    web.pages["/list"] = answer(LIST, headers={"ETag": '"1"', "Last-Modified": "yesterday"})
    got = fetcher.get(web.url("/list?date=2026-11-20"))
    assert (got.body, got.validators) == (LIST, Validators('"1"', "yesterday"))
    (asked,) = web.asked
    assert asked.path == "/list?date=2026-11-20"
    assert asked.headers["user-agent"] == "digest/test"
    assert asked.headers["host"] == f"127.0.0.1:{web.port}"


def test_what_has_not_changed_is_not_sent_again(web, fetcher):
    web.pages["/list"] = validated(LIST, '"7"')
    first = fetcher.get(web.url("/list"))
    second = fetcher.get(web.url("/list"), validators=first.validators)
    assert (first.body, second.body) == (LIST, None)
    assert second.validators == first.validators


def test_a_304_that_nobody_asked_for_is_an_error(web, fetcher):
    web.pages["/list"] = answer(status=304)
    with pytest.raises(FetchError, match="304"):
        fetcher.get(web.url("/list"))


def test_what_cannot_be_sent_back_is_no_validator(web, fetcher):
    web.pages["/list"] = answer(LIST, headers={"ETag": '"' + "x" * 600 + '"'})
    assert fetcher.get(web.url("/list")).validators == Validators()


def test_gzip_is_unpacked(web, fetcher):
    web.pages["/list"] = zipped(LIST)
    assert fetcher.get(web.url("/list")).body == LIST
    assert web.asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "page",
    [
        answer(b"x" * 100_001),
        endless(b"x" * 1000),
        zipped(b"\0" * 20_000_000),  # a thousandth of that on the wire
    ],
    ids=["announced", "endless", "bomb"],
)
def test_what_is_too_long_is_not_taken_and_not_tried_again(web, fetcher, page):
    web.pages["/list"] = page
    with pytest.raises(FetchError, match=r"longer than 0\.1 MB"):
        fetcher.get(web.url("/list"))
    assert len(web.asked) == 1


def test_passing_trouble_is_tried_again_with_growing_waits(web, fetcher, time):
    web.pages["/list"] = in_turn(answer(status=500), answer(status=502), answer(LIST))
    assert fetcher.get(web.url("/list")).body == LIST
    assert time.slept == [2.0, 4.0]


def test_tries_are_bounded(web, fetcher, time):
    web.pages["/list"] = answer(status=503)
    with pytest.raises(FetchError, match="503"):
        fetcher.get(web.url("/list"))
    assert len(web.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_what_no_second_try_can_mend_is_not_tried_again(web, fetcher, status):
    web.pages["/list"] = answer(status=status)
    with pytest.raises(FetchError, match=str(status)) as caught:
        fetcher.get(web.url("/list"))
    assert not caught.value.passing
    assert len(web.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_time_gets_it(web, fetcher, time, status):
    web.pages["/list"] = in_turn(answer(status=status, headers={"Retry-After": "17"}), answer(LIST))
    assert fetcher.get(web.url("/list")).body == LIST
    assert time.slept == [17.0]


def test_a_server_that_asks_for_much_time_is_left_until_later(web, fetcher, time):
    until = datetime.now(UTC) + timedelta(hours=2)
    header = {"Retry-After": format_datetime(until, usegmt=True)}
    web.pages["/list"] = answer(status=429, headers=header)
    with pytest.raises(FetchError, match="429") as caught:
        fetcher.get(web.url("/list"))
    assert 7100 < caught.value.wait_seconds <= 7200
    assert (len(web.asked), time.slept) == (1, [])


def test_a_half_answer_is_tried_again(web, fetcher):
    web.pages["/list"] = in_turn(half(LIST), answer(LIST))
    assert fetcher.get(web.url("/list")).body == LIST
    web.pages["/list"] = half(LIST)
    with pytest.raises(FetchError):
        fetcher.get(web.url("/list"))


def test_a_server_that_says_nothing_is_given_up(web, time):
    web.pages["/list"] = endless(b"", pause=0.2, pieces=4)
    one_try = Limits(read_seconds=0.2, tries=1)
    with pytest.raises(FetchError, match=r"timed out") as caught:
        make_fetcher(time, one_try).get(web.url("/list"))
    assert caught.value.passing


def test_a_server_that_drips_is_given_up(web):
    import time as real

    web.pages["/list"] = endless(b"x", pause=0.05, pieces=40)
    fetcher = Fetcher(
        "t", Limits(total_seconds=0.3, tries=1), allowed=anywhere, clock=real.monotonic
    )
    with pytest.raises(FetchError, match="took longer"):
        fetcher.get(web.url("/list"))


def test_nobody_there_is_said_in_words(web, fetcher):
    port = web.port
    web.__exit__()
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 cannot be reached"):
        fetcher.get(f"http://127.0.0.1:{port}/")
    web.__enter__()


def test_a_page_for_people_is_no_list(web, fetcher):
    web.pages["/list"] = answer(b"<html>Sign in</html>", kind="text/html; charset=utf-8")
    with pytest.raises(FetchError, match="text/html, which cannot be a list"):
        fetcher.get(web.url("/list"))


def test_redirects_are_followed_a_few_times(web, fetcher):
    web.pages["/old"] = redirect("/new?page=1")
    web.pages["/new"] = answer(LIST)
    web.pages["/loop"] = redirect("/loop")
    assert fetcher.get(web.url("/old")).body == LIST
    assert web.paths == ["/old", "/new?page=1"]
    with pytest.raises(FetchError, match="more than 5 redirects"):
        fetcher.get(web.url("/loop"))


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2/secret",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://192.168.0.1/",
        "http://2130706434/",  # 127.0.0.2 as one number
        "//10.0.0.1/",
    ],
)
def test_a_redirect_to_where_we_may_not_go_is_not_followed(web, time, target):
    only_here = make_fetcher(time, allowed=lambda address: str(address) == "127.0.0.1")
    web.pages["/list"] = redirect(target)
    with pytest.raises(FetchError, match="not a public address") as caught:
        only_here.get(web.url("/list"))
    assert "DIGEST_SOURCES_ALLOW_PRIVATE" in caught.value.hint
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://example.org/", "gopher://x/", "http://a:b@127.0.0.1/"],
)
def test_a_redirect_to_what_is_no_web_page_is_not_followed(web, fetcher, target):
    web.pages["/list"] = redirect(target)
    with pytest.raises(FetchError):
        fetcher.get(web.url("/list"))
    assert len(web.asked) == 1


def test_a_name_that_leads_into_our_network_is_not_asked(web, time):
    lookups = []

    def resolve(host, port):
        lookups.append((host, port))
        return [ip_address("10.1.2.3"), ip_address("127.0.0.1")]

    fetcher = Fetcher("t", QUICK, resolve=resolve, clock=time.clock, sleep=time.sleep)
    with pytest.raises(FetchError, match=r"papers\.example\.org is not a public address"):
        fetcher.get("http://papers.example.org/list")
    assert lookups == [("papers.example.org", 80)]
    assert web.asked == []


def test_the_address_that_was_checked_is_the_one_that_is_asked(web, time):
    answers = [[ip_address("127.0.0.1")], [ip_address("10.0.0.1")]]  # a name that changes its mind
    fetcher = make_fetcher(time, resolve=lambda host, port: answers.pop(0))
    web.pages["/list"] = answer(LIST)
    assert fetcher.get(web.url("/list", host="papers.example.org")).body == LIST
    assert web.asked[0].headers["host"] == f"papers.example.org:{web.port}"
    assert len(answers) == 1


def test_the_next_address_of_a_name_is_tried(web, time):
    places = [ip_address("127.0.0.3"), ip_address("127.0.0.1")]
    fetcher = make_fetcher(time, resolve=lambda host, port: places)
    web.pages["/list"] = answer(LIST)
    assert fetcher.get(web.url("/list", host="papers.example.org")).body == LIST


def test_a_name_that_nobody_knows_is_said_in_words(time):
    def resolve(host, port):
        raise OSError(-2, "Name or service not known")

    with pytest.raises(FetchError, match=r"nowhere\.example cannot be looked up: Name or service"):
        make_fetcher(time, resolve=resolve).get("http://nowhere.example/")


def test_certificates_are_verified_against_the_name(tmp_path, time):
    authority = Authority(tmp_path)
    trusted = ssl.create_default_context(cafile=authority.ca_file)
    here = [ip_address("127.0.0.1")]
    with WebServer({"/": answer(LIST)}, authority.server_context("papers.example.org")) as web:
        fetcher = make_fetcher(time, resolve=lambda *_: here, certificates=trusted)
        assert fetcher.get(web.url(host="papers.example.org")).body == LIST
        with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
            fetcher.get(web.url(host="other.example.org"))
        stranger = make_fetcher(time, resolve=lambda *_: here)
        with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
            stranger.get(web.url(host="papers.example.org"))
        web.pages["/"] = redirect("http://papers.example.org/")
        with pytest.raises(FetchError, match="from https to http"):
            fetcher.get(web.url(host="papers.example.org"))


def test_requests_to_one_host_are_three_seconds_apart_and_one_at_a_time(web, fetcher, time):
    time.on_sleep = web.wait_until_idle
    began = []

    def page(asked, write):
        began.append(time.now)
        time.now += 0.5  # so long does the server take
        answer(LIST)(asked, write)

    web.pages["/list"] = page
    web.pages["/moved"] = redirect("/list")
    web.pages["/busy"] = in_turn(answer(status=503), page)
    for path in ("/list", "/list", "/moved", "/busy"):
        fetcher.get(web.url(path), spacing_seconds=3)
    gaps = [later - earlier for earlier, later in pairwise(began)]
    assert gaps[0] == 3.5  # three after the end of the one before
    assert min(gaps) >= 3.5
    assert gaps[1] > 6  # the redirect between the two counts as a request
    assert web.most_open == 1


def test_hosts_of_one_family_wait_for_each_other(web, fetcher, time):
    web.pages["/list"] = answer(LIST)
    for host in ("127.0.0.1", "localhost"):
        url = web.url("/list").replace("127.0.0.1", host)
        fetcher.get(url, spacing_seconds=3, family="arxiv.org")
    assert time.slept == [3.0]


def test_other_hosts_do_not_wait(web, fetcher, time):
    web.pages["/list"] = answer(LIST)
    fetcher.get(web.url("/list"), spacing_seconds=3)
    fetcher.get(web.url("/list").replace("127.0.0.1", "localhost"))
    assert time.slept == []


def slow_head(pause, lines):
    def send(asked, write):
        write(b"HTTP/1.1 200 Told\r\n")
        for number in range(lines):
            write(f"X-{number}: y\r\n".encode())
            sleep(pause)
        write(b"Content-Length: 2\r\n\r\n[]")

    return send


def continued(times):
    def send(asked, write):
        for _ in range(times):
            write(b"HTTP/1.1 100 Continue\r\n\r\n")
        write(b"HTTP/1.1 200 Told\r\nContent-Length: 2\r\n\r\n[]")

    return send


@pytest.mark.parametrize(
    "page",
    [
        slow_head(0.05, 200),
        continued(10_000_000),
        endless(b"x", pause=0.05, pieces=200),
        slow_head(30, 1),
    ],
    ids=["head", "continue", "body", "silence"],
)
def test_the_limit_of_a_try_covers_everything(web, time, page):
    web.pages["/list"] = page
    limits = Limits(read_seconds=5, total_seconds=0.5, most_bytes=100_000, tries=1)
    began = monotonic()
    with pytest.raises(FetchError, match="the answer took longer than"):
        make_fetcher(time, limits).get(web.url("/list"))
    assert monotonic() - began < 5


def test_redirects_have_no_time_of_their_own(web):
    def page(asked, write):
        sleep(0.3)
        redirect(asked.path + "x")(asked, write)

    web.pages.update({f"/{'x' * number}": page for number in range(9)})
    limits = Limits(read_seconds=2, total_seconds=0.7, tries=1)
    fetcher = Fetcher("t", limits, allowed=anywhere)
    with pytest.raises(FetchError, match="took longer"):
        fetcher.get(web.url("/"))
    assert len(web.asked) < 5


def test_the_charset_and_the_last_address_come_with_the_answer(web, fetcher):
    web.pages["/old"] = redirect("/new?a=1")
    web.pages["/new"] = answer(LIST, kind='application/rss+xml; Charset="ISO-8859-1"; x=y')
    got = fetcher.get(web.url("/old"))
    assert (got.charset, got.address) == ("ISO-8859-1", web.url("/new?a=1"))
    assert fetcher.get(web.url("/new")).charset == "ISO-8859-1"
    web.pages["/new"] = answer(LIST)
    assert fetcher.get(web.url("/new")).charset == ""


@pytest.mark.parametrize("body", [b"<?xml version='1.0'?><rss/>", b"[]", b"<br />Warning<rss/>"])
def test_a_list_that_its_server_calls_a_page_is_a_list(web, fetcher, body):
    web.pages["/list"] = answer(body, kind="text/html; charset=utf-8")
    assert fetcher.get(web.url("/list")).body == body


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><p>x", b"  <HTML>", b"<!-- x --><html>", b""])
def test_a_page_is_no_list_however_it_begins(web, fetcher, body):
    web.pages["/list"] = answer(body, kind="application/xhtml+xml")
    with pytest.raises(FetchError, match=r"application/xhtml\+xml, which cannot be a list"):
        fetcher.get(web.url("/list"))


def test_what_an_error_says_comes_with_it_and_not_too_much(web, fetcher):
    web.pages["/list"] = answer(b'{"error": "no such day"}', status=400)
    with pytest.raises(FetchError, match="400") as caught:
        fetcher.get(web.url("/list"))
    assert caught.value.body == b'{"error": "no such day"}'
    for body in (answer(b"x" * 200_000, status=404), half(b"x")):
        web.pages["/list"] = body
        with pytest.raises(FetchError) as caught:
            fetcher.get(web.url("/list"))
        assert caught.value.body == b""


@pytest.mark.parametrize(
    "target", ["data:text/plain,x", "http://xn--zz/", "http://[::1", "http://a b/", "http:///x", ""]
)
def test_a_redirect_to_what_is_no_address_is_said_in_words(web, fetcher, target):
    web.pages["/list"] = redirect(target)
    with pytest.raises(FetchError):
        fetcher.get(web.url("/list"))
