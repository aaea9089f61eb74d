"""What must hold, whatever happened: recomputed from the tables, never from the code under test."""

# Long: all that must hold after a run, each rule beside those it rests on.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec

from mobile_app.store import stage
from server.db import terms
from server.db.feed import PUT
from sync import digest, limits, local_time, scopes, wire
from sync.changes import Change, Op
from sync.digest import EMPTY_STATE
from sync.errors import RemoteSyncError
from sync.messages import Status
from sync.rules import search
from sync.scopes import DAY_MS
from sync.spec import Entity, Merge, ScopeKind
from tests.simulator.server import COMMUNES, ENTITIES, Grant
from tests.simulator.tablet import Tablet

NUMBER = {entity.name: number for number, entity in enumerate(ENTITIES)}
SYNCED = tuple(one for one in ENTITIES if one.name not in ("region", "province", "commune"))
"""Reference data ships with both sides and is in no feed."""
_GRACE_MS = limits.GRACE_DAYS * DAY_MS
_NOTHING = msgspec.msgpack.encode(None)
_SLACK_MS = 5_000
"""How long a request is under way at most."""


def synced_on(tablet: Tablet) -> tuple[Entity, ...]:
    """Return the entities that a tablet is sent, as its app knows them."""
    names = {one.name for one in SYNCED}
    return tuple(one for one in tablet.store.entities if one.name in names)


class Violation(AssertionError):
    """Something that must hold does not."""

    def __init__(self, rule: str, detail: object) -> None:
        """Name the rule."""
        super().__init__(f"{rule}: {detail}")
        self.rule = rule


def require(holds: object, rule: str, detail: object) -> None:
    """Raise Violation where a rule is broken."""
    if not holds:
        raise Violation(rule, detail)


class Server:
    """The server's tables as they are now."""

    def __init__(self, world: Any) -> None:
        """Read all of them."""
        self.world = world
        database = world.database
        self.records = database.read(
            lambda found: {
                (entity.name, record_id): record
                for entity in SYNCED
                for record_id, record in found.load(
                    entity.name,
                    [row[0] for row in found.connection.exec_driver_sql(
                        f'SELECT id FROM "{entity.name}"'
                    )],
                ).items()
            }
        )  # fmt: skip
        raw = database.engines.raw
        self.scopes = {
            row[0]: row[1:]
            for row in raw.execute("SELECT id, name, head, record_count, digest FROM scope")
        }
        self.feed = raw.execute(
            "SELECT scope_id, number, entity, record_id, rev, era, op, hash FROM feed"
        ).fetchall()
        self.shares = set(raw.execute("SELECT entity, record_id, scope_id FROM share"))

    def readable(self, agent_id: bytes) -> set[int]:
        """Return the scopes that an agent may read now."""
        return {one for one, row in self.scopes.items() if self.world.may_read(agent_id, row[0])}


def may_read(name: str, agent_id: bytes, communes: set[str], halves: list[str]) -> bool:
    """Whether one who has these communes may read a scope of this name."""
    kind, _, rest = name.partition("/")
    if kind == "t":
        commune, _, part = rest.partition("/")
        return commune in communes and (part == "core" or part.removeprefix("v/") in halves)
    if kind == "p":
        return rest in {scopes.province_of(commune) for commune in communes}
    return kind == "g" or (kind == "u" and rest == agent_id.hex())


def check_server(server: Server, numbers: dict[tuple[int, int], bytes]) -> None:
    """The feed says of every record where it is; counts and digests are those of the rows."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    live: dict[tuple[int, bytes], set[int]] = defaultdict(set)
    for scope_id, number, entity, record_id, rev, era, op, _ in server.feed:
        known = numbers.setdefault((scope_id, number), record_id)
        require(known == record_id, "row numbers are never reused", (scope_id, number))
        if op != PUT:
            continue
        record = server.records[ENTITIES[entity].name, record_id]
        require((record.rev, record.era) == (rev, era), "the feed has every rev", record_id.hex())
        live[entity, record_id].add(scope_id)
        sums[scope_id][0] += 1
        sums[scope_id][1] += digest.row_hash(entity, record_id, number, era, rev)
    for scope_id, (name, _, count, total) in server.scopes.items():
        rows, hashed = sums[scope_id]
        require(
            (rows, hashed % digest.MODULUS) == (count, total),
            "count and digest are those of the rows",
            name,
        )
    for (name, record_id), record in server.records.items():
        entity = NUMBER[name]
        home = server.scopes[record.scope_id][0]
        wanted = {record.scope_id} | {
            scope for one, shared, scope in server.shares if (one, shared) == (entity, record_id)
        }
        require(
            live[entity, record_id] == (set() if record.deleted_at is not None else wanted),
            "a record is in its scopes and no other",
            (name, record_id.hex()),
        )
        commune = record.values.get("commune_code")
        if commune:
            place = scopes.province_of(commune) if home.startswith("p/") else commune
            require(f"/{place}" in home, "a record lives in its commune's scope", (home, commune))


def check_terms(server: Server, tablets: list[Tablet]) -> None:
    """Records are found by what they hold now, on both sides."""
    raw = server.world.database.engines.raw
    have = set(raw.execute("SELECT entity, region, term, record_id FROM search_term"))
    wanted = {
        (row["entity"], row["region"], row["term"], row["record_id"])
        for record in server.records.values()
        for row in terms.rows_of(server.world.database.tables, record)
    }
    require(have == wanted, "search terms are current", f"server {_some(have ^ wanted)}")
    for tablet in tablets:
        have = set(tablet.store.index.entries())
        wanted = {
            (NUMBER[entity.name], term, one.record_id)
            for entity in synced_on(tablet)
            for one in tablet.store.list(entity.name)
            for term in search.terms(entity, one.record_id, one.values)
        }
        require(
            have == wanted, "search terms are current", f"{tablet.number} {_some(have ^ wanted)}"
        )


def check_tablet(server: Server, tablet: Tablet) -> None:
    """After an exchange: what the tablet holds is one moment's state of its scopes."""
    who = f"tablet {tablet.number}"
    readable = server.readable(tablet.agent_id)
    wanted = {
        (scope_id, number, entity, record_id, rev, era)
        for scope_id, number, entity, record_id, rev, era, op, _ in server.feed
        if op == PUT and scope_id in readable
    }
    have = tablet.places()
    require(have == wanted, "convergence of places", f"{who}: {_some(have ^ wanted)}")
    placed = {(ENTITIES[one[2]].name, one[3]): one[4] for one in have}
    opened, images, dismissed = tablet.open_changes(), tablet.images(), tablet.dismissed()
    for entity in synced_on(tablet):
        for kept in tablet.store.list(entity.name):
            key = entity.name, kept.record_id
            is_open = key in opened
            if key not in placed:
                is_own = is_open or key in dismissed
                require(is_own, "nothing stays that may not be read", f"{who}: {key}")
                continue
            require(kept.rev == placed[key], "a record's rev is its place's", f"{who}: {key}")
            truth = server.records[key].values
            if is_open:
                image = images.get(key, {})
                base = {field.name: image.get(field.name) for field in entity.fields[1:]}
            else:
                base = kept.values
            differing = {
                name: (base.get(name), truth.get(name))
                for name in entity.field_by_name
                if name in truth and base.get(name) != truth.get(name)
            }
            require(not differing, "convergence of values", f"{who}: {key} {differing}")
            shown = dict(base)
            for change in opened.get(key, ()):
                shown.update(change.values)
            require(shown == kept.values, "what is unsent stays on top", f"{who}: {key}")
        known = {one.record_id for one in tablet.store.list(entity.name)}
        missing = {key for key in placed if key[0] == entity.name and key[1] not in known}
        require(not missing, "a placed record is there", f"{who}: {missing}")
    for (name, record_id), changes in opened.items():
        is_own = changes[0].op is Op.INSERT
        shown = tablet.store.find(name, record_id)
        require(shown or not is_own, "what is captured here stays", f"{who}: {name}")
    require(tablet.store.outbox.pending_count() == 0, "an exchange sends all there is", who)
    decided = {
        change_id
        for (change_id,) in server.world.database.engines.raw.execute(
            "SELECT change_id FROM held WHERE state != 'open'"
        )
    }
    unseen = decided & tablet.ids_kept("state = 'held'")
    require(not unseen, "an author sees what was decided", f"{who}: {_some(unseen)}")
    _check_scopes(server, tablet, readable, have)


def _check_scopes(
    server: Server, tablet: Tablet, readable: set[int], have: set[tuple[Any, ...]]
) -> None:
    rows = tablet.store.db.raw.execute("SELECT id, applied, record_count, digest FROM scope")
    cursors = {}
    for scope_id, applied, count, total in rows.fetchall():
        require(scope_id in readable, "only readable scopes are held", scope_id)
        mine = [one for one in have if one[0] == scope_id]
        hashed = sum(digest.row_hash(one[2], one[3], one[1], one[5], one[4]) for one in mine)
        require(
            (count, total) == (len(mine), hashed % digest.MODULUS),
            "count and digest are those of the rows",
            f"tablet {tablet.number}, scope {scope_id}",
        )
        require(applied == server.scopes[scope_id][1], "an exchange ends at the head", scope_id)
        cursors[scope_id] = applied
    for scope_id, applied in cursors.items():
        require(applied >= tablet.cursors.get(scope_id, 0), "cursors never go back", scope_id)
    tablet.cursors = cursors
    require(not tablet.store.kept.mismatches, "digests never alarm", tablet.number)
    require(not tablet.store.kept.later, "an exchange brings all there is", tablet.number)


def applied_count(world: Any, tablet: Tablet) -> int:
    """Return how many changes of a device were applied as they arrived."""
    found = world.database.engines.raw.execute(
        "SELECT count(*) FROM acknowledgement WHERE device_id = ? AND status NOT IN (?, ?)",
        (tablet.device_id, Status.HELD, Status.DUPLICATE),
    ).fetchone()
    return int(found[0])


def check_reply(
    world: Any, tablet: Tablet, body: bytes, vector: list[int], *, is_of_now: bool = True
) -> None:
    """No row leaves the server to one who may not read it at that moment.

    Args:
        vector: the scopes that the request's places mean.
        is_of_now: else it was made minutes ago and is still on its way: a record may have left.
    """
    reply = wire.decode_reply(ENTITIES, body)
    if world.is_disabled(tablet.agent_id):
        given = (
            *reply.blocks,
            *reply.scopes.added,
            *reply.snapshots,
            *reply.gone,
            *reply.end.heads,
        )
        require(not given, "a disabled account is given nothing", tablet.number)
    if not reply.blocks:
        return
    places = vector + [scope_id for scope_id, _ in (*reply.scopes.added, *reply.scopes.later)]
    # A snapshot is of a moment before: what left its scope since is still in it.
    prepared = {one.place for one in reply.snapshots}
    raw = world.database.engines.raw
    for block in reply.blocks:
        for row in block.rows:
            name, *_ = raw.execute(
                "SELECT name FROM scope WHERE id = ?", (places[row.place],)
            ).fetchone()
            require(world.may_read(tablet.agent_id, name), "nothing unreadable is sent", name)
            record_id = row.record_id
            if not record_id:
                found = raw.execute(
                    "SELECT record_id FROM feed WHERE scope_id = ? AND number = ?",
                    (places[row.place], row.number),
                ).fetchone()
                require(found, "a patch is of a row that is there", (name, row.number))
                record_id = found[0]
            if is_of_now and row.place not in prepared:
                _require_readable(world, tablet, block.entity, record_id)


def check_round(world: Any, tablet: Tablet, asked: bytes, body: bytes) -> None:
    """Whoever holds nothing yet gets today's round with the first page, and whom it leads to."""
    request, reply = wire.decode_request(ENTITIES, asked).request, wire.decode_reply(ENTITIES, body)
    require(request.in_steps or not reply.scopes.later, "steps are asked for", tablet.number)
    names = {name for _, name in reply.scopes.later}
    unreadable = {name for name in names if not world.may_read(tablet.agent_id, name)}
    require(not unreadable, "nothing unreadable is named", unreadable)
    if not reply.scopes.later or request.state != EMPTY_STATE or request.progress:
        return
    sent = {row.record_id for block in reply.blocks for row in block.rows}
    coming = {scope_id for scope_id, _ in reply.scopes.added}
    raw = world.database.engines.raw
    known = dict(raw.execute("SELECT id, name FROM scope"))
    where = dict(raw.execute("SELECT id, scope_id FROM person WHERE deleted_at IS NULL"))
    planned = raw.execute(
        "SELECT id, scope_id, person_id FROM visit WHERE deleted_at IS NULL AND state = 'planned'"
        " AND planned_on <= ? AND agent_id = ?",
        (local_time.day_of(world.now), tablet.agent_id),
    ).fetchall()
    for visit_id, scope_id, person_id in planned:
        if not world.may_read(tablet.agent_id, known[scope_id]):
            continue
        for one, there in ((visit_id, scope_id), (person_id, where.get(person_id))):
            if there is not None and world.may_read(tablet.agent_id, known[there]):
                is_given = one in sent or there in coming
                require(is_given, "the round of the day comes first", one.hex())


def rows_ahead(store: Any) -> set[tuple[str, bytes]]:
    """Return what staged replies bring of scopes that are still to come after the last of them."""
    replies = list(stage.replies(store))
    later = {scope_id for scope_id, _ in replies[-1].scopes.later} if replies else set()
    known = len(store.db.execute("SELECT id FROM scope").fetchall())
    found = set()
    for reply in replies:
        # One that came as a whole scope's, which was lost and is given again since, is gone.
        begins = known + len(reply.scopes.added)
        ahead = [scope_id for scope_id, _ in reply.scopes.later]
        found |= {
            (block.entity, row.record_id)
            for block in reply.blocks
            for row in block.rows
            if block.entity and row.record_id and row.place >= begins
            if ahead[row.place - begins] in later
        }
    return found


def _require_readable(world: Any, tablet: Tablet, entity: str, record_id: bytes) -> None:
    raw = world.database.engines.raw
    if entity in ("agent", "resolution"):
        return
    (commune,) = raw.execute(
        f'SELECT commune_code FROM "{entity}" WHERE id = ?', (record_id,)
    ).fetchone()
    communes = world.communes_of(tablet.agent_id)
    if commune in communes or (
        entity == "contact_point"
        and scopes.province_of(commune) in {scopes.province_of(one) for one in communes}
    ):
        return
    # With its author, or with the communes of one who was merged into it.
    names = (scopes.user(tablet.agent_id), *map(scopes.core, sorted(communes)))
    shared = raw.execute(
        "SELECT 1 FROM share JOIN scope ON scope.id = scope_id WHERE record_id = ?"
        f" AND name IN ({', '.join('?' * len(names))})",
        (record_id, *names),
    ).fetchone()
    require(shared, "nothing unreadable is sent", (entity, record_id.hex(), commune))


def decodes_safely(body: bytes) -> bool:
    """Whether broken bytes read as a reply; any but a fault of the sender is the decoder's."""
    try:
        wire.decode_reply(ENTITIES, body)
    except RemoteSyncError:
        return False
    return True


class Custody:
    """What became of everything captured: on tablets, and at the desk."""

    def __init__(self, server: Server) -> None:
        """Read acknowledgements, held changes, history and reviews."""
        raw = server.world.database.engines.raw
        self.server = server
        rows = raw.execute(
            "SELECT change_id, device_id, inc, seq, status, rev FROM acknowledgement"
            " ORDER BY device_id, inc, seq"
        ).fetchall()
        # A change numbered anew is acknowledged once more, as one that had arrived.
        self.acknowledged: dict[bytes, tuple[int, int, int, int, int]] = {}
        self.seqs: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.held_again: set[bytes] = set()
        for change_id, device_id, inc, seq, status, rev in rows:
            self.seqs[device_id, inc].append(seq)
            if status == Status.DUPLICATE:
                continue
            before = self.acknowledged.setdefault(change_id, (device_id, inc, seq, status, rev))
            is_again = before[:3] != (device_id, inc, seq)
            require(
                not is_again or before[3] == status == Status.HELD,
                "nothing is done twice",
                f"device {device_id}, incarnation {inc}, change {seq}",
            )
            if is_again:
                self.held_again.add(change_id)
        self.held = {
            row[0]: row[1:]
            for row in raw.execute("SELECT change_id, content, effective_at, state FROM held")
        }
        decided = raw.execute("SELECT record_id FROM held WHERE state = 'applied'")
        self.decided = {record_id for (record_id,) in decided}
        columns = (
            "entity", "record_id", "field", "value", "outcome", "rev", "device_id",
            "effective_at", "replaced_at", "change_id",
        )  # fmt: skip
        self.history = [
            dict(zip(columns, row, strict=True))
            for row in raw.execute(f"SELECT {', '.join(columns)} FROM history")
        ]
        self.past: dict[tuple[int, bytes, int], list[Any]] = defaultdict(list)
        for entity, record_id, number, value in raw.execute(
            "SELECT entity, record_id, field, value FROM history"
        ):
            past = msgspec.msgpack.decode(value)
            self.past[entity, record_id, number].append(
                tuple(past) if isinstance(past, list) else past
            )
        # Loser -> those that it was ever merged into, be it undone since.
        self.led: dict[bytes, set[bytes]] = defaultdict(set)
        for loser_id, survivor_id in raw.execute("SELECT loser_id, survivor_id FROM merge"):
            self.led[loser_id].add(survivor_id)
        self.asked = {
            (one.values["record_id"], one.values["field"], one.values["mine"])
            for (name, _), one in server.records.items()
            if name == "review"
        }

    def check_tablet(self, tablet: Tablet, grants: list[Grant]) -> None:
        """Nothing captured is lost, nothing done twice, nothing done that was not allowed."""
        before: dict[int, int] = defaultdict(int)
        revs: dict[bytes, int] = defaultdict(int)
        own: dict[bytes, set[int]] = defaultdict(set)
        for change_id, captured in tablet.captured.items():
            change, content, truly_at = captured.change, captured.content, captured.truly_at
            what = f"tablet {tablet.number}, change {captured.inc}.{change.seq}"
            require(change_id in self.acknowledged, "no captured change disappears", what)
            _, inc, seq, status, rev = self.acknowledged[change_id]
            require(inc != captured.inc or seq == change.seq, "changes keep their numbers", what)
            if status == Status.HELD:
                require(
                    change_id in self.held and self.held[change_id][0] == content,
                    "a held change is kept as it came",
                    what,
                )
                _, at, state = self.held[change_id]
                if state == "applied":  # by the office since
                    self.check_values(change.entity, change.record_id, change.values, what)
                else:
                    self._require_no_effect(tablet, change, (inc, seq), what)
                # One that twins have brought has its time from whichever came first.
                is_twins = change_id in self.held_again
                after = 0 if is_twins else before[inc]
                at = self._check_time(tablet, change, truly_at, at, after, what)
                before[inc] = before[inc] if is_twins else at
                continue
            require(change_id not in self.held, "applied or held, never both", what)
            require(rev >= revs[change.record_id], "effects follow the order of capture", what)
            revs[change.record_id] = rev
            require(
                self._is_allowed(tablet, change, grants), "nothing is written without a grant", what
            )
            self._require_own(tablet, change, what)
            record = self.server.records[change.entity, change.record_id]
            if change.op is Op.INSERT:
                at = record.effective_at
                before[inc] = self._check_time(tablet, change, truly_at, at, before[inc], what)
                self._require_seen_by_author(tablet, change, grants, what)
            if change.op is Op.DELETE and status == Status.OK:
                seen = change.base_rev + len(own[change.record_id])
                require(rev <= seen + 1, "a delete spares what it had not seen", what)
            if change.op is Op.DELETE and status == Status.CONFLICT:
                is_asked = any(
                    (one, None, None) in self.asked for one in self._stands_for(change.record_id)
                )
                require(is_asked, "a delete that was not followed is asked about", what)
            own[change.record_id].add(rev)
            self.check_values(change.entity, change.record_id, change.values, what)
        self._check_groups(tablet)
        self._check_merges(tablet)

    def _require_own(self, tablet: Tablet, change: Change, what: str) -> None:
        """What the office alone says stands by its own decision."""
        for name, value in change.values.items():
            spec = ENTITIES[NUMBER[change.entity]].field_by_name[name]
            is_own = not spec.own or value in (None, tablet.agent_id)
            is_theirs = value not in spec.office and is_own and not spec.of_office
            require(
                is_theirs or change.record_id in self.decided, "the office's word is its own", what
            )

    def _require_no_effect(
        self, tablet: Tablet, change: Change, arrived: tuple[int, int], what: str
    ) -> None:
        record = self.server.records.get((change.entity, change.record_id))
        mine = [
            one
            for one in (record.writers.values() if record else ())
            if (one.device_id, one.inc, one.seq) == (tablet.device_id, *arrived)
        ]
        require(not mine, "what is held has no effect", what)

    def _require_seen_by_author(
        self, tablet: Tablet, change: Change, grants: list[Grant], what: str
    ) -> None:
        """A record taken from a commune that never was the author's is shared with the author."""
        commune = change.values["commune_code"]
        record = self.server.records[change.entity, change.record_id]
        is_own = any((one.agent_id, one.commune) == (tablet.agent_id, commune) for one in grants)
        if is_own or change.entity == "contact_point" or record.rev > 1:
            return
        require(self._is_shared(tablet, change), "an author keeps seeing the own work", what)

    def _is_shared(self, tablet: Tablet, change: Change) -> bool:
        user = scopes.user(tablet.agent_id)
        return any(
            (one, record_id) == (NUMBER[change.entity], change.record_id)
            and self.server.scopes[scope][0] == user
            for one, record_id, scope in self.server.shares
        )

    def _check_merges(self, tablet: Tablet) -> None:
        """What a change had not seen it overwrites by its policy only; the later one stays."""
        for row in self.history:
            captured = tablet.captured.get(row["change_id"])
            if captured is None or not row["rev"]:
                continue
            if row["record_id"] != captured.change.record_id:  # led on to whom it was merged into
                continue
            change = captured.change
            entity = ENTITIES[row["entity"]]
            policy = entity.fields[row["field"]].merge
            what = f"tablet {tablet.number}, change {change.seq}, field {row['field']}"
            if row["outcome"] == "lost" and policy is Merge.LATEST:
                require(row["replaced_at"] >= row["effective_at"], "the later value stays", what)
            if (
                row["outcome"] != "overwritten"
                or policy not in (Merge.LATEST, Merge.REVIEW)
                or row["rev"] <= change.base_rev
                or row["device_id"] == tablet.device_id
                or (change.base_rev == 0 and row["value"] == _NOTHING)
            ):
                continue
            before = [
                one["value"]
                for one in self.history
                if (one["entity"], one["record_id"], one["field"])
                == (row["entity"], row["record_id"], row["field"])
                and 0 < one["rev"] <= change.base_rev
            ]
            require(row["value"] in before, "what nobody had seen is not simply overwritten", what)

    def check_values(self, name: str, record_id: bytes, values: Any, what: str) -> None:
        """Every value stands in its record, in its history or in a question to a person."""
        numbers = self.server.records[name, record_id].entity.number_by_name
        for field, value in values.items():
            shown = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            # Of one that was merged, it may have come to the one that stands for it.
            is_kept = any(
                self.server.records[name, one].values.get(field) in self._stands_for(value)
                or value in self.past[NUMBER[name], one, numbers[field]]
                or (one, field, shown) in self.asked
                for one in self._stands_for(record_id)
            )
            require(is_kept, "a value that lost is kept", f"{what}: {name}.{field} = {value!r}")

    def _stands_for(self, value: Any) -> set[Any]:
        """Return a value and, where it is a person's id, all that ever stood for that person."""
        found, waiting = set(), [value]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.led.get(one, ()) if isinstance(one, bytes) else ()
        return found

    def check_merged(self) -> None:
        """Nothing refers to one that was merged; of two in a ring one stands."""
        people = {
            record_id: one for (name, record_id), one in self.server.records.items()
            if name == "person"
        }  # fmt: skip
        led = {key: one.values["survivor_id"] for key, one in people.items()}
        for key in led:
            # One that was deleted when its survivor was merged in turn is led in two steps.
            passed, at = {key}, key
            while (following := led[at]) is not None:
                require(following not in passed, "nobody is led in a ring", key.hex())
                passed.add(following)
                at = following
        for (name, record_id), one in self.server.records.items():
            person_id = one.values.get("person_id")
            if person_id in led and name == "visit" and one.deleted_at is None:
                is_led = led[person_id] is None
                require(is_led, "what referred to a loser refers to its survivor", record_id.hex())

    def check_reviews(self) -> None:
        """A question is settled once, by the office or by one of the two agents it is between."""
        for (name, record_id), review in self.server.records.items():
            if name != "review":
                continue
            values, numbers = review.values, review.entity.number_by_name
            answers = [values["decision"], *self.past[NUMBER[name], record_id, numbers["decision"]]]
            times = sum(one is not None for one in answers)
            is_decided = values["state"] == "decided"
            require(times == is_decided, "a question is settled once", (record_id.hex(), answers))
            by = values["decided_by"]
            is_theirs = by is None or by in _asked_of(values)
            require(is_theirs, "a question is settled by whom it is for", record_id.hex())

    def _check_groups(self, tablet: Tablet) -> None:
        groups: dict[tuple[int, int, int], set[bool]] = defaultdict(set)
        for change_id, one in tablet.captured.items():
            is_held = self.acknowledged[change_id][3] == Status.HELD
            groups[one.life, one.inc, one.change.group].add(is_held)
        split = [first for first, states in groups.items() if len(states) > 1]
        require(not split, "a group is done whole or not at all", f"{tablet.number}: {split}")
        for (device_id, inc), seqs in self.seqs.items():
            is_whole = seqs == list(range(1, len(seqs) + 1))
            require(is_whole, "changes come without gaps", (device_id, inc))

    def _check_time(
        self, tablet: Tablet, change: Change, truly_at: int, at: int, before: int, what: str
    ) -> int:
        """Effective time lies within its bounds, and never runs back on one device."""
        require(at >= before, "effective time never runs back", what)
        require(at >= change.at.after_sync_ms, "nothing is older than what its author saw", what)
        require(at <= self.server.world.now, "nothing is younger than its arrival", what)
        if tablet.is_steady:
            require(
                abs(at - truly_at) <= _SLACK_MS,
                "the running clock tells the time",
                f"{what}: {at - truly_at} ms off",
            )
        return at

    def _is_allowed(self, tablet: Tablet, change: Change, grants: list[Grant]) -> bool:
        """Whether a grant covers the change; only where that can be said for certain."""
        record = self.server.records[change.entity, change.record_id]
        if change.entity == "review":
            return tablet.agent_id in _asked_of(record.values)
        if change.entity not in ("person", "visit", "contact_point"):
            return False
        number = record.entity.number_by_name["commune_code"]
        merged = {
            one
            for one in (*self.led, *set().union(*self.led.values()))
            if self._stands_for(one) & self._stands_for(change.record_id)
        }
        communes = {
            place
            for one in {change.record_id, *merged}
            if (change.entity, one) in self.server.records
            for place in (
                self.server.records[change.entity, one].values["commune_code"],
                *self.past[NUMBER[change.entity], one, number],
            )
        }
        mine = [
            one
            for one in grants
            if one.agent_id == tablet.agent_id
            and (one.ends is None or change.at.after_sync_ms <= one.ends + _GRACE_MS)
        ]
        provinces = {scopes.province_of(one.commune) for one in mine}
        if change.op is Op.INSERT:
            return change.values["commune_code"] in COMMUNES and (
                scopes.province_of(change.values["commune_code"]) in provinces
            )
        # What a whole province reads is changed by who captured it there, too.
        is_own = (
            record.entity.scope.kind is ScopeKind.PROVINCE
            and record.values["created_by"] == tablet.agent_id
            and bool(provinces & set(map(scopes.province_of, communes)))
        )
        is_mine = bool({one.commune for one in mine} & communes)
        return is_own or is_mine or self._is_shared(tablet, change)


def _asked_of(review: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Return the agents who may settle a review: both its sides, if no office is one of them."""
    sides = (review["mine_by"], review["theirs_by"])
    return sides if review["field"] and all(sides) else ()


def _some(items: Any) -> list[Any]:
    """Return the first few of a set, for a message."""
    return sorted(items, key=repr)[:4]
