"""What an agent saves on a tablet: work, answers, and what an app gone wrong would."""

from __future__ import annotations

from typing import Any

from mobile_app.store.database import transaction
from server.exchange import decide
from sync import flat
from sync.changes import Change, Op
from sync.rules import reviews
from tests.simulator.server import (
    FAR,
    HOME,
    NEAR,
    NEXT,
    UNKNOWN,
)
from tests.simulator.tablet import Tablet


class Hands:
    """Draws what is saved, by the run's chance alone."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def capture(self, tablet: Tablet) -> None:  # noqa: C901, PLR0912 - a branch a kind of work
        store, rng = tablet.store, self._run.rng
        if self._run.strikes("poison"):
            self._poison(tablet)
            return
        if self._run.strikes("decide") and self._answer(tablet):
            return
        kind = rng.random()
        if kind < 0.25:
            store.put("person", self._person())
        elif kind < 0.32:
            person = self._run.new_id()
            group: list[Any] = [("person", self._person(), person)]
            commune = group[0][1]["commune_code"]
            visit = {"person_id": person, "commune_code": commune, "notes": self.text()}
            group += [("visit", visit, b"")]
            if known := self._any(tablet, "person"):
                group += [("person", self.patch("person"), known)]
            store.put_group(group)
        elif kind < 0.38:
            store.put("visit", {"commune_code": self.commune(), "state": "planned"})
        elif kind < 0.44:
            store.put("contact_point", {"commune_code": self.commune(), "name_fr": self.text()})
        else:
            entity = rng.choice(("person", "person", "person", "visit", "contact_point"))
            if known := self._any(tablet, entity):
                if self._run.strikes("deletes"):
                    self._append(tablet, entity, known, Op.DELETE, {})
                elif self._run.strikes("moves") and entity != "visit":
                    store.put(entity, {"commune_code": self.commune()}, known)
                else:
                    here = store.entity(entity).field_by_name
                    patch = {
                        name: value
                        for name, value in self.patch(entity).items()
                        if name in here  # an older app has not all
                    }
                    if patch:
                        store.put(entity, patch, known)

    def _answer(self, tablet: Tablet) -> bool:
        """Settle a question that is this agent's, as the tablet's page does; if there is one."""
        store = tablet.store

        def role_of(agent_id: bytes) -> object:
            agent = store.find("agent", agent_id)
            return agent.values["role"] if agent else None

        mine = [
            one
            for one in store.list("review", limit=40)
            if reviews.may_decide(one.values, tablet.agent_id, role_of)
        ]
        if not mine:
            return False
        review, side = (
            self._run.rng.choice(mine),
            self._run.rng.choice((decide.MINE, decide.THEIRS)),
        )
        entity, field = str(review.values["entity"]), str(review.values["field"])
        record_id = bytes(review.values["record_id"])
        if store.find(entity, record_id) is None:
            return False
        answer = {
            "state": "decided",
            "decision": side,
            "decided_by": tablet.agent_id,
            "decided_at": self._run.now,
        }
        value = flat.from_text(store.entity(entity), field, str(review.values[side] or ""))
        self._run.tell("answer", tablet.number, review.record_id.hex()[:8], side)
        store.put_group([(entity, {field: value}, record_id), ("review", answer, review.record_id)])
        return True

    def _poison(self, tablet: Tablet) -> None:  # noqa: C901 - a branch a kind of poison
        """Save what no server may take, in a group with something good half of the time."""
        rng, store = self._run.rng, tablet.store
        if rng.random() < 0.4:
            self._usurp(tablet)
            return
        kind = rng.randrange(8)
        if kind == 0:
            bad = ("person", {**self._person(), "commune_code": rng.choice((FAR, UNKNOWN))}, b"")
            good = ("person", self._person(), b"")
            store.put_group([good, bad][rng.randrange(2) :])
        elif kind == 1:
            if known := self._any(tablet, "person"):
                store.put("person", {"commune_code": FAR}, known)
        elif kind == 2:
            store.put("agent", {"login": self.text(), "role": "field_agent"})
        elif kind == 3:
            self._append(tablet, "person", self._run.new_id(), Op.PATCH, {"douar": self.text()})
        elif kind == 4:
            if known := self._any(tablet, "review"):
                values = {"state": "decided", "decision": decide.MINE}
                store.put("review", {**values, "decided_by": tablet.agent_id}, known)
        elif kind == 5:
            foreign = self._anywhere("person")
            self._append(tablet, "person", foreign, Op.PATCH, {"douar": self.text()})
        elif kind == 6:
            at = rng.choice((-(2**53), 2**53 - 1, 2**62))
            values = {"commune_code": HOME, "state": "started", "started_at": at}
            self._append(tablet, "visit", self._run.new_id(), Op.INSERT, values)
        else:
            values = {**self._person(), "douar": "x" * 500}
            self._append(tablet, "person", self._run.new_id(), Op.INSERT, values)

    def _usurp(self, tablet: Tablet) -> None:
        """Save what only the office may say, in another's name, or over another's record."""
        rng, store = self._run.rng, tablet.store
        other = rng.choice([one for one in self._run.agents if one != tablet.agent_id])
        kind = rng.randrange(5)
        if kind == 0:
            store.put("visit", {"commune_code": self.commune(), "agent_id": other})
        elif kind == 1:
            store.put("person", {**self._person(), "created_by": other})
        elif kind == 2:
            store.put("person", {**self._person(), "source": "portal"})
        elif kind == 3:
            taken = self._anywhere("person")
            if store.find("person", taken) is None:
                self._append(tablet, "person", taken, Op.INSERT, self._person())
        elif known := self._any(tablet, "visit"):
            values = rng.choice(({"review_state": "accepted"}, {"agent_id": other}))
            store.put("visit", values, known)

    def _append(self, tablet: Tablet, entity: str, record_id: bytes, op: Op, values: Any) -> None:
        """Save a change as an app gone wrong would, past the checks of the store."""
        store = tablet.store
        declared = store.entity(entity)
        before = store.find(entity, record_id)
        with transaction(store.db):
            rev, era = before.rev if before else 0, store.era(record_id)
            if before:
                store.bases.keep(declared, record_id, before.rev, before.values)
            seq = store.kept.next_seq
            store.outbox.append(
                Change(
                    seq=seq,
                    group=seq,
                    op=op,
                    entity=entity,
                    record_id=record_id,
                    base_rev=rev,
                    base_era=era,
                    values=values,
                    at=store.now(),
                    schema=store.schema,
                )
            )
            if before or op is Op.INSERT:
                store.show(declared, record_id, values)

    def _person(self) -> dict[str, Any]:
        return {
            "commune_code": self.commune(),
            "name_fr": self.text(),
            "birth_year": self._run.rng.choice((None, 1970)),
        }

    def patch(self, entity: str) -> dict[str, Any]:
        rng = self._run.rng
        fields = {
            "person": ("phone", "douar", "name_fr", "notes", "birth_year", "sex"),
            "visit": ("notes", "state", "needs", "outcome", "next_action", "amend_reason"),
            "contact_point": ("name_fr", "name_ar", "status_reason"),
        }[entity]
        values: dict[str, Any] = {
            "birth_year": 1970 + rng.randrange(3),
            "sex": rng.choice(("female", "male", None)),
            "state": rng.choice(("planned", "started", "ended")),
            "needs": tuple(sorted(rng.sample(("advice", "water", "market", "training"), 2))),
            "outcome": rng.choice(("done", None)),
        }
        return {
            name: values[name] if name in values else self.text()
            for name in rng.sample(fields, rng.randint(1, 2))
        }

    def text(self) -> str:
        return (
            f"t{self._run.rng.randrange(4)}"
            if self._run.rng.random() < 0.3
            else self._run.rng.randbytes(3).hex()
        )

    def commune(self) -> str:
        return self._run.rng.choice((HOME, HOME, NEAR, NEXT))

    def _any(self, tablet: Tablet, entity: str) -> bytes | None:
        known = [one.record_id for one in tablet.store.list(entity, limit=40)]
        if known and self._run.rng.random() < 0.25:  # what was just written is written again
            latest = [one.change.record_id for one in list(tablet.captured.values())[-4:]]
            known = [one for one in known if one in latest] or known
        return self.one_of(known) if known else None

    def one_of(self, ids: list[bytes]) -> bytes:
        """Choose a record; a few of them often, so that hands meet."""
        return self._run.rng.choice(ids[:3] if self._run.rng.random() < 0.6 else ids)

    def _anywhere(self, entity: str) -> bytes:
        rows = self._run.database.engines.raw.execute(  # type: ignore[attr-defined]
            f'SELECT id FROM "{entity}" ORDER BY id'
        ).fetchall()
        return bytes(self._run.rng.choice(rows)[0])
