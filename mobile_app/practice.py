"""Practice: the whole app on invented people, in a file that can never be sent and goes when left.

The file has no address, no key of a device and no account; its own key is kept nowhere.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

from mobile_app.device.clock import Clock
from mobile_app.headless import FILE_NAME, new_id
from mobile_app.store.database import KEY_BYTES, transaction
from mobile_app.store.records import Store
from sync import local_time
from sync.entities import ENTITIES
from sync.errors import Refusal
from sync.spec import Values

FOLDER = "practice"
_DAY_MS = 86_400_000
_HOME = "09.541.01.03"
"""A commune of Taroudant."""
_PLACE = (30_400_000, -8_780_000)
"""Near the commune's seat; millionths of a degree."""
_PEOPLE = (
    ("فاطمة أيت الحاج", "Fatima Ait El Haj", "female", 1979, "+212600000101", "Tamast"),
    ("محمد أوبلا", "Mohamed Oubella", "male", 1970, "+212600000102", "Aguerd"),
    ("إبراهيم بوهوش", "Brahim Bouhouch", "male", 1965, None, "Tamast"),
    ("رقية إد بلقاسم", "Rkia Id Belkacem", "female", 1988, "+212600000104", "Ighil"),
    ("الحسين أزناك", "El Houssaine Aznag", "male", 1958, None, "Ighil"),
    ("خديجة الناصري", "Khadija Naciri", "female", 1992, "+212600000106", "Lmers"),
)
"""Invented; numbers of 06 00 00 are nobody's."""


class PracticeOnly(Refusal):
    """Nothing of a practice leaves the tablet."""

    code = "practice_only"


def refuse_line(_store: Store) -> NoReturn:
    """Take the place of the line to the server. Raises PracticeOnly."""
    raise PracticeOnly("practice: there is no server")


def open_practice(folder: Path, clock: Clock) -> Store:
    """Return a new store of invented people; what a practice before left is erased."""
    leave_practice(folder)
    (folder / FOLDER).mkdir(parents=True)
    store = Store(
        folder / FOLDER / FILE_NAME, os.urandom(KEY_BYTES), ENTITIES, clock=clock, ids=new_id
    )
    with transaction(store.db):
        store.kept.device_id = 0
        store.kept.inc = 1
        store.kept.after_sync_ms = clock.wall_ms()
        _fill(store)
        store.db.execute("UPDATE outbox SET state = 'acknowledged'")
    return store


def leave_practice(folder: Path) -> None:
    """Erase what a practice left."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def _fill(store: Store) -> None:
    now = store.clock.wall_ms()
    today = local_time.day_of(now)
    agent = store.put("agent", {"login": "practice", "role": "field_agent", "name_fr": "Practice"})
    store.kept.agent_id = agent.record_id
    people = []
    for arabic, latin, sex, born, phone, douar in _PEOPLE:
        values: Values = {
            "name_ar": arabic, "name_fr": latin, "sex": sex, "birth_year": born, "phone": phone,
            "birth_year_approx": True, "douar": douar, "commune_code": _HOME, "is_farmer": True,
            "service_language": "shi", "reading": "none" if born < 1980 else "ar",
        }  # fmt: skip
        people.append(store.put("person", values).record_id)
    group: Values = {
        "name_ar": "تعاونية تامونت", "name_fr": "Coopérative Tamounte", "commune_code": _HOME,
        "legal_form": "cooperative", "members_total": 34, "members_women": 30,
    }  # fmt: skip
    store.put("enterprise", group)
    for number, person in enumerate(people[:4]):
        met: Values = {
            "person_id": person, "commune_code": _HOME, "type": "first_contact", "outcome": "done",
            "channel": "home_farm", "state": "ended", "started_at": now - (40 + number) * _DAY_MS,
            "latitude": _PLACE[0] + 9_000 * number, "longitude": _PLACE[1] + 7_000 * number,
            "accuracy_m": 8, "review_state": "accepted",
        }  # fmt: skip
        store.put("visit", met)
    for person in people[:3]:
        plan: Values = {
            "person_id": person, "commune_code": _HOME, "type": "assistance", "state": "planned",
            "planned_on": today, "agent_id": agent.record_id,
        }  # fmt: skip
        store.put("visit", plan)
    task: Values = {
        "kind": "call_back", "person_id": people[3], "commune_code": _HOME, "due_on": today,
        "state": "open", "owner_id": agent.record_id,
        "notes": "Rappeler après la prière de midi : le cousin, Hassan, tient le téléphone.",
    }  # fmt: skip
    store.put("task", task)
    stop: Values = {
        "commune_code": _HOME, "place_fr": "Souk El Had", "place_ar": "سوق الأحد",
        "weekday": local_time.weekday_of(today), "from_minute": 14 * 60, "is_souk": True,
    }  # fmt: skip
    store.put("stop", stop)
