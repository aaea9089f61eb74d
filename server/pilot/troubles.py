"""What waits for a decision: two values, remarkable visits, work that is held, doubles."""

from __future__ import annotations

from server.accounts import commands
from server.db.records import Stored
from server.db.work import Author
from server.pilot import drawn
from server.pilot.pilot import number_of, text_of
from server.pilot.stage import MINUTE_MS, Piece
from server.pilot.team import CONSENT_TEXT, Member, Team
from sync.spec import Value, Values

_SPELLINGS = (
    ("Mohamed", "Mohammed"), ("Fatima", "Fatma"), ("Khadija", "Khadidja"), ("Aicha", "Aïcha"),
    ("Lhoussaine", "El Houssaine"), ("Abdellah", "Abdallah"), ("Ait ", "Aït "), ("Id ", "Idd "),
    ("Ou", "Ou "), ("ou", "u"), ("ss", "s"), ("i", "y"), ("a", "e"),
    ("عبد ", "عبد"), ("أ", "ا"), ("إ", "ا"), ("ة", "ه"), ("ي", "ى"), ("ا", "آ"), ("و", "ؤ"),
)  # fmt: skip
"""How the same name is spelt otherwise; the first that is found in it."""


class Troubles:
    """Scenes of which something is left for a coordinator."""

    def __init__(self, team: Team) -> None:
        """Nothing has happened yet."""
        self.team, self.stage, self.rng = team, team.stage, team.rng
        self.members, self.shared = team.members, team.shared

    def plan(self) -> None:
        """Plan all of them."""
        self.conflicts()
        self.remarkable_visits()
        self.held_work()
        self.doubles()

    def conflicts(self) -> None:
        """Have two write one field of one person, neither having seen the other's."""
        stage, first, second = self.stage, self.members[1], self.members[2]
        shared = self._shared_people()
        for number, field in enumerate(("phone", "birth_year", "name_fr", "phone", "name_ar")):
            person = shared[number]
            for member, hour, spell in ((first, 10, _turned), (second, 11, _respelt)):
                values: dict[str, Value] = {
                    "phone": f"+21260009{self.rng.randint(0, 9999):04d}",
                    "birth_year": 1960 + hour - 10 + 2 * self.rng.randint(0, 9),
                    "name_fr": spell(text_of(person, "name_fr")),
                    "name_ar": spell(text_of(person, "name_ar")),
                }
                at = stage.moment(4, hour, number * 5)
                stage.put(
                    member.tablet, at, "person", {field: values[field]}, record_id=person.record_id
                )
        for number, field in ((3, "phone"), (18, "phone"), (21, "birth_year")):
            for person in self.members[number].people[-2:]:
                self._against_the_office(self.members[number], person, field)

    def _shared_people(self) -> list[Stored]:
        """Return those of the shared commune whose name is known in both scripts."""
        return [
            one
            for one in self.members[1].people
            if one.values["commune_code"] == self.shared and one.values["name_ar"]
        ]

    def _against_the_office(self, member: Member, person: Stored, field: str) -> None:
        """Have the office write a field while the agent writes it too, far from any line."""
        office = Author(self.team.coordinator_of(member))

        said: Value = f"+21260008{self.rng.randint(0, 4999):04d}"
        typed: Value = f"+21260008{self.rng.randint(5000, 9999):04d}"
        if field == "birth_year":
            said, typed = (number_of(person.values[field]) + by for by in (-1, 2))
        self.stage.office(
            self.stage.moment(3, 11),
            lambda work: work.change("person", person.record_id, {field: said}, office),
        )
        at = self.stage.moment(3, 12)
        self.stage.put(member.tablet, at, "person", {field: typed}, record_id=person.record_id)

    def remarkable_visits(self) -> None:
        """Have visits made that a coordinator looks at twice: one kind of remark after another."""
        stage, team, rng = self.stage, self.team, self.rng
        agent, done = self.members[4], {"outcome": "done"}
        for days_ago in (5, 2):
            at = stage.moment(days_ago, 13)
            short: Values = {**done, "type": "follow_up"}
            team.visit(agent, at, short, minutes=1)
            person = team.next_person(agent)
            there = team.position(text_of(person, "commune_code"), at, off_degrees=0.42)
            team.visit(agent, at + 5 * MINUTE_MS, {**done, **there}, subject=person)
            nowhere: Values = dict.fromkeys(("latitude", "longitude", "accuracy_m", "position_at"))
            nowhere["position_missing"] = rng.choice(("no_signal", "refused"))
            team.visit(agent, at + 70 * MINUTE_MS, nowhere)
            team.visit(agent, at + 130 * MINUTE_MS, {**done, "position_mock": True})
        for minute in (0, 20):  # the second begins before the first has ended
            team.visit(agent, stage.moment(3, 9, minute), {**done}, minutes=40)
        same, strokes = drawn.site(rng), drawn.signature(rng)
        for hour in (15, 17):
            twice = team.photo("site", same, "same")
            team.visit(agent, stage.moment(3, hour, 20), {**done}, pieces=[twice])
        for hour in (12, 13):
            signed = Piece("photo", "again", drawn.described("signature"), strokes)
            team.visit(agent, stage.moment(6, hour, 45), {**done}, pieces=[signed])
        for count in range(16):  # more than one can do well
            team.visit(agent, stage.moment(4, 8, 30 + 35 * count), minutes=12)

    def held_work(self) -> None:
        """Have work sent that the rules do not let in, for one reason after another."""
        stage, team = self.stage, self.team
        first, second, fourth = (self.members[number] for number in (1, 2, 4))
        strays = (
            (first, "02.113.01.01", 2),
            (fourth, "02.381.01.01", 2),
            (fourth, "07.041.01.01", 1),
        )
        for member, code, days_ago in strays:  # the neighbour's commune, touched by mistake
            at = stage.moment(days_ago, 16, 40)
            stray: Values = {"commune_code": code, "type": "needs", "outcome": "done"}
            stray_id = team.visit(member, at, stray, minutes=18, subject=member.met[0])
            del member.visits[stray_id]
        self._new_person(second, "09.541.99.99", stage.moment(2, 17))
        firms = [one for one in second.enterprises if one.values["status"] == "submitted"]
        for firm in firms[:2]:  # the office's to say
            at = stage.moment(1, 17, 5)
            stage.put(
                second.tablet, at, "enterprise", {"status": "verified"}, record_id=firm.record_id
            )
        # Hours of an agency in another's commune, told in passing.
        codes = {one.values["code"] for one in fourth.agent.communes}
        points = [one for one in team.points if str(one.values["commune_code"])[:6] == "09.541"]
        point = next(one for one in points if one.values["commune_code"] not in codes)
        hours: Values = {"hours": "Mo-Th 09:00-15:30"}
        at = stage.moment(1, 15, 10)
        stage.put(fourth.tablet, at, "contact_point", hours, record_id=point.record_id)
        # Of one who left, and whose account was closed before the tablet found a line.
        left = team.member(10, stage.moment(11, 8))
        for hour in (9, 11):
            team.visit(left, stage.moment(10, hour))
        stage.sync(left.tablet, stage.moment(10, 18))
        for number, hour in enumerate((9, 11)):
            team.visit(left, stage.moment(8, hour), subject=left.met[number])
        stage.office(
            stage.moment(7, 9),
            lambda work: commands.set_status(work, left.agent.agent_id, "disabled"),
        )
        stage.sync(left.tablet, stage.moment(5, 18), is_told_no=True)

    def _new_person(self, member: Member, code: str, at: int, **values: Value) -> bytes:
        person_id = self.stage.new_id(at)
        name_ar, name_fr = self.stage.pilot.name("female", "09")
        given: Values = {
            "commune_code": code,
            "name_ar": name_ar,
            "name_fr": name_fr,
            "sex": "female",
            "birth_year": self.rng.randint(1960, 2000),
            "service_language": "shi",
            "reading": "ar",
            "is_farmer": True,
            "status": "active",
            **values,
        }
        purposes = [
            Piece(
                "consent",
                "programme_record",
                {
                    "purpose": "programme_record",
                    "person_id": person_id,
                    "ground": "consent",
                    "given": True,
                    "language": "shi",
                    "text_version": CONSENT_TEXT,
                    "method": "finger_signature",
                },
            )
        ]
        return self.stage.put(
            member.tablet, at, "person", given, pieces=purposes, record_id=person_id
        )

    def doubles(self) -> None:
        """Have people and enterprises registered once more, by another agent, otherwise spelt."""
        stage, second = self.stage, self.members[2]
        shared = self._shared_people()
        for number, person in enumerate(shared[6:14]):
            known = person.values
            again: Values = {
                name: known[name]
                for name in ("sex", "birth_year", "phone", "douar", "service_language", "reading")
            }
            again["name_fr"] = _respelt(text_of(person, "name_fr"))
            again["name_ar"] = _respelt(text_of(person, "name_ar")) or None
            self._new_person(second, self.shared, stage.moment(6 - number % 4, 9, number), **again)
        for number, firm in enumerate([one for one in second.enterprises if one.values["ice"]][:3]):
            known = firm.values
            again = {
                name: known[name]
                for name in ("commune_code", "ice", "legal_form", "phone", "value_chains")
            }
            again["name_fr"] = text_of(firm, "name_fr").replace("Coopérative", "Coop.").upper()
            again["name_ar"] = _respelt(text_of(firm, "name_ar")) or None
            stage.put(second.tablet, stage.moment(5 - number, 16, 30), "enterprise", again)


def _turned(name: str) -> str:
    """Return a name with the family's first, as a school's register has it."""
    given, _, family = name.partition(" ")
    return f"{family} {given}"


def _respelt(name: str) -> str:
    """Return a name as another writes it, in either script: as two cards of one family have it."""
    for old, new in _SPELLINGS:
        if old in name:
            return name.replace(old, new, 1)
    return name
