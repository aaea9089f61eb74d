"""Record a visit: who, where, what for, how it ended. Saving is one transaction, on disk."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.store.records import Kept
from sync.entities.visit import CHANNELS, NEEDS, OUTCOMES, VISIT_TYPES
from sync.errors import Refusal
from sync.spec import Value, Values

_CHANNELS = {"point": "at_point", "stop": "souk"}
"""What is chosen as the place -> how the visit took place."""


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
        self.place = ""
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

    def places(self) -> list[tuple[str, str]]:
        """Return where the visit may take place: contact points and souk stops of the commune.

        Physical points that are open count when they stand in the commune or serve it. Each is a
        code for `choose("place", …)` and a name.
        """
        commune = self.subject.values["commune_code"]
        store = self.context.opened
        points = [
            one
            for one in store.list("contact_point", "status = 'active' AND modality <> 'digital'")
            if commune in (one.values["commune_code"], *_codes(one.values["commune_codes"]))
        ]
        stops = store.list("stop", "commune_code = ?", (commune,))
        return [
            (f"{entity}:{one.record_id.hex()}", self._name(one, field))
            for entity, field, found in (("point", "name", points), ("stop", "place", stops))
            for one in found
        ]

    def _name(self, record: Kept, field: str) -> str:
        order = ("ar", "fr") if self.context.phrases.language.code == "ar" else ("fr", "ar")
        own, other = (record.values[f"{field}_{language}"] for language in order)
        return str(own or other or "")

    def choose(self, field: str, code: str) -> None:
        """Choose one; of needs, add or take away one. A place says the channel too."""
        if field == "needs":
            self.needs ^= {code}
        else:
            setattr(self, field, code)
        if field == "place":
            self.channel = _CHANNELS[code.partition(":")[0]]
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
            **self._place_ids(),
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

    def _place_ids(self) -> Values:
        entity, _, place_id = self.place.partition(":")
        return {f"{entity}_id": bytes.fromhex(place_id)} if entity else {}


def _codes(value: Value) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()
