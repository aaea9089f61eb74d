"""Today: the round of the day in its order, what is due, and what needs the agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import cos, hypot, radians

from mobile_app.screens import returned
from mobile_app.screens.context import Context
from mobile_app.store import undo
from mobile_app.store.database import transaction
from mobile_app.store.records import Record
from mobile_app.store.visits import planned_visits
from sync import local_time
from sync.rules import reviews
from sync.rules.stops import takes_place
from sync.spec import Value, Values

UNKNOWN = "person"
"""As whom somebody is treated of whom a visit says nothing."""
_EVENING_MINUTE = 17 * 60
_SOON_MINUTES = 30
"""A stop of which the hour is as near as this, or has come, is where to go now."""
_MICRO = 1_000_000
_KM_A_DEGREE = 111.2
Way = tuple[str, tuple[object, ...]]
"""A screen and its arguments."""
# IS NOT: of a visit without a state `<>` would be neither true nor false, and leave it out.
_DONE = "started_at >= ? AND started_at < ? AND agent_id = ? AND state IS NOT 'planned'"


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit in a list, in words. `state`: as `Context.state`."""

    record_id: bytes
    title: str
    other: str
    detail: str
    time: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Station:
    """One station of the round. `stage`: done, now, next. `km`: as the crow flies, or None.

    `entity`, `record_id`: what opens at a touch: the visited person or enterprise, or the stop.
    """

    kind: str
    entity: str
    record_id: bytes
    title: str
    other: str
    detail: str
    time: str
    km: float | None
    stage: str
    state: str
    word: str
    visit_id: bytes = b""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A task whose day has come. `opens`: the screen on which it is done, and its arguments."""

    record_id: bytes
    title: str
    detail: str
    is_late: bool
    entity: str
    subject_id: bytes
    opens: Way
    is_settled_at_once: bool = True


@dataclass(frozen=True, slots=True)
class Returned:
    """A visit that was sent back, or its answer. `opens`: the screen, and its arguments."""

    title: str
    detail: str
    state: str
    word: str
    opens: Way


class TodayPresenter:
    """What the first screen shows; read anew at each drawing.

    `unfolded`: the long lists that are shown whole: `done`, `next`, `due`, `returned`.
    `saved_id`: of the task that was done last; empty for none.
    """

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self.context = context
        self.unfolded: set[str] = set()
        self.saved_id = b""

    @property
    def day(self) -> int:
        """Return today, in days since 1970."""
        return local_time.day_of(self.context.now_ms())

    @property
    def title(self) -> str:
        """Return the day, in words."""
        words = self.context.phrases.day(self.day, "weekday").rsplit(" ", 1)[0]
        return words[:1].upper() + words[1:]

    def visits(self) -> list[VisitRow]:
        """Return this agent's visits of today, newest first."""
        return [visit_row(self.context, one) for one in reversed(self.done())]

    def done(self) -> list[Record]:
        """Return this agent's visits of today, in the order they were."""
        return list(
            self.context.opened.list("visit", _DONE, self._mine_today(), order="started_at")
        )

    def _mine_today(self) -> tuple[Value, ...]:
        """Return what `_DONE` asks for."""
        first, after = (local_time.day_start(self.day + one) for one in (0, 1))
        return first, after, self.context.opened.kept.agent_id

    def behind(self) -> list[Record]:
        """Return what of the round is done: the visits in their order, each stop after its last.

        A stop is done once this agent has a visit of today that names it.
        """
        visits = self.done()
        last = {visit.values["stop_id"]: visit for visit in visits}
        behind = []
        for visit in visits:
            behind.append(visit)
            stop_id = visit.values["stop_id"]
            if isinstance(stop_id, bytes) and last[stop_id] is visit:
                stop = self.context.opened.find("stop", stop_id)
                behind += [stop] if stop else []
        return behind

    def coming(self) -> list[Station]:
        """Return the stations of the round that are left: where to go now, then the next ones.

        Planned visits have no hour: they come by distance, each from the one before. Stops come by
        their hour, those whose hour has come or is near before all visits, the others after them.
        """
        context = self.context
        here = context.gps.position()
        at = (here.latitude, here.longitude) if here else None
        waiting = [(one, self._place(one)) for one in self._planned()]
        visits = []
        while waiting:
            # What has no place is as if 1e6 km away: last, and in its order, as the sort is stable.
            waiting.sort(key=lambda one: _km(at, one[1]) if at and one[1] else 1e6)
            visit, place = waiting.pop(0)
            visits.append(self._to_visit(visit, _km(at, place) if at and place else None))
            at = place or at
        soon = local_time.minutes_of(context.now_ms()) + _SOON_MINUTES
        stops = [(stop.values["from_minute"], self._stop(stop)) for stop in self._stops()]
        before = [one for minute, one in stops if isinstance(minute, int) and minute <= soon]
        # Stops come by hour, those without one last: the ones before are the first of them.
        after = [one for _, one in stops[len(before) :]]
        stations = [*before, *visits, *after]
        return [
            replace(one, stage="next" if number else "now") for number, one in enumerate(stations)
        ]

    def _planned(self) -> Sequence[Record]:
        """Return the visits to be made today, those that are late first."""
        return planned_visits(self.context.opened, until=self.day)

    def _stops(self) -> list[Record]:
        """Return the stops of today that are left, by their hour: none that is done or over.

        A tablet holds the stops of a whole province; the round is of the communes of its people.
        """
        store, now = self.context.opened, self.context.now_ms()
        found = store.list(
            "stop",
            "weekday = ? AND (to_minute IS NULL OR to_minute > ?)"
            f" AND id NOT IN (SELECT stop_id FROM visit WHERE {_DONE} AND stop_id IS NOT NULL)",
            (local_time.weekday_of(self.day), local_time.minutes_of(now), *self._mine_today()),
            order="from_minute IS NULL, from_minute, id",
        )
        today = [one for one in found if takes_place(one.values, self.day)]
        own = self.context.own_communes() if today else []
        return [one for one in today if one.values["commune_code"] in own]

    def _place(self, visit: Record) -> tuple[int, int] | None:
        """Return where to go: where the subject was last met, in millionths of a degree."""
        for entity in ("person", "enterprise"):
            subject = visit.values[f"{entity}_id"]
            if not isinstance(subject, bytes):
                continue
            row = self.context.opened.db.execute(
                f"SELECT latitude, longitude FROM visit WHERE {entity}_id = ?"
                " AND latitude IS NOT NULL ORDER BY started_at DESC LIMIT 1",
                (subject,),
            ).fetchone()
            if row:
                return int(row[0]), int(row[1])
        return None

    def visited(self, visit: Record) -> Station:
        """Return what of the round is done, a visit or a stop, as a station of it."""
        if visit.entity.name == "stop":
            return replace(self._stop(visit), time="", stage="done")
        row = visit_row(self.context, visit)
        entity, subject = subject_of(self.context, visit)
        return Station(
            "visit", entity, subject.record_id if subject else b"", row.title, row.other,
            row.detail, row.time, None, "done", row.state, row.word, visit.record_id,
        )  # fmt: skip

    def _to_visit(self, visit: Record, km: float | None) -> Station:
        row = visit_row(self.context, visit)
        entity, subject = subject_of(self.context, visit)
        phone = str(subject.values.get("phone") or "") if subject else ""
        planned = visit.values["planned_on"]
        late = isinstance(planned, int) and planned < self.day
        detail = row.detail
        if late:
            since = self.context.say(
                "tablet.today.since", day=self.context.phrases.day(int(str(planned)), "short")
            )
            detail = self.context.facts(detail, since)
        return Station(
            "visit", entity, subject.record_id if subject else b"", row.title, row.other,
            detail, "", km, "next", "", "", visit.record_id, phone,
        )  # fmt: skip

    def _stop(self, stop: Record) -> Station:
        context, minute = self.context, stop.values["from_minute"]
        own = stop.values[f"place_{context.script}"]
        title = str(own or stop.values["place_fr"] or stop.values["place_ar"] or "")
        time = local_time.clock_text(minute) if isinstance(minute, int) else ""
        kind = "tablet.today.souk" if stop.values["is_souk"] else "tablet.today.stop"
        detail = context.facts(context.say(kind), context.commune(stop.values["commune_code"]))
        return Station(
            "stop", "stop", stop.record_id, title, "", detail, time, None, "next", "", ""
        )

    def due(self) -> list[Due]:
        """Return this agent's tasks whose day has come; what is asked or to be told, at once."""
        context = self.context
        found = context.opened.list(
            "task",
            "state IN ('open', 'started') AND (due_on <= ? OR kind IN ('verification', 'tell'))"
            " AND (owner_id = ? OR owner_id IS NULL)",
            (self.day, context.opened.kept.agent_id),
            order="due_on, id",
        )
        rows = []
        for task in found:
            entity, subject = subject_of(context, task)
            name = about(context, task)
            title, when, is_late = task_in_words(context, task)
            detail = context.facts(name, when)
            rows.append(
                Due(
                    task.record_id,
                    title,
                    detail,
                    is_late,
                    entity,
                    subject.record_id if subject else b"",
                    task_way(context, task),
                    is_settled_at_once=task.values["kind"] != "tell",  # how is to be said
                )
            )
        return rows

    def returned(self) -> list[Returned]:
        """Return what the office sent back: first what waits, late ones first, then the answers."""
        context, say = self.context, self.context.say
        rows = []
        for visit in returned.waiting(context):
            asked = returned.question(context, visit)
            assert asked is not None
            late = (
                say("tablet.due.late") if asked.is_late else say("tablet.attention.returned.word")
            )
            detail = context.facts(asked.label, asked.due)
            rows.append(self._returned(visit, detail, "attention", late, way_to(visit)))
        for visit in returned.answered(context):
            words = context.state(visit), context.state_word(visit)
            detail = say("tablet.returned.answered")
            rows.append(self._returned(visit, detail, *words, ("slip", (visit.record_id,))))
        return rows

    def _returned(self, visit: Record, detail: str, state: str, word: str, opens: Way) -> Returned:
        title = about(self.context, visit) or self.context.say("tablet.visit")
        return Returned(title, detail, state, word, opens)

    def finish(self, task_id: bytes) -> None:
        """Mark a task as done, which can be taken back. Raises StoreFull, NotFound."""
        done: Values = {"state": "done", "done_at": self.context.now_ms()}
        undo.settle(self.context.opened, "task", task_id, done)
        self.saved_id = task_id

    def offers_slip(self) -> bool:
        """Whether the day's slip is to be offered: the round is done or it is evening, and once.

        A round is done when something of it was made and nothing is left, neither visit nor stop.
        """
        store = self.context.opened
        if store.kept.slip_day == self.day:
            return False
        if local_time.minutes_of(self.context.now_ms()) >= _EVENING_MINUTE:
            return store.count("visit", _DONE, self._mine_today()) > 0
        of_round = f"{_DONE} AND (planned_on IS NOT NULL OR stop_id IS NOT NULL)"
        was_begun = store.count("visit", of_round, self._mine_today()) > 0
        return was_begun and not self._planned() and not self._stops()

    def slip_was_seen(self) -> None:
        """Offer the day's slip no more. Raises StoreFull."""
        store = self.context.opened
        with transaction(store.db):
            store.kept.slip_day = self.day

    def attention_count(self) -> int:
        """Return how many records ask for the agent."""
        return attention_count(self.context)


def attention_count(context: Context) -> int:
    """Return how many records ask for this agent: held, dismissed, returned, or a question."""
    store = context.opened
    asked = sum(may_decide for _, may_decide in open_reviews(context))
    sent_back = len(returned.waiting(context))
    return len(store.outbox.held()) + len(store.outbox.dismissed()) + sent_back + asked


def open_reviews(context: Context) -> list[tuple[Record, bool]]:
    """Return the open questions about what this agent wrote, and whether they may decide it."""
    store = context.opened
    agent_id = store.kept.agent_id

    def role_of(one: bytes) -> object:
        agent = store.find("agent", one)
        return agent.values["role"] if agent else None

    found = store.list(
        "review",
        "state = 'open' AND kind = 'conflict' AND field IS NOT NULL"
        " AND (mine_by = ? OR theirs_by = ?)",
        (agent_id, agent_id),
    )
    return [(one, reviews.may_decide(one.values, agent_id, role_of)) for one in found]


def named_in(record: Record) -> tuple[str, bytes]:
    """Return whom a visit or task names, entity and id, be they here or not; or empty."""
    for entity in ("person", "enterprise"):
        subject_id = record.values.get(f"{entity}_id")
        if isinstance(subject_id, bytes):
            return entity, subject_id
    return "", b""


def subject_of(context: Context, record: Record) -> tuple[str, Record | None]:
    """Return whom a visit or task is about: the entity's name and the record."""
    entity, subject_id = named_in(record)
    return entity, context.opened.find(entity, subject_id) if entity else None


def visited(context: Context, entity: str, record_id: bytes, amended: Record | None) -> Record:
    """Return whom a visit is about, or what an amended one says of them. Raises NotFound."""
    store = context.opened
    if amended is None:
        return store.get(entity, record_id)
    found = store.find(entity, record_id) if entity else None
    said: Values = {"commune_code": amended.values["commune_code"]}
    return found or Record(store.entity(entity or UNKNOWN), record_id, said, 0, amended.state)


def way_to(visit: Record, field: str = "", reason: str = "") -> Way:
    """Return what leads to a visit's correction at a field, also where nobody is known."""
    return "visit", (*named_in(visit), b"", visit.record_id, field, reason)


def about(context: Context, record: Record) -> str:
    """Return the name of whom or what a record is about, its own first; empty for none."""
    store = context.opened
    _, subject = subject_of(context, record)
    if name := context.name(subject or record)[0]:
        return name
    parents = [("visit", "visit_id"), ("contact_point", "point_id")]
    if record.entity.name == "review":  # two values of another record
        parents = [(str(record.values["entity"]), "record_id")]
    for entity, field in parents:
        parent_id = record.values.get(field)
        if entity in store.entity_by_name and isinstance(parent_id, bytes):
            parent = store.find(entity, parent_id)
            return about(context, parent) if parent else ""
    return ""


def task_in_words(context: Context, task: Record) -> tuple[str, str, bool]:
    """Return what is to be done and by when, in words, and whether that day is over."""
    title = str(task.values["title"] or context.choice("task", "kind", task.values["kind"]))
    return title, *returned.due_in_words(context, task.values["due_on"])


def task_way(context: Context, task: Record) -> Way:
    """Return where a task is done: a paper that is asked for, in its request; else by itself."""
    request_id = task.values["application_id"]
    if task.values["kind"] == "missing_piece" and isinstance(request_id, bytes):
        return request_way(context, request_id) or ("task", (task.record_id,))
    return "task", (task.record_id,)


def request_way(context: Context, request_id: bytes) -> Way | None:
    """Return what leads to a request; None where it, or who asked, is not here."""
    request = context.opened.find("application", request_id)
    entity, subject = subject_of(context, request) if request else ("", None)
    return ("request", (entity, subject.record_id, request_id)) if subject else None


def needs_in_words(context: Context, values: Mapping[str, Value]) -> str:
    """Return a visit's needs in words, the urgent ones said to be so; empty for none."""
    needs, urgent = (values.get(name) or () for name in ("needs", "urgent_needs"))
    if not isinstance(needs, tuple) or not isinstance(urgent, tuple):
        return ""
    words = {one: context.choice("visit", "needs", one) for one in needs}
    marked = {
        one: context.say("tablet.needs.urgent", need=words[one]) for one in urgent if one in words
    }
    return context.listed({**words, **marked}.values())


def visit_row(context: Context, visit: Record) -> VisitRow:
    """Return a visit as a list shows it."""
    values = visit.values
    _entity, subject = subject_of(context, visit)
    title, other = context.name(subject) if subject else (context.say("tablet.visit"), "")
    place = context.commune(values["commune_code"])
    kind = context.choice("visit", "type", values["type"])
    started = values["started_at"]
    return VisitRow(
        visit.record_id,
        title,
        other,
        context.facts(place, kind),
        context.phrases.time(started) if isinstance(started, int) else "",
        context.state(visit),
        context.state_word(visit),
    )


def _km(start: tuple[int, int], end: tuple[int, int]) -> float:
    """Return the distance as the crow flies; good to a percent over a province."""
    north = (end[0] - start[0]) / _MICRO
    east = (end[1] - start[1]) / _MICRO * cos(radians(start[0] / _MICRO))
    return hypot(north, east) * _KM_A_DEGREE
