"""Record a visit step by step: a draft while one types, one transaction at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from mobile_app.device.gps import Locating, NoGps, Position, position_of, position_values
from mobile_app.device.photo import Photo as Shrunk
from mobile_app.screens import returned, signature, where
from mobile_app.screens.consent import answered
from mobile_app.screens.context import Context
from mobile_app.screens.guided import Guided
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.today.presenter import (
    UNKNOWN,
    needs_in_words,
    visit_row,
    visited,
)
from mobile_app.screens.visit import photos, rating
from mobile_app.screens.voice import NEED, NOTE, VoiceNotes, summed
from mobile_app.store import drafts
from mobile_app.store.records import Record
from mobile_app.store.visits import Part, planned_visits, put_visit
from sync import local_time, typed
from sync.entities.consent import PURPOSES
from sync.errors import Refusal
from sync.rules.maturity import Form
from sync.rules.returns import PARTS
from sync.spec import Value, Values

_VOICE = "voice_note"
_ASKED = ("programme_record", "photo_evidence", "contact_sms")
"""Purposes asked at a visit, in this order; the shares are asked with their request."""
_FIELDS = {
    "who": ("channel", "type", "language"),
    "needs": ("needs", "notes"),
    "end": ("outcome", "satisfaction", "next_on", "next_action"),
}
ASKED = tuple(name for names in _FIELDS.values() for name in names)
"""The fields of a visit that its steps ask, in their order."""
_LEADS = {
    **_FIELDS,
    "who": (*_FIELDS["who"], "position"),
    "proof": tuple(one for one in PARTS if one != "position"),
}
"""What a question of the office may lead to: of each step its fields and what else it asks."""
_PREFILLED = ("channel", "type", "language", "needs", "urgent_needs", "services")
_CORRECTED = ("notes", "outcome", "satisfaction", "next_on", "next_action")
_REQUIRED = {"who": ("channel", "type"), "end": ("outcome",)}
NO_POSITION = ("no_signal", "indoors", "refused", "no_device")


class VisitPresenter(Guided):
    """A visit in the making."""

    draft_kind = "visit"

    def __init__(  # noqa: PLR0917 - in their order, as the way back keeps them
        self,
        context: Context,
        entity: str,
        record_id: bytes,
        planned_id: bytes = b"",
        amends_id: bytes = b"",
        field: str = "",
        remark: str = "",
    ) -> None:
        """Begin a visit to a person or enterprise, or go on with its draft. Raises NotFound.

        Args:
            planned_id: of the planned visit that this one is.
            entity, record_id: of whom the visit is about. Of a visit that is corrected they may not
                be on this tablet any more, or be empty: then it shows what the visit has.
            amends_id: of the sent visit that this one corrects; of one that the office sent back:
                that is corrected itself, and `question` says what is asked.
            field: where to begin, if a step asks it; `remark` stands there.
        """
        store = context.opened
        self.context = context
        self.entity = entity or UNKNOWN
        self.amends_id = amends_id
        self.amended = store.get("visit", amends_id) if amends_id else None
        self.subject = visited(context, entity, record_id, self.amended)
        self.title, self.other = context.name(self.subject)
        if self.amended and not self.title:
            row = visit_row(context, self.amended)
            self.title = context.facts(row.title, row.detail)
        self.planned_id = planned_id or (b"" if amends_id else self._due_visit())
        self.question = returned.question(context, self.amended) if self.amended else None
        self.inputs = Inputs(context, store.entity("visit"))
        self.number = 1
        self.problem = ""
        self.place = ""
        self.reason = ""
        self.consents: dict[str, bool] = {}
        self.answers: dict[str, int] = {}
        self.method = "finger_signature"
        self.witness = ""
        self.strokes: list[list[float]] = []
        self.position: Position | None = None
        self.started_ms = context.now_ms()
        self.voice = VoiceNotes(context, f"{self.draft_kind}:{self.draft_key}")
        self._prefill()
        self.resume()
        if self.question:
            field = self.question.field
            whole = self.question.note or context.say("tablet.attention.returned")
            remark = context.say("tablet.returned.here") if field else whole
        self.begin_at(field, remark, (_LEADS.get(step, ()) for step in self.steps))
        self.asked_step = self.step
        self.begin()
        self.locating = self._look_out()
        self.locate()

    def _look_out(self) -> Locating:
        """Begin to look where this is, unless it is known, or was elsewhere when it was asked."""
        clock, gps = self.context.opened.true_clock, self.context.gps
        if self.question is None:
            return Locating(gps, clock, best=self.position)
        if self.question.field == "position":
            return Locating(gps, clock)
        return Locating(NoGps(), clock, best=self.position)

    def _due_visit(self) -> bytes:
        """Return the visit that was planned for today or before: whichever way one came here."""
        subject = self.subject.record_id
        due = planned_visits(self.context.opened, self.entity, subject, until=self.today)
        return due[0].record_id if due else b""

    def _prefill(self) -> None:
        known = self.planned_id or self.amends_id
        if known:
            values = self.context.opened.get("visit", known).values
            for name in (*_PREFILLED, *(_CORRECTED if self.amends_id else ())):
                self.inputs.values[name] = values[name]
            if self.question:
                self.place = where.code_in(values)
                self.position = position_of(values)
                self.inputs.values["position_missing"] = values["position_missing"]
        spoken = self.subject.values.get("service_language")
        if not self.inputs.values.get("language"):
            self.inputs.values["language"] = spoken

    # Steps

    @property
    def steps(self) -> tuple[str, ...]:
        """Return the names of the steps; who is asked for their maturity has one more."""
        asked = ("maturity",) if self.inputs.values.get("type") == "maturity" else ()
        return ("who", "needs", *asked, "proof", "end", "check")

    @property
    def step(self) -> str:
        """Return where one is."""
        return self.steps[min(self.number, len(self.steps)) - 1]

    def fields(self) -> tuple[str, ...]:
        """Return the fields of this step."""
        return _FIELDS.get(self.step, ())

    def is_whole(self) -> bool:
        """Whether the step one is at may be left."""
        return self._is_whole(self.step)

    def _is_whole(self, step: str) -> bool:
        self.problem = ""
        self.inputs.missing(*_REQUIRED.get(step, ()))
        wrong = [name for name in _FIELDS.get(step, ()) if name in self.inputs.problems]
        if step == "proof" and _VOICE in self.purposes() and _VOICE not in self.consents:
            self.problem = self.context.say("tablet.voice.unanswered")
            return False
        if step == "proof" and self.consents and not self._is_signed():
            self.problem = self.context.say(f"tablet.visit.unsigned.{self.method}")
            return False
        if step == "proof" and self._asks("signature") and not self._is_signed():
            self.problem = self.context.say(f"tablet.visit.unsigned.{self.method}")
            return False
        if step == "end" and self.amends_id and not (self.question or typed.text(self.reason)):
            self.problem = self.context.say("tablet.visit.reason_missing")
            return False
        self.problem = self.inputs.problems[wrong[0]] if wrong else ""
        return not wrong

    def _asks(self, part: str) -> bool:
        return self.question is not None and self.question.field == part

    @property
    def is_signed_for(self) -> bool:
        """Whether somebody signs: for what they agreed to, or because the office asks for it."""
        return bool(self.consents) or self._asks("signature")

    # Choices

    def places(self) -> list[tuple[str, str]]:
        """Return where the visit may take place: contact points and souk stops of the commune.

        Physical points that are open count when they stand in the commune or serve it. Each is a
        code for `choose_place` and a name.
        """
        commune = self.subject.values["commune_code"]
        points = [
            point
            for point in where.open_points(self.context)
            if commune in (point.values["commune_code"], *_codes(point.values["commune_codes"]))
        ]
        stops = where.stops(self.context, self.today, commune=str(commune))
        return where.options(self.context, (*points, *stops))

    def choose(self, name: str, code: str) -> None:
        """Choose one; of needs, add or take away one."""
        self.inputs.choose(name, code)

    def choose_place(self, code: str) -> None:
        """Say where: a contact point or stop, which says the channel too."""
        self.place = "" if self.place == code else code
        if self.place:
            self.inputs.put("channel", where.channel_of(code))

    def locate(self) -> bool:
        """Ask the receiver where this is. Returns whether a better position is still awaited."""
        self.position = self.locating.look() or self.position
        if self.position and self.inputs.values.get("position_missing"):
            self.inputs.put("position_missing", None)
        return not self.locating.is_done

    def locate_again(self) -> None:
        """Begin to look anew."""
        self.locating = Locating(self.context.gps, self.context.opened.true_clock)
        self.locate()

    # Proof

    def photos(self) -> list[photos.Photo]:
        """Return the draft's photos, in the order they were taken."""
        return photos.all_of(self.context.opened, self.draft_key)

    def add_photo(self, purpose: str, photo: Shrunk) -> None:
        """Keep a photo with the draft, on disk. Raises StoreFull."""
        photos.keep(self.context.opened, self.draft_key, purpose, photo)

    def drop_photo(self, key: str) -> None:
        """Drop a photo that is not stored yet."""
        drafts.discard(self.context.opened, photos.KIND, key)

    def purposes(self) -> list[str]:
        """Return what to ask consent for: what nobody has answered yet, the programme first."""
        if not self.subject.record_id:  # of a visit about nobody
            return []
        known = self.context.opened.list(
            "consent",
            f"{self.entity}_id = ? AND withdrawn_at IS NULL",
            (self.subject.record_id,),
        )
        answered = set() if self._asks("consents") else {one.values["purpose"] for one in known}
        asked = [one for one in _ASKED if one not in answered]
        if self.voice.has(NEED) and not self._was_given(known, _VOICE):
            asked.append(_VOICE)
        if not self.photos() and "photo_evidence" in asked:
            asked.remove("photo_evidence")
        if not self.subject.values.get("phone") and "contact_sms" in asked:
            asked.remove("contact_sms")
        return [one for one in PURPOSES if one in asked]

    @staticmethod
    def _was_given(known: Sequence[Record], purpose: str) -> bool:
        return any(one.values["purpose"] == purpose and one.values["given"] for one in known)

    def answer(self, purpose: str, is_given: bool) -> None:
        """Take the answer to one purpose; both are equal."""
        self.consents[purpose] = is_given
        self.problem = ""

    def _is_signed(self) -> bool:
        if self.method == "witnessed_mark":
            return bool(typed.text(self.witness))
        return bool(self.strokes)

    # Maturity

    @property
    def maturity(self) -> Form:
        """Return the questionnaire for whom this visit is about."""
        return self.context.reference.maturity_forms()[
            "farmer" if self.entity == "person" else "enterprise"
        ]

    def rate(self, item: str, step: int) -> None:
        """Take an answer; the same again takes it back."""
        if self.answers.get(item) == step:
            del self.answers[item]
        else:
            self.answers[item] = step

    def result(self) -> str:
        """Return the level and score in words, or that too little is answered."""
        return rating.result(self.context, self.maturity, self.answers)

    def proposed(self) -> list[str]:
        """Return what could come next, in words; the person chooses."""
        return rating.proposed(self.context, self.maturity, self.answers)

    # Drafts

    @property
    def draft_key(self) -> str:
        """Return which draft of its kind this is."""
        kind = f"amends:{self.amends_id.hex()}" if self.amends_id else self.entity
        return f"{kind}:{self.subject.record_id.hex()}"

    def drafted(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        return {**self.inputs.pack(), **{name: getattr(self, name) for name in _DRAFTED}}

    def attached(self) -> dict[str, Any]:
        """Return what a draft keeps that makes none: where this is."""
        return {"position": astuple(self.position) if self.position else None}

    def take(self, kept: dict[str, Any]) -> None:
        """Go on with what a draft kept."""
        self.inputs.unpack(kept)
        for name in _DRAFTED:
            if name in kept:
                setattr(self, name, kept[name])
        if kept.get("position"):
            self.position = Position(*kept["position"])

    def draft_parts(self) -> list[tuple[str, str]]:
        """Return kind and key of the draft and of all that belongs to it."""
        return [*super().draft_parts(), *((photos.KIND, one.key) for one in self.photos())]

    # Saving

    def summary(self) -> list[tuple[str, str, str]]:
        """Return what will be stored: step, what, value in words."""
        rows = []
        for step, names in _FIELDS.items():
            for name in names:
                value = self.inputs.values.get(name)
                if value not in (None, "", ()):
                    rows.append((step, self.inputs.label(name), self._in_words(name, value)))
        recordings = summed(self.context, self.voice.rows())
        if recordings:
            rows.append(("needs", self.context.say("desk.entity.voice_note"), recordings))
        photos = self.photos()
        if photos:
            size = self.context.phrases.bytes(sum(len(one.data) for one in photos))
            count = self.context.phrases.count("tablet.photos", len(photos))
            rows.append(
                ("proof", self.context.say("tablet.visit.photos"), self.context.facts(count, size))
            )
        for purpose, is_given in self.consents.items():
            answer = self.context.say("tablet.yes" if is_given else "tablet.no")
            rows.append(("proof", self.context.say(f"consent.purpose.{purpose}"), answer))
        return rows

    def _in_words(self, name: str, value: Value) -> str:
        context = self.context
        if name == "next_on" and isinstance(value, int):
            return context.phrases.day(value, "weekday")
        if name == "needs":
            return needs_in_words(context, self.inputs.values)
        if name == "satisfaction" or self.inputs.spec(name).choices:
            return context.choice("visit", name, value)
        return str(value)

    def store(self) -> bool:
        """Store the record and all that belongs to it, as `Drafted`."""
        self.voice.stop()
        for number, step in enumerate(self.steps, 1):
            if not self._is_whole(step):
                self.number = number
                return False
        try:
            visit = put_visit(
                self.context.opened,
                self._values(),
                self._parts(),
                visit_id=self.amends_id if self.question else self.planned_id,
                made_id=self.made_id,
                within=self._put_away,
            )
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        self.saved_id = visit.record_id
        return True

    def _put_away(self) -> None:
        if not self._is_heard():
            self.voice.discard(NEED)
        self.put_away()

    def _is_heard(self) -> bool:
        """Whether the person may be heard: who does not agree is not."""
        return self.consents.get(_VOICE) is not False

    def _parts(self) -> list[Part]:
        """Return what is stored with the visit."""
        signed: Values = {"method": self.method, "witness_name": typed.text(self.witness) or None}
        read_aloud = self.subject.values.get("reading") == "none"
        language = self.inputs.values.get("language")
        # What was given before an answer to the office stays beside what is given with it.
        again = f":{self.question.at}" if self.question else ""
        parts = [
            Part(
                "consent",
                signed
                | answered(
                    self.context,
                    purpose,
                    is_given=is_given,
                    language=language,
                    read_aloud=read_aloud,
                ),
                key=purpose + again,
            )
            for purpose, is_given in self.consents.items()
        ]
        if self.answers and "maturity" in self.steps:
            rated = rating.values(self.maturity, self.answers)
            parts.append(Part("maturity_assessment", rated, key="visit" + again))
        next_on = self.inputs.values.get("next_on")
        if next_on is not None and not self.amends_id:
            task: Values = {
                "kind": "follow_up",
                "title": self.inputs.values.get("next_action"),
                "due_on": next_on,
                "owner_id": self.context.opened.kept.agent_id,
                "state": "open",
            }
            parts.append(Part("task", task, key="next"))
        for photo in self.photos():
            described: Values = {
                name: getattr(photo, name) for name in ("purpose", "width", "height")
            }
            described["taken_at"] = photo.taken_ms
            parts.append(Part("photo", described, photo.data, key=photo.key))
        parts += self.voice.parts(NOTE, *((NEED,) if self._is_heard() else ()))
        if self.strokes:
            data, width, height = signature.picture(self.strokes)
            drawn: Values = {"purpose": "signature", "width": width, "height": height}
            parts.append(Part("photo", drawn, data, key="signature" + again))
        return parts

    def _values(self) -> Values:
        asked: Values = {
            **{name: self.inputs.values.get(name) for name in ASKED},
            **self.inputs.within("urgent_needs", "needs"),
            **where.values_of(self.place),
        }
        if self.question and self.amended:  # when and by whom it was made stands
            missing = self.inputs.values.get("position_missing")
            is_moved = self.position != position_of(self.amended.values)
            return {
                **asked,
                **(position_values(self.position, missing) if is_moved else {}),
                "position_missing": None if self.position else missing,
                "review_state": "corrected",
                "amend_reason": typed.text(self.reason) or None,
            }
        here = self.position
        missing = self.inputs.values.get("position_missing")
        by_phone = self.inputs.values.get("channel") in ("phone", "video")
        if here is None and missing is None:
            missing = "by_phone" if by_phone else self.locating.missing or "no_signal"
        values: Values = {
            f"{self.entity}_id": self.subject.record_id or None,
            "commune_code": self.subject.values["commune_code"],
            **asked,
            "agent_id": self.context.opened.kept.agent_id,
            "state": "ended",
            "started_at": self.started_ms,
            "ended_at": max(self.started_ms, self.context.now_ms()),
            **position_values(here, missing),
            "review_state": "corrected" if self.amends_id else "submitted",
        }
        if self.amends_id:
            values |= {"amends_id": self.amends_id, "amend_reason": typed.text(self.reason)}
        return values

    @property
    def today(self) -> int:
        """Return today, in days since 1970."""
        return local_time.day_of(self.context.now_ms())


_DRAFTED = (
    "number", "place", "reason", "answers", "consents", "method", "witness", "strokes",
    "started_ms",
)  # fmt: skip
"""What a draft keeps beside the inputs."""


def _codes(value: Value) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()
