"""Who changed what in a record: asked of the server by a touch, in words."""

from __future__ import annotations

import pytest

from mobile_app.device.gps import NoGps
from mobile_app.i18n import load_phrases
from mobile_app.screens.changes import value_in_words
from mobile_app.screens.context import Context
from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.store.reference import Reference
from sync.entities.enterprise import ENTERPRISE
from sync.entities.person import PERSON
from tests.mobile_app.scenes import a_context
from tests.world import HOME


class Two:
    """Two agents of one commune, and a person whom both know; the first one's screens."""

    def __init__(self, world, folder):
        self.tablets = []
        for login in ("one", "two"):
            world.user(login, HOME)
            self.tablets.append(world.tablet(login))
        self.here, self.there = self.tablets
        self.context = Context(folder, load_phrases("fr"), NoGps(), Reference())
        self.context.store = self.here.store
        self.context.connect = lambda _store: self.here.line
        known = {"name_fr": "Ali", "phone": "+212611000001", "commune_code": HOME}
        self.person = self.here.put("person", **known).record_id
        self.sync()

    def sync(self):
        for tablet in (*self.tablets, self.here):
            tablet.sync()

    def write(self, tablet, **values):
        tablet.pass_time()
        tablet.put("person", self.person, **values)
        self.sync()

    def screen(self):
        return PersonPresenter(self.context, "person", self.person)


@pytest.fixture
def two(world, tmp_path):
    return Two(world, tmp_path)


def asked(screen):
    screen.changes.prepare()
    screen.changes.run()
    return screen.changes


def test_who_changed_what_is_said_in_words_newest_first(two):
    two.write(two.there, phone="+212611000002", sex="female")
    two.write(two.here, phone="+212611000003")
    two.write(two.there, sex="male")

    rows = asked(two.screen()).rows()

    phones = [two.context.phrases.phone(f"+21261100000{one}") for one in (1, 2, 3)]
    assert [(one.what, one.before, one.after) for one in rows] == [
        ("Sexe", "Femme", "Homme"),
        ("Téléphone", phones[1], phones[2]),
        ("Téléphone", phones[0], phones[1]),
    ]
    assert "écrit par two" in rows[1].how
    assert "remplacé par one" in rows[1].how
    assert "remplacé par two" in rows[0].how
    assert "écrit par one" in rows[2].how
    assert "remplacé par two" in rows[2].how


def test_a_value_that_was_not_kept_is_said_to_be_so(two):
    two.here.put("person", two.person, name_fr="Ali A")
    two.there.put("person", two.person, name_fr="Ali B")
    two.sync()
    (row,) = [one for one in asked(two.screen()).rows() if "non retenu" in one.how]
    assert {row.before, row.after} == {"Ali A", "Ali B"}


def test_where_nothing_was_replaced_there_is_nothing_to_say(two):
    changes = asked(two.screen())
    assert (changes.rows(), changes.problem, changes.is_running) == ([], "", False)


def test_without_a_line_what_was_said_last_stands_and_it_can_be_asked_again(two):
    two.write(two.there, phone="+212611000002")
    two.here.line.cut = True
    screen = two.screen()
    changes = asked(screen)
    assert (changes.rows(), changes.problem) == ([], two.context.say("tablet.changes.offline"))
    assert not changes.is_running

    two.here.line.cut = False
    changes = asked(screen)
    assert (len(changes.rows()), changes.problem) == (1, "")

    two.here.line.cut = True
    changes = asked(two.screen())
    assert len(changes.rows()) == 1
    assert "Voici ce que le serveur disait" in changes.problem


def test_nothing_is_asked_by_itself_nor_of_what_the_server_has_not_seen(tmp_path):
    context = a_context(tmp_path, "fr")

    def connect(_store):
        raise AssertionError("nobody asked")

    context.connect = connect
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    screen = PersonPresenter(context, "person", person.record_id)
    screen.refresh()
    assert (asked(screen).rows(), screen.changes.problem) == ([], "")


def test_an_answer_that_cannot_be_read_is_said(two):
    two.here.line.fetch = lambda _path: b"<html>"
    changes = asked(two.screen())
    assert changes.problem == two.context.say("refusal.sync_remote_fault")
    assert not changes.is_running


@pytest.mark.parametrize(
    ("entity", "name", "value", "words"),
    [
        (PERSON, "phone", None, "rien"),
        (PERSON, "is_farmer", True, "Oui"),
        (PERSON, "birth_year", 1980, "1980"),
        (ENTERPRISE, "value_chains", ("argan", "olive", "newer"), "Argane, Olivier, newer"),
        (ENTERPRISE, "founded_on", 20_000, "4 octobre 2024"),
    ],
)
def test_values_are_said_in_words(tmp_path, entity, name, value, words):
    assert value_in_words(a_context(tmp_path, "fr"), entity, name, value) == words
