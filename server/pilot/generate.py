"""The pilot provinces (Taroudant, Berkane, Nador), filled with invented data.

Real: communes, their points, souks and language shares. Invented, and plainly so: people (phones
of the range 06 00 0…, ICE that begin with 999), enterprises, visits. The same seed makes the same
data; a second call on a filled database does nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from server.db.work import Database
from server.pilot.people import make_enterprises, make_farmers
from server.pilot.pilot import PROVINCES, Pilot, Tell
from server.pilot.points import make_points
from server.pilot.staff import make_offices, make_staff
from server.pilot.visits import make_visits

PASSWORD = "nuqta-demo"  # noqa: S105 - told to everyone who runs the demo
"""Of every account of the pilot. Invented data only: never on a server that holds real people."""


def generate(
    database: Database,
    *,
    seed: int,
    farmer_count: int,
    visit_count: int,
    tell: Tell,
    enliven: Callable[[Pilot], dict[str, int]] = lambda _pilot: {},
) -> dict[str, int]:
    """Fill the three provinces. Returns what was made, by kind; nothing if they are filled.

    Args:
        enliven: what is done over it, such as `living.enliven`: what needs more than a database.
    """
    pilot = Pilot(database, seed, PASSWORD, tell)
    table = database.tables.records["commune"]
    pilot.communes = database.read(
        lambda records: records.list(
            "commune", table.c.province_code.in_(PROVINCES), order=(table.c.code,)
        )
    )
    account = database.tables.account
    is_filled = database.read(
        lambda records: records.connection.execute(
            account.select().where(account.c.login == "agent01")
        ).first()
    )
    if is_filled:
        return {}
    make_staff(pilot)
    make_points(pilot)
    make_farmers(pilot, farmer_count)
    make_enterprises(pilot)
    make_visits(pilot, visit_count)
    make_offices(pilot)  # last: what came before stays as the seed made it
    return {
        "communes": len(pilot.communes),
        "agents": len(pilot.agents),
        "souk stops": sum(map(len, pilot.stops.values())),
        "farmers": len(pilot.people),
        "enterprises": len(pilot.enterprises),
        "visits": visit_count,
        **enliven(pilot),
    }
