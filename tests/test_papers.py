"""Papers that an enterprise gives on the portal: from a photo to the office that decides."""

from __future__ import annotations

import base64
import errno
import io
import re
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from server.accounts.visitors import Visitor
from server.media import cleaner, objects
from server.media.cleaner import Unwanted
from server.media.cleaning import PaperKind, PaperTooLarge, clean
from server.media.commands import Uploads
from server.media.store import BlobFiles
from server.portal.arriving import Arriving
from server.portal.papers import PaperOf, Papers
from server.reference.catalogue import catalogue
from sync import limits
from sync.scopes import DAY_MS
from tests import test_requests
from tests.test_requests import SAY

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
walk = test_requests.walk
CAMERA = "Nokia-3310"


def picture(size=(600, 800), light=230, kind="JPEG"):
    """A page as a telephone takes it: with what the camera notes."""
    drawn, out, notes = Image.new("RGB", size, (light,) * 3), io.BytesIO(), Image.Exif()
    notes[0x010F] = CAMERA
    drawn.save(out, kind, exif=notes)
    return out.getvalue()


def pdf(change=None, pages=1):
    """A PDF of pages, each with a picture; `change` does something to it."""
    drawn, out = Image.new("RGB", (300, 400), "white"), io.BytesIO()
    drawn.save(out, "PDF", save_all=True, append_images=[drawn] * (pages - 1), author=CAMERA)
    if change:
        writer = PdfWriter(clone_from=io.BytesIO(out.getvalue()))
        change(writer)
        out = io.BytesIO()
        writer.write(out)
    return out.getvalue()


def address(request, code="CNIE"):
    return f"/portal/requests/{UUID(bytes=request)}/papers/{code}"


def give(walk, request, content, code="CNIE", browser=None, name="page.jpg"):
    """Send a file by the page's plain form. Returns what comes of it."""
    browser = browser or walk.portal
    page = browser.get(address(request, code))
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)[1]
    walk.doors.client.cookies.clear()
    sent = walk.doors.client.post(
        address(request, code),
        headers=browser.headers,
        data={"_csrf_token": token},
        files={"page": (name, content)},
        follow_redirects=False,
    )
    return browser.get(sent.headers["location"]) if sent.status_code == 303 else sent


def eventually(is_so, seconds=10.0):
    """Wait for what a thread of the server writes within a second."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def pages_of(walk):
    return walk.world.database.read(lambda records: records.list("document"))


def test_a_photo_goes_from_the_portal_to_the_office_that_decides(walk, tmp_path):
    request = walk.register("bank-account")["bank-account"]
    shown = give(walk, request, picture())
    assert SAY("portal.paper.state.here") in shown.text
    (page,) = pages_of(walk)
    url = f"/portal/papers/{UUID(bytes=page.record_id)}"
    whole = walk.portal.get(url)
    assert whole.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(whole.content)).size == (600, 800)
    assert CAMERA.encode() not in whole.content
    # At rest nothing of it is legible.
    lying = [path for path in tmp_path.rglob("*") if path.is_file() and "blobs" in path.parts]
    assert lying
    assert all(b"JFIF" not in path.read_bytes() for path in lying)
    # The tablet of the commune's agent counts it as there.
    walk.tablet.sync()
    assert walk.tablet.store.get("document", page.record_id).values["type"] == "CNIE"
    rest = [one for one in catalogue().of("bank-account").documents if one != "CNIE"]
    walk.bring(*(one for one in rest if one != "PHONE_OTP"))
    walk.file(request)
    office = walk.clerk("clerk.cam")
    paper = f"/desk/photos/papers/{UUID(bytes=page.record_id)}"
    assert paper in office.get(f"/desk/queue/{UUID(bytes=request)}").text
    assert office.get(paper).content == whole.content
    assert office.get(f"{paper}/small").headers["content-type"] == "image/webp"
    # Who looked is said in the enterprise's own file, and that it was a paper.
    own_file = f"/portal/file?of={UUID(bytes=walk.enterprise)}"
    eventually(lambda: SAY("portal.looked.paper") in walk.portal.get(own_file).text)
    # Without the consent nothing of it is given any more.
    walk.act(request, "unshare")
    assert office.get(paper).status_code == 404


def test_one_copy_serves_another_request_until_it_is_filed(walk):
    made = walk.register("bank-account", "rna")
    give(walk, made["bank-account"], picture())
    (page,) = pages_of(walk)
    other = walk.portal.get(address(made["rna"])).text
    assert SAY("portal.paper.given.about").replace("'", "&#39;") in other
    # The same, sent twice, is one; of another kind it is a page beside it.
    give(walk, made["rna"], picture())
    assert len(pages_of(walk)) == 1
    give(walk, made["rna"], pdf(pages=2), name="scan.exe")
    assert sorted(one.values["pages"] for one in pages_of(walk)) == [1, 2]
    # It is taken back, and its bytes go with the night.
    files_of = BlobFiles.of(walk.doors.app_settings)
    sha256 = bytes.fromhex(page.values["sha256"])
    back = f"{address(made['rna'])}/{UUID(bytes=page.record_id)}/take-back"
    walk.portal.send(address(made["rna"]), back)
    assert walk.portal.get(f"/portal/papers/{UUID(bytes=page.record_id)}").status_code == 404
    Uploads(walk.world.database, files_of).purge()
    assert not files_of.has(sha256)
    (left,) = pages_of(walk)
    assert files_of.has(bytes.fromhex(left.values["sha256"]))
    # Filed with one request it stays, for the other too.
    walk.bring("LAND", "ADDRESS", "BANK_ID", "SIGN")
    walk.file(made["rna"])
    back = f"{address(made['bank-account'])}/{UUID(bytes=left.record_id)}/take-back"
    refused = walk.portal.send(address(made["bank-account"]), back)
    assert refused.status_code == 422
    assert len([one for one in pages_of(walk) if one.values["type"] == "CNIE"]) == 1


def test_what_was_asked_for_goes_back_to_its_office_by_the_applicants_own_hand(walk):
    request = walk.register("rna")["rna"]
    walk.bring("CNIE", "LAND", "ADDRESS")
    walk.file(request)
    office = walk.clerk("clerk.dpa-taroudant")
    page = f"/desk/queue/{UUID(bytes=request)}"
    office.send(page, f"{page}/take")
    office.send(f"{page}/ask", f"{page}/ask", sure="1", pieces=["LAND"], words="Floue.")
    assert walk.states(request)[-1] == "info_requested"
    walk.world.now += 60_000
    asked = walk.portal.get(f"/portal/requests/{UUID(bytes=request)}").text
    assert address(request, "LAND") in asked
    give(walk, request, picture(), code="LAND")
    assert walk.states(request)[-1] == "in_review"


def test_the_same_page_twice_at_once_is_one(walk):
    request = walk.register("bank-account")["bank-account"]
    visitor = Visitor(f"+212{test_requests.PHONE[1:]}", "")
    of = PaperOf(visitor, str(UUID(bytes=request)), "CNIE")
    papers, content = Papers(walk.world.database, BlobFiles.of(walk.doors.app_settings)), picture()
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: papers.take(of, content), range(2)))
    assert made[0] == made[1]
    assert len(pages_of(walk)) == 1


def test_a_dark_page_is_said_at_once(walk):
    request = walk.register("bank-account")["bank-account"]
    shown = give(walk, request, picture(light=40)).text
    assert SAY("portal.paper.dark") in shown
    assert SAY("portal.paper.state.dark") in shown


def test_nobody_else_gives_reads_or_takes_back(walk, monkeypatch):
    request = walk.register("bank-account")["bank-account"]
    give(walk, request, picture())
    (page,) = pages_of(walk)
    monkeypatch.setattr(test_requests, "PHONE", "0698765432")
    stranger, of_page = walk.enter_portal(), UUID(bytes=page.record_id)
    for path in (address(request), f"/portal/papers/{of_page}", f"/portal/papers/{of_page}/small"):
        assert stranger.get(path).status_code == 404
        assert walk.doors.get(path).status_code == 303  # nobody's phone was checked
    token = re.search(r'name="_csrf_token" value="([^"]+)"', stranger.get("/portal/register").text)[
        1
    ]
    form = {"_csrf_token": token}
    for path in (address(request), f"{address(request)}/{of_page}/take-back"):
        sent = walk.doors.client.post(
            path,
            headers=stranger.headers,
            data=form,
            files={"page": ("a.jpg", picture())} if "take-back" not in path else None,
        )
        assert sent.status_code == 404, path
    assert len(pages_of(walk)) == 1
    # A paper that the service does not take is no address.
    assert walk.portal.get(address(request, "LAND")).status_code == 404
    assert walk.portal.get(address(request, "PHONE_OTP")).status_code == 404


def test_a_full_disk_is_said_and_nothing_is_kept(walk, monkeypatch):
    request = walk.register("bank-account")["bank-account"]

    def full(*_):
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patched:
        patched.setattr(objects, "write_all", full)
        answer = give(walk, request, picture())
        assert answer.status_code == 507
        assert "Le serveur n&#39;a plus de place" in answer.text
    assert pages_of(walk) == []
    assert SAY("portal.paper.state.here") in give(walk, request, picture()).text


# In pieces


class Line:
    """A browser's script that sends a page in pieces."""

    def __init__(self, walk, browser=None):
        self.client, browser = walk.doors.client, browser or walk.portal
        page = browser.get("/portal/register").text
        token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
        own = {"tus-resumable": "1.0.0", "x-csrf-token": token, "accept": "*/*"}
        self.headers = {**browser.headers, **own}

    def begin(self, request, length, code="CNIE"):
        named = {"request": str(UUID(bytes=request)), "paper": code}
        said = ",".join(
            f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in named.items()
        )
        given = {"upload-length": str(length), "upload-metadata": said}
        return self.call("POST", "/portal/uploads", given)

    def call(self, method, address, given=None, body=b""):
        self.client.cookies.clear()
        headers = {**self.headers, **(given or {})}
        return self.client.request(
            method, address, headers=headers, content=body, follow_redirects=False
        )

    def patch(self, address, offset, body):
        kind = {"content-type": "application/offset+octet-stream", "upload-offset": str(offset)}
        return self.call("PATCH", address, kind, body)

    def offset(self, address):
        return int(self.call("HEAD", address).headers["upload-offset"])


def test_a_page_goes_on_where_it_was_and_lies_sealed_meanwhile(walk, tmp_path):
    request = walk.register("bank-account")["bank-account"]
    line, content = Line(walk), pdf(pages=3)
    begun = line.begin(request, len(content))
    assert begun.status_code == 201
    assert "upload-expires" in begun.headers
    address, half = begun.headers["location"], len(content) // 2
    assert line.patch(address, 0, content[:half]).headers["upload-offset"] == str(half)
    lying = [path for path in (tmp_path / "arriving").rglob("*") if path.is_file()]
    assert len(lying) == 1
    assert b"%PDF" not in lying[0].read_bytes()
    # What was answered is not asked for again, and what comes from elsewhere is not taken.
    assert line.patch(address, 0, content[:half]).status_code == 409
    assert line.patch(address, half + 1, b"x").status_code == 409
    assert line.patch(address, half, bytes(len(content))).status_code == 413
    again = Line(walk, walk.enter_portal())  # another session of the same phone
    assert again.offset(address) == half
    done = again.patch(address, half, content[half:])
    assert done.headers["upload-complete"] == "?1"
    assert again.offset(address) == len(content)  # its answer may be lost
    (page,) = pages_of(walk)
    assert page.values["pages"] == 3
    assert not [path for path in (tmp_path / "arriving").rglob("*") if path.is_file()]


def test_a_server_that_was_killed_before_its_answer_makes_one_page_of_it(walk, monkeypatch):
    request = walk.register("bank-account")["bank-account"]
    line, content = Line(walk), picture()
    address = line.begin(request, len(content)).headers["location"]

    def killed(*_):
        raise SystemError("killed")

    for where in ("_finish", "_note"):
        with monkeypatch.context() as patched:
            patched.setattr(Arriving, where, killed)
            offset = line.call("HEAD", address).headers.get("upload-offset")
            if offset == "0":
                assert line.patch(address, 0, content).status_code == 500
            else:
                assert line.call("HEAD", address).status_code == 500
    assert line.offset(address) == len(content)
    assert len(pages_of(walk)) == 1


def test_nobody_goes_on_with_anothers_page_and_no_page_of_others_begins_one(walk, monkeypatch):
    request = walk.register("bank-account")["bank-account"]
    line = Line(walk)
    address = line.begin(request, 1000).headers["location"]
    monkeypatch.setattr(test_requests, "PHONE", "0698765432")
    other = Line(walk, walk.enter_portal())
    assert other.begin(request, 1000).status_code == 404
    for method in ("HEAD", "DELETE"):
        assert other.call(method, address).status_code == 404
    assert other.patch(address, 0, b"x").status_code == 404
    line.headers["x-csrf-token"] = other.headers["x-csrf-token"]
    assert line.patch(address, 0, b"x").status_code == 403
    stranger = {"tus-resumable": "1.0.0"}
    assert walk.doors.client.head(address, headers=stranger).status_code == 401


def test_what_arrives_is_bounded_refused_with_its_sentence_and_forgotten(walk):
    request = walk.register("bank-account")["bank-account"]
    line = Line(walk)
    assert line.begin(request, 0).status_code == 422
    assert line.begin(request, limits.BLOB_BYTES_MAX + 1).status_code == 422
    assert line.begin(request, 10, code="LAND").status_code == 404
    address = line.begin(request, 4).headers["location"]
    refused = line.patch(address, 0, b"<a/>")
    assert refused.status_code == 422
    assert refused.json()["code"] == "paper_kind"
    assert line.call("HEAD", address).status_code == 422
    ended = line.begin(request, 4).headers["location"]
    assert line.call("DELETE", ended).status_code == 204
    assert line.call("HEAD", ended).status_code == 404
    left = line.begin(request, 3000).headers["location"]
    assert line.patch(left, 0, b"ab").status_code == 400, "each piece is a file"
    assert line.patch(left, 0, bytes(1500)).status_code == 204
    walk.world.now += 8 * DAY_MS
    files_of = BlobFiles.of(walk.doors.app_settings)
    papers = Papers(walk.world.database, files_of)
    assert Arriving(walk.world.database, files_of, papers).purge() == 2
    assert list(files_of.arriving.hashes()) == []
    assert pages_of(walk) == []


# What strangers send


def acting(writer):
    writer._root_object[NameObject("/OpenAction")] = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
    )


def launching(writer):
    action = {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("a.exe")}
    writer.pages[0][NameObject("/AA")] = DictionaryObject(
        {NameObject("/O"): DictionaryObject(action)}
    )


def unfolding(writer):
    """Three hundred megabytes in three hundred kilobytes."""
    stream = StreamObject()
    stream._data = zlib.compress(bytes(200 * 1024 * 1024), 1)
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)


def huge_image(writer):
    for one in writer._objects:
        if isinstance(one, StreamObject) and one.get("/Subtype") == "/Image":
            one[NameObject("/Width")] = one[NameObject("/Height")] = NumberObject(100_000)


def bomb():
    """A PNG of four hundred million pixels, said in its head."""
    whole = bytearray(picture((8, 8), kind="PNG"))
    whole[16:24] = (20_000).to_bytes(4, "big") * 2
    whole[29:33] = zlib.crc32(bytes(whole[12:29])).to_bytes(4, "big")
    return bytes(whole)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (lambda: b"", "paper_empty"),
        (lambda: b"PK\x03\x04" + bytes(100), "paper_kind"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "paper_kind"),
        (lambda: b"<!doctype html><script>alert(1)</script>", "paper_kind"),
        (lambda: b"GIF89a" + bytes(50), "paper_kind"),
        (lambda: picture()[:900], "paper_broken"),
        (lambda: pdf()[:400], "paper_broken"),
        (lambda: b"%PDF-1.7\n", "paper_broken"),
        (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 40, "paper_broken"),
        (bomb, "paper_too_large"),
        (lambda: pdf(lambda one: [one.add_blank_page(9, 9) for _ in range(30)]), "paper_too_large"),
        (lambda: pdf(unfolding), "paper_too_large"),
        (lambda: pdf(huge_image), "paper_too_large"),
        (lambda: pdf(lambda one: one.encrypt("secret")), "paper_locked"),
        (lambda: pdf(acting), "paper_active"),
        (lambda: pdf(launching), "paper_active"),
        (lambda: pdf(lambda one: one.add_attachment("a.exe", b"MZ")), "paper_active"),
    ],
)
def test_what_is_no_paper_is_refused_with_its_reason(content, code):
    with pytest.raises(Unwanted) as refused:
        cleaner.clean(content())
    assert refused.value.code == code


def test_what_is_two_things_at_once_is_only_the_paper():
    for content in (picture() + pdf(acting), pdf() + b"PK\x03\x04evil", picture() + b"<script>"):
        what, cleaned = cleaner.clean(content)
        assert what["media_type"] in ("image/jpeg", "application/pdf")
        assert not any(part in cleaned for part in (b"alert", b"evil", b"<script>"))


def test_nothing_is_left_of_who_made_it_where_and_with_what():
    noted = pdf(lambda one: one.add_metadata({"/Author": CAMERA}))
    for content in (picture(), picture(kind="PNG"), picture(kind="WEBP"), noted):
        assert CAMERA.encode() in content or content.startswith(b"%PDF-")
        assert CAMERA.encode() not in cleaner.clean(content)[1]


def test_the_cleaner_itself_is_bounded():
    """It runs apart: whatever ends it, a sentence is what comes of it."""
    with pytest.raises(PaperKind):
        clean(b"PK\x03\x04")
    assert clean(pdf()).media_type == "application/pdf"
    with pytest.raises(PaperTooLarge):
        clean(bytes(limits.BLOB_BYTES_MAX + 1))
