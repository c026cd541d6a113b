"""A service with a lab."""

import pytest

from digest.lab import opening
from digest.subscribers import subscriptions

# For readers of these the two rankings of `lab` differ in two of six papers.
WISHES = {"topics": "inference;compression;long-context", "max_papers": "6"}


@pytest.fixture
def lab(app):
    """An open lab whose rankings differ a lot."""
    return opening.open_lab(app.database, "spring", "match", "trend", now=app.clock())


@pytest.fixture
def id_of(app):
    """Find the id of a reader by the local part of the address."""
    return lambda name: subscriptions.find(app.database, f"{name}@example.org").id
