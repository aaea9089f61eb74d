"""Fixtures shared by all tests: databases, and what stands on them."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent.parent))

from server.accounts import passwords
from tests import compiled
from tests.databases import ENGINES, NO_RECOVERY, empty_database, postgres_cluster
from tests.world import World

MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 2 * 2**30


def pytest_configure():
    """Keep what tests write in memory, where there is room: to wait for a disk proves nothing."""
    is_chosen = "TMPDIR" in os.environ
    if not is_chosen and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    # A machine that is busy proves nothing either.
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Leave to the stories what a browser shows a second time: in French, or of PostgreSQL.

    A page looks alike over both databases, and what holds from the right holds from the left.
    """
    shown = {}
    for item in items:
        if item.get_closest_marker("browser"):
            shown.setdefault((item.path, item.originalname), []).append(item)
    for same in shown.values():
        paths = [getattr(item, "callspec", None) for item in same]
        parts = [set(path.id.split("-")) if path else set() for path in paths]
        # A story says itself in which language it is played.
        has_arabic = not same[0].get_closest_marker("story") and any("ar" in one for one in parts)
        has_sqlite = any("sqlite" in part for part in parts)
        for item, part in zip(same, parts, strict=True):
            if ("fr" in part and has_arabic) or ("postgres" in part and has_sqlite):
                item.add_marker(pytest.mark.replay)
                item.add_marker(pytest.mark.story)


def pytest_collection_finish():
    """Look no more through what was imported, at each collection of garbage: it stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)


@pytest.fixture(scope="session", autouse=True)
def compiled_once():
    """Let the databases of all tests share statements, all pages templates, all apps handlers."""
    with pytest.MonkeyPatch.context() as patch:
        for replaced in compiled.SHARED:
            patch.setattr(*replaced)
        yield


@pytest.fixture(scope="session", autouse=True)
def whole_pages(request):
    """Look at a page in a browser when all of it is there."""
    with pytest.MonkeyPatch.context() as patch:
        if any(item.get_closest_marker("browser") for item in request.session.items):
            from tests import whole_pages

            for replaced in whole_pages.patched():
                patch.setattr(*replaced)
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords():
    """Hash passwords at the least cost: hundreds of users are made, and none is real."""
    passwords._HASHER = PasswordHasher.from_parameters(CHEAPEST)


@pytest.fixture(scope="session")
def postgres_url():
    with postgres_cluster(**NO_RECOVERY) as url:
        yield url


@pytest.fixture(params=ENGINES)
def database_url(request, tmp_path):
    """An empty database of its own, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'server.db'}"
        return
    with empty_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture(scope="session")
def furnished_file(tmp_path_factory):
    """An SQLite file, migrated and with reference data: to be copied."""
    folder = tmp_path_factory.mktemp("furnished")
    with World(f"sqlite:///{folder / 'server.db'}", folder / "files"):
        pass
    return folder / "server.db"


@pytest.fixture(scope="session")
def furnished_template(postgres_url, tmp_path_factory):
    """The name of a PostgreSQL database, migrated and with reference data: to be copied."""
    with empty_database(postgres_url) as url:
        with World(url, tmp_path_factory.mktemp("furnished")):
            pass
        yield url.rsplit("/", 1)[1]


@pytest.fixture
def furnished_url(furnished_file, tmp_path):
    """A furnished SQLite database of its own."""
    return f"sqlite:///{shutil.copy(furnished_file, tmp_path / 'server.db')}"


@pytest.fixture
def furnished_postgres_url(postgres_url, furnished_template):
    """A furnished PostgreSQL database of its own."""
    with empty_database(postgres_url, furnished_template) as url:
        yield url


@pytest.fixture(params=ENGINES)
def world_url(request):
    """A furnished database on each engine."""
    name = {"sqlite": "furnished_url", "postgres": "furnished_postgres_url"}[request.param]
    return request.getfixturevalue(name)


@pytest.fixture(scope="module", params=ENGINES)
def standing_world(request, tmp_path_factory):
    """A furnished server on each engine, for those tests of a file that leave it as it is."""
    folder = tmp_path_factory.mktemp("standing")
    with ExitStack() as opened:
        if request.param == "sqlite":
            file = request.getfixturevalue("furnished_file")
            url = f"sqlite:///{shutil.copy(file, folder / 'server.db')}"
        else:
            names = "postgres_url", "furnished_template"
            url = opened.enter_context(empty_database(*map(request.getfixturevalue, names)))
        yield opened.enter_context(World(url, folder / "files", is_furnished=True))


@pytest.fixture
def world(world_url, tmp_path):
    """A migrated server with reference data, and a line to it."""
    with World(world_url, tmp_path / "files", is_furnished=True) as world:
        yield world
