"""While someone is registered, the tablet says who they may already be."""

from __future__ import annotations

import pytest

from mobile_app.store.duplicates import SHOWN_MAX, likely_duplicates
from mobile_app.store.records import UnknownEntity
from tests.mobile_app.test_store import a_store
from tests.world import FAR, HOME, NEAR


@pytest.fixture
def store(tmp_path):
    store = a_store(tmp_path / "s.db")
    yield store
    store.close()


def test_the_likeliest_comes_first_with_its_reasons(store):
    shares_phone, same = (
        store.put("person", {"commune_code": NEAR, "phone": "+212612345678", **more}).record_id
        for more in ({"name_fr": "Fatima Bihi"}, {"name_fr": "Mohammed Aznague"})
    )
    homonym = store.put("person", {"commune_code": HOME, "name_ar": "محمد أزناك"}).record_id
    typed = {"name_fr": "Mohamed Aznag", "name_ar": "محمد أزناك", "commune_code": HOME}

    found = likely_duplicates(store, "person", {**typed, "phone": "+212612345678"})

    assert [(one.record.record_id, one.score, one.reasons) for one in found] == [
        (same, 0.95, ("same_name", "same_phone")),
        (homonym, 0.6, ("same_name", "same_commune")),
    ]
    assert shares_phone not in {one.record.record_id for one in found}


def test_a_middle_name_that_one_lacks_hides_nobody(store):
    short = store.put("person", {"commune_code": HOME, "name_fr": "Ali Aznag", "douar": "Igli"})
    typed = {"commune_code": HOME, "name_fr": "Ali Mohamed Aznag", "douar": "إكلي"}
    assert [one.record for one in likely_duplicates(store, "person", typed)] == [short]


def test_an_enterprise_is_known_by_its_ice_in_any_commune(store):
    values = {"name_fr": "Coopérative Tiwizi", "ice": "999000001000075", "commune_code": FAR}
    coop = store.put("enterprise", values)
    found = likely_duplicates(store, "enterprise", {"ice": "999000001000075", "name_ar": "س"})
    assert [(one.record, one.reasons) for one in found] == [(coop, ("same_ice",))]


def test_a_record_is_not_its_own_duplicate(store):
    ali = store.put("person", {"commune_code": HOME, "name_fr": "Ali Aznag"})
    assert likely_duplicates(store, "person", ali.values, but=ali.record_id) == []


def test_only_a_few_are_proposed(store):
    for _ in range(SHOWN_MAX + 2):
        store.put("person", {"commune_code": HOME, "name_fr": "Ali Aznag"})
    values = {"commune_code": HOME, "name_fr": "Ali Aznag"}
    assert len(likely_duplicates(store, "person", values)) == SHOWN_MAX


def test_nothing_typed_is_like_nobody(store):
    store.put("person", {"commune_code": HOME, "name_fr": "Ali Aznag"})
    assert likely_duplicates(store, "person", {"commune_code": HOME}) == []
    with pytest.raises(UnknownEntity):
        likely_duplicates(store, "nothing", {})
