"""Without a network, from the tablet's screen: letters, answers, bundles, and what is none."""

from __future__ import annotations

import pytest

from mobile_app.device.files import FakePlace
from mobile_app.device.gps import NoGps
from mobile_app.exchange.calls import Unreachable
from mobile_app.i18n import load_phrases
from mobile_app.screens.context import Context
from mobile_app.screens.letters.presenter import LettersPresenter
from mobile_app.store.reference import Reference
from server.exchange import bundle
from server.exchange.commands import Exchanges
from tests.world import HOME, sign


class CourierLine:
    """The line of a tablet that carries: whatever is brought is answered by the world's server."""

    def __init__(self, tablet):
        self.tablet = tablet

    def upload(self, method, path, body, _headers):
        line = self.tablet.line
        header = sign(self.tablet.store, line.next_counter(), body, path, method)
        content = self.tablet.world.endpoint.answer(method, path, header, body)
        return type("Answer", (), {"content": content})

    def close(self):
        """Stay open: the world ends it."""


def a_screen(tablet, path, line=None):
    context = Context(path, load_phrases("fr"), NoGps(), Reference())
    context.store, context.connect = tablet.store, lambda _store: line or CourierLine(tablet)
    return LettersPresenter.of_session(context)


@pytest.fixture
def two(world, tmp_path):
    """A tablet that has waited, with two people to send, and a colleague's; their screens."""
    world.user("amina", HOME)
    world.user("brahim", HOME)
    writer, carrier = world.tablet("amina"), world.tablet("brahim")
    for name in ("Fatima", "Ali"):
        writer.put("person", name_fr=name, commune_code=HOME)
    return a_screen(writer, tmp_path), a_screen(carrier, tmp_path)


def test_a_letter_goes_by_a_colleague_and_its_answer_comes_back(two, world):
    ours, theirs = two
    stick, back = FakePlace("lettre.nql"), FakePlace("réponse.nqa")
    assert ours.waiting().startswith("2 fiches · ")
    ours.write_letter(stick)
    assert "2 fiches" in ours.result
    assert "lettre.nql" in ours.result
    assert ours.waiting(), "nothing counts as sent"

    theirs.take(stick)
    assert theirs.problem == ""
    assert theirs.answer
    theirs.write_answer(back)
    assert (theirs.answer, "réponse.nqa" in theirs.result) == (b"", True)

    theirs.take(back)
    assert "n'est pas pour une lettre de cette tablette" in theirs.problem
    ours.take(back)
    assert "2 fiches" in ours.result, ours.problem
    assert ours.waiting() == ""
    world.get("person", ours.context.opened.list("person")[0].record_id)


def test_an_answer_stays_until_it_is_in_a_file(two):
    ours, theirs = two
    stick = FakePlace("lettre.nql")
    ours.write_letter(stick)
    theirs.take(stick)
    theirs.write_answer(FakePlace("full", is_full=True))
    assert "écrire le fichier full" in theirs.problem
    again = LettersPresenter.of_session(theirs.context)
    assert again.answer


def test_a_bundle_of_the_depot_is_taken_and_no_other_file(world, two, tmp_path):
    ours, _ = two
    there = world.tablet("brahim")
    there.put("person", name_fr="Zohra", commune_code=HOME)
    there.sync()
    content = bundle.make(Exchanges(world.database, 2), world.agent("amina"))
    ours.take(FakePlace("note.txt", b"hello"))
    assert "note.txt" in ours.problem
    ours.take(FakePlace("gone"))
    assert "ne se lit pas" in ours.problem
    ours.take(FakePlace("lot", content[: len(content) // 2]))
    assert "pas un lot de données complet" in ours.problem
    ours.take(FakePlace("lot", content))
    assert "Lot de données pris" in ours.result, ours.problem
    assert ours.context.opened.count("person") == 3


def test_without_a_line_a_letter_waits_in_its_file(two, tmp_path):
    ours, theirs = two
    stick = FakePlace("lettre.nql")
    ours.write_letter(stick)

    def no_line(_store):
        raise Unreachable("no line")

    theirs.context.connect = no_line
    theirs.take(stick)
    assert theirs.problem == load_phrases("fr").say("refusal.unreachable")
    assert not theirs.is_running
    assert theirs.answer == b""


def test_more_than_a_letter_holds_is_said(two, monkeypatch):
    ours, _ = two
    monkeypatch.setattr("sync.limits.CHANGES_PER_PUSH_MAX", 1)
    assert "1 fiche dans une lettre suivante" in ours.waiting()


def test_a_file_is_named_for_its_writer_and_moment(two):
    ours, _ = two
    name = ours.file_name("nql")
    assert name.startswith("nuqta-amina-20")
    assert name.endswith(".nql")
