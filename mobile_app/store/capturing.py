"""What is written of a record as it is captured: what goes without saying, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping

from sync.checks import FieldFixed, check_value, require_one_of
from sync.spec import Entity, Value, Values


def completed(
    declared: Entity, values: Mapping[str, Value], *, agent_id: bytes | None, now_ms: int
) -> Values:
    """Fill in who captured a new record and when, and what a visit cannot lack."""
    is_begun = declared.name == "visit" and values.get("state") != "planned"
    defaults: Values = {
        "created_at": now_ms,
        "created_by": agent_id,
        "source": "tablet",
        "agent_id": agent_id if declared.name == "visit" else None,
        "started_at": now_ms if is_begun else None,
    }
    given: Values = {name: value for name, value in values.items() if value is not None}
    for name, value in defaults.items():
        if name in declared.field_by_name and value is not None:
            given.setdefault(name, value)
    return given


def difference(
    declared: Entity, before: Mapping[str, Value], values: Mapping[str, Value]
) -> Values:
    """Return what of some values is new; what did not change does not leave the tablet.

    Raises:
        UnknownField, WrongType, TooLong, FieldFixed, ...: as `check_value`.
    """
    patch: Values = {}
    for name, value in values.items():
        if name == "id":
            continue
        checked = check_value(declared, name, value)
        if checked == before.get(name):
            continue
        # Fixed once it is said: a planned visit learns when it began.
        if declared.field_by_name[name].fixed and before.get(name) is not None:
            raise FieldFixed(f"{declared.name}.{name}: cannot change", field=name)
        patch[name] = checked
    require_one_of(declared, {**before, **patch})
    return patch
