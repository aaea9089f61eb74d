"""A tablet's week, step by step: recorded against a real server here, replayed on another machine.

`record` plays the tablet's part against a server in this process, and writes down what was asked
and answered. `replay` plays it again from the book alone. Both return a hash of everything that
must not depend on the machine: each request, each message of `tests/wire` and some at the edges of
their numbers, the store's rows, letters, keys, what `headless` prints. The week lies in 2042, when
32 bits of seconds are over. `python -m tests.portable replay BOOK FOLDER` prints them as JSON,
`rows FOLDER` what a store there holds.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import sys
from hashlib import blake2b, sha256
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mobile_app import headless
from mobile_app.device.clock import FakeClock
from mobile_app.exchange import connection, courier, runner, uploads
from mobile_app.exchange.calls import Answer, SoftwareKey, Traffic
from mobile_app.store import bundle, handover, media
from mobile_app.store.database import transaction
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from sync import wire
from sync.changes import Change, Moment, Op
from sync.digest import MODULUS, content_hash, replaced, row_hash, state_hash
from sync.entities import ENTITIES
from sync.messages import End, Push, ScopeState
from tests.places import HOME
from tests.wire import messages

BOOK, STORE, BUNDLE = "book.json", "nuqta.db", "agent.bundle"
LATE = 2_289_513_600_000
"""20 July 2042, Unix milliseconds: its seconds need 32 bits and a sign."""
KEY, SECRET = bytes(range(32)), bytes(range(1, 33))
PICTURE = b"".join(blake2b(bytes([one])).digest() for one in range(256))
ENROLMENT = (
    "device_id", "inc", "agent_id", "server_key", "enrolled_epoch", "bundle_key", "login",
)  # fmt: skip
DAYS = (-1, -25_567, 0, 26_498, 84_005)
"""Days since 1970: 1969, the first and (last) the latest that are taken, 1970, 2042."""


class Steady(SoftwareKey):
    """A key that signs the same words in the same way (RFC 6979)."""

    def sign(self, content):
        der = self._key.sign(content, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class NoChance:
    """Stands for `X25519PrivateKey` where a letter makes one."""

    @staticmethod
    def generate():
        return X25519PrivateKey.from_private_bytes(SECRET)


class Book:
    """What was asked and answered, to be read again in the same order."""

    def __init__(self, folder, entries=None):
        self.folder, self.entries = folder, entries
        self.read = iter(entries or ())
        self.hashes = {}

    def note(self, name, content):
        text = (
            content if isinstance(content, bytes) else json.dumps(content, sort_keys=True).encode()
        )
        self.hashes[f"{len(self.hashes):03} {name}"] = sha256(text).hexdigest()

    def answer(self, name, asked, ask):
        """Return what was answered to this. `ask`: asks it, where it is recorded."""
        self.note(f"asked: {name}", asked)
        if self.entries is None:
            return ask()
        return next(self.read)


class Server:
    """The server that a book is recorded from, with an agent and what a colleague has sent."""

    def __init__(self, folder, clock):
        from server.exchange import snapshots
        from tests.world import World

        self.clock, self.said = clock, []
        self.world = World(f"sqlite:///{folder / 'server.db'}", folder / "files")
        self.world.now = LATE
        self.world.user("amina", HOME)
        self.world.user("brahim", HOME)
        there = self.world.tablet("brahim")
        for number in range(120):
            farmer = there.put(
                "person", name_fr=f"Fatima {number}", name_ar="فاطمة", commune_code=HOME
            )
            there.put(
                "visit",
                person_id=farmer.record_id,
                commune_code=HOME,
                planned_on=DAYS[number % len(DAYS)],
                state="planned",
                notes=f"زيارة {number}",
            )
        there.sync()
        snapshots.build(self.world.database)

    def enrol(self):
        from server.accounts import enrolment

        code, key = self.world.code("amina"), SoftwareKey(SECRET)
        proof = key.sign(b"enrol1|" + code.encode() + b"|" + key.public())
        message = enrolment.Enrolment(code, key.public().hex(), proof.hex())
        return self._say(self.world.database.write(lambda work: enrolment.enrol(work, message)))

    def bundle(self):
        from server.exchange import bundle as making
        from server.exchange.commands import Exchanges

        return making.make(Exchanges(self.world.database, 2), self.world.agent("amina"))

    def take(self, letter):
        from server.exchange.courier import take

        self.world.now = self.clock.wall
        return self._say(take(self.world.database, letter, slice_count=2).hex())

    def ask(self, store, method, path, body, headers):
        from tests.world import Line

        self.world.now = self.clock.wall
        line = Line(self.world, store)
        if path == "/sync/v1":
            return self._say([{}, line.send(body).hex()])
        answer = line.upload(method, path, body, headers)
        return self._say([dict(answer.headers), answer.content.hex()])

    def change(self):
        self.world.now = self.clock.wall
        for one in self.world.tablets[0].store.list("person")[:7]:
            self.world.change("person", one.record_id, phone="+212600000042", birth_year=1900)

    def _say(self, answer):
        self.said.append(answer)
        return answer


class Line:
    """A transport whose answers come from the book."""

    def __init__(self, book, store, server):
        self.book, self.store, self.server = book, store, server
        self.traffic, self.answer_count, self.order = Traffic(), 0, ("", 0)

    def send(self, body):
        return self.upload("POST", "/sync/v1", body, {}).content

    def upload(self, method, path, body, headers):
        asked = body + f"|{method} {path} {sorted(headers.items())}".encode()
        headers, content = self.book.answer(
            f"{method} {path}",
            asked,
            lambda: self.server.ask(self.store, method, path, body, headers),
        )
        if self.server is None:  # there the line counts its requests
            connection.StoredCounter(self.store).next()
        self.answer_count += 1
        return Answer(headers, bytes.fromhex(content))


def record(folder):
    """Play the week against a server; write the book, the bundle and the store. Returns hashes."""
    clock = FakeClock(LATE)
    server = Server(folder, clock)
    (folder / BUNDLE).write_bytes(server.bundle())
    with server.world:
        hashed = _play(Book(folder), folder / "here", clock, server)
    (folder / BOOK).write_text(json.dumps(server.said), "utf-8")
    return hashed


def replay(folder, here):
    """Play the week from the book, with files in the folder `here`. Returns hashes."""
    entries = json.loads((folder / BOOK).read_text("utf-8"))
    return _play(Book(folder, entries), here, FakeClock(LATE), None)


def opened(path, clock, first=0):
    """Open a store whose new records are numbered from `first`."""
    ids = itertools.count(first)
    return Store(
        path, KEY, ENTITIES, clock=clock, ids=lambda: b"\x02" * 8 + next(ids).to_bytes(8, "big")
    )


def rows(store):
    """Return every row of every table of a store, as text."""
    names = store.db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {
        name: sorted(map(repr, store.db.execute(f'SELECT * FROM "{name}"').fetchall()))
        for (name,) in sorted(names)
    }


def _play(book, here, clock, server):
    here.mkdir(parents=True)
    store = opened(here / STORE, clock)
    with (
        mock.patch.object(courier, "SoftwareKey", Steady),
        mock.patch.object(courier, "X25519PrivateKey", NoChance),
        mock.patch("os.urandom", lambda count: (SECRET * 8)[:count]),
    ):
        for step in (
            _messages, _enrol, _first, _work, _letter, _second, _search, _bundle, _keys, _headless,
        ):  # fmt: skip
            clock.move(1_000)
            step(book, store, here, clock, server)
            for table, found in rows(store).items():
                book.note(f"rows after {step.__name__}: {table}", found)
    store.close()
    return book.hashes


def _messages(book, store, here, clock, server):
    for name, body in messages.encoded().items():
        book.note(name, body)
        book.note(f"said: {name}", messages.said(name, body))
    for path in sorted(messages.FOLDER.glob("v*/*.bin")):
        book.note(f"{path.parent.name} {path.name}", messages.said(path.stem, path.read_bytes()))
    far = Moment(2**53 - 1, 2**53, 2**40, 2**52)
    values = {"commune_code": HOME, "planned_on": -25_567, "started_at": -(2**50), "notes": "م"}
    edges = [
        Change(
            seq=seq,
            group=seq,
            op=Op.INSERT,
            entity="visit",
            record_id=bytes([at]) * 16,
            base_rev=0,
            base_era=0,
            values=values,
            at=far,
        )
        for at, seq in enumerate((2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**62 - 9))
    ]
    for one in edges:
        asked = messages.request(
            at=far,
            push=Push(first_seq=one.seq, chain=messages.CHAIN, changes=[one]),
            pending_count=1,
        )
        body = wire.encode_request(ENTITIES, asked)
        book.note(f"edge {one.seq}", body)
        book.note(f"said: edge {one.seq}", messages.said("request", body))
    told = messages.reply(
        server_ms=2**53,
        end=End(
            contents=[(0, MODULUS - 1), (2**31 - 1, 2**33)],
            states=[ScopeState(place=0, head=2**40, record_count=2**33, digest=MODULUS - 1)],
        ),
    )
    body = wire.encode_reply(ENTITIES, told, peer_schema=store.schema)
    book.note("edge reply", body)
    book.note("said: edge reply", messages.said("reply", body))
    digest = 0
    for number in (1, 2**31, 2**32, 2**60):
        digest = replaced(digest, 0, row_hash(1, bytes(16), number, number, number))
        book.note(f"digest {number}", str(digest).encode())
    book.note("state", state_hash([(2**40, 2**41, 2**33, digest)]))
    book.note("content", str(content_hash(ENTITIES[0], bytes(16), {})).encode())


def _enrol(book, store, here, clock, server):
    answer = book.answer("enrol", b"", server and server.enrol)
    with transaction(store.db):
        store.kept.secret = SECRET
        store.kept.counter = 2**33
        store.kept.device_id = answer["device_id"]
        store.kept.inc = answer["inc"]
        store.kept.agent_id = bytes.fromhex(answer["agent_id"])
        store.kept.server_key = answer["server_key"]
        store.kept.enrolled_epoch = bytes.fromhex(answer["epoch"])
        store.kept.bundle_key = bytes.fromhex(answer["bundle_key"])
        store.kept.rescue_key = bytes.fromhex(answer["rescue_key"])
        store.kept.login = answer["login"]


def _first(book, store, here, clock, server):
    runner.exchange(store, Line(book, store, server))


def _work(book, store, here, clock, server):
    farmers = store.list("person")[:3]
    for day, farmer in zip(itertools.cycle(DAYS), farmers * 2, strict=False):
        store.put(
            "visit",
            {
                "person_id": farmer.record_id,
                "commune_code": HOME,
                "planned_on": day,
                "started_at": clock.wall,
                "latitude": 34_123_456,
                "longitude": -5_678_901,
                "notes": "ملاحظة\nsuite",
                "needs": ["water", "access"],
            },
        )
        clock.move(77)
    store.put("person", {"phone": "+212600000001"}, farmers[0].record_id)
    media.capture(store, "photo", {"commune_code": HOME, "taken_at": clock.wall}, PICTURE)
    line = Line(book, store, server)
    runner.exchange(store, line)
    sent = uploads.send_all(store, line)
    book.note("media", [sent.verified, sent.bytes_up, sent.pending, sent.code])


def _letter(book, store, here, clock, server):
    store.put("person", {"name_ar": "زينب", "commune_code": HOME})
    letter = courier.export(store)
    answer = bytes.fromhex(book.answer("letter", letter, lambda: server.take(letter)))
    done = courier.accept(store, answer)
    book.note("accepted", [done.acknowledged, done.received, done.held, done.pending])


def _second(book, store, here, clock, server):
    if server is not None:
        server.change()
    summary = runner.exchange(store, Line(book, store, server))
    book.note("received", [summary.received, summary.sent, summary.held, summary.conflicts])


def _search(book, store, here, clock, server):
    for typed in ("fatim", "فاطم", "zineb", "زينب", "+212600", "Fatima 11"):
        found = store.search(("person", "enterprise"), typed)
        book.note(f"search {typed}", [one.record_id.hex() for one in found])


def _bundle(book, store, here, clock, server):
    other = opened(here / "bundled.db", clock, first=1_000_000)
    with transaction(other.db):
        for name in ENROLMENT:
            setattr(other.kept, name, getattr(store.kept, name))
    bundle.install(other, (book.folder / BUNDLE).read_bytes())
    for table, found in rows(other).items():
        book.note(f"bundled: {table}", found)
    other.close()


def _keys(book, store, here, clock, server):
    ring = KeyRing(here / "keys", clock=clock)
    key = ring.open("2468")
    ring.agree_on_rescue(key, SECRET)
    for path in sorted((here / "keys").iterdir()):
        if path.is_file():
            book.note(f"key file {path.name}", path.read_bytes())
    assert KeyRing(here / "keys", clock=clock).open("2468") == key
    offer = handover.Offer(here, key)
    assert handover.take(here) == key
    offer.close()


def _headless(book, store, here, clock, server):
    folder = here / "headless"

    def run(*arguments):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = headless.main(["--store", str(folder), *arguments], {}, io.StringIO())
        book.note(f"headless {arguments[0]}: {code}", said.getvalue().encode())
        return json.loads(said.getvalue())

    with mock.patch.object(headless, "SystemClock", return_value=clock):
        enrolled = headless.open_store(folder, None)
        with transaction(enrolled.db):
            for name in ENROLMENT:
                setattr(enrolled.kept, name, getattr(store.kept, name))
        enrolled.close()
        whose = {"name_ar": "رابحة", "name_fr": "Rabha", "commune_code": HOME}
        made = run("put", "person", json.dumps({**whose, "birth_year": 1900}))
        visit = {"person_id": made["id"], "commune_code": HOME, "planned_on": "1969-12-31"}
        run("put", "visit", json.dumps(visit))
        run("get", "person", made["id"])
        run("list", "person", "--search", "rabha")
        run("status")


def main(what, *folders):
    if what == "replay":
        print(json.dumps(replay(*map(Path, folders))))
        return
    store = opened(Path(folders[0]) / STORE, FakeClock(LATE))
    print(json.dumps(rows(store)))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
