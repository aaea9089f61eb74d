"""How large a request may be on its way: a proxy may let pass far less than the server takes.

Nobody says how much. What did not pass is halved, what passes is doubled: once in an exchange and
once in a run of photos, or every other request would be too large again.
"""

from __future__ import annotations

from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from sync import limits


def most(store: Store) -> int:
    """Return how many bytes a request is made of at most."""
    return store.kept.body_bytes


def shrink(store: Store, size: int) -> bool:
    """A body of `size` did not pass. Returns whether a smaller one is worth trying."""
    if size <= limits.REQUEST_BYTES_LEAST:
        return False
    _keep(store, min(most(store), max(limits.REQUEST_BYTES_LEAST, size // 2)))
    return True


def grow(store: Store, size: int) -> None:
    """Bodies of up to `size` have passed: try twice as much, if that was near the bound."""
    now = most(store)
    if now < limits.BODY_BYTES_MAX and 2 * size > now:
        _keep(store, min(limits.BODY_BYTES_MAX, 2 * max(size, now)))


def _keep(store: Store, size: int) -> None:
    with transaction(store.db):
        store.kept.body_bytes = size
