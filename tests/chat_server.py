"""An OpenAI-compatible endpoint on loopback that answers as it is told, good or bad."""

import json
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

Answer = tuple[int, bytes]


def completion(text: object) -> Answer:
    """An answer that says this."""
    return 200, json.dumps({"choices": [{"message": {"content": text}}]}).encode()


def repeat_first_sentence(question: dict[str, Any]) -> Answer:
    """An answer that may be shown: the beginning of the abstract that was sent."""
    paper = json.loads(question["messages"][1]["content"])
    return completion("Written: " + re.split(r"(?<=[.,]) ", paper["abstract"])[0])


class ChatServer:
    """`answer` says what is answered to a question; `questions` and `keys` are what came.

    drip: send the body octet by octet, with this pause in seconds. at_once: the most questions that
    were open at one time. stop: lets go of answers that are being dripped.
    """

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], Answer] = repeat_first_sentence
        self.questions: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.drip = 0.0
        self.at_once = 0
        self._open = 0
        self._lock = Lock()
        self._stopped = Event()

    def __enter__(self) -> "ChatServer":
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/chat/completions"
                server._serve(self, question)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._httpd.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopped.set()
        self._httpd.shutdown()
        self._httpd.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._httpd.server_address[1]}/v1/"

    def _serve(self, handler: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
        with self._lock:
            self.questions.append(question)
            self.keys.append(handler.headers["Authorization"])
            self._open += 1
            self.at_once = max(self.at_once, self._open)
        try:
            status, body = self.answer(question)
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            self._write(handler, body)
        except OSError:
            handler.close_connection = True  # whoever asked has gone
        finally:
            with self._lock:
                self._open -= 1

    def _write(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if not self.drip:
            handler.wfile.write(body)
            return
        for octet in body:
            if self._stopped.wait(self.drip):
                return
            handler.wfile.write(bytes([octet]))
            handler.wfile.flush()
