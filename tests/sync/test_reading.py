"""Whatever is typed into whatever field: a value that the field takes, or a refusal of its own."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.exchange.questions import shown
from sync import flat
from sync.checks import Missing, check_record, check_value
from sync.entities import ENTITIES
from sync.errors import Refusal
from sync.languages import LANGUAGES
from sync.phrases import Phrases
from sync.reading import read_typed
from sync.spec import Kind, Merge
from sync.wording import as_typed
from tests.few_values import few_values

HOSTILE = [
    "9" * 400, "9" * 5000, "-" + "9" * 30, "nan", "NaN", "inf", "-Infinity", "1e999", "1e3", "1_0",
    "+-", "-", "+", ".", ",", "1.500", "1985.6", "0x10", "½", "²", "\0", "1\0", "\ud800", "1\udfff",
    "\u200f\u200e", "\u200b", "\u2800", "\u20661\u2069", "٣٣", "𝟙𝟚", "1\n2", "  ", "\r\n", "true",
    "None", "?12", "?²", "31/02/2026", "0001-01-01", "9999-12-31", "10000-01-01", "{}", "[]",
    "2026-11-24T10:31:00+99:99", "2026-11-24T25:00", "a" * 5000, "' OR 1=1", "00:00-99:99",
]  # fmt: skip
FIELDS = [(entity, spec) for entity in ENTITIES for spec in entity.fields if spec.kind != Kind.KEY]
ids = [f"{entity.name}.{spec.name}" for entity, spec in FIELDS]
texts = (
    st.sampled_from(HOSTILE) | st.text(max_size=30) | st.text("0123456789.,-+ ٠٣۹٫٬\u202f\u200f")
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just(10**1000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)


def outcome(read):
    """Return what was read, and the refusal if there was one."""
    try:
        return read(), None
    except Refusal as refusal:
        return None, refusal


@given(st.sampled_from(FIELDS), texts)
def test_what_is_typed_is_a_value_or_a_refusal_that_names_its_field(field, text):
    entity, spec = field
    value, refusal = outcome(lambda: read_typed(entity, spec.name, text))
    if refusal is not None:
        assert (refusal.values["entity"], refusal.values["field"]) == (entity.name, spec.name)
        assert refusal.code != "refused"
    elif value is not None:
        assert check_value(entity, spec.name, value) == value


@pytest.mark.parametrize(("entity", "spec"), FIELDS, ids=ids)
def test_every_field_takes_hostile_text_or_refuses_it(entity, spec):
    for text in HOSTILE:
        _, refusal = outcome(lambda text=text: read_typed(entity, spec.name, text))
        assert refusal is None or refusal.values["field"] == spec.name


@given(st.sampled_from(FIELDS), any_json)
def test_a_script_is_given_a_value_or_a_refusal(field, value):
    entity, spec = field

    def read():
        value_of = flat.from_flat(entity, {spec.name: value})
        return check_value(entity, spec.name, value_of[spec.name])

    _, refusal = outcome(read)
    assert refusal is None or refusal.values["field"] == spec.name


@pytest.mark.parametrize("value", ["1e3", "1_500", "nan", " 12", "+12", "١٢", "1.5", 1.5, True])
def test_a_number_of_a_script_has_one_spelling(value):
    person = next(one for one in ENTITIES if one.name == "person")
    with pytest.raises(Refusal):
        flat.from_flat(person, {"birth_year": value})


@pytest.mark.parametrize(("entity", "spec"), FIELDS, ids=ids)
def test_what_a_record_says_in_json_is_read_back(entity, spec):
    for value in few_values(spec):
        said = json.loads(json.dumps(flat.to_flat(entity, {spec.name: value})[spec.name]))
        assert flat.from_flat(entity, {spec.name: said}) == {spec.name: value}


@pytest.mark.parametrize(
    ("entity", "spec"),
    [one for one in FIELDS if one[1].merge is Merge.REVIEW or one[1].name == "state"],
)
def test_a_review_keeps_a_value_as_the_text_that_is_read_back(entity, spec):
    for value in few_values(spec):
        assert flat.from_text(entity, spec.name, shown(value) or "") == value


def test_a_name_of_which_nothing_is_seen_is_none():
    for entity in ENTITIES:
        if entity.one_of and entity.field_by_name[entity.one_of[0]].kind is Kind.TEXT:
            needed = {
                spec.name: few_values(spec)[-1]
                for spec in entity.fields
                if spec.required and spec.kind is not Kind.KEY
            }
            for name in entity.one_of:
                with pytest.raises(Missing):
                    check_record(entity, {"id": b"k" * 16, **needed, name: " \u200b\u200f\u2800"})


@pytest.mark.parametrize(("entity", "spec"), FIELDS, ids=ids)
def test_what_an_input_shows_is_read_back(entity, spec):
    real = {"phone": "+212612345678", "ice": "999000001000075", "hours": "Mo-Fr 08:30-16:30"}
    real |= {"ramadan_hours": "Su 21:00-01:00", "trade_register": "12 Tiznit", "tax_id": "40"}
    real |= {"email": "a@b.ma", "rna": "MA-12", "national_card": "AB123456"}
    real |= {"cnss": "1234567", "rib": "225810000000000000000146"}
    of_kind = [value for value in few_values(spec) if "unheard_of" not in str(value)]
    values = [real[spec.name]] if spec.name in real else of_kind
    for value in values:
        low, high = spec.low or 0, spec.high or 0
        if isinstance(value, int) and spec.low is not None and not low <= value <= high:
            value = low
        for language in LANGUAGES.values():
            shown = as_typed(Phrases(language, {}), entity, spec.name, value)
            assert value is None or read_typed(entity, spec.name, shown) == value
