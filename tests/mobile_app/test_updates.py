"""A newer app on the tablet: fetched in pieces, checked, and never what is wrong."""

import errno
import os
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from mobile_app.device.installer import (
    FakeInstaller,
    Installed,
    NoInstaller,
    UpdateDamaged,
    UpdateForeign,
    UpdateOlder,
)
from mobile_app.device.storage import StoreFull
from mobile_app.exchange.calls import Refused, Unreachable
from mobile_app.exchange.updates import ASKED_EVERY_MS, ROOM_LEFT_BYTES, Updates
from sync import updates
from sync.errors import RemoteSyncError
from sync.updates import Offer

FREE, NOW = 2**40, 1_795_500_000_000


class Line:
    """A server with one file. `breaks_after`: bytes of a piece, then the line breaks."""

    def __init__(self, content=b"", version=2):
        self.content, self.breaks_after, self.asked = content, None, []
        self.offer = Offer(version, len(content), sha256(content).hexdigest()) if content else None

    def fetch(self, path):
        self.asked.append(path)
        return msgspec.json.encode(self.offer) if self.offer else b""

    def download(self, path, offset):
        self.asked.append((path, offset))
        for at in range(offset, len(self.content), 1_000):
            if self.breaks_after is not None and at - offset >= self.breaks_after:
                raise Unreachable("cut")
            yield at, len(self.content), self.content[at : at + 1_000]


@pytest.fixture
def line():
    return Line(os.urandom(10_500))


@pytest.fixture
def installer():
    return FakeInstaller()


@pytest.fixture
def newer(tmp_path, installer, line):
    """What is known of a newer app, the server having been asked."""
    found = Updates(tmp_path, installer)
    found.ask(line, NOW)
    return found


def files_in(tmp_path):
    return sorted(path.suffix for path in (tmp_path / "update").iterdir())


def test_what_is_offered_is_fetched_checked_and_ready(newer, line, tmp_path, installer):
    newer.fetch(line, FREE)
    assert newer.ready().read_bytes() == line.content
    assert newer.recheck() == newer.ready()
    assert line.asked[0] == updates.path_of(installer.now.abi, 1)
    newer.fetch(line, FREE)
    assert len(line.asked) == 2
    assert files_in(tmp_path) == [".apk", ".json"]


def test_a_line_that_breaks_costs_nothing_that_came(newer, line):
    line.breaks_after = 4_000
    for there in (4_000, 8_000):
        with pytest.raises(Unreachable):
            newer.fetch(line, FREE)
        assert newer.bytes_there(line.offer) == there
        assert newer.ready() is None
    newer.fetch(line, FREE)
    assert newer.ready().read_bytes() == line.content
    assert [at for _, at in line.asked[1:]] == [0, 4_000, 8_000]


def test_what_may_not_go_on_stops_between_two_pieces(newer, line):
    newer.fetch(line, FREE, may_go_on=iter([True, False]).__next__)
    assert newer.bytes_there(line.offer) == 1_000
    newer.fetch(line, FREE)
    assert newer.ready()


def test_a_whole_part_is_checked_after_a_crash(newer, line, tmp_path):
    (tmp_path / "update" / f"{line.offer.sha256}.part").write_bytes(line.content)
    newer.fetch(line, FREE)
    assert newer.ready()
    assert len(line.asked) == 1


def test_a_damaged_file_is_deleted_and_may_come_again(newer, line, tmp_path):
    good, line.content = line.content, bytes(len(line.content))
    with pytest.raises(UpdateDamaged):
        newer.fetch(line, FREE)
    assert files_in(tmp_path) == [".json"]
    line.content = good
    newer.fetch(line, FREE)
    assert newer.ready()


def test_a_file_that_rots_before_it_is_installed_is_not(newer, line, tmp_path):
    newer.fetch(line, FREE)
    newer.ready().write_bytes(line.content[:-1] + b"?")
    with pytest.raises(UpdateDamaged):
        newer.recheck()
    assert newer.ready() is None


@pytest.mark.parametrize("wrong", [UpdateForeign, UpdateOlder, UpdateDamaged])
def test_what_android_would_refuse_is_deleted_and_not_fetched_again(
    newer, line, installer, tmp_path, wrong
):
    installer.wrong = wrong("no")
    with pytest.raises(wrong):
        newer.fetch(line, FREE)
    assert files_in(tmp_path) == [".json"]
    assert (newer.offer(), newer.refused()) == (None, wrong.code)
    newer.ask(line, NOW)
    newer.fetch(line, FREE)
    assert len(line.asked) == 3
    installer.wrong, other = None, Line(os.urandom(500), 3)
    newer.ask(other, NOW)
    newer.fetch(other, FREE)
    assert newer.ready()
    assert newer.refused() == ""


def test_a_file_that_is_not_of_the_size_that_was_said_is_not_taken(newer, line):
    line.content += b"more"
    with pytest.raises(RemoteSyncError):
        newer.fetch(line, FREE)
    assert newer.ready() is None


def test_without_room_nothing_is_begun(newer, line, tmp_path):
    with pytest.raises(StoreFull):
        newer.fetch(line, 2 * line.offer.size_bytes + ROOM_LEFT_BYTES - 1)
    assert files_in(tmp_path) == [".json"]


def test_what_is_offered_no_more_is_swept_up(newer, line, tmp_path):
    newer.fetch(line, FREE)
    newer.ask(Line(), NOW)
    assert newer.offer() is None
    assert files_in(tmp_path) == [".json"]


def test_a_file_withdrawn_meanwhile_is_forgotten(newer, line, tmp_path):
    line.breaks_after = 4_000
    with pytest.raises(Unreachable):
        newer.fetch(line, FREE)

    def gone(_path, _offset):
        raise Refused("record_unknown", "", 404)

    line.download = gone
    with pytest.raises(Refused):
        newer.fetch(line, FREE)
    assert files_in(tmp_path) == [".json"]


def test_once_it_runs_it_is_offered_no_more(newer, line, installer):
    newer.fetch(line, FREE)
    installer.now = Installed(2, installer.now.abi)
    assert newer.offer() is None
    assert newer.ready() is None


def test_it_is_asked_once_a_day_also_by_a_clock_set_back(newer):
    assert not newer.is_due(NOW)
    assert not newer.is_due(NOW + ASKED_EVERY_MS - 1)
    assert newer.is_due(NOW + ASKED_EVERY_MS)
    assert newer.is_due(NOW - ASKED_EVERY_MS)


@pytest.mark.parametrize("answer", [b"{}", b"x", b'{"version":0,"size_bytes":1,"sha256":""}'])
def test_an_offer_that_cannot_be_changes_nothing(newer, line, answer):
    before = newer.offer()
    line.fetch = lambda _path: answer
    with pytest.raises(RemoteSyncError):
        newer.ask(line, NOW + 1)
    assert newer.offer() == before


def test_where_the_app_does_not_install_itself_nobody_is_asked(tmp_path, line):
    found = Updates(tmp_path, NoInstaller())
    found.ask(line, NOW)
    assert line.asked == []
    assert found.offer() is None


def test_what_the_server_has_no_more_is_not_offered_again_and_it_is_asked_anew(newer, line):
    def gone(_path, _offset):
        raise Refused("record_unknown", "", 404)

    line.download = gone
    with pytest.raises(Refused):
        newer.fetch(line, FREE)
    assert newer.offer() is None
    assert newer.is_due(NOW)


def test_a_piece_that_comes_after_the_tablet_was_locked_cuts_nothing_off(newer, line, tmp_path):
    unlocked, is_first_turn = Line(line.content), [True]
    unlocked.breaks_after = 5_000
    download = line.download

    def slow(path, offset):
        for number, piece in enumerate(download(path, offset)):
            if number == 2:  # while it was awaited another began
                with pytest.raises(Unreachable):
                    Updates(tmp_path, FakeInstaller()).fetch(unlocked, FREE)
                is_first_turn.clear()
            yield piece

    line.download = slow
    newer.fetch(line, FREE, may_go_on=lambda: bool(is_first_turn))
    assert newer.bytes_there(line.offer) == 6_000


def test_a_full_disk_is_said_when_the_server_is_asked(newer, line, monkeypatch):
    before = newer.offer()

    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoreFull):
        newer.ask(Line(b"other", 3), NOW)
    assert newer.offer() == before
