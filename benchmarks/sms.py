"""Messages by a centre: 110 a second for a minute, each with its report. `make bench-sms`.

Then a sender that is killed while it sends, five times: how many of its messages never came to the
centre, came twice, and are marked as what may have. And 10,000 messages to us, of phones that ask,
stop, repeat themselves and talk nonsense: what each costs, and how many were answered.

The centre is that of the tests, in a process of its own; the sender runs as in the jobs' process,
on PostgreSQL. What counts is how many a second were reported, and the sender's CPU time for each;
then the same without a limit: the reserve. The load of the machine is that of the minute of each.
Writes `benchmarks/results/sms.json`: the machine, `misses`, what missed its target, and `rows`, one
for each `what`.

Exit status: 0 done, 1 a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import machine
from server.app import new_id
from server.db.engine import Engines
from server.db.schema import migrate
from server.db.tables import TABLES
from server.db.work import Author, Database, Work
from server.notices.inbound import receive
from server.sms import outbox
from server.sms.outbox import LEASE_MS, Caps, Kind
from server.sms.sender import Sender
from server.sms.smpp import Centre, Connection
from sync.rules.codes import short_code
from sync.spec import Values
from tests.databases import own_cluster
from tests.server.message_centre import Centre as OwnCentre
from tests.server.message_sender import DAY, sender_of
from tests.world import HOME

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "sms.json"
_KILLS, _BETWEEN, _LONGEST_S = 5, 50, 600
PER_SECOND_MIN = 100
_LEAST_KILLED = 1500
"""What is in flight when a sender dies is nobody's for a minute: the next one has others."""
BODY = "نقطة: تم إيداع طلبكم. الجواب منتظر قبل يوم الاثنين."
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
    database = _database(url, lambda: noon + int(1000 * (time.monotonic() - began)))
    number = per_second * seconds
    database.write(lambda work: _order(work, number))
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


def kill(url: str, number: int) -> dict[str, Any]:
    """Kill a sender -9 five times as it sends; return what the centre got, and what is marked."""
    database = _database(url, lambda: DAY)
    database.write(lambda work: _order(work, number))
    with OwnCentre() as there:
        command = [sys.executable, "-m", "tests.server.message_sender", url, str(there.port)]
        for _ in range(_KILLS):
            wanted = len(there.submitted) + _BETWEEN
            with subprocess.Popen(command, cwd=ROOT) as process:
                try:
                    there.wait(partial(_has_come, there, wanted), _LONGEST_S)
                finally:
                    process.kill()
        # What was in flight goes once more when its lease is over.
        later = DAY + LEASE_MS + 60_000
        began = time.monotonic()
        clock = Database(
            database.engines,
            TABLES,
            clock=lambda: later + int(1000 * (time.monotonic() - began)),
            ids=new_id,
        )
        sender = sender_of(clock, there.port, a_day=10 * number, per_second=1000)
        open_stages = ("waiting", "sending", "sent")
        while any(clock.read(outbox.counts).get(one) for one in open_stages):
            if time.monotonic() - began > _LONGEST_S:
                break
            for _ in range(20):
                sender.round()
        sender.close()
        came = Counter(part.phone for part in there.submitted)
        found = clock.read(outbox.counts)
    return {
        "messages": number,
        "kills": _KILLS,
        "lost": number - len(came),
        "twice": sum(times == 2 for times in came.values()),
        "more_often": sum(times > 2 for times in came.values()),
        "marked": found["again"],
        "reported": found.get("delivered", 0),
    }


def _has_come(there: OwnCentre, wanted: int) -> bool:
    return len(there.submitted) >= wanted


def hear(url: str, number: int) -> dict[str, Any]:
    """Take messages of phones, a transaction each; return what they cost and what was answered."""
    database = _database(url, lambda: DAY)

    def make(work: Work) -> bytes:
        person = {"name_fr": "Amal", "commune_code": HOME, "phone": "+212612345678"}
        person_id = work.insert("person", person, Author(None)).record_id
        application: Values = {"commune_code": HOME, "person_id": person_id, "service": "rna"}
        return work.insert("application", application, Author(None)).record_id

    ref = short_code(database.write(make))
    texts = (ref, "STOP", "توقف", "0²" * 80, "bonjour", ref)
    statements: list[int] = []

    def note(*_: object) -> None:
        statements[-1] += 1

    sa.event.listen(database.engines.writing, "before_cursor_execute", note)
    started, cpu = time.monotonic(), time.process_time()
    for at in range(number):
        # A third says all its words again, and the owner of the reference asks now and then.
        phone = "+212612345678" if at % 50 == 0 else f"+2127{at % (number * 2 // 3 or 1):08}"
        text = ref if at % 50 == 0 else texts[at % len(texts)]
        statements.append(0)
        database.write(partial(receive, given=phone, text=text))
    took, spent = time.monotonic() - started, time.process_time() - cpu
    table = database.tables.message
    query = sa.select(sa.func.count()).select_from(table).where(table.c.kind == Kind.ANSWER)
    return {
        "messages": number,
        "seconds": round(took, 2),
        "cpu_ms_each": round(1000 * spent / number, 3),
        "statements_most": max(statements),
        "answers": database.read(lambda records: records.connection.scalar(query)),
    }


def _database(url: str, clock: Callable[[], int]) -> Database:
    database = Database(Engines(url), TABLES, clock=clock, ids=new_id)
    migrate(database.engines, TABLES, epoch=b"benchsms")
    return database


def _order(work: Work, number: int) -> None:
    for at in range(number):
        outbox.order(work, Kind.STEP, f"+2126{at:08}", BODY)


def misses(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return what is beyond its target, a line each."""
    found = [
        f"{row['what']}: {row['reported']} of {row['messages']} reported"
        for row in rows
        if row.get("reported", row["messages"]) < row["messages"]
    ]
    for row in rows:
        if row["what"] == "sent" and row["per_second"] < PER_SECOND_MIN:
            found.append(f"sent: {row['per_second']} a second, target {PER_SECOND_MIN}")
        if row["what"] == "killed" and (row["lost"] or row["more_often"]):
            found.append(f"killed: {row['lost']} lost, {row['more_often']} more often than twice")
    return found


def main() -> int:
    """Print the figures, and write them. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--inbound", type=int, default=10_000)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []

    def keep(what: str, row: dict[str, Any]) -> None:
        rows.append({"what": what, **row, "load": round(os.getloadavg()[0], 1)})
        print(json.dumps(rows[-1]), flush=True)

    for per_second, seconds in ((110, given.seconds), (1000, max(given.seconds // 6, 1))):
        with own_cluster() as cluster, centre() as port:
            row = measure(cluster.url, port, per_second, seconds)
        keep("sent", {"limit": per_second, **row})
    with own_cluster() as cluster:
        keep("killed", kill(cluster.url, max(30 * given.seconds, _LEAST_KILLED)))
    with own_cluster() as cluster:
        keep("heard", hear(cluster.url, given.inbound))
    found = {**machine.described(), "misses": misses(rows), "rows": rows}
    print("\n".join(found["misses"]) or "every target is met")
    given.results.write_text(json.dumps(found, indent=1) + "\n")
    return int(bool(found["misses"]))


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
    sys.exit(main())
