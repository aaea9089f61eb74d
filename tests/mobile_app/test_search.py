"""People are found as they are typed: in either script, with a slip, by phone and by code."""

from __future__ import annotations

from pathlib import Path

import pytest

from mobile_app.device.clock import FakeClock
from mobile_app.store.database import transaction
from mobile_app.store.nearby import near
from mobile_app.store.records import UnknownEntity
from sync import limits, typed
from sync.rules import codes, names
from sync.rules import search as rules
from tests.mobile_app.test_store import a_store
from tests.places import HOME, NEAR, START
from tests.searches import CASES, NOBODY, entity_of

GROUPS = [
    line.split(";")[1:]
    for line in (Path(__file__).parents[1] / "sync" / "name_variants.csv").read_text().splitlines()
    if not line.startswith("#")
]
ALL = ("person", "enterprise", "contact_point")


@pytest.fixture
def store(tmp_path):
    store = a_store(tmp_path / "s.db")
    yield store
    store.close()


def person(store, **values):
    return store.put("person", {"commune_code": HOME, **values}).record_id


def found(store, text, entity="person", **more):
    return [one.record_id for one in store.search(entity, text, **more)]


def test_a_name_is_found_under_its_other_spellings(store, capsys):
    with transaction(store.db):
        ids = [person(store, name_fr=group[1]) for group in GROUPS]
    asked = [
        (variant, record_id)
        for group, record_id in zip(GROUPS, ids, strict=True)
        for variant in group
    ]
    recall = sum(record_id in found(store, text, limit=20) for text, record_id in asked)
    wrong = sum(len(found(store, text)) - 1 for text, _ in asked)
    with capsys.disabled():
        print(f"search: recall {recall / len(asked):.3f} of {len(asked)} spellings,", end=" ")
        print(f"{wrong / len(asked) / len(ids):.3f} of others found too")
    assert recall >= 0.98 * len(asked)
    assert wrong <= 0.03 * len(asked) * len(ids)


@pytest.mark.parametrize(
    "typed",
    ["Ouazioui", "Ouaziuoi", "Ouazioi", "Ouaziopui", "Ouazaoui", "ouazi", "وازيوي", "وازبوي"],
)
def test_one_slip_is_forgiven_in_a_long_word(store, typed):
    wanted = person(store, name_fr="Abdelkrim Ouazioui", name_ar="عبد الكريم وازيوي")
    person(store, name_fr="Said Haddad", name_ar="سعيد الحداد")
    assert found(store, typed) == [wanted]


def test_two_slips_or_one_in_a_short_word_are_not():
    assert not names.is_near("ouxzixui", "ouazioui")
    assert not names.is_near("omrr", "omar")
    assert not names.may_slip("ali")


@pytest.fixture
def peopled(store):
    """Everybody of `tests.searches`, and what each was asked for by."""
    with transaction(store.db):
        yield [
            (store.put(entity_of(kind), {"commune_code": HOME, **values}).record_id, kind, typed)
            for kind, values, typed in CASES
        ]


def test_what_people_type_finds_whom_they_mean(store, peopled):
    missed = [
        (kind, typed)
        for record_id, kind, typed in peopled
        if record_id not in found(store, typed, ALL, limit=10)
    ]
    assert missed == []


def test_nobody_is_found_who_is_not_there(store, peopled):
    asked = [one for one in NOBODY if typed.text(one)]  # else it is the list of the first
    assert {one: found(store, one, ALL) for one in asked if found(store, one, ALL)} == {}


def test_the_limit_comes_after_the_order(store):
    for number in range(13):
        store.put("enterprise", {"commune_code": HOME, "name_fr": f"Souss Tamast {number}"})
    only = store.put("enterprise", {"commune_code": HOME, "name_fr": "Sté Tamast"}).record_id
    assert found(store, "tamast", "enterprise", limit=1) == [only]

    for name in ("Sana", "Souna", "Sani", "Sanae"):
        person(store, name_fr=f"{name} Aznag")
    alike = person(store, name_ar="سنى أزناك")
    assert found(store, "سنى أزناك", limit=1) == [alike]


def test_a_village_does_not_outrank_the_person(store):
    for number in range(12):
        person(store, name_fr=f"Ali Azrou {number}", douar="Tamast")
    heard = person(store, name_fr="Brahim Tammast")
    slipped = person(store, name_fr="Brahim Tamasst")
    assert found(store, "tamast", limit=2) == [heard, slipped]
    assert len(found(store, "ali tamast")) == 12


def test_of_a_long_query_the_first_words_are_read(store):
    wanted = person(store, name_fr="Ali Tamast")
    typed = "ali tamast " + "el " * limits.QUERY_CHARS_MAX + "nobody"
    assert found(store, typed) == [wanted]
    query = rules.read("ali " * 3_000)
    assert len(query.words) <= limits.QUERY_WORDS_MAX
    assert len(query.tokens) <= 4 * limits.QUERY_WORDS_MAX


def test_every_word_is_wanted_and_the_exact_one_comes_first(store):
    other = person(store, name_fr="Mohammed Aznague")
    exact = person(store, name_fr="Mohamed Aznag")
    person(store, name_fr="Mohamed Zaki")
    assert found(store, "mohamed aznag") == [exact, other]
    assert found(store, "aznag moh") == [exact, other]
    assert found(store, "nobody at all") == []


@pytest.mark.parametrize(
    "typed", ["0612", "06 12 34 56 78", "+212 612-345678", "٠٦ ١٢ ٣٤", "00212612", "ali 06 12"]
)
def test_a_phone_is_found_as_it_is_typed(store, typed):
    wanted = person(store, name_fr="Ali", phone="+212612345678")
    person(store, name_fr="Ali", phone="+212698765432")
    assert found(store, typed) == [wanted]


def test_a_record_is_found_by_its_printed_code(store):
    wanted = person(store, name_fr="Ali")
    person(store, name_fr="Omar")
    code = codes.short_code(wanted)
    for written in (code, code.lower(), code.replace("-", " "), code[:4]):
        assert found(store, written)[0] == wanted


def test_people_enterprises_and_points_are_found_at_once(store):
    ali = person(store, name_fr="Ali Tamast")
    coop = store.put("enterprise", {"commune_code": HOME, "name_fr": "Tamast Miel"}).record_id
    point = store.put("contact_point", {"commune_code": NEAR, "name_ar": "تماست"}).record_id

    assert set(found(store, "tamast", ALL)) == {ali, coop, point}
    assert found(store, "tamast", "contact_point") == [point]
    assert set(found(store, "tamast", ALL, commune_code=HOME)) == {ali, coop}
    assert found(store, "", ALL, commune_code=NEAR) == [point]
    assert len(found(store, "tamast", ALL, limit=2)) == 2


def test_with_nothing_typed_there_are_some_of_each(store):
    for number in range(9):
        person(store, name_fr=f"Ali {number}")
        store.put("contact_point", {"commune_code": HOME, "name_fr": f"Relais {number}"})
    listed = store.search(ALL, " ", limit=9)
    assert [one.entity.name for one in listed] == ["person"] * 3 + ["contact_point"] * 3


def test_a_record_is_found_by_what_it_holds_now(store):
    moved = person(store, name_fr="Ali Tamast")
    store.put("person", {"name_fr": "Ali Igli", "commune_code": NEAR}, moved)
    assert found(store, "tamast") == []
    assert found(store, "igli", commune_code=NEAR) == [moved]
    store.put("person", {"commune_code": HOME}, moved)
    assert found(store, "igli", commune_code=HOME) == [moved]


OLDER = (
    "ALTER TABLE search_record ADD COLUMN code TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX search_code ON search_record (code)",
    "UPDATE search_record SET code = (SELECT substr(term, 2) FROM search_entry"
    " WHERE search_entry.number = search_record.number AND term LIKE '#%')",
    "DELETE FROM search_entry WHERE substr(term, 1, 1) IN ('=', '!', '<', '#')",
    "UPDATE search_record SET terms = (SELECT group_concat(term, ' ') FROM search_entry"
    " WHERE search_entry.number = search_record.number)",
)
"""What makes of an index one of the second rules, as far as tables and kinds of terms go."""


def make_older(store):
    for statement in OLDER:
        store.db.execute(statement)
    store.kept.search_rules = rules.RULES - 1


class SlowClock(FakeClock):
    """A minute goes by between two looks."""

    def mono_ms(self):
        self.move(60_000)
        return super().mono_ms()


def test_other_rules_index_everything_anew(tmp_path):
    store = a_store(tmp_path / "s.db")
    people = [person(store, name_fr=name) for name in ("Ali Tamast", "Moulay Ali Igli")]
    before = set(store.index.entries())
    with transaction(store.db):
        make_older(store)
    store.close()

    store = a_store(tmp_path / "s.db")
    assert set(store.index.entries()) == before
    assert found(store, "haj ali tamast") == people[:1]
    store.close()


def test_a_large_file_opens_soon_and_is_indexed_anew_by_and_by(tmp_path):
    store = a_store(tmp_path / "s.db")
    with transaction(store.db):
        people = [person(store, name_fr=f"Moulay Ali Tamast {number}") for number in range(150)]
        make_older(store)
    store.close()

    store = a_store(tmp_path / "s.db", clock=SlowClock(START), first_id=1_000)
    assert store.kept.search_rules == rules.RULES - 1
    assert len(found(store, "ali tamast", limit=None)) == len(people)
    assert found(store, codes.short_code(people[-1])) == people[-1:]
    new = person(store, name_fr="Igli")
    store.put("person", {"name_fr": "Ali Igli"}, people[-1])
    assert set(found(store, "igli")) == {new, people[-1]}
    store.close()

    store = a_store(tmp_path / "s.db", clock=SlowClock(START), first_id=1_000)
    assert store.kept.search_rules == rules.RULES
    assert len(found(store, "haj ali tamast", limit=None)) == len(people) - 1
    store.close()


def test_an_index_that_is_empty_is_made_at_once(tmp_path):
    store = a_store(tmp_path / "s.db")
    with transaction(store.db):
        people = [person(store, name_fr="Ali Tamast") for _ in range(150)]
        store.db.execute("DELETE FROM search_record")
        store.db.execute("DELETE FROM search_entry")
        store.kept.search_rules = 1
    store.close()

    store = a_store(tmp_path / "s.db", clock=SlowClock(START), first_id=1_000)
    assert len(found(store, "tamast", limit=None)) == len(people)
    store.close()


def test_words_that_no_record_has_are_forgotten(store):
    gone, stays = person(store, name_fr="Ouazioui"), person(store, name_fr="Tamast")
    with transaction(store.db):
        store.index.remove(gone)
        store.index.forget_words()
    assert store.db.execute("SELECT word FROM search_word").fetchall() == [("tamast",)]
    assert found(store, "tamast") == [stays]


# Near a position


def test_points_are_listed_by_distance(store):
    far, close = (
        store.put(
            "contact_point",
            {"commune_code": HOME, "name_fr": name, "latitude": latitude, "longitude": -9_500_000},
        ).record_id
        for name, latitude in (("Loin", 29_800_000), ("Près", 29_709_000))
    )
    listed = near(store, "contact_point", 29_700_000, -9_500_000)
    assert [one.record_id for one, _ in listed] == [close, far]
    assert [metres for _, metres in listed] == [
        pytest.approx(1_001, 0.01),
        pytest.approx(11_120, 0.01),
    ]


def test_people_are_near_where_they_were_last_visited(store):
    ali, _ = person(store, name_fr="Ali"), person(store, name_fr="Never visited")
    for days, latitude in ((1, 29_700_000), (3, 29_800_000), (2, 29_900_000)):
        place = {"latitude": latitude, "longitude": -9_500_000, "started_at": days * 86_400_000}
        store.put("visit", {"commune_code": HOME, "person_id": ali, **place})
    assert near(store, "person", 29_800_000, -9_500_000) == [(store.get("person", ali), 0)]


def test_what_has_no_place_is_not_near(store):
    with pytest.raises(UnknownEntity):
        near(store, "task", 0, 0)
