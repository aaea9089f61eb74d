"""A contact point gets its place as people write one down, and stands there on the map."""

import re
from uuid import UUID

import pytest

from tests.server.web.test_deciding_pages import post
from tests.world import HOME


def new(client, position):
    page = client.get("/desk/points/new?lang=fr").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    values = {"name_fr": "Relais", "commune_code": HOME, "kind": "kiosk", "modality": "physical"}
    form = {**values, "position": position, "_csrf_token": token}
    return client.post("/desk/points?lang=fr", data=form, follow_redirects=False)


def place_of(world, response):
    point_id = UUID(re.search("[0-9a-f-]{36}", response.headers["location"])[0]).bytes
    point = world.database.read(lambda records: records.find("contact_point", point_id))
    return point.values["latitude"], point.values["longitude"]


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("30.47012, -8.87654", (30_470_120, -8_876_540)),
        ("30,47012; -8,87654", (30_470_120, -8_876_540)),
        ("30.5 -9", (30_500_000, -9_000_000)),
        ("٣٠٫٥، -٩", (30_500_000, -9_000_000)),
    ],
)
def test_a_new_point_is_where_it_was_said(world, client, typed, place):
    assert place_of(world, new(client, typed)) == place


def test_a_point_without_a_place_is_at_the_middle_of_its_commune(world, client):
    commune = world.database.read(
        lambda records: records.list(
            "commune", world.database.tables.records["commune"].c.code == HOME
        )
    )[0]
    middle = commune.values["latitude"], commune.values["longitude"]
    assert place_of(world, new(client, " ")) == middle


@pytest.mark.parametrize(
    "typed", ["-8.87654, 30.47012", "48.85, 2.35", "30.47", "près du souk", "1e9, 2"]
)
def test_what_is_no_place_of_the_country_is_said_at_the_field(client, typed):
    page = new(client, typed)

    assert page.status_code == 422
    assert 'id="position-problem"' in page.text
    assert f'value="{typed}"' in page.text


def test_a_point_shows_where_it_is_and_is_moved(world, client):
    address = new(client, "30.5, -9").headers["location"].partition("?")[0]

    moved = post(client, address, position="30.6, -9.1", was_position="30.50000, -9.00000")

    assert place_of(world, moved) == (30_600_000, -9_100_000)
    page = client.get(address + "?lang=fr").text
    assert 'value="30.60000, -9.10000"' in page
    assert 'class="map-point"' in page
    arabic = client.get(address + "?lang=ar").text  # whose comma turns the two round
    assert re.search(r'<bdi[^>]*dir="ltr"[^>]*>30.60000, -9.10000</bdi>', arabic)
