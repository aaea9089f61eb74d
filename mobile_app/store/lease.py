"""How long a tablet shows what it holds without having heard the server.

A tablet that nobody sees again shall not show people's data for ever. After `LEASE_DAYS` its
screens stay shut until it has exchanged, or until the coordinator gives a code (`store.key`). What
was captured on it stays and is sent by that exchange as ever: a lease takes nothing back.

Days are counted on the clock that only runs forward; across a restart by the wall, which may have
been turned. Turned back it gains no more than the days since the last unlocking; turned forward it
costs a contact.
"""

from __future__ import annotations

from mobile_app.store.database import transaction
from mobile_app.store.kept import Lease
from mobile_app.store.records import Store
from sync.limits import LEASE_DAYS

_DAY_MS = 86_400_000
WARNED_DAYS = 7
"""So many days before its end one is told."""


def renew(store: Store) -> None:
    """The server was heard, or the coordinator: count from now."""
    clock = store.clock
    with transaction(store.db):
        store.kept.lease = Lease(clock.wall_ms(), clock.mono_ms(), clock.boot_id(), 0)


def days_left(store: Store) -> int:
    """Return how many whole days are left; below 1 it is over. What was spent is kept."""
    clock, begun = store.clock, store.kept.lease
    if begun is None:  # of an app before there were leases
        renew(store)
        return LEASE_DAYS
    spent = clock.mono_ms()
    if begun.boot_id == clock.boot_id():
        spent -= begun.mono_ms
    else:
        spent = max(spent, clock.wall_ms() - begun.wall_ms)
    spent = max(spent, begun.spent_ms)
    # Written once a day at most, for this is asked often; what a restart then loses is less than a
    # day.
    if spent - begun.spent_ms >= _DAY_MS:
        with transaction(store.db):
            store.kept.lease = begun._replace(spent_ms=spent)
    return LEASE_DAYS - int(spent // _DAY_MS)
