"""The app without a window against the real server process: what a script would see."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

import mobile_app.headless
from server.cli.main import main
from server.media.store import BlobFiles
from tests.databases import free_port
from tests.line import Proxy

ROOT = Path(__file__).parent.parent
HOME, NEAR, FAR = "09.541.01.03", "09.541.01.02", "01.051.01.01"
pytestmark = pytest.mark.slow


class Server:
    """`python -m server`, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "NUQTA_DATA_DIR": str(folder),
            "NUQTA_DATABASE_URL": f"sqlite:///{folder / 'nuqta.db'}",
        }
        self.process = self.output = None

    def run(self, *arguments, stdin=""):
        code, said = called(main, arguments, self.environment, stdin)
        assert code == 0, said
        return said

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server", "serve", "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stderr=self.output,
            stdout=self.output,
        )
        end = time.monotonic() + 30
        while time.monotonic() < end:
            # A socket, not a request: a client of httpx reads all certificates of the system first.
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            assert self.process.poll() is None, "the server ended"
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    yield from served(tmp_path_factory.mktemp("server"))


@pytest.fixture
def server_alone(tmp_path):
    """A server whose commune no other test has filled."""
    yield from served(tmp_path / "server")


def served(folder):
    folder.mkdir(exist_ok=True)
    server = Server(folder)
    server.run("migrate")
    server.run("load-reference")
    for login in ("one", "two"):
        server.run(
            "create-user", login, "--role", "field_agent", "--commune", HOME, stdin="password1\n"
        )
    server.start()
    yield server
    server.kill()


def headless(store, *arguments, stdin="", expect=0, **environment):
    given = ["--store", str(store), *arguments]
    code, said = called(mobile_app.headless.main, given, {**os.environ, **environment}, stdin)
    assert code == expect, said
    lines = [json.loads(line) for line in said.splitlines()]
    return lines[0] if len(lines) == 1 else lines


def called(main, arguments, environment, stdin):
    """Run a program's `main` here, which is a second sooner; return its exit status and words."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            code = main(arguments, environment, io.StringIO(stdin))
        except SystemExit as end:
            code = end.code
    return code, out.getvalue() or errors.getvalue()


def enrolled(server, tmp_path, login, name):
    code = json.loads(server.run("enrol-code", login, "--json"))
    assert set(code) == {"code", "url", "expires_at"}
    assert code["url"] == server.url
    headless(tmp_path / name, "enrol", server.url, code["code"])
    return tmp_path / name


def test_a_visit_is_written_without_a_network_and_arrives(server, tmp_path):
    here = enrolled(server, tmp_path, "one", "here")
    there = enrolled(server, tmp_path, "two", "there")
    server.kill()
    person = headless(
        here, "put", "person", json.dumps({"name_ar": "زينب تاموح", "commune_code": HOME})
    )
    visit = {"person_id": person["id"], "commune_code": HOME, "outcome": "done", "notes": "زيارة"}
    headless(here, "put", "visit", "-", stdin=json.dumps(visit) + "\n")
    assert headless(here, "sync", expect=3)["code"] == "unreachable"
    assert headless(here, "status")["pending"] == 2

    server.start()
    summary = headless(here, "sync")
    headless(there, "sync")

    assert set(summary) == {
        "sent", "received", "held", "conflicts", "pending", "bytes_up", "bytes_down", "round_trips",
        "media_pending",
    }  # fmt: skip
    assert (summary["sent"], summary["pending"]) == (2, 0)
    idle = headless(here, "sync")
    assert idle["round_trips"] == 1
    assert idle["bytes_up"] + idle["bytes_down"] < 400
    (found,) = [headless(there, "list", "person", "--search", "Zineb")][0]
    assert found["id"] == person["id"]
    assert found["ref"] == person["ref"]
    assert headless(there, "list", "visit")[0]["notes"] == "زيارة"


def test_a_proxy_with_a_bound_stops_no_tablet(server, tmp_path):
    proxy = Proxy(server.port, 64 * 1024)
    code = json.loads(server.run("enrol-code", "one", "--json"))["code"]
    here = tmp_path / "here"
    headless(here, "enrol", proxy.url, code)
    people = [
        {"name_fr": os.urandom(50).hex(), "landmark": os.urandom(95).hex(), "commune_code": HOME}
        for _ in range(600)
    ]
    headless(here, "put", "person", "-", stdin="\n".join(map(json.dumps, people)))
    data = os.urandom(200_000)
    (tmp_path / "photo").write_bytes(data)
    named = {"commune_code": HOME, "sha256": sha256(data).hexdigest(), "size_bytes": len(data)}
    photo = headless(here, "put", "photo", json.dumps(named))
    headless(here, "attach", "photo", photo["id"], str(tmp_path / "photo"))

    summary = headless(here, "sync")

    assert proxy.refused
    assert (summary["sent"], summary["pending"], summary["media_pending"]) == (601, 0, 0)
    proxy.close()


def test_a_put_by_id_changes_only_what_is_given(server, tmp_path):
    here = enrolled(server, tmp_path, "one", "here")
    person = headless(
        here, "put", "person", json.dumps({"name_fr": "Ali", "phone": "1", "commune_code": HOME})
    )
    again = headless(here, "put", "person", json.dumps({"id": person["id"], "phone": "2"}))
    assert (again["name_fr"], again["phone"]) == ("Ali", "2")
    headless(here, "sync")
    past = headless(here, "get", "person", person["id"], "--history")["history"]
    assert [(one["field"], one["value"], one["outcome"]) for one in past] == [
        ("phone", "1", "overwritten")
    ]


@pytest.mark.parametrize(
    ("entity", "given", "code"),
    [
        ("person", '{"name_fr": "x"}', "field_missing"),
        ("person", '{"commune_code": "09.541.01.03"}', "field_missing"),
        ("person", '{"name_fr": "x", "commune_code": "09.541.01.03", "age": 3}', "field_unknown"),
        ("person", '{"name_fr": 3, "commune_code": "09.541.01.03"}', "field_wrong_type"),
        ("person", '{"name_fr": "x", "commune_code": "c", "sex": "?"}', "field_unknown_choice"),
        ("visit", json.dumps({"commune_code": HOME, "notes": "x" * 10_000_000}), "field_too_long"),
        ("person", "{", "json_wrong"),
        ("person", "[" * 100_000, "json_wrong"),
        ("dragon", "{}", "entity_unknown"),
    ],
)
def test_what_cannot_be_is_refused_with_a_code_and_nothing_is_stored(
    server, tmp_path, entity, given, code
):
    here = enrolled(server, tmp_path, "one", "here")
    refused = headless(here, "put", entity, "-", stdin=given + "\n", expect=4)
    assert refused["code"] == code
    assert refused["sentence"]
    assert not refused["sentence"].startswith("[")
    assert headless(here, "status")["pending"] == 0


def test_an_unknown_id_is_refused(server, tmp_path):
    here = enrolled(server, tmp_path, "one", "here")
    unknown = "01a20df3-366e-7a91-80c6-0b5ebb2b841b"
    assert headless(here, "get", "person", unknown, expect=4)["code"] == "record_unknown"


def test_a_wrong_code_is_refused_and_a_silent_server_is_not_reached(server, tmp_path):
    store = tmp_path / "s"
    assert (
        headless(store, "enrol", server.url, "0000000000", expect=4)["code"] == "enrol_code_wrong"
    )
    nowhere = f"http://127.0.0.1:{free_port()}"
    assert headless(store, "enrol", nowhere, "0000000000", expect=3)["code"] == "unreachable"
    assert headless(store, "sync", expect=4)["code"] == "not_enrolled"


def test_the_file_is_encrypted_and_the_key_is_its_owners(server, tmp_path):
    here = enrolled(server, tmp_path, "one", "here")
    headless(here, "put", "person", json.dumps({"name_fr": "Secret", "commune_code": HOME}))
    assert b"Secret" not in b"".join(path.read_bytes() for path in here.iterdir())
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(here / "nuqta.db").execute("SELECT * FROM person")
    assert stat.S_IMODE((here / "key").stat().st_mode) == 0o600


def test_a_pin_wraps_the_key(tmp_path):
    store = tmp_path / "s"
    headless(store, "status", NUQTA_PIN="1234")
    assert not (store / "key").exists()
    assert headless(store, "status", expect=4)["code"] == "store_key_wrong"
    assert headless(store, "status", expect=4, NUQTA_PIN="9999")["code"] == "store_key_wrong"
    headless(store, "status", NUQTA_PIN="1234")


def test_a_photo_is_attached_and_arrives_after_the_text(server_alone, tmp_path):
    server = server_alone
    here = enrolled(server, tmp_path, "one", "here")
    picture = tmp_path / "picture.webp"
    picture.write_bytes(os.urandom(150_000))
    digest = sha256(picture.read_bytes()).hexdigest()
    photo = headless(here, "put", "photo", json.dumps({"commune_code": HOME, "sha256": digest}))

    attached = headless(here, "attach", "photo", photo["id"], str(picture))
    summary = headless(here, "sync")

    assert attached == {
        "entity": "photo", "id": photo["id"], "sha256": digest, "size_bytes": 150_000,
        "state": "captured",
    }  # fmt: skip
    assert (summary["sent"], summary["media_pending"], summary["round_trips"]) == (1, 0, 2)
    kept = BlobFiles(server.folder)
    assert kept.read(bytes.fromhex(digest)) == picture.read_bytes()
    assert picture.read_bytes() not in (server.folder / "blobs" / digest[:2] / digest).read_bytes()
    assert json.loads(server.run("purge-uploads", "--json")) == {"purged": 0}
    night = json.loads(server.run("nightly", "--json"))
    assert night["refused"] == {}
    assert {name: night["done"][name]["done"] for name in ("purge-uploads", "build-snapshots")} == {
        "purge-uploads": 0,
        "build-snapshots": 0,  # none pays for so few records
    }
    assert night["done"]["check"]["faults"] == 0
    # The calendar that ends are computed by is kept; then nothing is left to do.
    turns = [json.loads(server.run("run-jobs", "--once", "--json"))["turns"] for _ in range(2)]
    assert turns == [1, 0]
    there = enrolled(server, tmp_path, "one", "there")
    headless(there, "sync")
    headless(there, "fetch", "photo", photo["id"], str(tmp_path / "copy.webp"))
    assert (tmp_path / "copy.webp").read_bytes() == picture.read_bytes()
    assert headless(here, "sync")["round_trips"] == 1
    picture.write_bytes(b"another")
    for file, code in ((picture, "blob_not_named"), (tmp_path / "none", "file_unreadable")):
        refused = headless(here, "attach", "photo", photo["id"], str(file), expect=4)
        assert refused["code"] == code
        assert not refused["sentence"].startswith("[")


def test_work_survives_a_kill_right_after_put(server, tmp_path):
    here = enrolled(server, tmp_path, "one", "here")
    process = subprocess.Popen(
        [sys.executable, "-m", "mobile_app.headless", "--store", str(here), "put", "person", "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(json.dumps({"name_fr": "Kept", "commune_code": HOME}) + "\n")
    process.stdin.flush()
    printed = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    assert headless(here, "get", "person", printed["id"])["name_fr"] == "Kept"


def test_a_file_of_a_newer_app_is_left_alone(tmp_path):
    from mobile_app.headless import open_store

    store = tmp_path / "s"
    headless(store, "status")
    opened = open_store(store, None)
    opened.db.execute("PRAGMA user_version = 99")
    opened.close()
    assert headless(store, "status", expect=4)["code"] == "store_newer"


def test_the_window_is_not_imported():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mobile_app.headless", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "kivy" not in done.stderr


def test_a_bundle_is_made_and_taken(server, tmp_path):
    file = tmp_path / "one.bundle"
    made = json.loads(server.run("bundle", "one", "--out", str(file), "--json"))
    assert made["size_bytes"] == file.stat().st_size
    store = enrolled(server, tmp_path, "one", "bundled")

    assert headless(store, "install-bundle", str(file))["received"] > 0

    assert headless(store, "sync")["received"] == 0
    cut = tmp_path / "cut.bundle"
    cut.write_bytes(file.read_bytes()[:-20])
    headless(enrolled(server, tmp_path, "one", "other"), "install-bundle", str(cut), expect=4)
    assert headless(tmp_path / "other", "status")["scopes"] == []


def test_a_tablet_that_is_to_leave_hands_its_work_in_and_empties_itself(server, tmp_path):
    here = enrolled(server, tmp_path, "one", "here")
    person = headless(here, "put", "person", json.dumps({"name_fr": "X", "commune_code": HOME}))
    with sqlite3.connect(server.folder / "nuqta.db") as database:
        (number,) = database.execute("SELECT max(id) FROM device").fetchone()
    server.run("empty-device", str(number))
    assert headless(here, "sync", expect=4)["code"] == "device_wiped"
    assert list(here.iterdir()) == []
    there = enrolled(server, tmp_path, "one", "there")
    headless(there, "sync")
    assert headless(there, "get", "person", person["id"])["name_fr"] == "X"
