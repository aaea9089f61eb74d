"""Style sheets and fonts: served by us, kept by the browser, and what they claim to be."""

import json
import re
import runpy

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from server.web.assets import SHEETS, STATIC, Assets, build_asset_route
from server.web.headers import add_security_headers
from server.web.icons import SWAPPED, TURNED, load_glyphs
from server.web.vendor import digest, load_manifest

TOKENS = json.loads(
    (STATIC.parents[2] / "mobile_app" / "assets" / "tokens.json").read_text("utf-8")
)


SHEET = next(iter(SHEETS))


@pytest.fixture(scope="module")
def assets():
    return Assets.load()


@pytest.fixture(scope="module")
def client(assets):
    routes, before = [build_asset_route(assets)], [add_security_headers]
    with TestClient(Litestar(routes, before_send=before, openapi_config=None)) as client:
        yield client


def test_the_custom_properties_are_those_of_the_design_tokens():
    builder = runpy.run_path(str(STATIC.parents[2] / "packaging" / "build_web_tokens.py"))

    written = (STATIC / "tokens.css").read_text("utf-8")
    assert written == builder["build_sheet"](TOKENS), "run python packaging/build_web_tokens.py"


def test_signs_are_mirrored_as_on_the_tablet():
    assert TOKENS["icons"]["swap_in_rtl"] == SWAPPED
    assert set(TOKENS["icons"]["flip_in_rtl"]) == TURNED


def test_every_sign_has_a_place_in_its_font():
    for glyphs in load_glyphs().values():
        assert all(re.fullmatch("[0-9a-f]{4,5}", glyph) for glyph in glyphs.values())


def test_what_others_made_is_unchanged_and_has_its_licence():
    for package in load_manifest():
        found = {path: digest(path) for path in package["files"]}
        assert found == package["files"], "python -m server.web.vendor prints what is there"
        assert (STATIC / package["licence_file"]).read_text("utf-8")


def test_every_font_is_in_the_manifest():
    named = {path for package in load_manifest() for path in package["files"]}

    assert {f.relative_to(STATIC).as_posix() for f in STATIC.rglob("*.woff2")} <= named


def test_a_sheet_uses_no_value_that_the_tokens_lack():
    sheet = "".join(file.read_text("utf-8") for file in STATIC.glob("*.css"))
    declared = set(re.findall(r"(--[\w-]+):", sheet))

    assert set(re.findall(r"var\((--[\w-]+)\)", sheet)) <= declared


def test_a_file_is_kept_for_a_year_under_its_digest(client, assets):
    reply = client.get(assets.url(SHEET))

    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/css; charset=utf-8"
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert reply.headers["content-encoding"] == "gzip"


def test_a_file_carries_no_rules_for_windows_and_a_drawing_does(client, assets):
    font = client.get(assets.url("fonts/NotoSans-Regular.woff2")).headers
    assert font["cross-origin-resource-policy"] == "same-origin"
    assert "content-security-policy" not in font
    assert sum(len(name) + len(value) for name, value in font.items()) < 350
    assert "content-security-policy" in client.get(assets.url("nuqta.svg")).headers


def test_a_file_is_sent_plain_to_who_refuses_gzip(client, assets):
    reply = client.get(assets.url(SHEET), headers={"accept-encoding": "gzip;q=0, br"})

    assert "content-encoding" not in reply.headers
    assert reply.text.startswith(":root")


def test_a_file_the_browser_has_is_not_sent_again(client, assets):
    etag = client.get(assets.url(SHEET)).headers["etag"]

    reply = client.get(assets.url(SHEET), headers={"if-none-match": etag})

    assert (reply.status_code, reply.content) == (304, b"")


def test_an_address_of_another_release_gets_our_file_but_is_not_kept(client):
    reply = client.get(f"/static/000000000000/{SHEET}")

    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-cache"


def test_a_file_that_is_not_ours_is_not_found(client):
    for path in ("nothing.css", "../assets.py", "%2e%2e/assets.py", "vendor.json"):
        assert client.get(f"/static/000000000000/{path}").status_code == 404


def test_every_address_in_the_sheet_leads_to_a_file(client, assets):
    addresses = re.findall(r"url\(([^)]+)\)", assets.find(SHEET).body.decode())

    assert len(addresses) >= 9
    for address in addresses:
        reply = client.get(address)
        assert reply.headers["content-type"] == "font/woff2"
        assert "immutable" in reply.headers["cache-control"]


def test_the_sheet_is_light_enough_for_a_slow_line(assets):
    assert max(len(assets.find(sheet).zipped) for sheet in SHEETS) < 10_000
    assert len(assets.find("site-portal.css").zipped) < 8_500
