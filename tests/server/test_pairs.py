"""Every pair of operations on one record, by one device or two, under every policy.

Two changes, each an insert, a patch or a delete; the second by the same device (alone, or in one
push with the first) or another, having seen the first or not, captured after it or before. What
must come of it is said below by a table and five lines of policy, without a look at the merge; both
must agree on all of it, in the record, the acknowledgement, the history and the reviews.
"""

from itertools import product

import pytest
import sqlalchemy as sa

from server.check import check
from server.db.engine import Engines
from server.db.schema import establish
from server.db.tables import Tables
from server.db.work import Author, Database
from server.exchange.push import Sender, number, take_chunk
from server.settings import Settings
from sync.changes import CHAIN_START, Change, Moment, Op
from sync.entities.review import REVIEW
from sync.messages import Outcome, Push, Status
from sync.spec import Entity, Merge, Scope, ScopeKind, choice, code, codes, key, text

HOME = "09.541.01.03"
THING = Entity(
    "thing",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        text("latest"),
        text("both", merge=Merge.KEEP_BOTH),
        choice("furthest", "planned", "started", "ended", merge=Merge.FURTHEST),
        codes("set"),
        text("review", merge=Merge.REVIEW),
    ),
)
TABLES = Tables((THING, REVIEW), lenses=())
BASE = {
    "latest": "base",
    "both": "base",
    "furthest": "planned",
    "set": ("a", "b"),
    "review": "base",
}
ONE = {"latest": "one", "both": "one", "furthest": "ended", "set": ("a",), "review": "one"}
TWO = {
    "latest": "two",
    "both": "two",
    "furthest": "started",
    "set": ("a", "b", "c"),
    "review": "two",
}
OPS = ("insert", "patch", "delete")
PAIRS = [
    (*pair, field)
    for pair in product(
        OPS, OPS, ("same", "together", "other"), ("seen", "unseen"), ("after", "before")
    )
    for field in BASE
    # A device sees its own work, and captures in order.
    if pair[2] == "other" or pair[4] == "after"
    if pair[2] != "together" or pair[3] == "unseen"
]
START = 1_795_500_000_000


def expected(first, second, whose, seen, when, field):  # noqa: PLR0911 - a line a case
    """Return (value or None if deleted, code of the status, what the history has, reviews)."""
    before = None if first == "insert" else BASE[field]
    knows = seen == "seen" or whose != "other"
    if second == "insert":
        return (None if first == "delete" else ONE[field]), "held", None
    if second == "delete":
        if first == "delete":
            return None, "ok" if knows else "merged", None
        return (None, "ok", None) if knows else (ONE[field], "conflict", None)
    if first == "delete":  # an edit brings back what was deleted
        return TWO[field], "ok" if knows else "conflict", BASE[field]
    if knows:
        return TWO[field], "ok", ONE[field]
    one, two = ONE[field], TWO[field]
    if field == "latest":
        return (two, "merged", one) if when == "after" else (one, "merged", two)
    if field == "both":
        return ("one\ntwo" if when == "after" else "two\none"), "merged", two
    if field == "furthest":
        return one, "merged", two
    if field == "set":
        gone = {"b"} if before else set()  # the first took it out; with no base it never was in
        kept = tuple(sorted({*one, *two} - gone))
        return kept, "merged", one if kept == two else two
    return one, "conflict", two


class Desk:
    """A database with two devices, and a clock."""

    def __init__(self, url):
        self.engines = Engines(url)
        self.now = START
        self.count = 0
        with self.engines.writing.begin() as connection:
            TABLES.metadata.create_all(connection)
        self.engines.write(lambda connection: establish(connection, TABLES, epoch=b"e" * 8))
        self.database = Database(self.engines, TABLES, clock=lambda: self.now, ids=self.new_id)
        self.seqs = {1: 0, 2: 0}
        self.database.write(self._enrol)

    def new_id(self):
        self.count += 1
        return self.count.to_bytes(16, "big")

    def _enrol(self, work):
        for device_id in self.seqs:
            agent_id = bytes([device_id]) * 16
            values = {
                column.name: 0 for column in TABLES.device.c if column.type.python_type is int
            }
            values |= {
                column.name: "" for column in TABLES.device.c if column.type.python_type is str
            }
            values |= {"id": device_id, "agent_id": agent_id, "newest_inc": 1, "status": "active"}
            values |= {"public_key": bytes([device_id]) * 65}
            known = {column.name for column in TABLES.device.c}
            work.connection.execute(
                sa.insert(TABLES.device).values(
                    {name: value for name, value in values.items() if name in known}
                )
            )
            work.connection.execute(
                sa.insert(TABLES.incarnation).values(
                    device_id=device_id, inc=1, last_seq=0, chain=CHAIN_START, last_effective_at=0
                )
            )
            work.connection.execute(
                sa.insert(TABLES.grant).values(
                    agent_id=agent_id, commune_code=HOME, valid_from=0, valid_to=None
                )
            )

    def push(self, device_id, *made):
        """Push changes: (operation, record, values, base rev, when). Return acknowledgements."""
        first = self.seqs[device_id] + 1
        changes = [
            Change(
                seq=seq,
                group=seq,
                op=op,
                entity="thing",
                record_id=record_id,
                base_rev=base_rev,
                base_era=0,
                values=values,
                at=Moment(at, at, 1, 0),
            )
            for seq, (op, record_id, values, base_rev, at) in enumerate(made, first)
        ]
        self.seqs[device_id] += len(changes)
        sent = Moment(self.now, self.now, 1, 0)

        def take(work):
            sender = Sender(device_id, 1, sent)
            chunk = number(work, sender, Push(first_seq=first, chain=b"", changes=changes))
            return take_chunk(work, sender, chunk, slice_count=2)

        assert self.database.write(take) is Outcome.DONE
        with self.engines.read() as connection:
            table = TABLES.acknowledgement
            mine = sa.and_(table.c.device_id == device_id, table.c.seq >= first)
            return connection.execute(sa.select(table).where(mine).order_by(table.c.seq)).all()

    def record(self, record_id):
        return self.database.read(lambda records: records.load("thing", [record_id]).get(record_id))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("pg", marks=pytest.mark.postgres)])
def desk(request, tmp_path_factory):
    from tests.databases import empty_database

    if request.param == "sqlite":
        made = Desk(f"sqlite:///{tmp_path_factory.mktemp('pairs') / 'x.db'}")
        yield made
        made.engines.close()
        return
    with empty_database(request.getfixturevalue("postgres_url")) as url:
        made = Desk(url)
        yield made
        made.engines.close()


def of(op, field, values):
    """Return what an operation writes of a field."""
    whole = {"commune_code": HOME, field: values[field]}
    return {"insert": whole, "patch": {field: values[field]}, "delete": {}}[op]


def run(desk, first, second, whose, seen, when, field):
    """Do both; return what `expected` says, as it came out."""
    desk.now += 10_000
    start, record_id = desk.now, desk.new_id()
    if first != "insert":
        desk.database.write(
            lambda work: work.insert(
                "thing",
                {"commune_code": HOME, field: BASE[field]},
                Author(None),
                record_id=record_id,
            )
        )
    desk.now += 9_000
    kind = {"insert": Op.INSERT, "patch": Op.PATCH, "delete": Op.DELETE}
    base = 0 if first == "insert" else 1
    one = (kind[first], record_id, of(first, field, ONE), base, start + 5_000)
    at = start + (8_000 if when == "after" else 2_000)
    two = (kind[second], record_id, of(second, field, TWO), 0 if second == "insert" else base, at)
    if whose == "together":
        done, answer = desk.push(1, one, two)
    else:
        (done,) = desk.push(1, one)
        if seen == "seen" and second != "insert":
            two = (*two[:3], desk.record(record_id).rev, at)
        (answer,) = desk.push(1 if whose == "same" else 2, two)
    assert done.status == Status.OK
    record = desk.record(record_id)
    value = None if record.deleted_at is not None else record.values[field]
    return record, answer, value


@pytest.mark.parametrize("field", BASE)
def test_every_pair_of_operations_comes_out_as_the_table_says(desk, field):
    import msgspec

    wrong = []
    for first, second, whose, seen, when, name in PAIRS:
        if name != field:
            continue
        case = (first, second, whose, seen, when, field)
        record, answer, value = run(desk, *case)
        stands, status, lost = expected(*case)
        history = TABLES.history
        with desk.engines.read() as connection:
            query = sa.select(history.c.value).where(history.c.record_id == record.record_id)
            past = [msgspec.msgpack.decode(one) for one in connection.scalars(query)]
        past = [tuple(one) if isinstance(one, list) else one for one in past]
        reviews = desk.database.read(
            lambda records, one=record: records.list(
                "review", TABLES.records["review"].c.record_id == one.record_id
            )
        )
        came = (value, Status(answer.status).name.lower())
        if came != (stands, status):
            wrong.append((case, came, (stands, status)))
        if lost is not None and lost not in past:
            wrong.append((case, "history", past, lost))
        if len(reviews) != (status == "conflict"):
            wrong.append((case, "reviews", len(reviews)))
        is_as_sent = second != "patch" or record.values[field] == TWO[field]
        back = msgspec.msgpack.decode(answer.back)
        if not is_as_sent and THING.number_by_name[field] not in back:
            wrong.append((case, "not told what stands", back))
    assert wrong == []


def test_what_came_of_them_adds_up(desk):
    settings = Settings.from_env({"NUQTA_DATA_DIR": "unused"})
    assert check(settings, desk.database)["faults"] == []
