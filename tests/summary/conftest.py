"""The summariser with the weights that come with the program."""

import pytest

from digest.ground import shipped
from digest.summary.cues import parse_weights
from digest.summary.summary import Summariser


@pytest.fixture(scope="session")
def summariser() -> Summariser:
    lines = shipped.summary_weights_file().read_text("utf-8").splitlines()
    return Summariser(parse_weights(lines))
