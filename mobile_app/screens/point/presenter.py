"""A contact point: what it offers, how it runs, a check of power and line, what went wrong."""

from __future__ import annotations

from mobile_app.exchange.calls import Unreachable
from mobile_app.screens.context import Context
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.voice import Spoken
from mobile_app.store import undo
from mobile_app.store.records import Record, Store
from sync.errors import Refusal, SyncError
from sync.spec import Values
from sync.wording import in_words

_FACTS = {
    "kind": "building-store",
    "status": "circle-check",
    "hours": "clock",
    "phone": "phone",
    "operator": "building-community",
    "landmark": "flag",
}
"""Fact -> its sign."""
_CHECKS_MAX, _INCIDENTS_MAX = 5, 10


class PointPresenter:
    """One contact point. `test` may be called on another thread.

    `saved_id`: of the incident that was resolved last; empty for none.
    """

    def __init__(self, context: Context, entity: str, record_id: bytes) -> None:
        """Read the point. Raises NotFound."""
        self.context = context
        self.entity, self.record_id = entity, record_id
        self.spoken = Spoken(context, entity, record_id)
        self.refresh()
        self.inputs = Inputs(context, context.opened.entity("connectivity_check"))
        self.problem = ""
        self.result = ""
        self.is_running = False
        self.saved_id = b""

    def refresh(self) -> None:
        """Read the point again. Raises NotFound."""
        self.record = self.context.opened.get(self.entity, self.record_id)
        self.title, self.other = self.context.name(self.record)

    def facts(self) -> list[tuple[str, str, str]]:
        """Return what is known: sign, value in words, and what it is."""
        values, context = self.record.values, self.context
        place = context.commune(values["commune_code"])
        facts = [("map-pin", place, self._label("commune_code"))]
        asked = dict.fromkeys(self.record.entity.asked, "info-circle")
        for name, sign in (_FACTS | asked).items():
            value = values[name]
            if value is None:
                continue
            words = in_words(context.phrases, self.record.entity, name, value)
            facts.append((sign, words, self._label(name)))
        return facts

    def _label(self, name: str) -> str:
        return self.context.say(f"contact_point.field.{name}")

    def checks(self) -> list[tuple[str, str, str]]:
        """Return the latest checks: how the line was, when, and how far the record has come."""
        found = self.context.opened.list(
            "connectivity_check",
            "point_id = ?",
            (self.record_id,),
            order="checked_at DESC",
            limit=_CHECKS_MAX,
        )
        return [(self._in_words(one), self._when(one, "checked_at"), one.state) for one in found]

    def _in_words(self, check: Record) -> str:
        context, values = self.context, check.values
        parts = [context.choice("connectivity_check", "technology", values["technology"])]
        if values["latency_ms"] is not None:
            parts.append(context.say("tablet.point.latency", n=values["latency_ms"]))
        if values["down_kbps"] is not None:
            parts.append(context.say("tablet.point.speed", n=values["down_kbps"]))
        if values["has_power"] is not None:
            parts.append(
                context.say(
                    "tablet.point.power" if values["has_power"] else "tablet.point.no_power"
                )
            )
        return self.context.facts(*parts)

    def _when(self, record: Record, name: str) -> str:
        at = record.values[name]
        return self.context.phrases.moment(int(at), "short") if isinstance(at, int) else ""

    def incidents(self) -> list[tuple[bytes, str, str, bool]]:
        """Return the incidents, open ones first: id, what, when, whether it is open."""
        found = self.context.opened.list(
            "incident",
            "point_id = ?",
            (self.record_id,),
            order="state = 'resolved', opened_at DESC",
            limit=_INCIDENTS_MAX,
        )
        return [
            (
                incident.record_id,
                self.context.facts(
                    self.context.choice("incident", "kind", incident.values["kind"]),
                    incident.values["title"],
                ),
                self._when(incident, "opened_at"),
                incident.values["state"] != "resolved",
            )
            for incident in found
        ]

    def spoken_of(self, incident_id: bytes) -> Spoken:
        """Return what was said about an incident."""
        return Spoken(self.context, "incident", incident_id)

    def resolve(self, incident_id: bytes) -> None:
        """Say that an incident is over, which can be taken back. Raises StoreFull, NotFound."""
        over: Values = {"state": "resolved", "resolved_at": self.context.now_ms()}
        undo.settle(self.context.opened, "incident", incident_id, over)
        self.saved_id = incident_id

    def test(self) -> None:
        """Reach our own server, measure the line, and store the check; no line is one too."""
        self.is_running, self.problem, self.result = True, "", ""
        try:
            # The window reads on its own connection meanwhile.
            with self.context.opened.beside() as beside:
                self._test(beside)
        finally:
            self.is_running = False

    def _test(self, beside: Store) -> None:
        measured: Values = {}
        begun_ms = beside.clock.mono_ms()
        try:
            done = self.context.contact(may_send_media=lambda: False)
        except Unreachable:
            measured["technology"] = "none"
        except (Refusal, SyncError) as fault:
            self.problem = self.context.sentence(fault)
            return
        else:
            took_ms = max(1, beside.clock.mono_ms() - begun_ms)
            traffic = done.exchange
            measured = {
                "latency_ms": took_ms // max(1, traffic.round_trips),
                "down_kbps": traffic.bytes_down * 8 // took_ms,
                "up_kbps": traffic.bytes_up * 8 // took_ms,
            }
        values: Values = {
            "commune_code": self.record.values["commune_code"],
            "point_id": self.record_id,
            "checked_at": self.context.now_ms(),
            "method": "exchange",
            "technology": self.inputs.values.get("technology"),
            "has_power": self.inputs.values.get("has_power"),
            **measured,
        }
        try:
            beside.put("connectivity_check", values)
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
        else:
            self.result = self.context.say("tablet.point.checked")
