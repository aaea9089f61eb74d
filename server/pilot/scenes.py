"""The days before today, as the team of Taroudant and its neighbours lived them."""

from __future__ import annotations

from functools import partial
from itertools import cycle
from uuid import UUID

from server.accounts import devices
from server.accounts.devices import Status
from server.db.work import Work
from server.pilot import told
from server.pilot.answering import Answering
from server.pilot.beside import Beside
from server.pilot.pilot import number_of
from server.pilot.stage import HOUR_MS
from server.pilot.team import ACTIVE, DAYS, Member, Team
from server.pilot.troubles import Troubles
from server.visits import commands
from sync import flat, local_time
from sync.spec import Values

_HOURS = ((8, 40), (10, 5), (11, 30), (14, 20), (15, 50))
_PLANNED = 0.7
"""Of the visits made, how many were planned the evening before."""
_SILENT = ((5, 11), (6, 9), (7, 8), (8, 10), (9, 12))
"""Agents whose tablet fell silent, and so many days ago: absent; full; an old app; its battery low
and its clock wrong; told to empty itself, which it has not heard."""
_FULL_MB, _EMPTY_PERCENT = 120, 6
_OLD_BUILD = "0.0.7"


class Scenes:
    """What happens on the stage: planned at once, played by its moments."""

    def __init__(self, team: Team) -> None:
        """Nothing has happened yet."""
        self.team, self.stage, self.rng = team, team.stage, team.rng
        self.members = team.members

    def plan(self) -> None:
        """Plan all of it."""
        self.daily_work()
        Troubles(self.team).plan()
        Beside(self.team).plan()
        Answering(self.team).plan()
        self.returns()
        self.silent_tablets()
        self.today()

    def daily_work(self) -> None:
        """Have each tablet make some visits a day and sync in the evening; none on Sundays."""
        for days_ago in range(DAYS - 1, -1, -1):
            day = local_time.day_of(self.stage.moment(days_ago, 12))
            if local_time.weekday_of(day) != "su":
                for number in ACTIVE:
                    self._day(self.members[number], days_ago, number)

    def _day(self, member: Member, days_ago: int, number: int) -> None:
        stage, rng = self.stage, self.rng
        for hour, minute in sorted(rng.sample(_HOURS, rng.randint(2, 4))):
            at = stage.moment(days_ago, hour, minute + rng.randint(0, 12))
            if at + HOUR_MS < stage.pilot.now_ms:
                person, planned_id = self.team.next_person(member), b""
                if rng.random() < _PLANNED:
                    to: Values = {
                        "person_id": person.record_id,
                        "commune_code": person.values["commune_code"],
                    }
                    day = local_time.day_of(at)
                    evening = stage.moment(days_ago + 1, 17, 50)
                    planned_id = self.team.planned(member, evening, to, planned_on=day)
                self.team.visit(member, at, subject=person, planned_id=planned_id)
        evening = stage.moment(days_ago, 18, number * 2)
        is_offline = number == 12 and days_ago > 2  # no line where agent12 goes
        if evening < stage.pilot.now_ms and not is_offline:
            stage.sync(member.tablet, evening)

    # What the office says

    def returns(self) -> None:
        """Have the office accept what is old and return some; agents correct a part of it."""
        stage = self.stage
        for number, member in self.members.items():
            for visit_id, values in member.visits.items():
                if _days_ago(stage.pilot.now_ms, values) > 6 and number in ACTIVE:
                    stage.office(stage.moment(5, 9), partial(_accept, self.team, member, visit_id))
        cases = cycle(told.RETURNS)
        for number, count, corrected in ((1, 4, 1), (2, 3, 2), (3, 2, 1), (18, 1, 0), (21, 1, 0)):
            for one in range(count):
                self._return(self.members[number], next(cases), one, is_corrected=one < corrected)
            stage.sync(self.members[number].tablet, stage.moment(1, 8))

    def _return(self, member: Member, case: told.Return, one: int, *, is_corrected: bool) -> None:
        """Have a visit made that leaves a question open, and the office ask it."""
        stage = self.stage
        at = stage.moment(4 - one % 2, 12, 45 + one // 2 * 40)
        said: Values = {"outcome": "done", **case.said}
        visit_id = self.team.visit(member, at, said, minutes=25)
        today = local_time.day_of(stage.pilot.now_ms)
        question = partial(_give_back, self.team, member, visit_id, case, today + one - 1)
        stage.office(stage.moment(2, 10, one), question)
        if is_corrected:
            corrected: Values = {
                **case.mended,
                "amend_reason": case.reason,
                "review_state": "corrected",
            }
            at = stage.moment(1, 13, one * 5)
            stage.put(member.tablet, at, "visit", corrected, record_id=visit_id)

    # Tablets

    def silent_tablets(self) -> None:
        """Have tablets fall silent, each for a cause of its own, and one run with a wrong clock."""
        stage, team = self.stage, self.team
        for number, days_ago in _SILENT:
            build = _OLD_BUILD if number == 7 else ""
            member = team.member(number, stage.moment(DAYS, 7, 30 + number), build)
            for hour in (9, 11, 15):
                team.visit(member, stage.moment(days_ago, hour))
            if number == 6:  # much to send, and a line that broke
                for count in range(24):
                    team.visit(member, stage.moment(days_ago, 8, 20 * count), minutes=12)
                stage.sync_in_vain(member.tablet, stage.moment(days_ago, 19), free_mb=_FULL_MB)
                continue
            if number == 8:
                stage.turn(member.tablet, stage.moment(days_ago, 17), -(26 * 60 + 12))
            battery = _EMPTY_PERCENT if number == 8 else None
            stage.sync(member.tablet, stage.moment(days_ago, 18), battery=battery)
            # now nothing waits, and it says so
            stage.sync(member.tablet, stage.moment(days_ago, 19), battery=battery)
            if number == 9:
                stage.office(stage.moment(5, 9), partial(_order_empty, team, member))
        stage.turn(self.members[12].tablet, stage.moment(3, 7), 47)

    def today(self) -> None:
        """Have the rounds of today planned, and tasks that are due or late."""
        today = local_time.day_of(self.stage.pilot.now_ms)
        for number, visits in ((1, 6), (2, 4), (3, 4), (4, 3), (18, 3), (21, 3)):
            member = self.members[number]
            met = self._near(member)
            for count in range(visits):
                values = met[count]
                at = self.stage.moment(1, 17, 20 + count)
                kind = ("follow_up", "needs", "documents", "assistance", "maturity")[count % 5]
                due = today - (1 if count == visits - 1 else 0)
                self.team.planned(member, at, values, planned_on=due, kind=kind)
            for count, (kind, title) in enumerate(told.TASKS):
                values = met[-1 - count]
                task: Values = {
                    "commune_code": values["commune_code"],
                    "person_id": values["person_id"],
                    "owner_id": member.agent.agent_id,
                    "kind": kind,
                    "title": title[(number + count) % 2],
                    "due_on": today + (0, -3, 0, -6, 2, -1)[count],
                    "priority": ("normal", "high", "normal")[count % 3],
                    "state": "open",
                }
                at = self.stage.moment(8, 17, 40 + count)
                self.stage.put(member.tablet, at, "task", task)
            self.stage.sync(member.tablet, self.stage.moment(1, 19, 30))

    def _near(self, member: Member) -> list[Values]:
        """Return a visit of each person whom an agent met, those of the nearest communes first."""
        met = {one["person_id"]: one for one in member.visits.values() if one.get("person_id")}
        codes = [str(one["commune_code"]) for one in met.values()]
        home = self.team.places[max(sorted(set(codes)), key=codes.count)].values

        def away(visit: Values) -> int:
            there = self.team.places[str(visit["commune_code"])].values
            return sum(
                abs(number_of(there[name]) - number_of(home[name]))
                for name in ("latitude", "longitude")
            )

        return sorted(met.values(), key=away)


def _accept(team: Team, member: Member, visit_id: bytes, work: Work) -> None:
    """Accept a visit at the desk; of what has not arrived it knows nothing."""
    if visit := work.find("visit", visit_id):
        reader, form = team.at_the_desk(work, team.coordinator_of(member), seen_rev=visit.rev)
        commands.accept(work, reader, str(UUID(bytes=visit_id)), form)


def _give_back(  # noqa: PLR0917 - whose visit, and what is asked
    team: Team, member: Member, visit_id: bytes, case: told.Return, due_on: int, work: Work
) -> None:
    """Return a visit at the desk."""
    visit = work.find("visit", visit_id)
    assert visit is not None
    reader, form = team.at_the_desk(
        work,
        team.coordinator_of(member),
        seen_rev=visit.rev,
        returned_field=case.field,
        returned_note=case.question,
        returned_due_on=flat.day_text(due_on),
    )
    commands.give_back(work, reader, str(UUID(bytes=visit_id)), form)


def _order_empty(team: Team, member: Member, work: Work) -> None:
    by = team.coordinator_of(member)
    devices.set_status(work, member.tablet.device_id, Status.LEAVING, by=by)


def _days_ago(now_ms: int, visit: Values) -> int:
    at = visit["started_at"]
    assert isinstance(at, int)
    return local_time.day_of(now_ms) - local_time.day_of(at)
