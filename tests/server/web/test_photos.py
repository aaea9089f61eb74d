"""Photos at the desk: small first, large on demand, and what there is instead of one."""

import struct
import zlib
from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image

from mobile_app.store import media
from tests.server.web.test_captured_pages import a_visit, page_of, send
from tests.world import FAR, HOME, START

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)


def a_picture(width=1600, height=1200, kind="JPEG"):
    out = BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, kind)
    return out.getvalue()


def a_bomb():
    """Return a PNG of a few kB that would unfold into 30,000 by 30,000 pixels."""

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def visit(tablet):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma")
    return a_visit(tablet, person)


def capture(tablet, visit, content, **more):
    values = {"commune_code": HOME, "visit_id": visit.record_id, "purpose": "site"}
    return media.capture(tablet.store, "photo", {**values, "taken_at": START, **more}, content)


def address(photo):
    return f"/desk/photos/{UUID(bytes=photo.record_id)}"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_a_photo_is_shown_small_and_large_on_demand(tablet, client, visit, kind, tmp_path):
    content = a_picture(kind=kind)
    photo = capture(tablet, visit, content, caption="Parcelle", width=1600, height=1200)
    send(tablet)

    page = page_of(client, "visits", visit)
    small, large = client.get(f"{address(photo)}/small"), client.get(address(photo))

    assert f'src="{address(photo)}/small" width="320" height="240" loading="lazy"' in page
    assert "Parcelle" in page
    assert small.headers["content-type"] == "image/webp"
    assert Image.open(BytesIO(small.content)).size == (320, 240)
    assert len(small.content) < 12_000
    assert large.content == content
    assert large.headers["content-type"] == f"image/{kind.lower()}"
    assert small.headers["cache-control"].startswith("private, max-age=31536000")
    again = client.get(f"{address(photo)}/small", headers={"if-none-match": small.headers["etag"]})
    assert again.status_code == 304
    assert len([one for one in (tmp_path / "files" / "small").rglob("*") if one.is_file()]) == 1


def test_what_is_still_on_the_tablet_is_said_to_be(tablet, client, visit):
    photo = capture(tablet, visit, a_picture())
    tablet.sync()
    page = page_of(client, "visits", visit)
    assert "Pas encore arrivée, sur la tablette" in page
    assert "<img" not in page.split("<main")[1]
    assert client.get(address(photo)).status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"no picture at all", a_picture()[:4_000], a_bomb(), b"\x89PNG\r\n\x1a\n", b"GIF89a" * 99],
    ids=["text", "cut", "bomb", "head", "gif"],
)
def test_what_is_no_picture_says_so_in_its_place(tablet, client, visit, content):
    photo = capture(tablet, visit, content)
    send(tablet)
    small = client.get(f"{address(photo)}/small")
    assert small.status_code == 200
    assert small.headers["content-type"].startswith("image/svg+xml")
    assert small.headers["cache-control"] == "no-store"
    assert small.headers["x-content-type-options"] == "nosniff"
    assert "illisible" in small.text or "لا تقرأ" in small.text


def test_photos_of_other_communes_are_not_there(world, tablet, client, visit):
    photo = capture(tablet, visit, a_picture())
    send(tablet)
    world.user("karim", FAR, role="regional_coordinator")
    client.post("/desk/sign-in", data={"login": "karim", "password": "password1"})
    assert client.get(address(photo)).status_code == 404
    assert client.get(f"{address(photo)}/small").status_code == 404


def test_a_small_picture_is_turned_as_it_was_taken(tablet, client, visit):
    picture = Image.new("RGB", (400, 200), "white")
    exif = picture.getexif()
    exif[0x0112] = 6  # turned a quarter
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif)
    photo = capture(tablet, visit, out.getvalue())
    send(tablet)
    small = client.get(f"{address(photo)}/small")
    assert Image.open(BytesIO(small.content)).size == (160, 320)


def test_a_paper_is_shown_beside_the_photos(tablet, client, visit):
    values = {"commune_code": HOME, "visit_id": visit.record_id, "taken_at": START}
    paper = media.capture(
        tablet.store, "document", {**values, "type": "rib", "quality": "blurred"}, a_picture()
    )
    send(tablet)
    page = page_of(client, "visits", visit)
    assert f'src="{address(paper)}/small"' in page
    assert client.get(f"{address(paper)}/small").headers["content-type"] == "image/webp"
