"""A window without a screen, for every test of this folder."""

import gc
import json

import pytest

from mobile_app.device.clock import SystemClock
from mobile_app.headless import new_id
from sync import local_time
from tests.mobile_app.ui.hands import Ui
from tests.mobile_app.ui.walk import code_of
from tests.test_headless import HOME, Server, headless


@pytest.fixture
def ui():
    ui = Ui()
    yield ui
    for app in ui.started:
        app.context.store = None  # it stays bound to the window of this process
    ui.clear()
    # What stays need not be looked at again whenever a screen of a later test is left.
    gc.collect()
    gc.freeze()


@pytest.fixture
def practised(tmp_path):
    """Return the folder of a linked tablet with one person, its PIN 7777, that needs no server."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from mobile_app.device.clock import SystemClock
    from mobile_app.headless import FILE_NAME, new_id
    from mobile_app.store.database import transaction
    from mobile_app.store.key import KeyRing
    from mobile_app.store.records import Store
    from sync.entities import ENTITIES
    from tests.world import HOME

    key = KeyRing(tmp_path).open("7777")
    store = Store(tmp_path / FILE_NAME, key, ENTITIES, clock=SystemClock(), ids=new_id)
    with transaction(store.db):
        key = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
        store.kept.device_id = 1
        store.kept.inc = 1
        store.kept.agent_id = bytes(16)
        store.kept.secret = b"\1" * 32
        store.kept.server_key = key
    store.put("person", {"name_fr": "Ali Oubrahim", "commune_code": HOME})
    store.close()
    return tmp_path


def furnish(server):
    """Write a souk of today and a contact point, as the office does."""
    today = local_time.day_of(SystemClock().wall_ms())
    souk = {"commune_code": HOME, "place_ar": "سوق اليوم", "place_fr": "Souk du jour"}
    souk |= {"weekday": local_time.weekday_of(today), "from_minute": 480, "is_souk": True}
    write(server, "stop", souk)
    point = {"commune_code": HOME, "name_ar": "نقطة إكلي", "name_fr": "Relais d'Igli"}
    point |= {"kind": "kiosk", "status": "active", "modality": "physical"}
    write(server, "contact_point", point)


def write(server, entity, values):
    """Write one record into the server's database, as the office does."""
    from server.db.engine import Engines
    from server.db.tables import TABLES
    from server.db.work import Author, Database

    engines = Engines(server.environment["NUQTA_DATABASE_URL"])
    database = Database(engines, TABLES, clock=SystemClock().wall_ms, ids=new_id)
    database.write(lambda work: work.insert(entity, values, Author(None)))
    engines.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """A server with an agent of two people, for all tests of this folder."""
    server = Server(tmp_path_factory.mktemp("server"))
    server.run("migrate")
    server.run("load-reference")
    furnish(server)
    server.run(
        "create-user", "one", "--role", "field_agent", "--commune", HOME, stdin="password1\n"
    )
    server.start()
    seed = tmp_path_factory.mktemp("seed")
    headless(seed, "enrol", server.url, code_of(server))
    person = {"name_ar": "فاطمة أيت الحاج", "name_fr": "Fatima Ait El Haj", "commune_code": HOME}
    headless(seed, "put", "person", json.dumps({**person, "phone": "+212600000001"}))
    headless(seed, "put", "person", json.dumps({"name_fr": "Ali Oubrahim", "commune_code": HOME}))
    headless(seed, "sync")
    yield server
    if server.process.poll() is None:
        server.kill()


@pytest.fixture
def server(running):
    """The server, that answers: a test before may have ended it."""
    if running.process.poll() is not None:
        running.start()
    return running


@pytest.fixture(autouse=True)
def no_kit():
    """The sheet of parts, which the gallery adds to draw it, leads nowhere in other tests."""
    yield
    from mobile_app.shell.catalogue import SCREENS

    SCREENS.pop("kit", None)
