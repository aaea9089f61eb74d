"""Two values of a name, phone or identifier written unseen: a question, whoever was later."""

import pytest

from tests.world import HOME


@pytest.fixture
def tablet(world):
    world.user("one", HOME)
    return world.tablet("one")


def reviews(world):
    return world.database.read(lambda records: records.list("review"))


@pytest.mark.parametrize(
    ("entity", "field", "was", "desk", "tablets"),
    [
        ("person", "phone", "+212611111111", "+212622222222", "+212633333333"),
        ("person", "name_ar", "فاطمة", "فطمة", "فاتمة"),
        ("person", "rna", "123", "124", "125"),
        ("enterprise", "name_fr", "Coop", "Coop Amal", "Coop Amel"),
        ("enterprise", "tax_id", "1", "2", "3"),
        ("enterprise", "cooperative_number", None, "2", "3"),
    ],
)
def test_a_correction_of_the_desk_is_not_overruled_by_one_who_had_not_seen_it(
    world, tablet, entity, field, was, desk, tablets
):
    values = {"name_fr": "Amal", field: was} if was else {"name_fr": "Amal"}
    record = tablet.put(entity, commune_code=HOME, **values).record_id
    tablet.sync()
    world.change(entity, record, **{field: desk})
    tablet.put(entity, record, **{field: tablets})  # later, and unseen
    tablet.sync()
    assert world.get(entity, record)[field] == desk
    (review,) = reviews(world)
    assert (review.values["field"], review.values["mine"], review.values["theirs"]) == (
        field,
        tablets,
        desk,
    )
    assert tablet.values(entity, record)[field] == desk


def test_one_who_had_seen_it_corrects_without_a_question(world, tablet):
    record = tablet.put(
        "person", commune_code=HOME, name_fr="Amal", phone="+212611111111"
    ).record_id
    tablet.sync()
    world.change("person", record, phone="+212622222222")
    tablet.sync()
    tablet.put("person", record, phone="+212633333333")
    tablet.sync()
    assert world.get("person", record)["phone"] == "+212633333333"
    assert reviews(world) == []
