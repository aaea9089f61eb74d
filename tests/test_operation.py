"""What a contact point and its trainings bring reaches the server, and the other agents."""

from __future__ import annotations

from hashlib import sha256

from mobile_app.exchange import uploads
from mobile_app.store.visits import Part, put_visit
from sync import limits
from sync.scopes import DAY_MS
from tests.world import FAR, HOME, NEAR, START


def test_what_schema_2_brought_goes_to_the_server_and_to_who_should_have_it(world):
    world.user("one", HOME)
    world.user("two", NEAR)
    one, two = world.tablet("one"), world.tablet("two")
    one.sync()
    person = one.put("person", name_fr="Fatima", commune_code=HOME).record_id
    session = one.put(
        "training_session", commune_code=HOME, topic="fraud", starts_at=START, state="planned"
    ).record_id
    put = {
        "attendance": {"session_id": session, "person_id": person, "state": "enrolled"},
        "incident": {"kind": "power", "severity": "low", "opened_at": START, "state": "open"},
        "connectivity_check": {"technology": "3g", "down_kbps": 900, "checked_at": START},
        "maturity_assessment": {"person_id": person, "answers": ("F1:3", "F2:0"), "form": "farmer"},
        "voice_note": {"purpose": "need", "seconds": 12},
    }
    ids = {name: one.put(name, commune_code=HOME, **more).record_id for name, more in put.items()}

    done = one.sync()
    two.sync()

    assert (done.pending, done.held) == (0, 0)
    assert world.get("maturity_assessment", ids["maturity_assessment"])["answers"] == (
        "F1:3",
        "F2:0",
    )
    assert world.get("attendance", ids["attendance"])["session_id"] == session
    assert world.get("voice_note", ids["voice_note"])["seconds"] == 12
    assert two.store.get("training_session", session).values["topic"] == "fraud"
    for name in ("incident", "connectivity_check"):
        assert two.store.get(name, ids[name]).values["commune_code"] == HOME
    for name in ("attendance", "maturity_assessment", "voice_note"):
        assert two.store.find(name, ids[name]) is None


def test_a_visit_says_why_it_amends_another(world):
    world.user("one", HOME)
    tablet = world.tablet("one")
    first = tablet.put("visit", commune_code=HOME, outcome="done").record_id
    second = tablet.put(
        "visit", commune_code=HOME, amends_id=first, amend_reason="المدة", urgent_needs=("water",)
    ).record_id
    assert tablet.sync().held == 0
    kept = world.get("visit", second)
    assert (kept["amend_reason"], kept["urgent_needs"]) == ("المدة", ("water",))


def test_the_bytes_of_a_visits_voice_note_and_photo_reach_the_server(world):
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.sync()
    visit = put_visit(
        tablet.store,
        {"commune_code": HOME, "outcome": "done"},
        [Part("voice_note", {"purpose": "need"}, b"speech"), Part("photo", {}, b"picture")],
    )

    assert tablet.sync().held == 0
    sent = uploads.send_all(tablet.store, tablet.line, None)

    assert (sent.verified, sent.pending) == (2, 0)
    for content in (b"speech", b"picture"):
        assert world.files.read(sha256(content).digest()) == content
    (note,) = tablet.store.list("voice_note")
    assert world.get("voice_note", note.record_id)["visit_id"] == visit.record_id


def test_who_opened_an_incident_at_a_point_of_another_commune_may_resolve_it(world):
    for login, commune in (("one", HOME), ("two", NEAR), ("three", HOME)):
        world.user(login, commune)
    one, two, three = (world.tablet(login) for login in ("one", "two", "three"))
    opened = {"kind": "power", "opened_at": START, "state": "open"}
    incident = one.put("incident", commune_code=NEAR, **opened).record_id
    one.sync()
    three.sync()
    one.put("incident", incident, state="resolved", resolved_at=START)
    three.put("incident", incident, notes="autre")

    assert (one.sync().held, three.sync().held) == (0, 1)
    two.sync()
    assert world.get("incident", incident)["state"] == "resolved"
    assert two.store.get("incident", incident).values["state"] == "resolved"


def test_who_has_left_the_province_does_not_change_what_they_captured_there(world):
    world.user("one", HOME)
    one = world.tablet("one")
    opened = {"kind": "power", "opened_at": START, "state": "open"}
    incident = one.put("incident", commune_code=NEAR, **opened).record_id
    one.sync()
    world.revoke("one", HOME)
    world.grant("one", FAR)
    one.pass_time(limits.GRACE_DAYS * DAY_MS + DAY_MS)
    one.sync()
    one.forge("incident", incident, state="resolved", resolved_at=START)
    assert one.sync().held == 1
