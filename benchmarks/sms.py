"""Messages by a centre: 110 a second for a minute, each with its report. `make bench-sms`.

The centre is that of the tests, in a process of its own; the sender runs as in the jobs' process,
on PostgreSQL. What counts is how many a second were reported, and the sender's CPU time for each;
then the same without a limit: the reserve. The load of the machine is that of the minute of each.
Writes `benchmarks/results/sms.json`, a row for each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.app import new_id
from server.db.engine import Engines
from server.db.schema import migrate
from server.db.tables import TABLES
from server.db.work import Database
from server.sms import outbox
from server.sms.outbox import Caps, Kind
from server.sms.sender import Sender
from server.sms.smpp import Centre, Connection
from tests.databases import own_cluster

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "sms.json"
BODY = "نقطة: تم إيداع طلبك. الجواب منتظر قبل يوم الاثنين."
CENTRE = """
import sys
from tests.server.message_centre import Centre
with Centre() as centre:
    print(centre.port, flush=True)
    sys.stdin.read()
"""


def measure(url: str, port: int, per_second: int, seconds: int) -> dict[str, float]:
    """Send so many a second for so long; return what came of it."""
    # By day, whatever the hour: at night codes alone go.
    began, noon = time.monotonic(), int(time.time()) // 86_400 * 86_400_000 + 11 * 3_600_000
    database = Database(
        Engines(url),
        TABLES,
        clock=lambda: noon + int(1000 * (time.monotonic() - began)),
        ids=new_id,
    )
    migrate(database.engines, TABLES, epoch=b"benchsms")
    number = per_second * seconds

    def order(work: object) -> None:
        for at in range(number):
            outbox.order(work, Kind.STEP, f"+2126{at:08}", BODY)  # type: ignore[arg-type]

    database.write(order)
    centre = Centre("127.0.0.1", port, "nuqta", "secret", "NUQTA")
    sender = Sender(database, lambda: Connection(centre), Caps(10**6), per_second, lambda *_: None)
    started, cpu = time.monotonic(), time.process_time()
    asked_at = started
    while time.monotonic() - started < seconds * 3 + 60:
        sender.round()
        if time.monotonic() - asked_at < 0.5:  # to count is no work of the sender's
            continue
        asked_at = time.monotonic()
        found = database.read(outbox.counts)
        if found.get("delivered") == number:
            break
    took = time.monotonic() - started
    sender.close()
    return {
        "messages": number,
        "reported": found.get("delivered", 0),
        "seconds": round(took, 2),
        "per_second": round(found.get("delivered", 0) / took, 1),
        "again": found["again"],
        "cpu_ms_each": round(1000 * (time.process_time() - cpu) / number, 3),
    }


def main() -> None:
    """Print the figures, and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    rows = []
    for per_second, seconds in ((110, given.seconds), (1000, max(given.seconds // 6, 1))):
        with own_cluster() as cluster, centre() as port:
            row = measure(cluster.url, port, per_second, seconds)
        rows.append({"limit": per_second, **row, "load": round(os.getloadavg()[0], 1)})
        print(json.dumps(rows[-1]))
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


@contextmanager
def centre() -> Iterator[int]:
    """Begin a centre in a process of its own; yield its port; end it."""
    command = [sys.executable, "-c", CENTRE]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield int(process.stdout.readline())
        process.stdin.close()


if __name__ == "__main__":
    main()
