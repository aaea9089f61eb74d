"""Where a visit takes place: a contact point or a souk stop, carried by screens as one code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from mobile_app.screens.context import Context
from mobile_app.store.records import Record
from sync.rules import stops as rules
from sync.spec import Value, Values


class _Kind(NamedTuple):
    """What a place is: its entity, the field that names it, the channel of who is met there."""

    entity: str
    named: str
    channel: str


_KINDS = {
    "point": _Kind("contact_point", "name", "at_point"),
    "stop": _Kind("stop", "place", "souk"),
}
"""By what a visit's field is called, without `_id`: which begins the code, `stop:` and hex."""


def open_points(context: Context) -> list[Record]:
    """Return the contact points where somebody can be met."""
    return list(context.opened.list("contact_point", "status = 'active' AND modality <> 'digital'"))


def stops(context: Context, day: int, *, commune: str | None = None) -> list[Record]:
    """Return the stops that are not over for good, those of a day first, by their hour."""
    condition, arguments = ("commune_code = ?", (commune,)) if commune else ("TRUE", ())
    found = context.opened.list(
        "stop", condition, arguments, order="from_minute IS NULL, from_minute, id"
    )
    running = [one for one in found if not rules.has_ended(one.values, day)]
    return sorted(running, key=lambda one: not rules.takes_place(one.values, day))


def options(context: Context, places: Iterable[Record]) -> list[tuple[str, str]]:
    """Return code and name of each."""
    return [(code_of(one), _named(context, one)) for one in places]


def code_of(place: Record) -> str:
    """Return the code of a point or stop."""
    kind = next(name for name, kind in _KINDS.items() if kind.entity == place.entity.name)
    return f"{kind}:{place.record_id.hex()}"


def name_of(context: Context, code: str) -> str:
    """Return a place in words; empty for none, or for one that is gone."""
    if not code:
        return ""
    kind, _, record_id = code.partition(":")
    place = context.opened.find(_KINDS[kind].entity, bytes.fromhex(record_id))
    return _named(context, place) if place else ""


def values_of(code: str) -> Values:
    """Return what a visit keeps of its place: nothing for none."""
    kind, _, record_id = code.partition(":")
    return {f"{kind}_id": bytes.fromhex(record_id)} if code else {}


def code_in(values: Mapping[str, Value]) -> str:
    """Return the code of the place that a visit keeps; empty for none."""
    return next(
        (
            f"{kind}:{one.hex()}"
            for kind in _KINDS
            if isinstance(one := values[f"{kind}_id"], bytes)
        ),
        "",
    )


def channel_of(code: str) -> str:
    """Return the channel of a visit there; without a place it is a souk."""
    return _KINDS[code.partition(":")[0] or "stop"].channel


def _named(context: Context, place: Record) -> str:
    kind = next(kind for kind in _KINDS.values() if kind.entity == place.entity.name)
    order = ("ar", "fr") if context.script == "ar" else ("fr", "ar")
    own, other = (place.values[f"{kind.named}_{language}"] for language in order)
    return str(own or other or "")
