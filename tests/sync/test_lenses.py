"""What another version wrote: choices by their place, fields under another name, no guess."""

from dataclasses import replace

import pytest

from sync import blocks
from sync.changes import Change, Moment, Op, canonical, from_verbatim
from sync.checks import check_value
from sync.errors import Malformed
from sync.field_columns import UnknownHere
from sync.lenses import Lens, lift
from sync.rows import Row
from sync.spec import Entity, Scope, ScopeKind, choice, key, some, text

AT = Moment(1_795_500_000_000, 1_000, 1, 0)
OLD = Entity(
    "place",
    Scope(ScopeKind.GENERAL),
    (key(), text("name"), choice("state", "open", "shut"), some("days", "mon", "tue")),
)
NEW = Entity(
    "place",
    Scope(ScopeKind.GENERAL),
    (
        key(),
        text("name"),
        choice("state", "open", "shut", "moved"),
        some("days", "mon", "tue", "wed", "thu"),
        text("title", since=2),
    ),
)


def a_change(schema=2, **values):
    return Change(
        seq=5,
        group=5,
        op=Op.PATCH,
        entity="place",
        record_id=b"p" * 16,
        base_rev=1,
        base_era=7,
        values=values,
        at=AT,
        schema=schema,
    )


def test_an_older_reader_knows_newer_choices_by_their_places():
    row = Row(0, 1, 1, 7, {"state": "moved", "days": ("mon", "thu", "wed")}, b"p" * 16)
    data = blocks.encode_rows(NEW, [row], whole=True, peer_schema=1)
    (read,) = blocks.decode_rows(OLD, data, whole=True)
    assert read.values == {"state": "?3", "days": ("?3", "?4", "mon")}
    for name, value in read.values.items():
        assert check_value(OLD, name, value) == value


def test_what_it_says_of_them_is_understood():
    change = a_change(1, days=("?3", "tue"), state="?3")
    lifted = lift(NEW, change, ())
    assert lifted.values == {"days": ("tue", "wed"), "state": "moved"}
    assert lift(NEW, a_change(1, state="?99", name="?1"), ()).values == {
        "state": "?99",
        "name": "?1",
    }


@pytest.mark.parametrize(
    "values", [{"title": "x"}, {"state": "moved"}, {"days": ("thu",)}, {"days": ("mon", "wed")}]
)
def test_a_change_that_says_more_than_is_known_is_asked_for_verbatim(values):
    change = a_change(**values)
    data = blocks.encode_changes(NEW, [change], 5, place_of=lambda _id: None)
    with pytest.raises(UnknownHere):
        blocks.decode_changes(OLD, data, 5, id_at=lambda _place, _number: None)


def test_verbatim_changes_keep_their_bytes():
    known, unknown = a_change(name="x", state="moved"), a_change(name="x", title="y")
    for change, is_known in ((known, True), (unknown, False)):
        content = canonical(NEW, change)
        read = from_verbatim({"place": OLD}, content, seq=5, group=5)
        assert canonical(OLD, read) == content
        assert bool(read.verbatim) is not is_known
        assert read.values["name"] == "x"
    nowhere = from_verbatim({}, canonical(NEW, known), seq=5, group=5)
    assert (nowhere.entity, nowhere.verbatim) == ("place", canonical(NEW, known))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x90",
        b"\xc1",
        canonical(NEW, a_change())[:-1],
        canonical(NEW, a_change(name="a\0b")),
        canonical(NEW, a_change(days=("a\0b",))),
        canonical(NEW, a_change(name=[[], []])),
        canonical(NEW, a_change(name={"a": 1})),
    ],
)
def test_what_is_no_change_is_not_kept(content):
    with pytest.raises(Malformed):
        from_verbatim({"place": OLD}, content, seq=5, group=5)


def test_lenses_follow_one_another_from_the_schema_of_the_change():
    def renamed(old, new):
        return lambda values: {new if name == old else name: one for name, one in values.items()}

    third = Lens("place", 3, renamed("title", "label"), "title is label")
    second = Lens("place", 2, renamed("name", "title"), "name is title")
    lenses = [third, second, replace(second, entity="other")]
    assert lift(NEW, a_change(1, name="x"), lenses).values == {"label": "x"}
    assert lift(NEW, a_change(2, name="x", title="y"), lenses).values == {"name": "x", "label": "y"}
    untouched = a_change(3, name="x")
    assert lift(NEW, untouched, lenses) is untouched
