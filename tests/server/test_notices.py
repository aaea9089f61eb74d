"""Who asked is told of each step, if they agreed; STOP stops it; a reference is answered."""

import pytest
import sqlalchemy as sa

from server.db.work import Author
from server.exchange.notices import recipient_of
from server.exchange.stepping import Step, take
from server.notices.inbound import receive
from server.phrases import load_phrases
from server.sms import outbox
from server.sms.outbox import Kind
from server.sms.segments import plain
from sync.rules.applications import ASKED, FILED, GRANTED, REASONS, REJECTED, REVIEWED, Actor
from sync.rules.codes import short_code
from sync.scopes import DAY_MS
from tests.server.message_centre import Centre
from tests.server.message_sender import DAY, sender_of
from tests.world import HOME

OFFICE = Author(None)
PHONE = "+212612345678"


@pytest.fixture
def request_of(world):
    world.now = DAY

    def request_of(service="rna", phone=PHONE, given=True, language="fr", **values):
        def make(work):
            person = {"name_fr": "Amal", "commune_code": HOME, "phone": phone}
            person_id = work.insert("person", person, OFFICE).record_id
            if given is not None:
                consent = {"commune_code": HOME, "person_id": person_id, "given": given}
                more = {"purpose": "contact_sms", "given_at": world.now, "language": language}
                work.insert("consent", {**consent, **more}, OFFICE)
            application = {"commune_code": HOME, "person_id": person_id, "service": service}
            said = {"state": "ready", **values}
            return work.insert("application", {**application, **said}, OFFICE).record_id

        return world.database.write(make)

    return request_of


def step(world, record_id, state, actor=Actor.APPLICANT, **said):
    world.database.write(
        lambda work: take(work, work.lock("application", record_id), Step(state, actor, said=said))
    )


def rows(world, kind=None):
    table = world.database.tables.message
    query = sa.select(table).order_by(table.c.id)
    found = world.database.read(lambda records: records.connection.execute(query).all())
    return [row for row in found if kind in (None, row.kind)]


def say(world, text, phone=PHONE):
    world.database.write(lambda work: receive(work, phone, text))


def consents(world):
    return world.database.read(lambda records: records.list("consent"))


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_each_step_is_told_in_the_language_of_the_consent(world, request_of, language):
    reason = next(code for code, deciders in REASONS.items() if "administration" in deciders)
    record_id = request_of(language=language)
    step(world, record_id, FILED, receipt_number="2026-1")
    step(world, record_id, REVIEWED, Actor.OFFICE)
    step(world, record_id, ASKED, Actor.OFFICE, pieces=("cin",), words="page 2")
    step(world, record_id, REVIEWED, Actor.APPLICANT)
    step(world, record_id, REJECTED, Actor.OFFICE, reason=reason, words="trop tard")

    told = rows(world, Kind.STEP)
    assert len(told) == 3
    assert all(short_code(record_id) in row.body and row.state == "waiting" for row in told)
    say = load_phrases(language).say
    assert plain(say(f"application_step.reason.{reason}")) in told[2].body
    appeal = say("notice.appeal.until", day="|").split("|")[0]
    assert plain(appeal) in told[2].body


def test_who_did_not_agree_has_it_in_the_inbox_alone(world, request_of):
    for given in (None, False):
        step(world, request_of(given=given), FILED, receipt_number="2026-1")
    step(world, request_of(phone=None), FILED, receipt_number="2026-1")
    assert {(row.state, row.phone) for row in rows(world)} == {("kept", "")}
    assert [row.why for row in rows(world)] == ["no_consent", "no_consent", "no_phone"]


def tellings(world):
    tasks = world.database.read(lambda records: records.list("task"))
    return [task for task in tasks if task.values["kind"] == "tell"]


def test_an_answer_that_no_message_brings_is_the_agents_to_tell(world, request_of):
    reason = next(code for code, deciders in REASONS.items() if "administration" in deciders)
    record_id = request_of(phone=None)
    step(world, record_id, FILED, receipt_number="2026-1")
    step(world, record_id, REVIEWED, Actor.OFFICE)
    assert tellings(world) == []
    step(world, record_id, REJECTED, Actor.OFFICE, reason=reason, words="trop tard")
    (task,) = tellings(world)
    assert (task.values["state"], task.values["application_id"]) == ("open", record_id)
    assert plain(task.values["notes"]) == words_told(world, record_id)
    step(world, record_id, REVIEWED, Actor.APPLICANT)
    step(world, record_id, GRANTED, Actor.OFFICE)
    assert [task.values["state"] for task in tellings(world)] == ["dropped", "open"]


def words_told(world, record_id):
    return [row.body for row in rows(world) if row.application_id == record_id][-1]


def test_whom_a_message_reaches_or_an_agent_answered_is_told_by_nobody_else(world, request_of):
    reached = request_of()
    step(world, reached, FILED, receipt_number="2026-1")
    step(world, reached, REVIEWED, Actor.OFFICE)
    step(world, reached, GRANTED, Actor.OFFICE)
    assert tellings(world) == []


@pytest.mark.parametrize(
    "text", ["STOP", " stop. ", "Arrêt", "توقف", "تَوَقَّف", "تـوقـف!", "أوقف", "stop svp"]
)
def test_stop_withdraws_the_consent_and_stops_all_but_codes(world, request_of, text):
    record_id = request_of()
    step(world, record_id, FILED, receipt_number="2026-1")
    say(world, text)

    (consent,) = consents(world)
    assert (consent.values["withdrawn_at"], consent.values["withdrawn_via"]) == (world.now, "phone")
    (waited,) = rows(world)
    assert (waited.state, waited.why) == ("kept", "stopped"), (
        "nothing is answered, what waits stays"
    )
    step(world, record_id, REVIEWED, Actor.OFFICE)
    step(world, record_id, GRANTED, Actor.OFFICE)
    assert [row.state for row in rows(world)] == ["kept", "kept"]
    world.database.write(lambda work: outbox.order(work, Kind.CODE, PHONE, "123456"))
    assert rows(world, Kind.CODE)[0].state == "waiting"


def test_a_consent_of_before_that_comes_later_does_not_undo_a_stop(world, request_of):
    say(world, "STOP")
    world.now += 1000
    record_id = request_of()

    def why(given_at):
        def read(work):
            request = work.lock("application", record_id)
            consent = work.list("consent")[-1]
            work.write("consent", consent.record_id, {"given_at": given_at}, OFFICE)
            return recipient_of(work, request).why

        return world.database.write(read)

    assert why(DAY - DAY_MS) == "stopped"
    assert why(DAY + DAY_MS) == ""


def test_a_reference_is_answered_to_the_phone_of_its_request(world, request_of):
    record_id = request_of()
    ref = short_code(record_id)
    for text in (ref, f"ou en est {ref.lower().replace('-', ' ')} ?", f"2026-{ref}"):
        say(world, text)
    answers = [row.body for row in rows(world, Kind.ANSWER)]
    assert len(answers) == 3
    assert all(ref in body and "Prête".replace("ê", "e") in body for body in answers)


def test_strangers_learn_nothing_and_a_flood_costs_nothing(world, request_of):
    ref = short_code(request_of())
    for _ in range(50):
        say(world, ref, "+212699999999")
        say(world, short_code(b"nobody's request"), "+212699999998")
    assert len({row.body for row in rows(world, Kind.ANSWER)}) == 1
    assert len(rows(world, Kind.ANSWER)) == 2, "one an hour"
    for at in range(300):
        say(world, "bonjour", f"+2126{at:08}")
    assert len(rows(world, Kind.ANSWER)) == 20, "all strangers together"
    for _ in range(50):
        say(world, ref)
    assert len([row for row in rows(world, Kind.ANSWER) if row.phone == PHONE]) == 5


def test_what_is_no_message_of_a_person_is_let_be(world, request_of):
    request_of()
    for phone in ("", "NUQTA", "+33612345678", "2126", "9" * 20):
        say(world, "bonjour", phone)
    for text in ("", "\x00", "é" * 5000, "0" * 5000, "²³⁴⁵-६७८९"):
        say(world, text)
    assert all(row.phone == PHONE for row in rows(world))


def test_a_stop_by_the_centre_is_stored_before_it_is_acknowledged(world, request_of):
    request_of()
    with Centre() as centre:
        sender = sender_of(world.database, centre.port, receive=receive)
        sender.round()
        centre.say(PHONE, "توقف")
        for _ in range(20):
            sender.round()
        centre.wait(lambda: not centre.unread)
        sender.close()
        assert len(centre.answered) == 1
    assert consents(world)[0].values["withdrawn_via"] == "phone"


def test_a_message_that_meets_a_fault_of_ours_keeps_no_other_waiting(world, request_of):
    request_of()

    def broken(work, phone, text):
        if text == "x":
            raise ZeroDivisionError
        receive(work, phone, text)

    with Centre() as centre:
        sender = sender_of(world.database, centre.port, receive=broken)
        sender.round()
        centre.say(PHONE, "x")
        centre.say(PHONE, "STOP")
        for _ in range(20):
            sender.round()
        centre.wait(lambda: not centre.unread)
        sender.close()
        assert len(centre.answered) == 2
    assert consents(world)[0].values["withdrawn_via"] == "phone"
