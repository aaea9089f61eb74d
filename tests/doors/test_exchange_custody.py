"""What a tablet gone wrong or forged sends: held by name, shown to a person, never a fault."""

import pytest

from server.exchange import decide, settle
from server.phrases import load_phrases
from sync.changes import Op
from sync.checks import check_value, require_agents_own
from sync.entities import ENTITIES
from sync.entities.captured import CAPTURED
from sync.errors import Refusal
from sync.languages import LANGUAGES
from sync.phrases import Phrases
from sync.spec import Kind
from tests.world import FAR, HOME, NEAR

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
    year = str(1970 + int(ms // DAY_MS // 365.2425))
    assert ms != YEAR_287396 or year == "287396"

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
        lambda work: settle.apply_held(
            work, bytes(row.change_id), by=None, slice_count=SLICES, corrections=right
        )
    )
    assert world.get("visit", visit)["started_at"] == world.now


RESERVED = [
    (entity, field.name, value)
    for entity in ENTITIES
    for field in entity.fields
    for value in (*field.office, *((b"a" * 16,) if field.own else ()))
]


def codes(world):
    return [row.code for row in held(world)]


def apply_held(world, row, **more):
    given = {"by": None, "slice_count": SLICES, **more}
    return world.database.write(lambda work: settle.apply_held(work, bytes(row.change_id), **given))


@pytest.mark.parametrize(("entity", "field", "value"), RESERVED, ids=str)
def test_what_the_office_says_is_no_news_but_from_an_agent_it_is_refused(entity, field, value):
    require_agents_own(entity, {field: value}, {field: value}, b"b" * 16)
    with pytest.raises(Refusal) as refused:
        require_agents_own(entity, {field: value}, {}, b"b" * 16)
    assert refused.value.code == "office_only"


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda one: one.name)
def test_whose_work_it_is_an_agent_says_of_the_own_alone(entity):
    named = {"agent_id", "created_by"} & set(entity.field_by_name)
    if entity.name == "resolution":  # a tablet writes none
        return
    assert {field.name for field in entity.fields if field.own} == named


def a_visit(tablet, **values):
    return tablet.put("visit", commune_code=HOME, **values).record_id


@pytest.mark.parametrize("value", ["accepted", "returned"])
def test_a_review_by_the_agent_reviewed_waits_for_the_office(world, tablet, value):
    visit = a_visit(tablet, review_state="submitted")
    tablet.sync()
    tablet.put("visit", visit, review_state=value)
    tablet.sync()

    assert codes(world) == ["office_only"]
    assert world.get("visit", visit)["review_state"] == "submitted"
    assert tablet.store.outbox.state("visit", visit) == "held"


def test_a_visit_in_anothers_name_waits_and_the_office_may_let_it_in(world, tablet):
    two = world.user("two", HOME)
    mine, theirs = a_visit(tablet), a_visit(tablet, agent_id=two)
    tablet.sync()

    (row,) = held(world)
    assert (row.code, row.record_id) == ("office_only", theirs)
    assert world.get("visit", mine)["agent_id"] == world.agent("one")
    assert apply_held(world, row, is_overruled=False).refusal.code == "office_only"
    assert apply_held(world, row).applied == 1
    assert world.get("visit", theirs)["agent_id"] == two


def test_a_task_may_be_given_to_another(world, tablet):
    task = tablet.put("task", commune_code=HOME, owner_id=world.user("two", HOME)).record_id
    tablet.sync()
    assert codes(world) == []
    assert world.get("task", task)["owner_id"] == world.agent("two")


def test_overruling_the_place_does_not_overrule_the_office(world, tablet):
    far = ("person", {"name_fr": "Ali", "commune_code": FAR}, b"")
    judged = ("visit", {"commune_code": HOME, "review_state": "accepted"}, b"")
    tablet.store.put_group([far, judged])
    tablet.sync()

    assert codes(world) == ["commune_outside_province"] * 2
    assert apply_held(world, held(world)[0]).applied == 0
    assert codes(world) == ["office_only"] * 2
    assert apply_held(world, held(world)[0]).applied == 2


def test_a_taken_id_is_named_only_to_who_may_see_the_record(world, tablet):
    world.user("far", FAR)
    there = world.tablet("far")
    near = tablet.put("person", name_fr="Ali", commune_code=HOME).record_id
    far = there.put("person", name_fr="Omar", commune_code=FAR).record_id
    tablet.sync()
    there.sync()
    nowhere = world.new_id()

    tablet.forge("person", near, Op.INSERT, name_fr="x", commune_code=HOME)
    tablet.forge("person", far, Op.INSERT, name_fr="x", commune_code=HOME)
    tablet.forge("person", far, Op.PATCH, name_fr="x")
    tablet.forge("person", nowhere, Op.PATCH, name_fr="x")
    tablet.sync()

    assert codes(world) == ["record_exists", "not_allowed", "not_allowed", "not_allowed"]
    assert world.get("person", far)["name_fr"] == "Omar"


@pytest.mark.parametrize(
    "corrections", [{"commune_code": NEAR}, {"name_fr": "Omar"}, {"commune_code": HOME, "sex": "x"}]
)
def test_a_correction_stays_in_question_and_in_the_territory(world, tablet, corrections):
    tablet.put("person", name_fr="Ali", commune_code=FAR)
    tablet.sync()
    (row,) = held(world)

    with pytest.raises(decide.CorrectionWrong):
        apply_held(world, row, corrections=corrections, communes={HOME})

    assert [one.state for one in held(world)] == ["open"]
    assert apply_held(world, row, corrections={"commune_code": HOME}, communes={HOME}).applied == 1


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_what_the_office_says_has_words_where_it_decides(language):
    words = load_phrases(language)
    for entity, field, value in RESERVED:
        if field in {one.name for one in CAPTURED}:  # filled in by the tablet, shown to nobody
            continue
        choice = [f"{entity.name}.{field}.{value}"] if isinstance(value, str) else []
        for code in (f"{entity.name}.field.{field}", *choice):
            assert not words.say(code).startswith("["), code
