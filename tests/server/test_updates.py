"""The app's files on the server: what is offered to whom, whole or from a byte on."""

import os
import zipfile
from hashlib import sha256
from threading import Thread

import pytest

from server.accounts import commands
from server.updates.offers import AppFiles, AppOlder, AppUnreadable
from server.updates.routes import UpdateEndpoint, updates_app
from sync import updates
from tests.world import HOME, call, sign

NARROW, WIDE = updates.ABIS


def packed(path, *abis, names=("AndroidManifest.xml",), size=300_000):
    """Write what looks like an APK."""
    with zipfile.ZipFile(path, "w") as file:
        for name in (*names, *(f"lib/{abi}/libmain.so" for abi in abis)):
            file.writestr(name, os.urandom(size))
    return path


@pytest.fixture
def files(tmp_path):
    return AppFiles(tmp_path)


@pytest.fixture
def asked(world, files):
    """Ask as a tablet of an agent; the tablet is `asked.tablet`."""
    world.user("amina", HOME)
    tablet = world.tablet("amina")
    app = updates_app(UpdateEndpoint(world.database, files, world.endpoint.counters))

    def ask(path, method="GET", **headers):
        counter = tablet.line.next_counter()
        signed = {"sync-auth": sign(tablet.store, counter, b"", path, method)}
        return call(app, method, path, b"", {**signed, **headers})

    ask.app = app
    return ask


def test_what_is_newer_is_said_and_nothing_else_costs_a_byte(asked, files, tmp_path):
    path = packed(tmp_path / "a.apk", WIDE)
    assert asked(updates.path_of(WIDE, 1)).content == b""
    offer = files.offer(path, 12)[WIDE]
    assert updates.read(asked(updates.path_of(WIDE, 11)).content) == offer
    assert offer.sha256 == sha256(path.read_bytes()).hexdigest()
    for abi, version in ((WIDE, 12), (WIDE, 13), (NARROW, 1)):
        assert asked(updates.path_of(abi, version)).content == b""


def test_a_file_comes_whole_or_from_a_byte_on(asked, files, tmp_path):
    path = packed(tmp_path / "a.apk", NARROW)
    offer, content = files.offer(path, 12)[NARROW], path.read_bytes()
    whole = asked(offer.path)
    assert (whole.status_code, whole.content) == (200, content)
    rest = asked(offer.path, range=f"bytes={len(content) - 7}-")
    assert (rest.status_code, rest.content) == (206, content[-7:])
    last = len(content) - 1
    assert rest.headers["content-range"] == f"bytes {last - 6}-{last}/{len(content)}"
    assert asked(offer.path, range=f"bytes={len(content)}-").status_code == 416


def test_nobody_but_an_enabled_tablet_is_answered(asked, files, world, tmp_path):
    offer = files.offer(packed(tmp_path / "a.apk", WIDE), 12)[WIDE]
    for path in (offer.path, updates.path_of(WIDE, 1)):
        assert call(asked.app, "GET", path, headers={}).status_code in (400, 401)
    world.database.write(
        lambda work: commands.set_status(work, commands.agent_of(work, "amina"), "disabled")
    )
    for path in (offer.path, updates.path_of(WIDE, 1)):
        assert asked(path).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{updates.PATH}/{'0' * 64}", 404),
        (f"{updates.PATH}/x86/1", 400),
        (f"{updates.PATH}/{WIDE}/-1", 400),
        (f"{updates.PATH}/../blobs/{'0' * 64}", 400),
        (updates.PATH, 400),
    ],
)
def test_what_is_not_offered_is_not_there(asked, path, status):
    assert asked(path).status_code == status
    assert asked(path, method="POST").status_code == 400


def test_a_new_offer_takes_the_place_of_the_old_and_an_older_none(files, tmp_path):
    old = files.offer(packed(tmp_path / "a.apk", NARROW, WIDE), 12)[WIDE]
    new = files.offer(packed(tmp_path / "b.apk", WIDE), 13)[WIDE]
    assert (files.offered(WIDE), files.offered(NARROW)) == (new, old)
    with files.open(old.sha256), files.open(new.sha256):
        pass
    with pytest.raises(AppOlder):
        files.offer(packed(tmp_path / "c.apk", NARROW, WIDE), 12)
    assert files.offered(NARROW) == old
    files.offer(packed(tmp_path / "d.apk", NARROW), 13)
    assert not (tmp_path / "app" / f"{old.sha256}.apk").exists()
    files.withdraw()
    assert files.offered(WIDE) is None
    assert list((tmp_path / "app").iterdir()) == []


def test_what_is_no_app_for_a_tablet_is_not_offered(files, tmp_path, monkeypatch):
    (tmp_path / "text.apk").write_bytes(b"x" * 1_000)
    cut = packed(tmp_path / "cut.apk", WIDE)
    cut.write_bytes(cut.read_bytes()[:-100])
    wrong = [tmp_path / "text.apk", tmp_path / "none.apk", tmp_path, cut]
    wrong.append(packed(tmp_path / "x86.apk", "x86_64"))
    wrong.append(packed(tmp_path / "jar.apk", WIDE, names=()))
    for path in wrong:
        with pytest.raises(AppUnreadable):
            files.offer(path, 12)
    monkeypatch.setattr("server.updates.offers.FILE_BYTES_MAX", 1_000)
    with pytest.raises(AppUnreadable):
        files.offer(packed(tmp_path / "large.apk", WIDE), 12)
    assert files.offered(WIDE) is None


def test_two_files_that_are_offered_at_once_are_both_whole(files, tmp_path):
    paths = [packed(tmp_path / f"{abi}.apk", abi, size=3_000_000) for abi in updates.ABIS]
    for round_ in range(1, 6):
        ends = [Thread(target=files.offer, args=(path, round_)) for path in paths]
        for one in ends:
            one.start()
        for one in ends:
            one.join()
        for abi, path in zip(updates.ABIS, paths, strict=True):
            offer = files.offered(abi)
            assert offer is not None
            assert offer.version == round_
            with files.open(offer.sha256) as file:
                assert file.read() == path.read_bytes()


@pytest.mark.parametrize(
    "asked_for",
    [
        "bytes=-5",
        "bytes=5-9",
        "bytes=0-0,9-9",
        "bytes=٣-",
        "bytes=1-, 5-",
        "x",
        "bytes=" + "9" * 40,
    ],
)
def test_a_range_of_another_kind_is_answered_by_the_whole_file(asked, files, tmp_path, asked_for):
    path = packed(tmp_path / "a.apk", NARROW, size=1_000)
    offer = files.offer(path, 12)[NARROW]
    answer = asked(offer.path, range=asked_for)
    assert (answer.status_code, answer.content) == (200, path.read_bytes())
    assert asked(offer.path, range="bytes=999999999999-").status_code == 416
