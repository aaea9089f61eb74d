"""A day on the desk is a day in Morocco: from midnight to midnight, in Ramadan too."""

import re
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from server.visits.queries import Filter, count_between, list_visits
from sync import local_time
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
EVERYWHERE = SimpleNamespace(covers=lambda *_asked: sa.true())
SUMMER, RAMADAN = timezone(timedelta(hours=1)), timezone(timedelta(0))


def ms(day, clock, zone):
    return int(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    ("before", "day", "after", "zones"),
    [
        ("2026-11-19", "2026-11-20", "2026-11-21", (SUMMER, SUMMER)),
        ("2027-02-19", "2027-02-20", "2027-02-21", (RAMADAN, RAMADAN)),
        ("2027-02-06", "2027-02-07", "2027-02-08", (SUMMER, RAMADAN)),  # the clock goes back
        ("2027-03-13", "2027-03-14", "2027-03-15", (RAMADAN, SUMMER)),  # and on again
    ],
)
def test_a_day_holds_its_visits_from_midnight_to_midnight(world, tablet, before, day, after, zones):
    first, last = zones
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma").record_id
    moments = {
        "before": ms(before, "23:59", first),
        "first": ms(day, "00:30", first),
        "last": ms(day, "23:30", last),
        "after": ms(after, "00:30", last),
    }
    for notes, at in moments.items():
        tablet.put("visit", commune_code=HOME, person_id=person, started_at=at, notes=notes)
    tablet.sync()
    number = local_time.day_of(moments["first"])
    wanted = Filter(since=number, until=number)
    found = world.database.read(
        lambda records: list_visits(records, EVERYWHERE, wanted, after=None, limit=9)
    )
    assert [one.values["notes"] for one in found] == ["last", "first"]
    count = world.database.read(lambda records: count_between(records, sa.true(), number, number))
    assert count == 2


def test_the_weeks_of_the_morning_page_are_of_whole_local_days(world, tablet, client):
    """A week ends with today: 00:30 six days ago is in it, 23:30 of the day before is not."""
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma").record_id
    world.now = ms("2026-11-25", "00:15", SUMMER)
    for day, clock in (("2026-11-25", "00:10"), ("2026-11-19", "00:30"), ("2026-11-18", "23:30")):
        at = ms(day, clock, SUMMER)
        tablet.put("visit", commune_code=HOME, person_id=person, started_at=at)
    tablet.sync()

    client.post("/desk/sign-in", data={"login": "amina", "password": "password1"})
    page = client.get("/desk?lang=fr").text
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th><td class="n">(\d+)</td>', page)
    assert rows[-2:] == [("18 nov.", "1"), ("25 nov.", "2")]
