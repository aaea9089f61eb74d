"""Fixtures shared by all tests: databases, and what stands on them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.databases import empty_database, postgres_cluster
from tests.world import World


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory):
    with postgres_cluster(tmp_path_factory) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request, tmp_path):
    """An empty database of its own, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'server.db'}"
        return
    with empty_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture
def world(database_url, tmp_path):
    """A migrated server with reference data, and a line to it."""
    with World(database_url, tmp_path / "files") as world:
        yield world
