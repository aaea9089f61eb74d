"""The pilot's contact points, and the stops of mobile units at souks."""

from __future__ import annotations

from functools import partial

from server.db.records import Stored
from server.db.work import Work
from server.pilot.pilot import MONTHS_MS, PROVINCES, Chance, Pilot, number_of, text_of
from sync import local_time
from sync.local_time import WEEKDAYS
from sync.spec import Values


def make_points(pilot: Pilot) -> None:
    """Make a branch and two mobile units a province, kiosks, and a stop at each weekly souk."""
    for province in PROVINCES:
        inside = [one for one in pilot.communes if one.values["province_code"] == province]
        seat = max(inside, key=lambda one: number_of(one.values["population"]))
        makers = [partial(_point, pilot, seat, kind="branch", number=1, served=inside)]
        makers += [
            partial(_point, pilot, seat, kind="mobile_unit", number=number, served=inside)
            for number in (1, 2)
        ]
        makers += [
            partial(_point, pilot, commune, kind="cooperative_seat", number=1, served=[commune])
            for commune in pilot.rng.sample(inside, 4)
        ]
        makers.append(partial(_point, pilot, seat, kind="hotline", number=1, served=inside))
        made = pilot.store("points", makers)
        pilot.branches.append(made[0].record_id)
        units = [one.record_id for one in made[1:3]]
        stops = [
            partial(_stop, pilot, commune, pilot.rng.choice(units))
            for commune in inside
            for _ in range(number_of(commune.values["weekly_souks"]))
        ]
        for stop in pilot.store("souk stops", stops):
            code = str(stop.values["commune_code"])
            pilot.stops.setdefault(code, []).append(stop.record_id)


def _point(
    pilot: Pilot, commune: Stored, work: Work, *, kind: str, number: int, served: list[Stored]
) -> Stored:
    values = values_of_point(pilot, commune, kind=kind, number=number, served=served)
    return work.insert("contact_point", values, pilot.author(None, pilot.now_ms - MONTHS_MS))


def values_of_point(
    pilot: Chance, commune: Stored, *, kind: str, number: int, served: list[Stored]
) -> Values:
    """Return what is said of a contact point; `served` are the communes that it serves."""
    names = {
        "branch": ("وكالة", "Agence"),
        "mobile_unit": (f"الوكالة المتنقلة {number}", f"Agence mobile {number}"),
        "cooperative_seat": ("نقطة تواصل التعاونية", "Relais de la coopérative"),
        "hotline": ("مركز النداء", "Centre d'appel"),
    }
    return {
        "commune_code": commune.values["code"],
        "name_ar": f"{names[kind][0]} {text_of(commune, 'name_ar')}",
        "name_fr": f"{names[kind][1]} {text_of(commune, 'name_fr')}",
        "kind": kind,
        "modality": {"hotline": "digital", "branch": "both"}.get(kind, "physical"),
        "status": "active",
        "opened_on": local_time.day_of(pilot.now_ms) - pilot.rng.randint(100, 500),
        "operator": "Crédit Agricole du Maroc",
        "latitude": commune.values["latitude"],
        "longitude": commune.values["longitude"],
        "commune_codes": tuple(sorted(str(one.values["code"]) for one in served)),
        "hours": "Mo-Fr 08:30-16:30" if kind != "mobile_unit" else "Mo-Sa 08:00-14:00",
        "services": ("digital-id", "e-admin", "mobile-banking"),
        "languages": ("ary", "fr"),
        "power": "grid" if kind != "cooperative_seat" else "solar",
    }


def _stop(pilot: Pilot, commune: Stored, unit: bytes, work: Work) -> Stored:
    values = values_of_stop(pilot, commune, unit)
    return work.insert("stop", values, pilot.author(None, pilot.now_ms - MONTHS_MS))


def values_of_stop(pilot: Chance, commune: Stored, unit: bytes) -> Values:
    """Return what is said of a mobile unit's stop at the souk of a commune."""
    days = commune.values["souk_days"]
    weekday = days[0] if isinstance(days, tuple) else pilot.rng.choice(WEEKDAYS)
    return {
        "commune_code": commune.values["code"],
        "point_id": unit,
        "place_ar": f"سوق {text_of(commune, 'name_ar')}",
        "place_fr": f"Souk {text_of(commune, 'name_fr')}",
        "weekday": weekday if isinstance(weekday, str) else None,
        "from_minute": 8 * 60,
        "to_minute": 13 * 60,
        "every_weeks": 1,
        "is_souk": True,
        "latitude": commune.values["latitude"],
        "longitude": commune.values["longitude"],
    }
