"""The pilot's farmers and enterprises: invented, and plainly so."""

from __future__ import annotations

from functools import partial

from server.db.records import Stored
from server.db.work import Work
from server.pilot import words
from server.pilot.pilot import Chance, Pilot, number_of, weighed
from sync import scopes
from sync.entities.enterprise import LEGAL_FORMS
from sync.rules.identifiers import ice_with_key
from sync.spec import Values

_ENTERPRISE_COUNT = 300
_LANGUAGES = {"shi": "tachelhit_percent", "tzm": "tamazight_percent", "rif": "tarifit_percent"}
FORM_WEIGHTS = (3, 3, 3, 2, 0, 8, 1, 1, 2, 2)


def make_farmers(pilot: Pilot, count: int) -> None:
    """Make farmers, by the rural population of the communes."""
    # Farmers live in towns too, though fewer.
    weights = [
        number_of(one.values["rural_population"]) + number_of(one.values["population"]) // 20
        for one in pilot.communes
    ]
    homes = pilot.rng.choices(pilot.communes, weights, k=count)
    made = pilot.store(
        "farmers", [partial(_farmer, pilot, home, number) for number, home in enumerate(homes)]
    )
    pilot.people = [(one.record_id, str(one.values["commune_code"])) for one in made]


def _farmer(pilot: Pilot, home: Stored, number: int, work: Work) -> Stored:
    values = values_of_farmer(pilot, home, number)
    at = pilot.now_ms - pilot.rng.randint(60, 92) * scopes.DAY_MS
    agent = pilot.agent_of(str(home.values["code"]))
    return work.insert("person", values, pilot.author(agent, at))


def values_of_farmer(pilot: Chance, home: Stored, number: int) -> Values:
    """Return what is said of a farmer of a commune, the `number`th."""
    rng = pilot.rng
    code = str(home.values["code"])
    sex = "female" if rng.random() < 0.42 else "male"
    name_ar, name_fr = pilot.name(sex, code[:2])
    douar = rng.choice(words.DOUARS)
    phone = None if rng.random() < 0.12 else f"+2126000{number % 100_000:05d}"
    return {
        "commune_code": code,
        "name_ar": name_ar if rng.random() < 0.95 else None,
        "name_fr": name_fr,
        "sex": sex,
        "birth_year": rng.randint(1945, 2006),
        "birth_year_approx": rng.random() < 0.3,
        "phone": phone,
        "phone_owner": rng.choice(("self", "self", "family")) if phone else None,
        "service_language": _language(pilot, home),
        "reading": "none" if rng.random() < 0.38 else rng.choice(("ar", "ar", "ar", "fr")),
        "douar": douar[1] if rng.random() < 0.5 else douar[0],
        "phone_type": rng.choice(("basic", "smart", "smart")) if phone else "none",
        "bank_status": rng.choice(("none", "none", "cam", "other")),
        "is_farmer": True,
        "status": "active",
    }


def _language(pilot: Chance, home: Stored) -> str:
    weights = [number_of(home.values[field]) for field in _LANGUAGES.values()]
    arabic = number_of(home.values["darija_percent"])
    return pilot.rng.choices(["ary", *_LANGUAGES], [arabic + 1, *weights])[0]


def make_enterprises(pilot: Pilot) -> None:
    """Make enterprises and cooperatives."""
    homes = pilot.rng.choices(pilot.communes, k=_ENTERPRISE_COUNT)
    made = pilot.store(
        "enterprises",
        [partial(_enterprise, pilot, home, number) for number, home in enumerate(homes)],
    )
    pilot.enterprises = [(one.record_id, str(one.values["commune_code"])) for one in made]


def _enterprise(pilot: Pilot, home: Stored, number: int, work: Work) -> Stored:
    values = values_of_enterprise(pilot, home, number)
    at = pilot.now_ms - pilot.rng.randint(60, 92) * scopes.DAY_MS
    agent = pilot.agent_of(str(home.values["code"]))
    return work.insert("enterprise", values, pilot.author(agent, at))


def values_of_enterprise(pilot: Chance, home: Stored, number: int) -> Values:
    """Return what is said of an enterprise of a commune, the `number`th."""
    rng = pilot.rng
    code = str(home.values["code"])
    form = weighed(rng, LEGAL_FORMS, FORM_WEIGHTS)
    product = rng.choice(words.PRODUCTS)
    title = rng.choice(words.COOPERATIVE_NAMES)
    is_cooperative = form in ("cooperative", "coop_union")
    members = rng.randint(7, 60) if is_cooperative else None
    return {
        "commune_code": code,
        "name_ar": f"{'تعاونية' if is_cooperative else 'مقاولة'} {title[0]} - {product[1]}",
        "name_fr": f"{'Coopérative' if is_cooperative else 'Société'} {title[1]} {product[2]}",
        "legal_form": form,
        "ice": ice_with_key(f"999{number:06d}0001") if form != "informal_group" else None,
        "phone": f"+2126001{number % 100_000:05d}",
        "contact_name": pilot.name(rng.choice(("female", "male")), code[:2])[1],
        "value_chains": (product[0],),
        "staff_band": rng.choice(("0", "1-2", "3-9", "10-49")),
        "members_total": members,
        "members_women": rng.randint(0, members) if members else None,
        "status": rng.choice(("submitted", "verified", "active", "active")),
    }
