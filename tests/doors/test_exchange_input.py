"""What no database and no parser can take: each a problem with a name, and no value said."""

import base64
import json
import logging
import secrets
import tracemalloc

import pytest
import sqlalchemy as sa

from mobile_app.exchange.calls import SoftwareKey
from server.exchange.bodies import SMALL_BYTES
from sync import limits
from sync.changes import Moment
from sync.digest import EMPTY_STATE
from sync.entities import ENTITIES
from sync.messages import App, Request
from sync.wire import decode_reply, encode_request
from tests.world import HOME, sign
from tests.world import call as called

ENROL, SYNC, BLOBS = "/sync/v1/enrol", "/sync/v1", "/sync/v1/blobs"
SIGNATURE = base64.urlsafe_b64encode(bytes(64)).decode().rstrip("=")


def served(world):
    """Return the sync routes as they are served."""
    from server.exchange.routes import sync_routes

    (handler,) = sync_routes(world.endpoint, {BLOBS: world.blobs})
    return handler.fn


@pytest.fixture
def app(world):
    return served(world)


def a_tablet(world):
    world.user("one", HOME)
    return world.tablet("one")


@pytest.fixture
def tablet(world):
    return a_tablet(world)


@pytest.fixture(scope="module")
def standing(standing_world):
    """The sync routes, and a tablet that they know; nothing that is asked changes what there is."""
    return served(standing_world), a_tablet(standing_world)


def ask(app, method, path, body=b"", headers=(), *, length=None):
    """Return (status, code) of the answer to a request whose headers are bytes as they come."""
    import asyncio

    sent, told = [], [(b"content-length", str(len(body)).encode())] if length is None else length
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode("utf-8")}
    scope["headers"] = [*told, *headers]
    events = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        return events.pop() if events else {"type": "http.disconnect"}

    async def send(event):
        sent.append(event)

    asyncio.run(app(scope, receive, send))
    content = sent[1]["body"]
    is_problem = sent[0]["status"] >= 400
    return sent[0]["status"], json.loads(content)["code"] if is_problem and content else ""


def auth(device="1", counter="1", signature=SIGNATURE, version="v1"):
    return [(b"sync-auth", f"{version} {device} {counter} {signature}".encode())]


def test_what_is_refused_costs_no_reading_of_files(app, tablet, monkeypatch):
    """Whoever asks for nothing that there is would have the server read all of its words."""
    for language in (b"ar", b"fr"):
        accept = [(b"accept-language", language)]
        assert ask(app, "GET", "/sync/v1/keys", headers=accept)[0] == 401
    monkeypatch.setattr("server.phrases.read_catalogue", None)
    for language in (b"ar", b"fr"):
        accept = [(b"accept-language", language)]
        assert ask(app, "GET", "/sync/v1/keys", headers=accept)[0] == 401


STRANGE = ["2147483648", "99999999999", "9" * 30, "²", "٣", "-1", "1.0", "", "0x1", "1\x00", " 1"]


@pytest.mark.parametrize(("method", "path"), [("POST", SYNC), ("GET", "/sync/v1/keys"),
    ("POST", "/sync/v1/wiped"), ("POST", BLOBS), ("HEAD", f"{BLOBS}/{'0' * 32}"),
    ("GET", f"{BLOBS}/{'0' * 64}"), ("POST", "/sync/v1/courier")])  # fmt: skip
@pytest.mark.parametrize("number", STRANGE)
def test_a_header_of_numbers_that_no_device_has(standing, method, path, number):
    app, _ = standing
    for header in (auth(device=number), auth(counter=number * 2)):
        code = "" if method == "HEAD" else "signature_wrong"
        assert ask(app, method, path, b"", header) == (401, code)


@pytest.mark.parametrize(
    "header",
    [
        [],
        [(b"sync-auth", b"\xff\xfe\x80")],
        [(b"sync-auth", b"")],
        auth(version="v2"),
        auth(signature="é" * 86),
        auth(signature="A" * 85),
        auth(signature="A" * 5_000),
        [*auth(), *auth()],
    ],
)
def test_a_header_that_is_none(standing, header):
    app, _ = standing
    assert ask(app, "POST", SYNC, b"x", header) == (401, "signature_wrong")
    assert ask(app, "POST", BLOBS, b"x", header) == (401, "signature_wrong")


@pytest.mark.parametrize(
    "length",
    [
        [(b"content-length", b"x")],
        [(b"content-length", b"-1")],
        [(b"content-length", b"+1")],
        [(b"content-length", b"1_0")],
        [(b"content-length", b"9" * 5_000)],
        [(b"content-length", b"\xb2")],
        [(b"content-length", b"")],
        [(b"content-length", b"1"), (b"content-length", b"2")],
    ],
)
@pytest.mark.parametrize("path", [ENROL, SYNC, BLOBS])
def test_a_length_that_is_no_number(standing, path, length):
    app, _ = standing
    assert ask(app, "POST", path, b"x", auth(), length=length) == (400, "malformed")


@pytest.mark.parametrize("path", [ENROL, "/sync/v1/wiped", "/sync/v1/keys", "/sync/v1/nothing"])
@pytest.mark.parametrize("length", [None, []])
def test_a_request_that_needs_no_signature_keeps_to_a_few_words(standing, path, length):
    app, _ = standing
    body = bytes(SMALL_BYTES + 1)
    assert ask(app, "POST", path, body, auth(), length=length) == (413, "too_large")


def an_enrolment(world, **more):
    code, key = world.code("one"), SoftwareKey(secrets.token_bytes(32))
    proof = key.sign(b"enrol1|" + code.encode() + b"|" + key.public())
    return {"code": code, "public_key": key.public().hex(), "proof": proof.hex(), **more}


@pytest.mark.parametrize(
    "more",
    [
        {"build": "a\0b"},
        {"name": "\0"},
        {"name": "x" * 10_000},
        {"build": 7},
        {"public_key": "zz"},
        {"proof": "٣٣"},
        {"code": "\0"},
        {"code": "²" * 10},
    ],
    ids=str,
)
def test_an_enrolment_with_what_cannot_be_stored(world, app, tablet, more):
    body = json.dumps(an_enrolment(world, **more)).encode()
    status, code = ask(app, "POST", ENROL, body)
    assert (status // 100, code) != (5, "unexpected_fault")
    assert 400 <= status < 500


def test_an_enrolment_is_still_one(world, app, tablet):
    body = json.dumps(an_enrolment(world, build="1.0", name="Samsung")).encode()
    assert ask(app, "POST", ENROL, body)[0] == 200


@pytest.mark.parametrize(
    "record",
    ["{%s}", "urn:uuid:%s", "%s0", "%s\n", "-%s", "٣" * 32, "²" * 32, "", "../../keys", "%%00"],
)
def test_a_history_of_no_id(standing, record):
    app, tablet = standing
    path = "/sync/v1/history/person/" + (record % ("0" * 32) if "%s" in record else record)
    header = sign(
        tablet.store, tablet.line.next_counter(), b"", path.encode().decode("latin-1"), "GET"
    )
    status, code = ask(app, "GET", path, b"", [(b"sync-auth", header.encode())])
    assert 400 <= status < 500
    assert code in ("malformed", "signature_wrong")


def request(world, inc):
    at = Moment(world.now, 1, 1, 0)
    return encode_request(
        ENTITIES,
        Request(
            app=App(protocol=1, build="x", schema=4),
            epoch=world.database.epoch,
            at=at,
            inc=inc,
            state=EMPTY_STATE,
            acknowledged_seq=0,
            pending_count=0,
            bytes_max=10_000,
        ),
    )


def newest(world, tablet):
    table = world.database.tables.device
    with world.engines.read() as connection:
        return connection.scalar(sa.select(table.c.newest_inc))


@pytest.mark.parametrize("forged", [2**31 - 1, 2**31 - 2, 1_000])
def test_a_forged_incarnation_burns_no_numbers(world, tablet, forged):
    before = newest(world, tablet)
    for _ in range(3):
        reply = decode_reply(ENTITIES, tablet.line.send(request(world, forged)))
        assert reply.inc == newest(world, tablet)
    assert newest(world, tablet) == before + 3


def test_an_incarnation_that_a_restored_server_lost_is_passed_over(world, tablet):
    reply = decode_reply(ENTITIES, tablet.line.send(request(world, newest(world, tablet) + 5)))
    assert reply.inc == 7


def test_the_last_incarnation_is_the_last(world, tablet):
    table = world.database.tables.device
    world.database.write(
        lambda work: work.connection.execute(sa.update(table).values(newest_inc=2**31 - 1))
    )
    body = request(world, 17)
    header = sign(tablet.store, tablet.line.next_counter(), body)
    with pytest.raises(Exception, match="no incarnation is left") as found:
        world.endpoint.answer("POST", SYNC, header, body)
    assert found.value.code == "malformed"


def test_nothing_that_was_sent_is_in_the_log(app, tablet, caplog):
    caplog.set_level(logging.DEBUG)
    for header in (auth(device="4711471147"), [(b"sync-auth", b"4711471147")]):
        ask(app, "POST", SYNC, b"4711471147", header)
    ask(app, "POST", ENROL, b'{"code": "4711471147"')
    assert "4711471147" not in caplog.text


# Bodies of strangers


def large(app, header, count=20, size=limits.BODY_BYTES_MAX):
    """Return the answer to a large body, and how much memory all of them took at most."""
    parts = [bytes(64 * 1024)] * (size // (64 * 1024))

    async def wait():
        pass

    tracemalloc.start()
    answers = {
        called(app, "POST", SYNC, b"", header, parts=parts, wait=wait).json()["code"]
        for _ in range(count)
    }
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return answers, peak


@pytest.mark.parametrize("device", ["1", "999"])
@pytest.mark.parametrize("counter", ["0", "1"])
def test_a_large_body_that_nobody_signed_takes_no_memory(standing, device, counter):
    app, _ = standing
    answers, peak = large(app, {"sync-auth": f"v1 {device} {counter} {SIGNATURE}"}, count=2)
    assert answers == {"signature_wrong"}
    assert peak < limits.BODY_BYTES_MAX // 2


def test_a_large_signed_body_arrives(world, app, tablet):
    for _ in range(40):
        tablet.put("person", name_fr="Ali", commune_code=HOME, notes=secrets.token_hex(2_000))
    sizes = []

    def through_the_door(body):
        sizes.append(len(body))
        header = sign(tablet.store, tablet.line.next_counter(), body)
        return called(app, "POST", SYNC, body, {"sync-auth": header}).content

    tablet.line.send = through_the_door
    tablet.sync()
    assert max(sizes) > SMALL_BYTES
    assert tablet.store.outbox.pending_count() == 0


def test_a_large_body_sent_again_is_told_its_counter(world, app, tablet):
    body = bytes(SMALL_BYTES + 1)
    table = world.database.tables.device
    world.database.write(lambda work: work.connection.execute(sa.update(table).values(counter=500)))
    header = {"sync-auth": sign(tablet.store, 400, body)}
    found = called(app, "POST", SYNC, body, header).json()
    assert (found["code"], found["counter"]) == ("counter_old", 500)
