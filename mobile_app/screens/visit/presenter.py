"""Record a visit: who, where, what for, how it ended. Saving is one transaction, on disk."""

from __future__ import annotations

from mobile_app.screens.context import Context
from sync.entities.visit import CHANNELS, NEEDS, OUTCOMES, VISIT_TYPES
from sync.errors import Refusal
from sync.spec import Values


class VisitPresenter:
    """A visit in the making."""

    def __init__(self, context: Context, entity: str, record_id: bytes) -> None:
        """Begin a visit to a person or enterprise. Raises NotFound."""
        self.context = context
        self.entity = entity
        self.subject = context.opened.get(entity, record_id)
        self.title, self.other = context.name(self.subject)
        self.type = ""
        self.channel = ""
        self.outcome = ""
        self.stop = ""
        self.needs: set[str] = set()
        self.notes = ""
        self.problem = ""
        self.saved_id = b""
        self.started_ms = context.opened.clock.wall_ms()

    def options(self, field: str) -> list[tuple[str, str]]:
        """Return the choices of `type`, `channel`, `outcome` or `needs`, with their words."""
        codes = {
            "type": VISIT_TYPES,
            "channel": CHANNELS,
            "outcome": OUTCOMES,
            "needs": NEEDS,
        }
        return [(code, self.context.say(f"visit.{field}.{code}")) for code in codes[field]]

    def stops(self) -> list[tuple[str, str]]:
        """Return the souk stops of the person's commune: id in hexadecimal, and name."""
        commune = self.subject.values["commune_code"]
        found = self.context.opened.list("stop", "commune_code = ?", (commune,))
        own, other = ("place_ar", "place_fr")
        if self.context.phrases.language.code != "ar":
            own, other = other, own
        return [
            (one.record_id.hex(), str(one.values[own] or one.values[other] or "")) for one in found
        ]

    def choose(self, field: str, code: str) -> None:
        """Choose one; of needs, add or take away one."""
        if field == "needs":
            self.needs ^= {code}
        else:
            setattr(self, field, code)
        self.problem = ""

    def save(self) -> bool:
        """Store the visit. Returns whether it is on disk; else `problem` says why not."""
        for field in ("type", "outcome"):
            if not getattr(self, field):
                said = self.context.say(f"visit.field.{field}")
                self.problem = self.context.say("refusal.field_missing", field=said)
                return False
        here = self.context.gps.position()
        now = self.context.opened.clock.wall_ms()
        values: Values = {
            f"{self.entity}_id": self.subject.record_id,
            "commune_code": self.subject.values["commune_code"],
            "type": self.type,
            "channel": self.channel or None,
            "stop_id": bytes.fromhex(self.stop) if self.stop else None,
            "outcome": self.outcome,
            "needs": tuple(sorted(self.needs)) or None,
            "notes": self.notes.strip() or None,
            "state": "ended",
            "started_at": self.started_ms,
            "ended_at": now,
            "latitude": here.latitude if here else None,
            "longitude": here.longitude if here else None,
            "accuracy_m": here.accuracy_m if here else None,
            "position_at": here.at_ms if here else None,
            "position_missing": None if here else "no_device",
            "review_state": "submitted",
        }
        try:
            self.saved_id = self.context.opened.put("visit", values).record_id
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        self.problem = ""
        return True
