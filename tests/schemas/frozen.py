"""The schema of each version, as the apps of that version hold it: `4.jsonl` is schema 4.

`make docs` writes the newest while it is open. Once an app of it may be out there the file is
frozen: only a bound may grow wider in it. Those of older versions are never written again.

Here is what an older peer depends on: what is sent, and what is in its store and its unsent work.
`LOCAL` facts are not: each peer holds to its own, and merging is the server's alone. Neither are
the bounds of days and moments, which belong to their kind and only refuse nonsense.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from sync import versions
from sync.entities import ENTITIES
from sync.spec import Kind

FOLDER = Path(__file__).parent
WIDER = {"chars_max": 1, "low": -1, "high": 1}
"""The facts that may change, and the direction in which nothing once allowed becomes refused."""
_NEW = {"entity", "field", "choice"}
LOCAL = {"searched", "personal", "is_year", "office", "of_office", "own", "merge", "form", "asked"}
_OF_THEIR_KIND = {Kind.DAY, Kind.MOMENT}
_RAISE = "raise SCHEMA in sync/versions.py to {next} (is_open=True), then docs and fixtures"
CURES = {
    "entity": "put it at the end of ENTITIES with since={next}, " + _RAISE,
    "field": "put it at the end of the fields with since={next}, " + _RAISE,
    "choice": "put it at the end of the choices with newer={{…: {next}}}, " + _RAISE,
    "early": "its version is not declared, so it is sent to nobody: " + _RAISE,
    "gone": "tablets hold it and send it: put it back, of the version that it had",
    "place": "places are numbers on the wire: put it back, new ones go to the end",
    "changed": "older tablets go on as before: put it back, or declare another with since={next}",
    "narrower": "what tablets took and have not sent would be held: put it back, or declare another"
    " field with since={next} and a lens to it",
    "wider": "older tablets bear it: run `make docs`, which writes it down",
    "missing": "run `make docs` if it is the newest, else take it back from the history",
    "open": "run `make docs`",
}


@dataclass(frozen=True)
class Difference:
    """Where the declaration left a version, and what to do; `next` is the version to say then."""

    where: str
    what: str
    cure: str
    next: int

    def __str__(self):
        cure = CURES[self.cure].format(next=self.next)
        return f"{self.where}: {self.what}: {cure} (docs/how-to/add-a-version.md)"


def seen(entities, version):
    """Return what the entities and fields are to an app of a schema version: facts by name."""
    found = {}
    for number, entity in enumerate(entities):
        if entity.since <= version:
            found[entity.name] = {
                "number": number,
                "scope": entity.scope.kind.value,
                "by": entity.scope.field,
                "one_of": list(entity.one_of),
                "append_only": entity.append_only,
            }
            found |= {
                f"{entity.name}.{field.name}": _facts(field, version)
                for field in entity.fields
                if field.since <= version
            }
    return {  # what is empty is not said
        where: {name: fact for name, fact in facts.items() if fact or type(fact) is int}
        for where, facts in found.items()
    }


def _facts(field, version):
    has_bounds = field.kind not in _OF_THEIR_KIND
    return {
        "kind": field.kind.value,
        "required": field.required,
        "fixed": field.fixed,
        "refers_to": field.refers_to,
        "chars_max": field.chars_max or None,
        "places": field.places or None,
        "low": field.low if has_bounds else None,
        "high": field.high if has_bounds else None,
        "choices": [one for one in field.choices if field.newer.get(one, field.since) <= version],
    }


def written(schema):
    """Return a schema as its file has it: an entity or field a line."""
    return "".join(f"{json.dumps([where, facts])}\n" for where, facts in schema.items())


def differences(entities, known=versions.SCHEMA, folder=FOLDER):
    """Return where the declared entities are not what the apps of each version hold."""
    newest = known[-1]
    next_ = newest.number if newest.is_open else newest.number + 1
    found, later = {}, set()
    for version in reversed(known):
        path = folder / f"{version.number}.jsonl"
        lines = path.read_text(encoding="utf-8") if path.exists() else ""
        kept = dict(map(json.loads, lines.splitlines()))
        now = seen(entities, version.number)
        if not kept:
            compared = [(path.name, "missing, of", "missing")]
        elif version is newest and version.is_open:
            compared = [] if lines == written(now) else [(path.name, "not current, of", "open")]
        else:
            compared = _compared(kept, now)
        for where, what, cure in compared:
            if cure == "wider" and version is not newest:
                continue
            if cure in _NEW and where in later:  # a later version has it, so it is not new
                cure = "gone"
            # What is wrong with the newest is wrong with those before it: once is enough.
            says = f"{what} schema {version.number}"
            found.setdefault((where, cure), Difference(where, says, cure, next_))
        for where, facts in kept.items():
            later |= {where, *_choices(where, facts)}
    for where, since in _came(entities):
        if since > newest.number:
            what = f"since {since}, beyond schema {newest.number}"
            found[where, "early"] = Difference(where, what, "early", since)
    return list(found.values())


def _came(entities):
    """Return each entity, field and newer choice with the version that brought it."""
    for entity in entities:
        yield entity.name, entity.since
        for field in entity.fields:
            yield f"{entity.name}.{field.name}", field.since
            for choice, since in field.newer.items():
                yield f"{entity.name}.{field.name}.{choice}", since


def _compared(kept, now):
    """Return (where, what, cure) of each difference between two schemas."""
    sides = (kept, now)
    yield from _names(*([one for one in side if "." not in one] for side in sides), "entity")
    for where in kept:
        if where not in now:
            continue
        if "." not in where:
            of = f"{where}."
            yield from _names(
                *([one for one in side if one.startswith(of)] for side in sides), "field"
            )
        yield from _names(*(_choices(where, side[where]) for side in sides), "choice")
        for name in sorted({*kept[where], *now[where]} - {"choices"}):
            was, is_ = kept[where].get(name), now[where].get(name)
            if was != is_:
                yield where, f"{name} {is_}, was {was} in", _cure(name, was, is_)


def _choices(where, facts):
    return [f"{where}.{one}" for one in facts.get("choices", ())]


def _names(kept, now, cure):
    """Compare which there are, and in which order."""
    yield from ((one, "not in", cure) for one in now if one not in kept)
    yield from ((one, "gone, but in", "gone") for one in kept if one not in now)
    both = [one for one in kept if one in now]
    for was, is_ in zip(both, (one for one in now if one in kept), strict=True):
        if was != is_:
            yield is_, f"in the place that {was} has in", "place"
            return  # those after it moved as well


def _cure(name, was, is_):
    if name == "number":
        return "place"
    if name not in WIDER:
        return "changed"
    is_wider = is_ is None or (was is not None and (is_ - was) * WIDER[name] > 0)
    return "wider" if is_wider else "narrower"


def write(entities, known=versions.SCHEMA, folder=FOLDER):
    """Write the newest schema if it may be written; return the differences that are left."""
    if {one.cure for one in differences(entities, known, folder)} <= {"open", "missing", "wider"}:
        newest = known[-1].number
        lines = written(seen(entities, newest))
        (folder / f"{newest}.jsonl").write_text(lines, encoding="utf-8")
    return differences(entities, known, folder)


if __name__ == "__main__":
    sys.exit("\n".join(map(str, write(ENTITIES))) or None)
