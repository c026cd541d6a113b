import http.server
import shutil
import smtplib
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

import httpx
import pytest
from fastapi import FastAPI

from digest.devtools.sink.inbox import make_inbox
from digest.devtools.sink.inbox_view import Inbox
from digest.devtools.sink.sink import Sink
from digest.ground.shipped import templates_dir
from tests.devtools.sink.test_inbox_message import HOSTILE
from tests.web.serving import serving


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[FastAPI, str]]:
    """An inbox on a real port, and its address."""
    app = make_inbox(Sink(), templates_dir())
    with serving(app) as address:
        yield app, address


@pytest.fixture
def address(server: tuple[FastAPI, str], sink: Sink) -> str:
    """Where the inbox of this test's sink is."""
    app, url = server
    app.state.inbox = Inbox(sink, templates_dir())
    return url


@pytest.fixture
def web(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, follow_redirects=True, timeout=60) as client:
        yield client


def send(sink: Sink, *, to: str = "ann@example.org", subject: str = "Hello", html: str = "<p>Hi"):
    message = EmailMessage(policy=SMTP)
    message["From"] = "Daily papers <digest@example.org>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content("Good morning.\n")
    if html:
        message.add_alternative(html, subtype="html")
    send_bytes(sink, message.as_bytes(), to)
    return message.as_bytes()


def send_bytes(sink: Sink, data: bytes, to: str = "ann@example.org") -> None:
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        client.sendmail("bounce+7@example.org", [to], data)


def test_an_empty_inbox_says_where_to_send(web, sink):
    page = web.get("/").text
    assert f"DIGEST_SMTP_URL={sink.url}" in page
    assert "Delete all" not in page


def test_the_list_shows_the_newest_first(web, sink):
    send(sink, subject="First")
    send(sink, to="bob@example.org", subject="Größe")
    page = web.get("/").text
    assert page.index("Größe") < page.index("First")
    assert "bob@example.org" in page
    assert "Daily papers &lt;digest@example.org&gt;" in page
    assert "1–2 of 2" in page  # noqa: RUF001 - a range is written with a dash


@pytest.mark.parametrize(
    ("words", "found"), [("bob", ["Two"]), ("ONE", ["One"]), (" example.org ", ["One", "Two"])]
)
def test_recipients_and_subjects_are_searched(web, sink, words, found):
    send(sink, subject="One")
    send(sink, to="Bob@example.org", subject="Two")
    page = web.get("/", params={"q": words}).text
    assert [word for word in ("One", "Two") if f">{word}</a>" in page] == found


def test_a_search_that_finds_nothing_says_so(web, sink):
    send(sink)
    assert "No message has “&lt;b&gt;”" in web.get("/", params={"q": "<b>"}).text


def test_long_lists_have_pages(web, sink):
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        for number in range(51):
            data = b"Subject: Number %d\r\n\r\n" % number
            client.sendmail("digest@example.org", ["ann@example.org"], data)
    first, second = web.get("/?q=ann").text, web.get("/?q=ann&page=2").text
    assert 'href="/?q=ann&amp;page=2"' in first
    assert "Number 0<" not in first
    assert "Number 0<" in second
    assert "Newer messages" in second
    assert "Older messages" not in second


def test_a_message_opens_with_its_html_or_else_its_text(web, sink):
    send(sink)
    send(sink, html="")
    assert web.get("/messages/1").url.path == "/messages/1/html"
    assert web.get("/messages/2").url.path == "/messages/2/text"
    assert "no HTML part" in web.get("/messages/2/html").text


def test_every_view_names_the_message_and_its_neighbours(web, sink):
    for subject in ("One", "Two", "Three"):
        send(sink, subject=subject)
    for tab in ("html", "text", "links", "headers"):
        page = web.get(f"/messages/2/{tab}").text
        assert "<h1" in page
        assert ">Two</h1>" in page
        assert f'href="/messages/3/{tab}"' in page
        assert f'href="/messages/1/{tab}"' in page
        assert page.count('aria-current="page"') == 1
        assert "bounce+7@example.org" in page


def test_the_views_show_text_links_and_headers(web, sink):
    send(sink, html='<a href="https://a.example/">A link</a><a href="javascript:x">bad</a>')
    assert "Good morning." in web.get("/messages/1/text").text
    links = web.get("/messages/1/links").text
    assert '<a href="https://a.example/" rel="noreferrer noopener"' in links
    assert 'href="javascript' not in links
    assert "Content-Type: multipart/alternative" in web.get("/messages/1/headers").text


def test_the_frame_can_do_nothing(web, sink):
    send(sink, html="<script>alert(1)</script><p>Hi")
    page = web.get("/messages/1/html?width=phone&scheme=dark")
    assert 'class="phone dark" sandbox="" src="/messages/1/frame.html?scheme=dark"' in page.text
    assert "<script" not in page.text
    frame = web.get("/messages/1/frame.html")
    policy = frame.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "form-action 'none'", "img-src data:"} <= set(policy)
    assert frame.headers["content-type"] == "text/html; charset=utf-8"


def test_gmails_limit_is_shown_against_the_size(web, sink):
    send(sink, html="<p>" + "x" * 50_000)
    send(sink, html="<p>" + "x " * 80_000)
    assert "Gmail cuts" not in web.get("/messages/1/html").text
    assert "Gmail cuts the end off" in web.get("/messages/2/text").text


def test_the_source_is_the_exact_message(web, sink):
    data = send(sink)
    answer = web.get("/messages/1/source.eml")
    assert answer.content == data
    assert answer.headers["content-disposition"] == 'attachment; filename="message-1.eml"'


def test_text_from_mail_is_never_markup(web, sink):
    evil = "</pre><script>alert(1)</script>"
    send(sink, subject=evil, html=f'<a href="https://a.example/{evil}">{evil}</a>')
    paths = ["/", "/messages/1/html", "/messages/1/text", "/messages/1/links"]
    for path in [*paths, "/messages/1/headers"]:
        page = web.get(path)
        assert "<script" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src")


@pytest.mark.parametrize("data", [data + b"\r\n" for data in HOSTILE])
def test_hostile_mail_can_be_looked_at(web, sink, data):
    send_bytes(sink, data)
    for path in ("/", "/messages/1", "/messages/1/headers", "/messages/1/links"):
        assert web.get(path).status_code == 200
    assert web.get("/api/messages/1").json()["id"] == 1


def test_deleting_needs_a_post_from_our_own_page(web, sink):
    send(sink)
    assert web.get("/delete-all").status_code == 405
    assert web.post("/delete-all", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert len(sink.messages) == 1
    answer = web.post("/delete-all", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.url.path == "/"
    assert sink.messages == []


@pytest.mark.parametrize("path", ["/messages/9", "/messages/9/text", "/messages/9/source.eml"])
def test_a_message_that_is_gone_is_a_page_not_an_error(web, path):
    answer = web.get(path)
    assert answer.status_code == 404
    assert "There is no message 9 here." in answer.text


def test_a_missing_html_part_has_no_frame(web, sink):
    send(sink, html="")
    assert web.get("/messages/1/frame.html").status_code == 404


def test_the_same_as_json(web, sink):
    send(sink, subject="Größe", html='<a href="https://a.example/">A</a>')
    send(sink, to="bob@example.org")
    listed = web.get("/api/messages", params={"q": "ann"}).json()
    assert listed["found"] == 1
    (first,) = listed["messages"]
    assert first["subject"] == "Größe"
    assert first["envelope"]["recipients"] == ["ann@example.org"]
    opened = web.get("/api/messages/1").json()
    assert opened["text"]["text"] == "Good morning.\r\n"
    assert opened["links"] == [{"text": "A", "url": "https://a.example/"}]
    assert {"name": "Subject", "value": "Größe"} in opened["headers"]
    assert web.get("/api/messages?limit=1&offset=1").json()["messages"][0]["id"] == 1
    assert web.get("/api/messages/9").status_code == 404


def test_style_and_icon_are_files_of_our_own(web):
    assert web.get("/style.css").headers["content-type"].startswith("text/css")
    assert web.get("/icon.svg").headers["content-type"] == "image/svg+xml"


@pytest.fixture
def tracker() -> Iterator[http.server.ThreadingHTTPServer]:
    """A server that hostile mail would like the reader to fetch from."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.requests.append(self.path)  # type: ignore[attr-defined]
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.requests = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.mark.browser
def test_in_a_browser_hostile_mail_does_nothing_and_pages_fit(sink, address, tracker, browser):
    trap = f"http://127.0.0.1:{tracker.server_port}"
    send(
        sink,
        subject="Word" * 40,
        html=f"""<meta http-equiv="refresh" content="0;url={trap}/refresh">
        <link rel="stylesheet" href="{trap}/css"><style>@import "{trap}/import";
        p {{ background: url({trap}/background); color: rgb(1, 2, 3) }}
        @media (prefers-color-scheme: dark) {{ p {{ color: rgb(4, 5, 6) }} }}</style>
        <script>top.location = "{trap}/script"</script><img src="{trap}/pixel">
        <iframe src="{trap}/frame"></iframe><p onclick="alert(1)">Hi</p>""",
    )
    for width in (390, 1280):
        page = browser.new_page(viewport={"width": width, "height": 800})
        for path in (
            "/",
            "/messages/1/html?scheme=dark",
            "/messages/1/text",
            "/messages/1/headers",
        ):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.url == address + path
        page.goto(f"{address}/messages/1/html?width=phone&scheme=dark")
        frame = page.frame_locator("iframe")
        assert frame.locator("p").evaluate("p => getComputedStyle(p).color") == "rgb(4, 5, 6)"
        page.close()
    assert tracker.requests == []


@pytest.mark.browser
def test_in_a_browser_the_keyboard_reaches_the_content_first(sink, address, browser):
    send(sink)
    page = browser.new_page()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.get_by_label("Recipient or subject").fill("ann")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Hello").press("Enter")
    page.wait_for_url("**/messages/1/html")
    assert page.get_by_role("heading", level=1).inner_text() == "Hello"
    page.get_by_role("link", name="Inbox").press("Enter")
    page.get_by_role("button", name="Delete all 1").press("Enter")
    page.get_by_text("Nothing has come yet").wait_for()
    assert sink.messages == []
    page.close()
