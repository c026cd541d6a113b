"""The cheapest sink counts what it was given, however the octets come in."""

import socket
import time

from benchmarks.measure import discard_sink


def test_a_dot_that_only_seems_to_stand_alone_ends_no_mail():
    """What is looked at of a long piece does not follow on the end of the piece before."""
    with discard_sink() as sink, socket.create_connection(("127.0.0.1", sink.port)) as client:
        answers = client.makefile("rb")
        assert answers.readline().startswith(b"220")
        for command in (b"MAIL FROM:<a@b>", b"RCPT TO:<ann@example.org>", b"DATA"):
            client.sendall(command + b"\r\n")
            assert answers.readline()[:1] in (b"2", b"3")
        for piece in (b"x" * 98 + b"\r\n", b"y" * 2000 + b".\r\n" + b"z" * 1021):
            client.sendall(piece)
            time.sleep(0.1)
        assert sink.taken() == (0, 0)
        client.sendall(b"\r\n.\r\n")
        assert answers.readline()[:3] == b"250"
        assert sink.taken() == (1, 1)
