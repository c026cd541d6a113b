"""Whoever was told to look into their inbox gets the mail, however often `serve` is killed."""

import random
from pathlib import Path

import pytest

from tests.e2e.databases import new_sqlite, own_postgres
from tests.e2e.service import running_service
from tests.e2e.single_mails import endure_kills

KILLS = 6


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.parametrize("seed", range(2))
def test_kills_of_serve_lose_no_confirmation_and_mark_who_may_have_two(tmp_path: Path, seed):
    with running_service(tmp_path, new_sqlite(tmp_path)) as service:
        found = endure_kills(service, random.Random(seed), KILLS)
    print(found)
    assert found.readers >= KILLS
    assert found.faultless


@pytest.mark.slow
@pytest.mark.e2e
def test_on_postgresql_it_is_the_same(tmp_path: Path):
    with (
        own_postgres(tmp_path / "postgres") as (url, _),
        running_service(tmp_path, url) as service,
    ):
        found = endure_kills(service, random.Random(7), KILLS)
    print(found)
    assert found.readers >= KILLS
    assert found.faultless
