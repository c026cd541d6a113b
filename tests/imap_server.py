"""A small IMAP server on a real socket (RFC 9051, as much as fetching mail needs), with TLS or not.

Its mailboxes are dictionaries of UID -> message, which a test may change at any time.
"""

import re
import socketserver
import ssl
import threading
import time
from itertools import count


class ImapServer:
    """Listens in a thread. capabilities: beside IMAP4rev1; refuse: commands answered with NO."""

    def __init__(self, *messages, capabilities="IDLE MOVE UIDPLUS", tls=None, starttls=None):
        self.mailboxes = {"INBOX": {}}
        self.capabilities = capabilities
        self.starttls = starttls
        self.refuse = set()
        self.logins = []
        self.commands = []
        self._uids = count(1)
        for raw in messages:
            self.deliver(raw)
        owner = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                connection = (
                    tls.wrap_socket(self.request, server_side=True) if tls else self.request
                )
                _Session(owner, connection).run()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, *_):
                """A client that does not trust our certificate hangs up: that is its right."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def deliver(self, raw, mailbox="INBOX"):
        self.mailboxes.setdefault(mailbox, {})[next(self._uids)] = raw

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class _Session:
    def __init__(self, server, connection):
        self.server, self.connection = server, connection
        self.file = connection.makefile("rb")
        self.mailbox, self.deleted = None, set()

    def run(self):
        try:
            self.send("* OK ready")
            while line := self.file.readline():
                tag, _, rest = line.decode().strip().partition(" ")
                name, _, words = rest.partition(" ")
                if name.upper() == "UID":
                    name, _, words = words.partition(" ")
                self.server.commands.append(name.upper())
                if name.upper() in self.server.refuse:
                    self.send(f"{tag} NO refused by the test")
                    continue
                if getattr(self, f"do_{name.lower()}")(tag, words) == "end":
                    return
        except OSError:
            return  # the client has gone
        finally:
            self.file.close()
            self.connection.close()

    def send(self, text):
        self.connection.sendall(text.encode() + b"\r\n")

    @property
    def messages(self):
        return self.server.mailboxes[self.mailbox]

    def do_capability(self, tag, _words):
        extra = " STARTTLS" if self.server.starttls else ""
        self.send(f"* CAPABILITY IMAP4rev1 {self.server.capabilities}{extra}")
        self.send(f"{tag} OK done")

    def do_starttls(self, tag, _words):
        self.send(f"{tag} OK begin")
        self.connection = self.server.starttls.wrap_socket(self.connection, server_side=True)
        self.file = self.connection.makefile("rb")

    def do_login(self, tag, words):
        self.server.logins.append((words, isinstance(self.connection, ssl.SSLSocket)))
        right = words.replace('"', "") == "bounces secret"
        self.send(f"{tag} OK done" if right else f"{tag} NO [AUTHENTICATIONFAILED] wrong")

    def do_list(self, tag, words):
        wanted = words.split()[-1].strip('"')
        for name in self.server.mailboxes:
            if name == wanted:
                self.send(f'* LIST () "/" "{name}"')
        self.send(f"{tag} OK done")

    def do_create(self, tag, words):
        self.server.mailboxes[words.strip('"')] = {}
        self.send(f"{tag} OK done")

    def do_select(self, tag, words):
        self.mailbox = words.strip('"')
        if self.mailbox not in self.server.mailboxes:
            self.send(f"{tag} NO [NONEXISTENT] there is no such mailbox")
            return
        self.send(f"* {len(self.messages)} EXISTS")
        self.send("* OK [UIDVALIDITY 1] valid")
        self.send(f"{tag} OK [READ-WRITE] done")

    def do_search(self, tag, _words):
        found = [uid for uid in self.messages if uid not in self.deleted]
        self.send(" ".join(["* SEARCH", *map(str, found)]))
        self.send(f"{tag} OK done")

    def do_fetch(self, tag, words):
        uid = int(words.split()[0])
        most = int(re.search(r"<0\.(\d+)>", words)[1])
        if uid in self.messages:
            raw = self.messages[uid][:most]
            head = f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n"
            self.connection.sendall(head.encode() + raw + b")\r\n")
        self.send(f"{tag} OK done")

    def do_move(self, tag, words):
        uid, name = words.split()
        self.server.deliver(self.messages.pop(int(uid)), name.strip('"'))
        self.send(f"{tag} OK done")

    def do_copy(self, tag, words):
        uid, name = words.split()
        self.server.deliver(self.messages[int(uid)], name.strip('"'))
        self.send(f"{tag} OK done")

    def do_store(self, tag, words):
        self.deleted.add(int(words.split()[0]))
        self.send(f"{tag} OK done")

    def do_expunge(self, tag, _words):
        for uid in self.deleted:
            self.messages.pop(uid, None)
        self.deleted = set()
        self.send(f"{tag} OK done")

    def do_idle(self, tag, _words):
        self.send("+ idling")
        seen = set(self.messages)
        self.connection.settimeout(0.05)
        try:
            while True:
                if set(self.messages) - seen:
                    seen = set(self.messages)
                    self.send(f"* {len(seen)} EXISTS")
                try:
                    line = self.connection.recv(100)
                except TimeoutError:
                    time.sleep(0.01)
                    continue
                if not line or line.upper().startswith(b"DONE"):
                    break
        finally:
            self.connection.settimeout(None)
        self.send(f"{tag} OK done")

    def do_logout(self, tag, _words):
        self.send("* BYE")
        self.send(f"{tag} OK done")
        return "end"
