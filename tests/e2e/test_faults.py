"""Whatever goes wrong: nobody is lost, and who may get a second copy is known."""

from pathlib import Path

import pytest

from tests.e2e.faults import FAULTS, Fault
from tests.e2e.reliability import suffer
from tests.pgbouncer import NEEDED


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=[NEEDED] if fault.database == "pgbouncer" else [], id=fault.name)
        for fault in FAULTS
    ],
)
def test_a_fault_loses_nobody_and_repeats_only_what_had_no_reply(
    fault: Fault, tmp_path: Path, compiled_editions: Path
):
    found = suffer(fault, tmp_path, seed=7, compiled=compiled_editions)
    print(found)
    assert found.faultless
