"""The whole life of a service behind pgbouncer, whose connections are lent for a transaction."""

from collections import Counter

import pytest

from tests.e2e.machines import end, log_of, plan, start_machine, states, wait_until
from tests.e2e.service import running_service
from tests.pgbouncer import NEEDED, pooled

READERS = 1100

pytestmark = [pytest.mark.slow, pytest.mark.e2e, NEEDED]


def test_everything_works_behind_a_pooler_of_transactions(
    bare_postgres_url, tmp_path, compiled_editions
):
    with (
        pooled(bare_postgres_url, tmp_path) as url,
        running_service(tmp_path, url, compiled=compiled_editions) as service,
    ):
        assert service.run("init").returncode == 0
        service.ingest(20)
        addresses = service.add_readers(READERS)
        assert "A pooler is in between" in service.run("doctor", "--offline").stdout
        fleet = [start_machine(service, f"machine{number}") for number in range(2)]
        plan(service)
        wait_until(lambda: states(service) == {"sent": READERS}, seconds=90)
        assert not any(list(map(end, fleet)))
        for number in range(2):
            assert "rror" not in log_of(service, f"machine{number}").read_text(encoding="utf-8")
        assert service.run("send", "--json", DIGEST_WORKERS="2").returncode == 0
        got = Counter(message.recipients[0] for message in service.sink.messages)
        assert got == dict.fromkeys(addresses, 1)


def test_a_pooler_of_statements_is_refused_in_words(bare_postgres_url, tmp_path):
    with (
        pooled(bare_postgres_url, tmp_path, mode="statement") as url,
        running_service(tmp_path, url) as service,
    ):
        refused = service.run("init")
        found = service.run("doctor", "--offline")
    assert refused.returncode == 2
    assert "allows no transactions" in refused.stderr
    assert "pool_mode" in refused.stderr
    assert found.returncode == 1
    assert "fail     database: The pooler" in found.stdout
