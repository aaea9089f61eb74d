"""How the server's process is set up."""

import gc
import sys

import pytest

from server import serving


@pytest.fixture
def collector():
    """The collector, as it was again afterwards."""
    before, interval = list(gc.callbacks), sys.getswitchinterval()
    yield
    gc.callbacks[:] = before
    gc.unfreeze()
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("collector")
def test_what_the_first_pages_make_is_looked_through_no_more(monkeypatch):
    monkeypatch.setattr(serving, "_FREEZES", 2)
    before = list(gc.callbacks)
    serving._keep_what_stays()
    made = []
    for _ in range(2):
        kept = gc.get_freeze_count()
        made += [[] for _ in range(1_000)]
        gc.collect()
        assert gc.get_freeze_count() >= kept + 1_000

    kept = gc.get_freeze_count()
    made += [[] for _ in range(1_000)]
    gc.collect()

    assert gc.get_freeze_count() == kept
    assert gc.callbacks == before
