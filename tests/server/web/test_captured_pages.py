"""What agents wrote and said, on the desk's pages: of a visit, a person, a contact point."""

import re
from uuid import UUID

import pytest

from mobile_app.exchange import uploads
from mobile_app.store import media
from tests.stories import LANGUAGES, story
from tests.world import FAR, HOME, START

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
_FRAME = bytes.fromhex("fff1604001bffc00c800802380")
SPEECH = _FRAME * 80
"""Five seconds of nothing said: AAC frames of 64 ms, 13 bytes each, one channel at 16 kHz."""


@pytest.fixture
def person(tablet):
    return tablet.put(
        "person", commune_code=HOME, name_fr="Fadma Aït Lahcen", name_ar="فاطمة أيت لحسن"
    )


def a_visit(tablet, person, **more):
    values = {"commune_code": HOME, "person_id": person.record_id, "started_at": START}
    return tablet.put("visit", **{**values, "type": "needs", **more})


def speak(tablet, **values):
    note = {"commune_code": HOME, "purpose": "note", "seconds": 5, "taken_at": START, **values}
    return media.capture(tablet.store, "voice_note", note, SPEECH)


def send(tablet):
    """Bring records to the server, and the sound of the recordings."""
    tablet.sync()
    uploads.send_all(tablet.store, tablet.line)


def page_of(client, folder, record, language="fr"):
    page = client.get(f"/desk/{folder}/{UUID(bytes=record.record_id)}?lang={language}").text
    assert not re.search(r"\[[a-z]+\.[a-z._]+\]", page)
    return page


@pytest.mark.parametrize(("language", "word"), [("fr", "Besoin urgent"), ("ar", "حاجة مستعجلة")])
def test_a_need_that_cannot_wait_is_marked(tablet, client, person, language, word):
    calm = a_visit(tablet, person, needs=("aid",))
    urgent = a_visit(tablet, person, needs=("aid", "water"), urgent_needs=("water",))
    send(tablet)

    marked = re.findall(
        r'state-attention tint">.*?</span>', page_of(client, "visits", urgent, language)
    )

    assert len(marked) == 1
    assert ("Eau" if language == "fr" else "الماء") in marked[0]
    assert "state-attention" not in page_of(client, "visits", calm, language)
    assert client.get(f"/desk/visits?lang={language}").text.count(word) == 1


@pytest.fixture
def changed(tablet, person):
    """Return a person of whom a phone, a choice and a name were corrected."""
    before = {"phone": "+212612345678", "phone_type": "basic", "name_fr": "Fadma Ait Lahcen"}
    tablet.put("person", person.record_id, **before)
    tablet.sync()
    after = {"phone": "+212698765432", "phone_type": "smart", "name_fr": "Fatima Ait Lahcen"}
    tablet.put("person", person.record_id, **after)
    tablet.sync()
    return person


@pytest.mark.parametrize(
    ("language", "was"),
    [
        (
            "fr",
            (
                "Téléphone\u202f: \u206606 12 34 56 78\u2069",
                "Fadma Ait Lahcen",
                "à la place\u202f: one",
            ),
        ),
        ("ar", ("الهاتف: \u206606 12 34 56 78\u2069", "Fadma Ait Lahcen", "بدلا منها: ")),
    ],
)
def test_what_stood_before_is_written_as_people_read_it(client, changed, language, was):
    page = page_of(client, "people", changed, language)
    history = re.search(r'<ol class="history">.*?</ol>', page, re.DOTALL)[0]
    assert [words for words in was if words not in history] == [], history
    assert "basic" not in history
    assert "+212" not in history


@pytest.mark.browser
@story(1, language=LANGUAGES)
def test_a_changed_person_in_a_browser(browse, changed, language):
    with browse(language) as (_, picture):
        picture("changed-person", f"/desk/people/{UUID(bytes=changed.record_id)}")


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_recording_is_on_its_way_until_its_sound_has_arrived(tablet, client, person, language):
    visit = a_visit(tablet, person)
    speak(tablet, visit_id=visit.record_id, caption="Elle demande une pompe.")
    tablet.sync()
    page = page_of(client, "visits", visit, language)
    assert "Elle demande une pompe." in page
    assert "state-ontablet" in page
    assert "<audio" not in page

    send(tablet)

    page = page_of(client, "visits", visit, language)
    assert "state-ontablet" not in page
    assert client.get(re.search(r'<audio[^>]* src="([^"]+)"', page)[1]).content == SPEECH


def test_a_recording_is_given_in_parts_as_sound_and_nothing_else(tablet, client, person):
    note = speak(tablet, visit_id=a_visit(tablet, person).record_id)
    send(tablet)
    address = f"/desk/recordings/{UUID(bytes=note.record_id)}"

    whole = client.get(address)
    part = client.get(address, headers={"range": "bytes=100-199"})
    beyond = client.get(address, headers={"range": "bytes=9999-"})

    assert (whole.status_code, whole.content) == (200, SPEECH)
    assert whole.headers["content-type"] == "audio/aac"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["cache-control"] == "no-store"
    assert "content-encoding" not in whole.headers
    assert (part.status_code, part.content) == (206, SPEECH[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(SPEECH)}"
    assert beyond.status_code == 416


def test_a_recording_is_heard_by_who_may_see_its_place_alone(world, tablet, client, person):
    note = speak(tablet, visit_id=a_visit(tablet, person).record_id)
    send(tablet)
    world.user("karim", FAR, role="regional_coordinator")
    address = f"/desk/recordings/{UUID(bytes=note.record_id)}"

    client.post("/desk/sign-in", data={"login": "karim", "password": "password1"})
    assert client.get(address).status_code == 404
    assert client.get("/desk/recordings/none").status_code == 404
    client.cookies.clear()
    assert client.get(address, follow_redirects=False).headers["location"] == "/desk/sign-in"


def test_what_was_said_of_a_person_is_on_their_page(tablet, client, person):
    tablet.sync()
    assert "Enregistrements" not in page_of(client, "people", person)
    speak(tablet, entity="person", record_id=person.record_id)
    send(tablet)
    assert "<audio" in page_of(client, "people", person)


def a_point(tablet):
    """A point, an incident and a training there, each with a note and a recording."""
    point = tablet.put("contact_point", commune_code=HOME, name_fr="Relais d'Aoulouz")
    there = {"commune_code": HOME, "point_id": point.record_id}
    incident = tablet.put(
        "incident", **there, kind="power", severity="high", opened_at=START, notes="Batterie vide."
    )
    speak(tablet, entity="incident", record_id=incident.record_id)
    training = tablet.put(
        "training_session", **there, topic="fraud", starts_at=START, notes="Salle trop petite."
    )
    speak(tablet, entity="training_session", record_id=training.record_id)
    send(tablet)
    return point


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_point_tells_its_incidents_and_trainings(tablet, client, language):
    calm = tablet.put("contact_point", commune_code=HOME, name_fr="Relais calme")
    page = page_of(client, "points", a_point(tablet), language)
    for noted in ("Batterie vide.", "Salle trop petite."):
        assert noted in page
    assert page.count("<audio") == 2
    page = page_of(client, "points", calm, language)
    assert ("Aucun incident" if language == "fr" else "أي حادث") in page
    assert "<audio" not in page


@pytest.mark.browser
@pytest.mark.slow
@story(0, language=LANGUAGES)
def test_the_pages_can_be_seen_and_the_recording_heard(tablet, person, browse, language):
    visit = a_visit(
        tablet,
        person,
        needs=("aid", "finance", "water"),
        urgent_needs=("aid", "water"),
        notes="Le puits est à sec depuis août.",
    )
    speak(tablet, visit_id=visit.record_id, caption="Elle demande une pompe.", language="shi")
    speak(tablet, entity="person", record_id=person.record_id)
    point = a_point(tablet)
    speak(tablet, visit_id=visit.record_id, purpose="need", seconds=9)
    tablet.sync()

    with browse(language) as (page, picture):
        picture("captured-visits", "/desk/visits")
        picture("captured-person", f"/desk/people/{UUID(bytes=person.record_id)}")
        picture("captured-point", f"/desk/points/{UUID(bytes=point.record_id)}")
        picture("captured-visit", f"/desk/visits/{UUID(bytes=visit.record_id)}")
        heard = page.evaluate(
            """async () => {
                const sound = document.querySelector("audio");
                await sound.play();
                await new Promise(end => sound.addEventListener("ended", end));
                return sound.currentTime;
            }"""
        )
    assert heard > 4
