"""Read what somebody typed into a field of a record: on the tablet, on the desk, in the portal.

Whatever it is given, it returns a value that the field takes, or raises a Refusal that names it.
"""

from __future__ import annotations

from sync import typed
from sync.checks import check_value
from sync.errors import Refusal
from sync.flat import from_flat
from sync.spec import SETS, Entity, Field, Kind, Value

_YES_NO = {"true": True, "false": False}


def read_typed(entity: Entity, name: str, given: str) -> Value:
    """Return what somebody typed as a value of a field, checked; None if nothing is seen.

    Raises:
        Refusal: as the form or the field's kind says; its `field` is the one typed into.
    """
    spec = entity.field_by_name[name]
    try:
        if not (plain := typed.text(given)):
            return check_value(entity, name, None) if spec.required else None
        return check_value(entity, name, _read(entity, spec, plain))
    except Refusal as refusal:
        refusal.values |= {"entity": entity.name, "field": name}
        raise


def _read(entity: Entity, spec: Field, plain: str) -> Value:
    if spec.kind is Kind.TEXT:
        return spec.form.read(plain)
    line = typed.line(plain)
    if spec.kind is Kind.INTEGER:
        return typed.whole(line)
    if spec.kind is Kind.DECIMAL:
        return typed.decimal(line, spec.places)
    if spec.kind is Kind.DAY:
        return typed.day(line)
    if spec.kind is Kind.FLAG:
        return from_flat(entity, {spec.name: _YES_NO.get(line, line)})[spec.name]
    return from_flat(entity, {spec.name: line.split() if spec.kind in SETS else line})[spec.name]
