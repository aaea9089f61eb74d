"""A coordinator, an agent's tablet, and the coordinator's browser without a window."""

import pytest
from litestar.testing import TestClient

from server.app import build_app
from server.settings import Settings
from tests.world import HOME, World


@pytest.fixture
def world(tmp_path):
    with World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path / "files") as world:
        world.user("amina", HOME, role="regional_coordinator")
        world.user("one", HOME)
        yield world


@pytest.fixture
def tablet(world):
    return world.tablet("one")


@pytest.fixture
def client(world, tmp_path):
    settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path)})
    with TestClient(build_app(settings, world.database)) as client:
        client.post("/desk/sign-in", data={"login": "amina", "password": "password1"})
        yield client
