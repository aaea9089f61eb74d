"""The desk finds whom people mean, however many share a name, and in one's own communes."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from server.db import lookup, terms
from server.db.records import Records
from server.db.schema import is_current, migrate
from server.db.tables import TABLES
from server.db.work import Author
from server.visits.queries import Filter, list_visits
from sync.rules import codes
from tests.searches import CASES, NOBODY, entity_of
from tests.world import FAR, HOME, NEAR

NOBODY_ELSE = Author(None)


@pytest.fixture
def put(world):
    """Store some records at once; give their ids."""

    def store(entity, *records):
        return world.database.write(
            lambda work: [
                work.insert(entity, {"commune_code": HOME, **one}, NOBODY_ELSE).record_id
                for one in records
            ]
        )

    return store


@pytest.fixture
def found(world):
    def search(text, entity="person", communes=(HOME,), limit=10):
        return [
            one.record_id
            for one in world.database.read(
                lambda records: lookup.search(
                    records,
                    entity,
                    lookup.Sought(text),
                    records.tables.records[entity].c.commune_code.in_(communes),
                    limit=limit,
                )
            )
        ]

    return search


@pytest.fixture
def answering(world):
    """All who answer in the home commune, whether by id or by a query."""

    def everybody(text):
        def read(records):
            within = records.tables.records["person"].c.commune_code == HOME
            every = lookup.answering(records, "person", lookup.Sought(text), within)
            return set(
                every if isinstance(every, list) else records.connection.scalars(every.query)
            )

        return world.database.read(read)

    return everybody


def test_what_people_type_finds_whom_they_mean_and_nobody_else(put, found):
    asked = []
    for entity in ("person", "enterprise"):
        cases = [case for case in CASES if entity_of(case[0]) == entity]
        made = put(entity, *(values for _, values, _ in cases))
        asked += [(one, kind, typed) for one, (kind, _, typed) in zip(made, cases, strict=True)]
    assert len(asked) == len(CASES)

    missed = [
        (kind, typed)
        for record_id, kind, typed in asked
        if record_id not in found(typed, entity_of(kind))
    ]
    assert missed == []
    assert [
        typed for typed in NOBODY for one in ("person", "enterprise") if found(typed, one)
    ] == []


def test_a_rare_name_is_found_among_thousands_of_a_common_one(put, found):
    *_, wanted = put(
        "person",
        *({"name_fr": "Mohamed Alaoui"} for _ in range(2_050)),
        {"name_fr": "Mohamed Ouzgane"},
    )
    (own,) = put("person", {"name_fr": "Mohamed", "commune_code": FAR})
    assert found("mohamed ouzgane") == [wanted]
    assert found("mohamed", communes=(FAR,)) == [own]
    assert found("mohamed", communes=(HOME, FAR), limit=1) == [own]
    assert len(found("mohamed alaoui", limit=300)) == 300


def test_a_record_is_found_by_its_printed_code_and_not_once_it_is_gone(world, put, found):
    ali, _ = put("person", {"name_fr": "Ali"}, {"name_fr": "Omar"})
    code = codes.short_code(ali)
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("0", "O")):
        assert found(typed)[0] == ali
    world.database.write(lambda work: work.delete("person", ali))
    assert found(code) == []
    assert found("ali") == []


def test_all_visits_of_those_who_answer_are_listed(world, put):
    people = put("person", *({"name_fr": f"Mohamed {number}"} for number in range(320)))
    (firm,) = put("enterprise", {"name_fr": "Coopérative Mohamed"})
    about = [{"person_id": one} for one in people] + [{"enterprise_id": firm}]
    put("visit", *({"type": "assistance", "started_at": world.now, **one} for one in about))
    put("visit", {"type": "assistance", "started_at": world.now})

    def count(text, communes):
        def covers(records, entity):
            return records.tables.records[entity].c.commune_code.in_(communes)

        reader = SimpleNamespace(covers=covers, regions=lambda _: None)
        return len(
            world.database.read(
                lambda records: list_visits(
                    records, reader, Filter(text=text), after=None, limit=400
                )
            )
        )

    assert count("mohamed", [HOME]) == 321
    assert count("mohamed", [NEAR]) == 0
    assert count("coop mohamed", [HOME]) == 321
    assert count("nobody", [HOME]) == 0


def test_a_search_asks_the_index_for_each_range_once(world, put):
    (meant,) = put("person", {"name_fr": "Ali Ouzgane"})
    put("person", *({"name_fr": f"Ali Tazi{number}"} for number in range(5)))
    asked = []
    reading = world.engines.reading

    def note(_connection, _cursor, statement, *_):
        if statement != "BEGIN":
            asked.append(statement)

    def found(text):
        within, here = TABLES.records["person"].c.commune_code == HOME, [HOME[:2]]
        with world.engines.read() as connection:
            records = Records(connection, TABLES)
            some = lookup.search(
                records, "person", lookup.Sought(text), within, limit=10, regions=here
            )
        return [one.record_id for one in some]

    sa.event.listen(reading, "before_cursor_execute", note)
    try:
        assert found("ouzgane ali") == [meant]
        # How many have each term; who has the rarest word; which of the terms these have.
        assert len([one for one in asked if "search_term" in one]) == 3
        # Which of these may be seen; what they are called, to rank them; the records.
        assert len(asked) == 6
        asked.clear()
        assert found("zwxqtrv") == []
        # How many; which words may have been meant, by their beginning and by a slip in it.
        assert len(asked) == 4
        asked.clear()
        found("fatima zahra ait benabdellah")
        # The driver keeps none that is longer, and reads it anew each time.
        assert max(len(one) for one in asked if "count" in one) <= 4_096
    finally:
        sa.event.remove(reading, "before_cursor_execute", note)


def test_what_answers_as_it_was_typed_spares_the_kinds_after_it_the_slips(world, put):
    (meant,) = put("person", {"name_fr": "Brahim Ouzgane"})
    (near,) = put("enterprise", {"name_fr": "Ouzgame", "legal_form": "cooperative"})

    def found(*kinds):
        sought = lookup.Sought("ouzgane")
        return world.database.read(
            lambda records: [
                [one.record_id for one in lookup.search(records, kind, sought, sa.true(), limit=10)]
                for kind in kinds
            ]
        )

    assert found("enterprise", "person") == [[near], [meant]]
    assert found("person", "enterprise") == [[meant], []]


@pytest.fixture
def short(world):
    """Search for what is as it was typed: who is found, all of them, whether no further."""

    def search(text, communes=(HOME,)):
        def read(records):
            within = records.tables.records["person"].c.commune_code.in_(communes)
            sought = lookup.Sought(text, is_alike=False)
            best = lookup.search(records, "person", sought, within, limit=10)
            every = lookup.answering(
                records, "person", lookup.Sought(text, is_alike=False), within, regions=None
            )
            ids = set(every if isinstance(every, list) else records.connection.scalars(every.query))
            return [one.record_id for one in best], ids, sought.is_cut

        return world.database.read(read)

    return search


def test_who_is_met_as_typed_is_enough_and_names_that_are_alike_are_a_step_away(put, found, short):
    latin, arabic, last, alike = put(
        "person",
        {"name_fr": "Rachid Bouzid"},
        {"name_ar": "رشيد بوزيد"},
        {"name_fr": "Rachid Amine Bouzidi"},
        {"name_fr": "Rachidoun Bouzid"},
    )
    best, every, is_cut = short("rachid bouzid")
    assert best[0] == latin
    assert set(best) == every == {latin, arabic, last}
    assert is_cut
    assert alike in found("rachid bouzid")


@pytest.mark.parametrize("typed", ["rachid bouzit", "rachid bo", "rachid ouzkame", "rachid"])
def test_where_none_is_met_as_typed_all_that_is_alike_is_looked_for(put, found, short, typed):
    put("person", {"name_fr": "Rachid Bouzid"}, {"name_fr": "Rachid Ouzkane"})
    best, every, is_cut = short(typed)
    assert best == found(typed)
    assert set(best) == every
    assert best
    assert not is_cut


def test_many_who_are_met_as_typed_are_bounded_and_none_whom_the_reader_sees_is_cut_off(
    put, short, monkeypatch
):
    monkeypatch.setattr(lookup, "FEW", 4)
    put("person", *({"name_fr": "Mohamed Alaoui", "commune_code": FAR} for _ in range(12)))
    put("person", *({"name_ar": "محمد العلوي"} for _ in range(6)))
    own = put("person", {"name_fr": "Mohamed Alaoui"})
    best, every, _ = short("mohamed alaoui")
    assert own[0] in best
    assert len(every) == 7
    assert len(short("mohamed alaoui", communes=(HOME, FAR))[0]) >= 4


def test_what_people_type_finds_whom_they_mean_or_says_that_it_looked_no_further(world, put, found):
    cases = [case for case in CASES if entity_of(case[0]) == "person"]
    made = put("person", *(values for _, values, _ in cases))

    def misses(records):
        everybody, missed = sa.true(), []
        for one, (kind, _, typed) in zip(made, cases, strict=True):
            sought = lookup.Sought(typed, is_alike=False)
            best = lookup.search(records, "person", sought, everybody, limit=10)
            if one not in [other.record_id for other in best]:
                missed.append((kind, typed, sought.is_cut))
        return missed

    missed = world.database.read(misses)
    assert [one for one in missed if not one[2]] == []
    assert len(missed) < len(cases) / 20


def test_terms_of_other_rules_are_made_anew_by_migrate(world, put, found):
    put("person", *({"name_fr": f"Moulay Ali {number}"} for number in range(terms._AT_ONCE)))
    last, gone = put("person", {"name_fr": "Moulay Ali Tamast"}, {"name_fr": "Igli"})
    world.database.write(lambda work: work.delete("person", gone))
    table = TABLES.search_term

    def all_terms(connection):
        return set(map(tuple, connection.execute(sa.select(table))))

    with world.engines.read() as connection:
        before = all_terms(connection)
    number = [one.name for one in TABLES.entities].index("person")
    installed = TABLES.installation
    for statement in (
        sa.update(installed).where(installed.c.name == "search_rules").values(value=b"2"),
        sa.delete(table).where(sa.or_(table.c.term.like("!%"), table.c.term.like("=%"))),
        sa.insert(table).values(entity=number, term="of-before", record_id=last),
    ):
        world.engines.write(lambda connection, that=statement: connection.execute(that))

    assert not is_current(world.engines, TABLES)
    assert migrate(world.engines, TABLES, epoch=os.urandom(8)) == []
    assert is_current(world.engines, TABLES)
    with world.engines.read() as connection:
        assert all_terms(connection) == before
    assert found("haj ali tamast") == [last]


def test_a_common_name_stays_bounded_and_a_second_word_finds_who_is_meant(
    put, found, answering, monkeypatch
):
    families = ["Aznag", "Bouhouch", "Tamouh", "Bihi", "Ouchen", "Amghar", "Soussi", "Houzali"]
    many = put("person", *({"name_fr": f"Mohamed {family}"} for family in families * 3))
    put("person", *({"name_fr": f"Mohamed {one}", "commune_code": FAR} for one in families * 3))
    (meant,) = put("person", {"name_fr": "Mohamed Zerhouni"})
    monkeypatch.setattr(lookup, "COMMON", 4)
    monkeypatch.setattr(lookup, "FEW", 4)
    monkeypatch.setattr(lookup, "LOOKED_AT", 60)
    assert found("mohamed zerhouni")[0] == meant
    assert found("zerhouni mohamed")[0] == meant
    some = found("mohamed", limit=10)
    assert len(some) == 10
    assert set(some) <= {*many, meant}
    assert not found("mohamed", communes=(NEAR,))
    # A filter leaves nobody out, however many there are.
    assert answering("mohamed") == {*many, meant}


def test_names_of_communes_follow_what_is_corrected(world):
    def names():
        return world.database.read(lambda records: lookup.commune_names(records, "fr"))

    before = names()
    assert names() is before
    (commune,) = world.database.read(
        lambda records: records.list(
            "commune", records.tables.records["commune"].c.code == HOME, limit=1
        )
    )
    world.change("commune", commune.record_id, name_fr="Autre nom")
    assert names()[HOME] == "Autre nom"
    assert {code: name for code, name in names().items() if code != HOME} == {
        code: name for code, name in before.items() if code != HOME
    }


def test_of_two_common_words_those_with_both_are_found_though_many_have_one(
    put, found, answering, monkeypatch
):
    monkeypatch.setattr(lookup, "COMMON", 5)
    monkeypatch.setattr(lookup, "FEW", 5)
    put("person", *({"name_fr": f"Mohamed Tazi{number}"} for number in range(30)))
    put("person", *({"name_fr": f"Fatima{number} Alaoui"} for number in range(30)))
    both = put("person", {"name_fr": "Mohamed Alaoui"}, {"name_fr": "Alaoui Mohamed"})
    put("person", {"name_fr": "Mohamed Alaoui", "commune_code": FAR})

    assert set(found("mohamed alaoui")) == set(both)
    assert answering("mohamed alaoui") == set(both)


def test_of_three_words_the_third_is_asked_too_be_those_with_two_few_or_many(
    put, found, answering, monkeypatch
):
    put("person", *({"name_fr": f"Mohamed Amine Tazi{number}"} for number in range(8)))
    put("person", *({"name_fr": f"Mohamed Berrada{number} Alaoui"} for number in range(9)))
    put("person", *({"name_fr": f"Amine Alaoui Filali{number}"} for number in range(10)))
    (meant,) = put("person", {"name_fr": "Amine Mohamed Alaoui"})
    monkeypatch.setattr(lookup, "FEW", 2)
    for common in (2, 100):
        monkeypatch.setattr(lookup, "COMMON", common)
        assert found("mohamed amine alaoui") == [meant]
        assert answering("mohamed amine alaoui") == {meant}


def test_who_sees_few_finds_them_though_all_of_the_name_who_are_looked_at_are_others(
    put, found, monkeypatch
):
    monkeypatch.setattr(lookup, "FEW", 2)
    monkeypatch.setattr(lookup, "COMMON", 4)
    monkeypatch.setattr(lookup, "COUNTED", 6)
    monkeypatch.setattr(lookup, "LOOKED_AT", 6)
    put("person", *({"name_fr": "Mohamed Alaoui", "commune_code": FAR} for _ in range(12)))
    own = put("person", {"name_fr": "Mohamed Alaoui"}, {"name_fr": "Mohamed Tazi"})
    assert set(found("mohamed")) == set(own)
    assert found("mohamed alaoui") == own[:1]


def test_of_one_common_word_those_who_have_it_as_typed_come_first(put, found, monkeypatch):
    monkeypatch.setattr(lookup, "COMMON", 5)
    put("person", *({"name_fr": f"Muhammad{number} Tazi"} for number in range(10)))
    typed = put("person", *({"name_fr": f"Mohamed Tazi{number}"} for number in range(8)))
    assert set(found("mohamed", limit=8)) == set(typed)
    assert found("zwxqtrv") == []


def test_of_one_word_that_more_than_few_have_the_best_alone_are_weighed(put, found, monkeypatch):
    monkeypatch.setattr(lookup, "FEW", 5)
    monkeypatch.setattr(lookup.rules, "RANKED_MAX", 8)
    put("person", *({"name_fr": f"Mohamed Tazi{number}"} for number in range(30)))
    weighed, terms_of = [], lookup.TermIndex.terms_of

    def noted(index, ids, *terms):
        weighed.append(len(ids))
        return terms_of(index, ids, *terms)

    monkeypatch.setattr(lookup.TermIndex, "terms_of", noted)
    assert len(found("mohamed", limit=8)) == 8
    assert weighed == [8]


def test_who_moves_to_another_region_is_found_there(world, put):
    (ali,) = put("person", {"name_fr": "Ali Ouzgane"})
    other = NEAR if NEAR[:2] != HOME[:2] else FAR

    def found(text, region, communes):
        person = TABLES.records["person"]
        return world.database.read(
            lambda records: [
                one.record_id
                for one in lookup.search(
                    records,
                    "person",
                    lookup.Sought(text),
                    person.c.commune_code.in_(communes),
                    limit=5,
                    regions=region,
                )
            ]
        )

    for text in ("ouzgane", "ouzgnae", codes.short_code(ali)):
        assert found(text, [HOME[:2]], [HOME]) == [ali]
        assert found(text, ["02", HOME[:2]], [HOME]) == [ali]
        assert found(text, None, [HOME]) == [ali]
        assert found(text, [other[:2]], [HOME]) == []
    world.change("person", ali, commune_code=other)
    assert found("ouzgane", [HOME[:2]], [HOME, other]) == []
    assert found("ouzgane", [other[:2]], [HOME, other]) == [ali]
    # As a server of the release before writes it.
    table = TABLES.search_term
    unknown = sa.update(table).where(table.c.record_id == ali).values(region="")
    world.engines.write(lambda connection: connection.execute(unknown))
    for region in ([HOME[:2]], [other[:2]], None):
        assert found("ouzgane", region, [other]) == [ali]
