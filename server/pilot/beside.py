"""What goes on beside the visits: requests for services, trainings, contact points."""

from __future__ import annotations

from server.db.records import Stored
from server.db.work import Author
from server.pilot import told
from server.pilot.stage import MINUTE_MS
from server.pilot.team import Member, Team
from sync import local_time
from sync.rules.applications import DRAFT
from sync.spec import Values

_REQUESTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("rna", ("ready", "submitted", "in_review", "approved", "delivered", "closed")),
    ("amo", ("ready", "submitted", "in_review", "rejected")),
    ("credit", ("ready", "submitted", "info_requested")),
    ("crop-insurance", ("ready", "submitted", "acknowledged")),
    ("digital-id", ("ready", "submitted", "in_review", "approved", "delivered")),
    ("fda-subsidy", ("ready",)),
    ("m-wallet", ("ready", "submitted", "delivered")),  # a step left out: a person looks at it
    ("bank-account", ()),
    ("e-admin", ("withdrawn",)),
)
"""Services of the catalogue, and the steps that a request for each has gone."""


class Beside:
    """Scenes of an agent's other work."""

    def __init__(self, team: Team) -> None:
        """Nothing has happened yet."""
        self.team, self.stage, self.rng = team, team.stage, team.rng
        self.members = team.members

    def plan(self) -> None:
        """Plan all of them."""
        self.requests()
        self.trainings()
        self.points()

    def requests(self) -> None:
        """Have services asked for, each as far as it has come."""
        for place, number in enumerate((1, 2, 3)):
            member = self.members[number]
            for count, (service, steps) in enumerate(_REQUESTS):
                if (count + place) % 3 == 2 and service != "m-wallet":
                    continue  # not everybody asks for everything
                person = member.people[-3 - count]
                asked: Values = {
                    "commune_code": person.values["commune_code"],
                    "person_id": person.record_id,
                    "service": service,
                    "agent_id": member.agent.agent_id,
                    "state": DRAFT,
                }
                begun = 12 - (count * 2 + place * 3) % 5
                hour, minute = 9 + (count + place * 2) % 8, (count * 17 + place * 23) % 60
                at = self.stage.moment(begun, hour, minute)
                request_id = self.stage.put(member.tablet, at, "application", asked)
                for step, state in enumerate(steps, 1):
                    at = self.stage.moment(max(1, begun - step), hour, minute + step)
                    self._step(member, request_id, state, at)

    def _step(self, member: Member, request_id: bytes, state: str, at: int) -> None:
        values: Values = {"state": state}
        if state == "submitted":
            values |= {
                "receipt_number": f"TR-2026-{self.rng.randint(1000, 9999)}",
                "submitted_at": at,
                "due_on": local_time.day_of(at) + self.rng.choice((8, 10, 12)),
            }
        if state == "rejected":
            values |= {"decision_reason": "Dossier incomplet : attestation d'exploitation périmée."}
        if state in ("approved", "rejected"):
            values["decided_at"] = at
        self.stage.put(member.tablet, at, "application", values, record_id=request_id)

    def trainings(self) -> None:
        """Have two sessions held, with who came and how they did, and one planned."""
        member = self.members[3]
        for number, (topic, title) in enumerate(told.SESSIONS):
            days_ago = (8, 3, -4)[number]
            person = member.people[number * 9]
            code = str(person.values["commune_code"])
            starts, is_held = self.stage.moment(days_ago, 10), days_ago > 0
            session: Values = {
                "commune_code": code,
                "topic": topic,
                "title": title[number % 2],
                "place": "Dar Taliba" if number % 2 else "دار الجماعة",
                "level": "beginner",
                "language": "shi",
                "trainer_id": member.agent.agent_id,
                "starts_at": starts,
                "ends_at": starts + 120 * MINUTE_MS,
                "places": 15,
                "is_women_only": number == 0,
                "state": "held" if is_held else "planned",
            }
            at = starts + 121 * MINUTE_MS if is_held else self.stage.moment(1, 15)
            session_id = self.stage.put(member.tablet, at, "training_session", session)
            for guest in range(9):
                self._attend(
                    member, session_id, member.people[number * 9 + guest], at, is_held=is_held
                )

    def _attend(
        self, member: Member, session_id: bytes, person: Stored, at: int, *, is_held: bool
    ) -> None:
        is_here = is_held and self.rng.random() < 0.8
        before = self.rng.randint(10, 55)
        state = ("present" if is_here else "absent") if is_held else "enrolled"
        values: Values = {
            "commune_code": person.values["commune_code"],
            "session_id": session_id,
            "person_id": person.record_id,
            "state": state,
        }
        if is_here:
            values |= {
                "attended_percent": self.rng.choice((80, 100, 100)),
                "proof": self.rng.choice(("signature", "code")),
                "score_before_percent": before,
                "score_after_percent": before + self.rng.randint(10, 40),
            }
        self.stage.put(member.tablet, at + MINUTE_MS, "attendance", values)

    def points(self) -> None:
        """Have the connection of contact points measured, and what goes wrong there told."""
        rng = self.rng
        for count, number in enumerate((1, 2, 3, 18, 21)):
            member = self.members[number]
            province = str(member.agent.communes[0].values["province_code"])
            points = [
                one
                for one in self.team.points
                if str(one.values["commune_code"]).startswith(province)
            ]
            for days_ago in (10, 7, 4, 1):
                point = rng.choice(points)
                at = self.stage.moment(days_ago, 16, 10)
                technology = rng.choice(("2g", "3g", "4g", "4g", "fibre"))
                down = {"2g": 90, "3g": 1_800, "4g": 14_000, "fibre": 60_000}[technology]
                checked: Values = {
                    "commune_code": point.values["commune_code"],
                    "point_id": point.record_id,
                    "checked_at": at,
                    "operator": rng.choice(("Maroc Telecom", "Orange", "inwi")),
                    "technology": technology,
                    "signal_dbm": rng.randint(-112, -70),
                    "latency_ms": rng.randint(30, 900),
                    "down_kbps": down + rng.randint(0, down // 3),
                    "up_kbps": down // 3,
                    "method": "test",
                    "has_power": rng.random() < 0.9,
                }
                self.stage.put(member.tablet, at, "connectivity_check", checked)
            self._incident(member, rng.choice(points), count)

    def _incident(self, member: Member, point: Stored, number: int) -> None:
        kind, severity, title, cause = told.INCIDENTS[number % len(told.INCIDENTS)]
        at = self.stage.moment(5, 9, 15)
        opened: Values = {
            "commune_code": point.values["commune_code"],
            "point_id": point.record_id,
            "kind": kind,
            "severity": severity,
            "title": title[number % 2],
            "opened_at": at,
            "people_affected": self.rng.randint(3, 60),
            "state": "open",
        }
        incident_id = self.stage.put(member.tablet, at, "incident", opened)
        if cause[0]:
            at = self.stage.moment(4, 17)
            ended: Values = {"state": "resolved", "resolved_at": at, "cause": cause[number % 2]}
            office = Author(self.team.coordinator_of(member))
            self.stage.office(at, lambda work: work.change("incident", incident_id, ended, office))
