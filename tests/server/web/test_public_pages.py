"""What everybody may read: points near, services, rights, data without persons; every language."""

import re

import pytest
from litestar.testing import TestClient

from server.app import build_app
from server.db.work import Author
from server.phrases import OFFERED, load_open_phrases
from server.points.stops import next_day
from server.reference import files
from server.settings import Settings
from sync import local_time
from sync.languages import FALLBACK, LANGUAGES
from sync.scopes import DAY_MS
from tests.world import FAR, HOME

PAGES = ("/points", "/services", "/services/rna", "/rights", "/data", "/accessibility")
BESIDE = "09.541.05.25"
"""Seven kilometres from HOME."""
OPEN = {"status": "active", "modality": "physical", "hours": "Mo-Fr 08:30-16:30"}


@pytest.fixture
def anybody(world, tmp_path):
    """Nobody who signed in."""
    settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path / "files")})
    with TestClient(build_app(settings, world.database)) as client:
        client.headers["accept"] = "text/html"
        yield client


@pytest.fixture
def put(world):
    def put(entity, **values):
        values = {"commune_code": HOME, **values}
        return world.database.write(
            lambda work: work.insert(entity, values, Author(None)).record_id
        )

    return put


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_whole_in_each_language(anybody, language):
    for address in PAGES:
        answer = anybody.get(f"{address}?lang={language}")
        assert answer.status_code == 200
        page = answer.text
        assert f'<html lang="{language}"' in page
        assert not re.search(r"\[[a-z]+(\.[a-z_0-9]+)+\]", page), "a code without words"
        assert ('<span lang="fr">' in page) == (language == "zgh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_that_was_chosen_is_kept_by_pages_that_have_it_not(anybody, language):
    lent = language if language in OFFERED else FALLBACK[language]
    anybody.get(f"/points?lang={language}")
    for address in ("/", "/about", "/rights", "", "/verify", "/portal/follow"):
        page = anybody.get(address)
        assert page.status_code == 200, address
        said = re.search(r'<html lang="(\w+)"', page.text)[1]
        assert said == (language if address == "/rights" else lent), address
        assert anybody.cookies["lang"] == language, address
    assert f'<html lang="{language}"' in anybody.get("/points").text


def test_a_language_that_was_asked_for_is_kept_where_another_page_comes(anybody):
    for address in ("/portal/call", "/portal/status", "/desk/visits", "/nowhere"):
        for language in ("fr", "ar"):
            led = anybody.get(f"{address}?lang={language}", follow_redirects=True)
            assert led.history or address == "/nowhere"
            for page in (led, anybody.get("/about")):
                assert f'<html lang="{language}"' in page.text, address


def test_what_is_asked_for_has_a_name_in_each_language_of_the_portal():
    names = [*(one.names for one in files.services()), *files.documents().values()]
    assert [one for one in names if not one.keys() >= {*OFFERED}] == []


def test_the_points_near_a_commune_are_found_without_a_script(anybody, put):
    put("contact_point", name_fr="Relais proche", phone="+212528000000", services=("rna",), **OPEN)
    put("contact_point", name_fr="Relais voisin", **{**OPEN, "commune_code": BESIDE})
    put("contact_point", name_fr="Trop loin", **{**OPEN, "commune_code": FAR})
    put("contact_point", name_fr="Pas encore", **{**OPEN, "status": "planned"})
    province = HOME[:6]
    chosen = anybody.get(f"/points?lang=fr&province={province}").text
    assert f'<option value="{HOME}"' in chosen
    page = anybody.get(f"/points?lang=fr&commune={HOME}").text
    assert page.index("Relais proche") < page.index("Relais voisin")
    assert "Trop loin" not in page
    assert "Pas encore" not in page
    assert "tel:+212528000000" in page
    assert '<svg class="map"' in page
    only = anybody.get(f"/points?lang=fr&commune={HOME}&service=rna").text
    assert "Relais proche" in only
    assert "Relais voisin" not in only


def test_stops_at_souks_near_are_shown_with_their_next_day_and_hours(anybody, world, put):
    unit = put("contact_point", name_fr="Agence mobile", services=("rna",), **OPEN)
    gone = put("contact_point", name_fr="Agence close", **{**OPEN, "status": "closed"})
    today = local_time.day_of(world.now)
    weekday = local_time.weekday_of(today + 3)
    hours = {"weekday": weekday, "from_minute": 480, "to_minute": 780}
    put("stop", point_id=unit, place_fr="Souk Tnine", place_ar="سوق الإثنين", **hours)
    put("stop", place_fr="Souk lointain", commune_code=FAR, weekday=weekday)
    put("stop", point_id=gone, place_fr="Souk sans agence", **hours)
    put("stop", place_fr="Souk fini", valid_to=today - 1, **hours)
    page = anybody.get(f"/points?lang=fr&commune={HOME}").text
    when = load_open_phrases()["fr"].day(today + 3, "weekday")
    assert re.search(re.escape(when) + r", de .{0,3}08:00.{0,3} à .{0,3}13:00", page)
    assert "Agence mobile" in page
    assert not [one for one in ("lointain", "sans agence", "fini") if f"Souk {one}" in page]
    assert "Souk Tnine" in anybody.get(f"/points?lang=fr&commune={HOME}&service=rna").text
    assert "Souk Tnine" not in anybody.get(f"/points?lang=fr&commune={HOME}&service=credit").text
    assert "سوق الإثنين" in anybody.get(f"/points?lang=ar&commune={HOME}").text


def test_a_stop_is_today_until_it_ends_and_then_in_its_rhythm():
    stop = {"weekday": "th", "to_minute": 780, "valid_from": 0, "every_weeks": 2}
    assert next_day(stop, 10 * 3_600_000) == 0, "the first Thursday of 1970, before it ends"
    assert next_day(stop, 14 * 3_600_000) == 14
    assert next_day({**stop, "valid_to": 7}, 14 * 3_600_000) is None
    assert next_day({"weekday": None}, 0) is None


def test_a_shopkeepers_own_phone_is_not_shown(anybody, put):
    shop = {**OPEN, "kind": "partner_shop", "phone": "+212661000000"}
    put("contact_point", name_fr="Épicerie", **shop)
    assert "+212661000000" not in anybody.get(f"/points?commune={HOME}").text
    assert "+212661000000" not in anybody.get("/data/points.csv").text


def test_a_position_finds_points_and_stands_in_no_address_and_no_log(anybody, put, caplog):
    place = {"latitude": 30_421_000, "longitude": -9_583_000}
    put("contact_point", name_fr="Relais proche", **OPEN, **place)
    caplog.set_level(0)
    answer = anybody.post("/points", data={"position": "30.430, -9.583"})
    assert answer.status_code == 200
    assert "Relais proche" in answer.text
    assert "30.43" not in answer.text + caplog.text
    assert "no-store" in answer.headers["cache-control"]
    assert "geolocation=(self)" in answer.headers["permissions-policy"]
    wrong = anybody.post("/points?lang=fr", data={"position": "somewhere"})
    assert "Choisissez votre commune" in wrong.text


@pytest.mark.parametrize("address", ["/points?commune=99.99", "/points?province=x", "/services/x"])
def test_what_is_not_there_is_not_found(anybody, address):
    assert anybody.get(address).status_code == 404


def test_data_has_no_person_and_no_small_count(anybody, world, put):
    put("contact_point", name_fr="Relais", notes="secret", **OPEN)
    person = put("person", name_fr="Fatima", phone="+212612345678")
    month_ago = world.now - 40 * DAY_MS
    for _ in range(3):
        put("visit", person_id=person, started_at=month_ago)
    for _ in range(12):
        put("application", person_id=person, service="rna", submitted_at=month_ago)
    every = {
        name: anybody.get(f"/data/{name}.csv").text for name in ("points", "services", "activity")
    }
    assert not any("Fatima" in one or "secret" in one or "61234" in one for one in every.values())
    rows = [line.split(",") for line in every["activity"].splitlines()]
    assert [row[2:] for row in rows if row[2] not in ("0", "visits")] == [["<10", "12"]]
    assert len(rows) == 1 + 12 * 24
    as_json = anybody.get("/data/activity.json")
    assert as_json.json()["licence"] == "CC-BY-4.0"
    assert "max-age" in as_json.headers["cache-control"]
    again = anybody.get("/data/activity.json", headers={"if-none-match": as_json.headers["etag"]})
    assert again.status_code == 304
    assert anybody.get("/data/people.csv").status_code == 404
