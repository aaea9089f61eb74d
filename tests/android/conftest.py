"""One Java virtual machine for all cases; each gets a tablet as it wants it. See README.md."""

from __future__ import annotations

import pytest

from tests.android.tablet import Tablet


def pytest_generate_tests(metafunc):
    """Run each case in both orders of overloads, on the versions that it names or on Android 14."""
    if "android" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("api")
        apis = mark.args if mark else (34,)
        metafunc.parametrize("api", apis, scope="session", ids=lambda api: f"api{api}")
        metafunc.parametrize("is_turned", [False, True], ids=["sorted", "turned"], scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Be each version once: to change it reads all classes anew."""

    def version(item):
        is_ours = item.get_closest_marker("java") is not None and hasattr(item, "callspec")
        shown = item.callspec.params if is_ours else {}
        return shown.get("api", 0), shown.get("is_turned", False)

    items.sort(key=version)


@pytest.fixture(scope="session")
def bridge():
    """pyjnius on the stubs."""
    from tests.android.bridge import Bridge

    return Bridge()


@pytest.fixture
def android(bridge, api, is_turned, monkeypatch, tmp_path_factory):
    """A tablet that is new, whose person has granted nothing."""
    bridge.turn(api, is_turned=is_turned)
    bridge.bench.LACKING.clear()
    yield Tablet(bridge, api, tmp_path_factory.mktemp("files"), monkeypatch)
    assert list(bridge.bench.LACKING) == []
