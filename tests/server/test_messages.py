"""Messages reach the centre: none is lost, none goes three times, too often or at night."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.messages import CommandMessages, MessageUnsent
from server.notices import running
from server.settings import Settings
from server.sms import command, outbox
from server.sms.outage import SLOW_MS, Outage, outage_of
from server.sms.outbox import LEASE_MS, Caps, Kind
from sync import local_time
from tests.server.message_centre import Centre
from tests.server.message_sender import DAY, sender_of

ROOT = Path(__file__).parents[2]
PHONE = "+212612345678"


@pytest.fixture
def centre():
    with Centre() as centre:
        yield centre


@pytest.fixture
def order(world):
    world.now = DAY

    def order(number=1, kind=Kind.ANSWER, body="Bonjour", phone=None):
        def command(work):
            phones = [phone or f"+2126{at:08}" for at in range(number)]
            return [outbox.order(work, kind, one, body) for one in phones]

        return world.database.write(command)

    return order


def counts(world):
    found = world.database.read(outbox.counts)
    again = found.pop("again")
    return found, again


def rounds(sender, world, until, step_ms=50):
    for _ in range(400):
        sender.round()
        if until():
            return
        world.now += step_ms
    raise AssertionError("it did not come to this")


def is_so(world, **wanted):
    return lambda: counts(world)[0] == wanted


def outage(world):
    return world.database.read(lambda records: outage_of(records, world.now))


def test_messages_are_taken_and_reported(world, centre, order):
    order(30)
    sender = sender_of(world.database, centre.port)

    rounds(sender, world, is_so(world, delivered=30))
    sender.close()

    assert [part.text for part in centre.submitted] == ["Bonjour"] * 30
    assert len({part.phone for part in centre.submitted}) == 30
    day = local_time.day_of(world.now)
    costs = world.database.read(lambda records: outbox.segments_of_day(records, day))
    assert costs == {"answer": 30}


def test_a_long_arabic_message_goes_in_parts_that_the_phone_puts_together(world, centre, order):
    body = "طلبك يحتاج إلى ورقة ناقصة. " * 5
    order(1, body=body)
    sender = sender_of(world.database, centre.port)
    rounds(sender, world, is_so(world, delivered=1))
    sender.close()

    parts = centre.submitted
    assert [part.place[1:] for part in parts] == [(len(parts), n + 1) for n in range(len(parts))]
    assert len({part.place[0] for part in parts}) == 1
    assert "".join(part.text for part in parts) == body
    assert all(len(part.content) <= 140 and part.coding == 8 for part in parts)


def test_a_centre_that_is_down_for_an_hour_loses_nothing(world, order, caplog):
    order(20)
    with Centre() as gone:
        port = gone.port
    sender = sender_of(world.database, port)
    tried = []
    for _ in range(3600):
        sender.round()
        tried.append(sender._not_before)
        world.now += 1000
    assert counts(world) == ({"waiting": 20}, 0)
    assert len(set(tried)) < 70, "the centre is not hammered"
    assert len(caplog.records) < 70, "nor the log flooded"
    assert "no line to the centre" in caplog.text
    assert not [word for word in ("+2126", "2126", "Bonjour", "secret") if word in caplog.text]
    assert outage(world) == Outage(DAY, 20)

    with Centre() as back:
        sender._connect = sender_of(world.database, back.port)._connect
        rounds(sender, world, is_so(world, delivered=20), step_ms=1000)
        sender.close()
        assert len(back.submitted) == 20
    assert outage(world) is None


def test_who_begins_after_a_kill_knows_that_the_line_is_up_again(world, centre, order):
    with Centre() as gone:
        port = gone.port
    killed = sender_of(world.database, port)
    killed.round()
    assert outage(world) == Outage(DAY, 0)
    world.now += 5000
    sender_of(world.database, port).round()
    assert outage(world) == Outage(DAY, 0), "since the first who said so"
    sender = sender_of(world.database, centre.port)
    sender.round()
    sender.close()
    assert outage(world) is None


def test_a_code_that_nobody_sends_says_that_none_goes(world, order):
    order(3)
    world.now += SLOW_MS + 1
    assert outage(world) is None, "at night others wait, and by day for their turn"
    asked_at = world.now
    order(1, kind=Kind.CODE, body="123456")
    world.now += SLOW_MS
    assert outage(world) is None
    world.now += 1
    assert outage(world) == Outage(asked_at, 4)


def test_no_log_has_a_phone_or_a_code(world, centre, order, caplog):
    caplog.set_level(0)
    order(3, kind=Kind.CODE, body="Code 804131")
    sender = sender_of(world.database, centre.port)
    centre.throttle = 1
    rounds(sender, world, is_so(world, delivered=3), step_ms=1000)
    centre.say(PHONE, "804131")
    centre._deliver("+212600000000", 4, 0, b"id:other stat:DELIVRD")
    sender.round()
    centre.cut()
    rounds(sender, world, lambda: centre.bound == 2, step_ms=1000)
    sender.close()
    assert "the line broke" in caplog.text
    assert not [word for word in ("804131", "2126") if word in caplog.text]


def test_a_throttled_message_is_slowed_and_goes(world, centre, order):
    order(5)
    centre.throttle = 7
    sender = sender_of(world.database, centre.port)
    rounds(sender, world, is_so(world, delivered=5), step_ms=2000)
    sender.close()
    assert len(centre.submitted) == 5
    assert counts(world)[1] == 0, "what the centre did not take has not gone"


def test_a_number_that_does_not_exist_is_not_tried_again(world, centre, order):
    order(1)
    centre.status = 0x0B
    sender = sender_of(world.database, centre.port)
    rounds(sender, world, is_so(world, failed=1))
    sender.close()


def test_no_more_a_second_than_may(world, centre, order):
    order(100)
    sender = sender_of(world.database, centre.port, per_second=10)
    for _ in range(40):
        sender.round()
        world.now += 50
    for _ in range(5):
        sender.round()
    sender.close()
    assert 10 <= len(centre.submitted) <= 30 + 1


def test_at_night_codes_alone_go(world, centre, order):
    order(3)
    world.now = local_time.day_start(local_time.day_of(DAY) + 1) - 3_600_000  # 23:00
    order(2, kind=Kind.CODE, body="123456")
    sender = sender_of(world.database, centre.port)
    rounds(sender, world, is_so(world, waiting=3, delivered=2))
    assert {part.text for part in centre.submitted} == {"123456"}
    world.now += 10 * 3_600_000
    rounds(sender, world, is_so(world, delivered=5))
    sender.close()


def test_a_day_has_its_cap_and_codes_their_share(world, centre, order):
    order(20)
    order(20, kind=Kind.CODE, body="123456")
    sender = sender_of(world.database, centre.port, a_day=10)
    for _ in range(30):
        sender.round()
        world.now += 1000
    assert len(centre.submitted) == 10
    world.now = local_time.day_start(local_time.day_of(world.now) + 1) + 9 * 3_600_000
    for _ in range(30):
        sender.round()
        world.now += 1000
    sender.close()
    texts = [part.text for part in centre.submitted]
    assert texts.count("Bonjour") == 8, "a fifth is kept for codes"


def test_one_phone_gets_so_many_a_day(world, order):
    for _ in range(10):
        order(1, phone=PHONE)
    order(1, phone=PHONE, kind=Kind.CODE)
    assert counts(world)[0] == {"kept": 4, "waiting": 7}


def test_a_code_is_not_kept_once_it_went(world, centre, order):
    order(1, kind=Kind.CODE, body="Code 123456")
    sender = sender_of(world.database, centre.port)
    rounds(sender, world, is_so(world, delivered=1))
    sender.close()
    table = world.database.tables.message
    assert world.database.read(lambda r: r.connection.scalar(sa.select(table.c.body))) == ""


def test_a_code_is_no_use_after_ten_minutes(world, centre, order):
    order(1, kind=Kind.CODE, body="Code 123456")
    order(1)
    world.now += 11 * 60_000
    sender = sender_of(world.database, centre.port)
    rounds(sender, world, is_so(world, delivered=1, failed=1))
    sender.close()


def test_reports_that_come_late_on_another_line_are_matched(world, centre, order):
    order(4)
    centre.holds_reports = True
    sender = sender_of(world.database, centre.port)
    rounds(sender, world, is_so(world, sent=4))
    centre.cut()
    rounds(sender, world, lambda: centre.bound == 2, step_ms=1000)
    centre.holds_reports = False
    centre.report = "UNDELIV"
    centre.release_reports()
    rounds(sender, world, is_so(world, undelivered=4))
    sender.close()
    assert len(centre.submitted) == 4


def test_a_report_of_another_and_what_is_no_message_are_answered(world, centre, order):
    order(1)
    sender = sender_of(world.database, centre.port)
    rounds(sender, world, is_so(world, delivered=1))
    centre.wait(lambda: not centre.unread)
    before = len(centre.answered)
    centre._deliver("+212600000000", 4, 0, b"id:other stat:DELIVRD")
    centre._deliver("+212600000000", 4, 0, b"nonsense")
    centre._deliver("+212600000000", 0, 8, b"\xd8\x00\x00")
    for _ in range(20):
        sender.round()
    centre.wait(lambda: not centre.unread)
    sender.close()
    assert len(centre.answered) - before == 3


def test_a_line_that_breaks_sends_what_was_in_flight_once_more(world, centre, order):
    order(10)
    centre.holds_answers = True
    sender = sender_of(world.database, centre.port)
    rounds(sender, world, lambda: len(centre.submitted) == 10)
    centre.cut()
    rounds(sender, world, lambda: len(centre.submitted) == 20, step_ms=1000)
    centre.cut()
    rounds(sender, world, lambda: counts(world) == ({"uncertain": 10}, 10), step_ms=1000)
    sender.close()
    assert len(centre.submitted) == 20, "never a third time"


def test_kill_9_loses_none_and_sends_none_three_times(world, world_url, centre, order):
    order(200)

    def begin():
        command = [sys.executable, "-m", "tests.server.message_sender", world_url, str(centre.port)]
        return subprocess.Popen(command, cwd=ROOT)

    child = begin()
    centre.wait(lambda: len(centre.submitted) >= 60)
    centre.holds_answers = True  # the next ones are in flight when it dies
    centre.wait(lambda: len(centre.submitted) >= 100)
    child.kill()
    child.wait()
    before, _ = counts(world)
    assert before["sending"] > 0
    centre.holds_answers = False
    world.now += LEASE_MS + 60_000
    sender = sender_of(world.database, centre.port)

    rounds(sender, world, is_so(world, delivered=200))
    sender.close()

    times = [sum(part.phone == f"+2126{at:08}" for part in centre.submitted) for at in range(200)]
    assert min(times) == 1, "none is lost"
    assert max(times) == 2, "some were in flight"
    again = counts(world)[1]
    assert again == before["sending"], "each that may have gone twice is marked"
    assert sum(time == 2 for time in times) <= again


@pytest.fixture
def program(tmp_path):
    """A program of an operator's that keeps what it is given, and ends as it is told."""
    path, taken, ends = tmp_path / "send", tmp_path / "taken", tmp_path / "ends"
    ends.write_text("0")
    path.write_text(f"#!/bin/sh\nread -r phone; cat >> {taken}; exit $(cat {ends})\n")
    path.chmod(0o755)
    taken.touch()
    return path, taken, ends


def by_program(world, path, **limits):
    environ = {"NUQTA_MESSAGE_COMMAND": str(path), **limits}
    return running.sender_of(Settings.from_env(environ), world.database)


def test_a_program_sends_what_waits_whole_and_within_the_cap(world, order, program):
    path, taken, _ = program
    body = "طلبك يحتاج إلى ورقة ناقصة. " * 5
    order(2, body=body)
    order(20)
    sender = by_program(world, path, NUQTA_SMS_A_DAY="10")
    for _ in range(20):
        sender.round()
        world.now += 1000
    sender.close()

    sent = taken.read_text().splitlines()
    assert (sent.count(body), sent.count("Bonjour")) == (2, 2), "8 segments but for codes"
    assert counts(world)[0] == {"sent": 4, "waiting": 18}


def test_a_program_that_fails_for_an_hour_loses_nothing_and_is_not_hammered(world, order, program):
    path, taken, ends = program
    order(5)
    ends.write_text("75")
    sender = by_program(world, path)
    for _ in range(60):
        sender.round()
        world.now += 60_000
    assert counts(world) == ({"waiting": 5}, 0)
    assert taken.read_text().count("Bonjour") < 5 * 15
    taken.write_text("")
    ends.write_text("0")
    rounds(sender, world, is_so(world, sent=5), step_ms=60_000)
    assert taken.read_text().count("Bonjour") == 5


def test_what_a_program_never_takes_is_not_tried_again(world, order, program):
    path, taken, ends = program
    order(1)
    ends.write_text("67")
    sender = by_program(world, path)
    rounds(sender, world, is_so(world, failed=1))
    assert taken.read_text() == "Bonjour\n"


def test_a_program_that_does_not_end_has_its_message_once_more(world, order, program, monkeypatch):
    path, taken, _ = program
    monkeypatch.setattr(command, "SECONDS_MAX", 0.2)
    path.write_text(f"#!/bin/sh\ncat >> {taken}; exec sleep 5\n")
    order(1)
    sender = by_program(world, path)
    rounds(sender, world, lambda: counts(world) == ({"uncertain": 1}, 1), step_ms=1000)
    assert taken.read_text().count("Bonjour") == 2, "never a third time"


def test_a_code_that_a_program_sends_at_once_is_within_the_day(world, program):
    path, taken, _ = program
    messages = CommandMessages(str(path), world.database, Caps(2))
    for _ in range(2):
        messages.send(PHONE, "123456")
    with pytest.raises(MessageUnsent):
        messages.send(PHONE, "123456")
    assert taken.read_text().count("123456") == 2


def test_a_centre_that_is_busy_for_an_hour_loses_nothing(world, centre, order):
    order(5)
    centre.throttle = 10**6
    sender = sender_of(world.database, centre.port)
    for _ in range(60):
        sender.round()
        world.now += 60_000
    centre.throttle = 0
    rounds(sender, world, is_so(world, delivered=5), step_ms=60_000)
    sender.close()
