"""A new tablet's first exchange, and when its agent can begin: `benchmarks.edge` runs this.

    python -m benchmarks.first_round DIR VISITS

Syncs an enrolled tablet on a thread, as the window does, and meanwhile asks what the screen Today
asks. Prints JSON; seconds from the call of `sync`:

    first_round_s      Today has so many planned visits, each with a name and its distance, the
                       province's points are there, and the first visit has been saved
    first_round_bytes  both ways, HTTP headers included, of what had come by then
    first_all_s        everything has come
    first_all_bytes, round_trips, records
    pending            of the visit that was saved: 0, it was sent meanwhile
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from mobile_app import headless
from mobile_app.device.gps import FakeGps, Fix
from mobile_app.exchange import connection
from mobile_app.exchange.calls import Unreachable
from mobile_app.exchange.contact import Contact, make_contact
from mobile_app.i18n import load_phrases
from mobile_app.screens.context import Context
from mobile_app.screens.today.presenter import TodayPresenter
from mobile_app.store.records import Store
from mobile_app.store.reference import Reference
from mobile_app.store.visits import put_visit

_LOOKS_EVERY_S = 0.1
HERE = Fix(30_450_000, -8_870_000, 8)


class Arrival(threading.Thread):
    """The first exchange, until it is through; `bytes` have come so far."""

    def __init__(self, store: Store) -> None:
        """Prepare: not connected yet."""
        super().__init__()
        self.bytes = 0
        self.done: Contact | None = None
        self._shown = store

    def run(self) -> None:
        """Sync, again where it gives up."""
        with self._shown.beside() as store:
            line = connection.connect(store)
            try:
                while self.done is None:
                    try:
                        self.done = make_contact(store, line, tell=self._tell)
                    except Unreachable:
                        time.sleep(1)
            finally:
                line.close()

    def _tell(self, up: int, down: int) -> None:
        self.bytes = up + down


def is_there(context: Context, visits: int) -> bytes:
    """Return the next visit of the round, once Today shows all of it, what is done included."""
    today = TodayPresenter(context)
    coming = [one for one in today.coming() if one.kind == "visit"]
    whole = [one for one in coming if one.record_id and one.title and one.km is not None]
    if (
        not whole
        or len(whole) + len(today.done()) < visits
        or not context.opened.count("contact_point")
    ):
        return b""
    return whole[0].visit_id


def measure(folder: Path, visits: int) -> dict[str, Any]:
    """Return the row."""
    store = headless.open_store(folder, None)
    context = Context(folder, load_phrases("fr"), FakeGps(HERE), Reference(), store=store)
    row: dict[str, Any] = {"first_round_s": None, "first_round_bytes": None}
    began = time.monotonic()
    arrival = Arrival(store)
    arrival.start()
    while arrival.is_alive() or row["first_round_s"] is None:
        came = arrival.bytes
        if row["first_round_s"] is None and (visit_id := is_there(context, visits)):
            now = store.true_clock.wall_ms()
            put_visit(store, {"state": "ended", "started_at": now}, visit_id=visit_id)
            row["first_round_s"] = round(time.monotonic() - began, 1)
            row["first_round_bytes"] = came
        elif not arrival.is_alive() and row["first_round_s"] is None:
            break
        arrival.join(_LOOKS_EVERY_S)
    row["first_all_s"] = round(time.monotonic() - began, 1)
    assert arrival.done is not None
    done = arrival.done.exchange
    return {
        **row,
        "first_all_bytes": done.bytes_up + done.bytes_down,
        "records": done.received,
        "round_trips": done.round_trips,
        "pending": store.outbox.pending_count(),
    }


def main() -> int:
    """Measure and print. Returns the exit status."""
    folder, visits = sys.argv[1:]
    print(json.dumps(measure(Path(folder), int(visits))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
