"""One process of a worker: it waits for its database, hears a stop, and hides no error."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable

import pytest
from procrastinate.exceptions import ConnectorException

from digest.app import App, build_app
from digest.settings import load_settings
from digest.workers import fleet
from digest.workers.fleet import BatchSender


def make_app(url: str, **options: Callable[[], object]) -> App:
    settings = load_settings(database_url=url, secret_key="a key for the tests only")
    return build_app(settings, **options)


@pytest.mark.timeout(60)
def test_a_process_without_a_database_waits_for_it_and_hears_a_stop(caplog):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    app = make_app(f"postgresql://ann@127.0.0.1:{port}/digest")
    ends = time.monotonic() + 1.5
    asyncio.run(fleet._serve(app, BatchSender(app, lambda: time.monotonic() > ends)))
    app.close()
    assert time.monotonic() - ends < 20
    assert caplog.text.count("The queue cannot be reached; trying again: The database") >= 2
    assert "Traceback" not in caplog.text


def test_what_nobody_foresaw_ends_no_process_and_is_logged_with_its_place(postgres_url, caplog):
    """The queue would take such an error for the end of a job, and keep it to itself."""

    def stopped_clock():
        raise ValueError("the clock stands still")

    app = make_app(postgres_url, clock=stopped_clock)
    BatchSender(app, lambda: True).send(1, 1)
    app.close()
    assert "Batch 1 was not sent to its end: the clock stands still" in caplog.text
    assert "Traceback" in caplog.text


def test_an_outage_is_told_in_words(tmp_path, caplog):
    app = make_app(f"sqlite:///{tmp_path}/no/such/folder/digest.db")
    BatchSender(app, lambda: True).send(1, 1)
    app.close()
    assert "Batch 1 was not sent to its end: The database" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_job_whose_end_could_not_be_noted_is_told_in_words_and_all_else_as_ever(caplog):
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(fleet._tell)
    words = "Task exception was never retrieved"
    with caplog.at_level(logging.WARNING):
        loop.call_exception_handler({"message": words, "exception": ConnectorException()})
        assert "could not record that a job is done" in caplog.text
        assert words not in caplog.text
        loop.call_exception_handler({"message": words, "exception": ValueError("odd")})
    loop.close()
    assert words in caplog.text
