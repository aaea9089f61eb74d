"""Souk mode: place, point and kind of visit are said once, then one person after another.

People of any commune of the province are served: what a record lacks the office finds later.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from mobile_app.device.gps import Locating, Position, position_values
from mobile_app.screens import where
from mobile_app.screens.consent import answered
from mobile_app.screens.context import Context
from mobile_app.screens.drafted import Drafted
from mobile_app.screens.find.presenter import FindPresenter, Found
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.voice import NOTE, VoiceNotes
from mobile_app.store.database import transaction
from mobile_app.store.visits import Part, put_visit
from sync import local_time, typed
from sync.errors import Refusal
from sync.spec import Values

_KINDS = ("first_contact", "registration", "needs", "assistance", "documents", "support")


class SoukPresenter:
    """Where one stands, what is done there, and who comes next."""

    def __init__(self, context: Context, stop_id: bytes = b"") -> None:
        """Go on where one stands today, or begin at the stop that is given."""
        self.context = context
        store = context.opened
        self.day = local_time.day_of(context.now_ms())
        kept = store.kept.souk
        stop = store.find("stop", stop_id) if stop_id else None
        given = where.code_of(stop) if stop else ""
        at = kept.get("at")  # none: an older app kept it otherwise
        if kept.get("day") != self.day or at is None or (given and at != given):
            kept = {"day": self.day, "at": given, "type": "assistance"}
        self.at: str = kept["at"]
        self.type: str = kept["type"]
        self.find = FindPresenter(context)
        self._keep()

    def _keep(self) -> None:
        store = self.context.opened
        with transaction(store.db):
            store.kept.souk = {"day": self.day, "at": self.at, "type": self.type}

    def places(self) -> list[tuple[str, str]]:
        """Return where one may stand, code and name: stops, today's first, then open points."""
        stops = where.stops(self.context, self.day)
        return where.options(self.context, (*stops, *where.open_points(self.context)))

    @property
    def place(self) -> str:
        """Return where one stands, in words; empty before it is chosen."""
        return where.name_of(self.context, self.at)

    def kinds(self) -> list[tuple[str, str]]:
        """Return what is done at a souk."""
        return [(one, self.context.say(f"visit.type.{one}")) for one in _KINDS]

    def choose_place(self, code: str) -> None:
        """Say where one stands."""
        self.at = code
        self._keep()

    def choose_type(self, code: str) -> None:
        """Say what is done, for all who follow."""
        self.type = code
        self._keep()

    def search(self, text: str) -> list[Found]:
        """Return who answers to a name, phone or code; nobody before something is typed."""
        if not typed.text(text):
            return []
        self.find.search(text)
        return [one for one in self.find.rows if one.entity != "contact_point"]

    def served(self) -> int:
        """Return how many were served here today."""
        store, here = self.context.opened, where.values_of(self.at)
        return store.count(
            "visit",
            "stop_id IS ? AND point_id IS ? AND started_at >= ? AND agent_id = ?",
            (
                here.get("stop_id"),
                here.get("point_id"),
                local_time.day_start(self.day),
                store.kept.agent_id,
            ),
        )


class QuickPresenter(Drafted):
    """One person at the souk: needs, answer to the programme's question, saved."""

    draft_kind = "quick"

    def __init__(self, context: Context, entity: str, record_id: bytes) -> None:
        """Begin. Raises NotFound."""
        self.context = context
        self.entity = entity
        self.subject = context.opened.get(entity, record_id)
        self.title, self.other = context.name(self.subject)
        self.souk = SoukPresenter(context)
        self.inputs = Inputs(context, context.opened.entity("visit"), {"outcome": "done"})
        self.voice = VoiceNotes(context, f"{self.draft_kind}:{self.draft_key}")
        self.consent: bool | None = None
        self.problem = ""
        self.started_ms = context.now_ms()
        self._here: Position | None = None
        self.resume()
        self.locating = Locating(context.gps, context.opened.true_clock, best=self._here)
        self.locating.look()
        self.begin()

    @property
    def draft_key(self) -> str:
        """Return which draft of its kind this is."""
        return f"{self.entity}:{self.subject.record_id.hex()}"

    def drafted(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        return {
            **self.inputs.pack(),
            "consent": self.consent,
            "started_ms": self.started_ms,
        }

    def take(self, kept: dict[str, Any]) -> None:
        """Go on with what a draft kept."""
        self.inputs.unpack(kept)
        self.consent, self.started_ms = kept["consent"], kept["started_ms"]
        self._here = Position(*kept["position"]) if kept["position"] else None

    def attached(self) -> dict[str, Any]:
        """Return what a draft keeps that makes none: where this is."""
        here = self.locating.best
        return {"position": astuple(here) if here else None}

    def asks_consent(self) -> bool:
        """Whether nobody has answered for the programme yet."""
        return not self.context.opened.count(
            "consent",
            f"{self.entity}_id = ? AND purpose = 'programme_record' AND withdrawn_at IS NULL",
            (self.subject.record_id,),
        )

    def store(self) -> bool:
        """Store the record and all that belongs to it, as `Drafted`."""
        self.voice.stop()
        self.problem = self.inputs.unread()
        if self.problem:
            return False
        self.locating.look()
        self.locating.end()  # who stands in the queue is not kept waiting
        here = self.locating.best
        store = self.context.opened
        values: Values = {
            f"{self.entity}_id": self.subject.record_id,
            "commune_code": self.subject.values["commune_code"],
            "agent_id": store.kept.agent_id,
            "type": self.souk.type,
            "channel": where.channel_of(self.souk.at),
            **where.values_of(self.souk.at),
            "state": "ended",
            "outcome": self.inputs.values.get("outcome"),
            "needs": self.inputs.values.get("needs"),
            "notes": self.inputs.values.get("notes"),
            **self.inputs.within("urgent_needs", "needs"),
            "started_at": self.started_ms,
            "ended_at": max(self.started_ms, self.context.now_ms()),
            **position_values(here, self.locating.missing),
            "review_state": "submitted",
        }
        parts = self.voice.parts(NOTE)
        if self.consent is not None:
            answer = answered(
                self.context,
                "programme_record",
                is_given=self.consent,
                language="",
                read_aloud=True,
            )
            parts.append(Part("consent", answer, key="programme_record"))
        try:
            self.saved_id = put_visit(
                store, values, parts, made_id=self.made_id, within=self.put_away
            ).record_id
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        return True
