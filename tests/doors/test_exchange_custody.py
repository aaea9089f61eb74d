"""What a tablet gone wrong or forged sends: held by name, shown to a person, never a fault."""

import pytest

from server.exchange import decide
from sync.entities import ENTITIES
from sync.errors import Refusal
from sync.phrases import LANGUAGES, Phrases
from sync.spec import Kind, check_value
from tests.world import HOME

DAY_MS = 86_400_000
DATED = [
    (entity, field)
    for entity in ENTITIES
    for field in entity.fields
    if field.kind in (Kind.DAY, Kind.MOMENT)
]
YEAR_287396 = 9_007_199_254_740_991
SLICES = 2


def held(world):
    table = world.database.tables.held
    with world.engines.read() as connection:
        return connection.execute(table.select().order_by(table.c.seq)).all()


@pytest.fixture
def tablet(world):
    world.user("one", HOME)
    return world.tablet("one")


@pytest.mark.parametrize(("entity", "field"), DATED, ids=lambda one: one.name)
def test_every_day_and_moment_has_the_bounds_of_a_calendar(entity, field):
    unit = DAY_MS if field.kind is Kind.MOMENT else 1

    for day in (-25_567, 0, 84_005):
        assert check_value(entity, field.name, day * unit) == day * unit
    for day in (-25_568, 84_006, 104_249_991):
        with pytest.raises(Refusal) as refused:
            check_value(entity, field.name, day * unit)
        assert refused.value.code == "field_date_wrong"


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda one: one.code)
@pytest.mark.parametrize("ms", [YEAR_287396, -YEAR_287396, 2**63 - 1, -(2**63)])
def test_a_date_of_no_calendar_is_written_as_its_year(language, ms):
    phrases = Phrases(language, {})
    year = str(1970 + round(ms / DAY_MS / 365.2425))

    for style in ("long", "weekday", "short", "digits"):
        assert year in phrases.day(ms // DAY_MS, style)
    for style in ("long", "short", "digits"):
        assert year in phrases.moment(ms, style)


def test_a_visit_of_an_impossible_year_is_held_and_corrected(world, tablet):
    visit = tablet.forge("visit", commune_code=HOME, state="started", started_at=YEAR_287396)
    tablet.sync()

    (row,) = held(world)
    assert row.code == "field_date_wrong"
    right = {"started_at": world.now}
    world.database.write(
        lambda work: decide.apply_held(
            work, bytes(row.change_id), by=None, slice_count=SLICES, corrections=right
        )
    )
    assert world.get("visit", visit)["started_at"] == world.now
