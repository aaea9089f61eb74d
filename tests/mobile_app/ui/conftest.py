"""A window without a screen, for every test of this folder."""

import pytest

from tests.mobile_app.ui.hands import Ui


@pytest.fixture
def ui():
    ui = Ui()
    yield ui
    ui.clear()


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
        store.keep(device_id=1, inc=1, agent_id=bytes(16), secret=b"\1" * 32, server_key=key)
    store.put("person", {"name_fr": "Ali Oubrahim", "commune_code": HOME})
    store.close()
    return tmp_path
