"""Connections, headers and bodies are bounded in time and number."""

import logging
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from digest.devtools.sink.sink import listen
from digest.web.bounded_protocol import BoundedProtocol, most_connections
from digest.web.request_guard import RequestGuard


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


class _Impatient(BoundedProtocol):
    header_seconds = 0.5
    most = 20


@contextmanager
def _serving():
    web = Starlette(routes=[Route("/", _echo, methods=["GET", "POST"])])
    web.add_middleware(RequestGuard, piece_seconds=0.5, body_seconds=2.0)
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(web, http=_Impatient, ws="none", log_config=None)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        running.should_exit = True
        thread.join()


@pytest.fixture
def port():
    with _serving() as port:
        yield port


def _open(port: int, said: bytes = b"") -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    line.sendall(said)
    return line


def _answer(line: socket.socket) -> bytes:
    found = b""
    try:
        while piece := line.recv(4096):
            found += piece
    except ConnectionResetError:
        pass
    finally:
        line.close()
    return found


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX"])
def test_a_header_that_does_not_come_ends_the_connection(port, said):
    start = time.monotonic()
    assert _answer(_open(port, said)) == b""
    assert time.monotonic() - start < 10


def test_a_second_header_that_does_not_come_does_so_too(port):
    line = _open(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert line.recv(4096).startswith(b"HTTP/1.1 200")
    line.sendall(b"GET / HTTP/1.1\r\n")
    start = time.monotonic()
    assert b"HTTP" not in _answer(line)
    assert time.monotonic() - start < 10


def test_a_header_a_letter_at_a_time_ends_too(port):
    line = _open(port, b"GET / HTTP/1.1\r\n")
    start = time.monotonic()
    with suppress(OSError):  # reset, or a broken pipe
        while time.monotonic() - start < 15:
            line.sendall(b"X: y\r\n")
            time.sleep(0.1)
    line.close()
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("piece", [b"", b"x"], ids=["silent", "slow"])
def test_a_body_that_does_not_come_is_answered_and_logs_one_line(port, caplog, piece):
    caplog.set_level(logging.INFO)
    line = _open(port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
    stop = threading.Event()

    def trickle():
        while piece and not stop.wait(0.2):
            try:
                line.sendall(piece)
            except OSError:
                return

    thread = threading.Thread(target=trickle)
    thread.start()
    assert _answer(line).startswith(b"HTTP/1.1 408")
    stop.set()
    thread.join()
    lines = [record.getMessage() for record in caplog.records if "body" in record.getMessage()]
    assert lines == ["The body of a request came too slowly: POST."]


def test_a_body_that_breaks_off_logs_one_line_and_no_traceback(port, caplog):
    caplog.set_level(logging.INFO)
    _open(port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc").close()
    until = time.monotonic() + 10
    while "broke off" not in caplog.text and time.monotonic() < until:
        time.sleep(0.05)
    assert "The body of a request broke off: POST." in caplog.text
    assert "Traceback" not in caplog.text


def test_half_requests_without_number_leave_room_for_others(port):
    held = [_open(port, b"GET / HTTP/1.1\r\n") for _ in range(60)]
    time.sleep(1.0)  # those that there was room for have had their time
    asked = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert _answer(_open(port, asked)).startswith(b"HTTP/1.1 200")
    for line in held:
        line.close()


def test_two_lengths_are_refused(port):
    """Two programs that read one request differently see different requests (RFC 9112, 6.1)."""
    said = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert _answer(_open(port, said + b"3\r\nabc\r\n0\r\n\r\n")).startswith(b"HTTP/1.1 400")


def test_what_comes_in_time_is_read(port):
    said = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\nabc"
    line = _open(port, said)
    time.sleep(0.2)
    line.sendall(b"def")
    assert _answer(line).endswith(b"\r\n\r\n6")


def test_files_are_left_for_the_rest_of_the_process():
    assert 16 <= most_connections() <= 1_000
