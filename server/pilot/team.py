"""Who works on the stage, where and with whom: agents, their people, places and tablets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from server.accounts import commands, territories
from server.accounts.sessions import Session
from server.accounts.standing import standing_of
from server.db.records import Records, Stored
from server.db.work import Work
from server.phrases import load_phrases
from server.pilot import drawn, told, words
from server.pilot.pilot import PROVINCES, Agent, number_of, text_of, weighed
from server.pilot.sound import spoken
from server.pilot.stage import MINUTE_MS, Piece, Stage, Tablet
from server.reference.files import maturity_forms
from server.web.asked import Asked
from server.web.reader import Reader
from server.web.shell import DESK
from sync import local_time
from sync.entities.visit import NEEDS
from sync.rules import maturity
from sync.spec import Value, Values

DAYS = 13
"""How many days before today the living part begins."""
ACTIVE = (1, 2, 3, 4, 12, 18, 21)
"""Agents whose tablets work until today: five of Taroudant, one of Berkane, one of Nador."""
_COORDINATORS = ("coord.taroudant", "coord.berkane", "coord.nador")
CONSENT_TEXT = "2026-11"
"""Of the tablet's texts, as `mobile_app/screens/consent.py` has it: a test compares them."""
_KINDS = ("first_contact", "needs", "assistance", "documents", "follow_up", "support", "maturity")
_OUTCOMES = ("done", "done_follow_up", "partial", "absent", "postponed")
_OUTCOME_WEIGHTS = (58, 22, 8, 8, 4)


@dataclass(slots=True)
class Member:
    """An agent with a tablet. `visits`: those made, by id, as they were written; `met`: whom."""

    agent: Agent
    tablet: Tablet
    people: list[Stored]
    enterprises: list[Stored]
    visits: dict[bytes, Values] = field(default_factory=dict)
    met: list[Stored] = field(default_factory=list)
    turn: int = 0


class Team:
    """What the scenes are made of: who there is, and a visit as an agent makes it."""

    def __init__(self, stage: Stage) -> None:
        """Read who lives where."""
        self.stage, self.rng = stage, stage.rng
        pilot = stage.pilot
        self.places = {str(one.values["code"]): one for one in pilot.communes}
        self.points = self._all_points()
        self.consented: set[bytes] = set()
        self._phrases = load_phrases("fr")
        self._coordinators = {
            province: stage.database.read(partial(commands.agent_of, login=login))
            for province, login in zip(PROVINCES, _COORDINATORS, strict=True)
        }
        self.members = {
            number: self.member(number, stage.moment(DAYS, 7, number)) for number in ACTIVE
        }
        self.shared = self._share_a_commune()

    def _all_points(self) -> list[Stored]:
        def find(records: Records) -> list[Stored]:
            table = records.tables.records["contact_point"]
            return records.list(
                "contact_point",
                table.c.kind != "hotline",
                order=(table.c.commune_code, table.c.kind, table.c.name_fr),
            )

        return self.stage.database.read(find)

    def _share_a_commune(self) -> str:
        """Let agent02 stand in for agent01 in a commune: both write to its people."""
        first, second = self.members[1], self.members[2]
        homes = [text_of(one, "commune_code") for one in first.people]
        shared = max(sorted(set(homes)), key=homes.count)
        by, agent_id = self.coordinator_of(first), second.agent.agent_id
        self.stage.office(
            self.stage.moment(DAYS, 6),
            lambda work: territories.grant(work, agent_id, [shared], by=by),
        )
        return shared

    def coordinator_of(self, member: Member) -> bytes:
        """Return the id of the coordinator of an agent's province."""
        return self._coordinators[str(member.agent.communes[0].values["province_code"])]

    def at_the_desk(self, work: Work, agent_id: bytes, **form: object) -> tuple[Reader, Asked]:
        """Return whose account it is before a page of the desk, and the form that is sent."""
        standing = standing_of(work, agent_id, now_ms=work.now_ms)
        session = Session(agent_id, "", "fr", "", standing)
        asked = Asked((name, str(value)) for name, value in form.items())
        return Reader(session, "fr", self._phrases, DESK, asked, work.now_ms), asked

    def member(self, number: int, at: int, build: str = "") -> Member:
        """Give an agent a tablet at a moment. `number`: as in the login, from 1."""
        agent = self.stage.pilot.agents[number - 1]
        codes = [str(one.values["code"]) for one in agent.communes]
        people = self.of("person", codes)
        return Member(
            agent, self.stage.tablet(agent, at, build), people, self.of("enterprise", codes)
        )

    def of(self, entity: str, codes: Sequence[str]) -> list[Stored]:
        """Return the records of some communes, mixed."""

        def find(records: Records) -> list[Stored]:
            table = records.tables.records[entity]
            return list(
                records.list(
                    entity,
                    table.c.commune_code.in_(codes),
                    order=(table.c.effective_at, table.c.phone, table.c.name_fr),
                )
            )

        found = self.stage.database.read(find)
        self.rng.shuffle(found)
        return found

    # What an agent writes

    def visit(
        self,
        member: Member,
        at: int,
        said: Values | None = None,
        *,
        minutes: int = 0,
        subject: Stored | None = None,
        pieces: Sequence[Piece] = (),
        planned_id: bytes = b"",
    ) -> bytes:
        """Have an agent visit somebody. Returns the visit's id.

        Args:
            said: what is not by chance.
            minutes: how long; without them, by chance.
            subject: a person or enterprise; without it the next of the agent's people.
            pieces: what is stored with it beside what goes without saying.
            planned_id: of the planned visit that it is.
        """
        rng, said = self.rng, said or {}
        subject = subject or self.next_person(member)
        kind = str(said.get("type") or rng.choice(_KINDS))
        outcome = str(said.get("outcome") or weighed(rng, _OUTCOMES, _OUTCOME_WEIGHTS))
        ended = at + (minutes or rng.randint(14, 55)) * MINUTE_MS
        values = self._visit_values(subject, kind, outcome, at, ended) | said
        own: list[Piece] = []
        if outcome not in told.MISSED:
            own = [*self.consents(subject), *self._proofs(subject, values)]
        visit_id = self.stage.put(
            member.tablet, ended, "visit", values, pieces=[*own, *pieces], record_id=planned_id
        )
        member.visits[visit_id] = values
        member.met.append(subject)
        return visit_id

    def planned(
        self, member: Member, at: int, said: Values, *, planned_on: int, kind: str = "follow_up"
    ) -> bytes:
        """Have an agent plan a visit. Returns its id. `said`: to whom, and in which commune."""
        planned: Values = {
            "commune_code": said["commune_code"],
            "person_id": said["person_id"],
            "agent_id": member.agent.agent_id,
            "type": kind,
            "channel": "home_farm",
            "state": "planned",
            "planned_on": planned_on,
        }
        return self.stage.put(member.tablet, at, "visit", planned)

    def next_person(self, member: Member) -> Stored:
        """Return one of an agent's people, each in turn."""
        member.turn += 1
        return member.people[member.turn % len(member.people)]

    def _visit_values(
        self, subject: Stored, kind: str, outcome: str, at: int, ended: int
    ) -> Values:
        rng, code = self.rng, str(subject.values["commune_code"])
        is_met = outcome not in told.MISSED
        note = rng.choice(words.NOTES[kind] if is_met else told.MISSED[outcome])
        needs = tuple(sorted(rng.sample(NEEDS[:-1], rng.randint(1, 3)))) if is_met else None
        present = rng.randint(1, 5)
        women = rng.randint(0, present)
        values: Values = {
            "commune_code": code,
            f"{subject.entity.name}_id": subject.record_id,
            "type": kind,
            "channel": "home_farm",
            "state": "ended",
            "started_at": at,
            "ended_at": ended,
            "active_seconds": (ended - at) // 1_350,
            "outcome": outcome,
            "notes": note[0] if rng.random() < 0.5 else note[1],
            "language": subject.values.get("service_language") or "ary",
            "review_state": "submitted",
            **self.position(code, at),
        }
        if is_met:
            values |= {
                "needs": needs,
                "urgent_needs": needs[:1] if needs and rng.random() < 0.3 else None,
                "present_total": present,
                "present_women": women,
                "satisfaction": rng.choice((3, 4, 4, 5, 5)),
            }
        if outcome == "done_follow_up":
            values["next_on"] = local_time.day_of(at) + rng.randint(9, 20)
            values["next_action"] = rng.choice(rng.choice(told.ACTIONS))
        return values

    def position(self, code: str, at: int, off_degrees: float = 0.0) -> Values:
        """Return where a visit in a commune was. `off_degrees`: of latitude, to the north."""
        commune = self.places[code].values

        def near(name: str) -> int:
            return number_of(commune[name]) + self.rng.randint(-15_000, 15_000)

        return {
            "latitude": near("latitude") + round(off_degrees * 1_000_000),
            "longitude": near("longitude"),
            "accuracy_m": self.rng.randint(4, 35),
            "position_at": at + MINUTE_MS,
        }

    def _proofs(self, subject: Stored, values: Values) -> list[Piece]:
        rng, kind = self.rng, values["type"]
        proofs: list[Piece] = []
        if kind == "maturity":
            form = "farmer" if subject.entity.name == "person" else "enterprise"
            proofs.append(Piece("maturity_assessment", "visit", self._assessment(form)))
        if rng.random() < 0.45:
            proofs.append(self.photo(rng.choice(("site", "site", "product"))))
        if kind == "documents":
            page = drawn.paper(rng)
            described: Values = {
                "type": rng.choice(("CNIE", "LAND", "ADDRESS")),
                "pages": 1,
                "quality": "sharp",
                "taken_at": values["started_at"],
            }
            proofs.append(Piece("document", "page", described, page))
        if rng.random() < 0.12:
            proofs.append(self.spoken(rng.choice(("note", "need")), values["language"]))
        if values["outcome"] == "done_follow_up":
            task: Values = {
                "kind": "follow_up",
                "title": values["next_action"],
                "due_on": values["next_on"],
                "state": "open",
                "priority": "normal",
            }
            proofs.append(Piece("task", "next", task))
        return proofs

    def photo(self, purpose: str, content: bytes = b"", key: str = "photo") -> Piece:
        """Return a photo with its caption; drawn anew without its bytes."""
        rng = self.rng
        caption = rng.choice(rng.choice(told.PHOTOS[purpose]))
        draw = drawn.product if purpose == "product" else drawn.site
        values = {**drawn.described(purpose), "caption": caption}
        return Piece("photo", key, values, content or draw(rng))

    def spoken(self, purpose: str, language: Value) -> Piece:
        """Return a voice note: a voice that says nothing, for nobody speaks here."""
        seconds = self.rng.randint(4, 16)
        values: Values = {"purpose": purpose, "language": language, "seconds": seconds}
        return Piece("voice_note", purpose, values, spoken(seconds))

    def _assessment(self, name: str) -> Values:
        form = maturity_forms()[name]
        most = self.rng.choice((1, 2, 3, 4))
        answers = {one.code: self.rng.randint(max(0, most - 2), most) for one in form.items}
        scores = maturity.score(form, answers)
        return {
            "form": name,
            "form_version": maturity.FORM_VERSION,
            "answers": maturity.pack(answers),
            **{f"{one}_percent": percent for one, percent in scores.by_dimension.items()},
            "total_percent": scores.total,
            "level": scores.level or None,
            "actions": tuple(one.code for one in maturity.plan(form, answers)) or None,
        }

    def consents(self, subject: Stored, person_id: bytes | None = None) -> list[Piece]:
        """Return what somebody answers who is asked the first time, and how they signed."""
        rng, values = self.rng, subject.values
        if subject.entity.name != "person" or subject.record_id in self.consented:
            return []
        self.consented.add(subject.record_id)
        is_read = values.get("reading") == "none"
        witness = rng.choice(self.stage.pilot.name("male", "09"))
        signed: Values = {
            "ground": "consent",
            "text_version": CONSENT_TEXT,
            "language": values.get("service_language") or "ary",
            "read_aloud": is_read,
            "method": "witnessed_mark" if is_read else "finger_signature",
            "witness_name": witness if is_read else None,
        }
        purposes = ["programme_record", "photo_evidence"]
        purposes += ["contact_sms"] if values.get("phone") else []
        pieces = [
            Piece(
                "consent",
                purpose,
                {
                    **signed,
                    "purpose": purpose,
                    "given": purpose == "programme_record" or rng.random() < 0.85,
                    **({"person_id": person_id} if person_id else {}),
                },
            )
            for purpose in purposes
        ]
        if not is_read:
            pieces.append(
                Piece("photo", "signature", drawn.described("signature"), drawn.signature(rng))
            )
        return pieces
