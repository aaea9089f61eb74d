"""What the office does meanwhile: changes records, and settles what waits."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.db.records import NotFound
from server.db.work import Author, Work
from server.duplicates import merging
from server.exchange import decide, settle
from sync.merge import last_writer
from tests.simulator import oracle
from tests.simulator.server import (
    HOME,
    NEAR,
)

SLICE_COUNT = 2


class Office:
    """Draws what is done at the desk, by the run's chance alone."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def work(self) -> None:
        """Change, move or delete something in the office."""
        rng, kind = self._run.rng, self._run.rng.random()
        if kind < 0.2:
            token = self._run.hands.text()
            self._run.tell("pair", token)
            self._desk_change([("person", one, {"landmark": token}) for one in self._run.pair])
            return
        entity = rng.choice(("person", "person", "contact_point"))
        if kind > 0.3 and self._run.swarm.rates["older"]:
            entity = rng.choice((entity, "visit"))
        rows = self._run.database.engines.raw.execute(  # type: ignore[attr-defined]
            f'SELECT id FROM "{entity}" ORDER BY id'
        ).fetchall()
        ids = [bytes(one) for (one,) in rows if one not in self._run.pair]
        if kind < 0.3 or not ids:
            entity = "person" if entity == "visit" else entity
            values = {"commune_code": self._run.hands.commune(), "name_fr": self._run.hands.text()}
            made = self._run.desk(lambda work: work.insert(entity, values, Author(None)).record_id)
            self._run.written.append((entity, made, values))
            self._run.tell("desk insert", entity, made.hex()[:8])
            return
        if rng.random() < 0.4:  # what just arrived, whose author may not know it yet
            latest = self._run.database.engines.raw.execute(  # type: ignore[attr-defined]
                f'SELECT id FROM "{entity}" ORDER BY received_at DESC, id LIMIT 4'
            ).fetchall()
            ids = [bytes(one) for (one,) in latest if one not in self._run.pair] or ids
        record_id = self._run.hands.one_of(ids)
        if self._run.strikes("deletes"):
            self._run.tell("desk delete", entity, record_id.hex()[:8])
            self._run.desk(lambda work: work.delete(entity, record_id))
        elif self._run.strikes("moves") and entity != "visit":
            self._desk_change([(entity, record_id, {"commune_code": self._run.hands.commune()})])
        else:
            self._desk_change([(entity, record_id, self._run.hands.patch(entity))])

    def decide(self) -> None:
        """Settle a review, or what is held, as a coordinator does."""
        table = self._run.database.tables.held
        held = self._run.database.read(
            lambda records: list(
                records.connection.execute(sa.select(table).order_by(table.c.change_id))
            )
        )
        if held and self._run.rng.random() < 0.5:
            self._decide_held(self._run.rng.choice(held))
            return
        found = self._run.database.read(
            lambda records: records.connection.scalars(
                sa.select(records.tables.records["review"].c.id).order_by(sa.text("id"))
            ).all()
        )
        if found:
            self._decide_review(bytes(self._run.rng.choice(found)))

    def merge(self) -> None:
        """Make two people one, or two again."""
        rng, raw = self._run.rng, self._run.database.engines.raw
        done = [row[0] for row in raw.execute("SELECT id FROM merge ORDER BY id")]
        try:
            if done and rng.random() < 0.4:
                merge_id = rng.choice(done)
                what: object = self._run.desk(lambda work: merging.undo(work, merge_id, by=None))
                self._run.tell("undo", merge_id, what)
                return
            ids = [
                bytes(one)
                for (one,) in raw.execute("SELECT id FROM person ORDER BY id")
                if one not in self._run.pair
            ]
            survivor_id, loser_id = rng.choice(ids), rng.choice(ids)
            chosen = [name for name in ("name_fr", "phone", "landmark") if rng.random() < 0.4]
            self._run.tell("merge", survivor_id.hex()[:8], loser_id.hex()[:8], *chosen)
            self._run.desk(
                lambda work: merging.merge(work, "person", survivor_id, loser_id, chosen, by=None)
            )
        except (
            merging.MergeSame, merging.MergedAlready, merging.MergeUndone, merging.MergeBelow,
            merging.MergeLate, NotFound,
        ) as fault:  # fmt: skip
            self._run.tell("merge", fault.code)

    def _decide_held(self, row: Any) -> None:
        change_id, rng = bytes(row.change_id), self._run.rng
        try:
            if rng.random() < 0.4:
                self._run.desk(
                    lambda work: settle.dismiss_held(work, change_id, by=None, reason="no place")
                )
                what: object = "dismissed"
            else:
                is_overruled = rng.random() < 0.7
                right = {"started_at": self._run.now} if row.code == "field_date_wrong" else {}
                corrections = right or {"commune_code": HOME} if rng.random() < 0.5 else None
                communes = rng.choice((None, {HOME}, {NEAR}))
                what = self._run.desk(
                    lambda work: settle.apply_held(
                        work,
                        change_id,
                        by=None,
                        slice_count=SLICE_COUNT,
                        corrections=corrections,
                        is_overruled=is_overruled,
                        communes=communes,
                    )
                )
        except decide.CorrectionWrong:
            what = "not in question"
        except decide.AlreadyDecided:
            oracle.require(row.state != "open", "what waits can be decided", change_id.hex())
            what = "decided already"
        else:
            oracle.require(row.state == "open", "what is held is settled once", change_id.hex())
        self._run.tell("held", change_id.hex()[:8], what)

    def _decide_review(self, review_id: bytes) -> None:
        rng = self._run.rng
        review = self._run.database.read(lambda records: records.get("review", review_id))
        entity, field = str(review.values["entity"]), str(review.values["field"] or "")
        record_id = bytes(review.values["record_id"])
        record = self._run.database.read(
            lambda records: records.load(entity, [record_id]).get(record_id)
        )
        sides = (decide.MINE, decide.THEIRS, *((decide.OTHER,) if field else ()))
        decision, year = rng.choice(sides), 1980 + rng.randrange(4)
        value = year if field == "birth_year" else f"{year}"
        rev = record.rev if record else 0
        seen_rev = max(0, rev - rng.choice((0, 0, 1, 2)))
        written = last_writer(record.entity, record.writers, field).rev if record and field else rev
        try:
            self._run.desk(
                lambda work: decide.decide(
                    work, review_id, decision, by=None, seen_rev=seen_rev, value=value
                )
            )
        except (decide.AlreadyDecided, decide.RecordChanged, NotFound) as fault:
            self._run.tell("review", review_id.hex()[:8], decision, fault.code)
            return
        self._run.tell("review", review_id.hex()[:8], decision)
        is_seen = written <= seen_rev or record is None or record.deleted_at is not None
        oracle.require(is_seen, "a decision rests on what was seen", review_id.hex())
        if decision == decide.OTHER:
            self._run.written.append((entity, record_id, {field: value}))
            now = self._run.database.read(lambda records: records.get(entity, record_id))
            oracle.require(now.values[field] == value, "a decision stands", review_id.hex())

    def _desk_change(self, changes: list[tuple[str, bytes, dict[str, Any]]]) -> None:
        def change(work: Work) -> None:
            for entity, record_id, values in changes:
                work.change(entity, record_id, values, Author(None))

        self._run.tell("desk", *(f"{one[1].hex()[:8]} {sorted(one[2].items())}" for one in changes))
        self._run.desk(change)
        self._run.written += changes
