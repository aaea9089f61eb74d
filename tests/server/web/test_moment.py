"""What a page says is of one moment: of one transaction, its frame with it."""

import re

import pytest
import sqlalchemy as sa


@pytest.fixture
def begun(world):
    """Each transaction of readers, as it begins."""
    found = []

    def note(connection):
        found.append(connection)

    sa.event.listen(world.database.engines.reading, "begin", note)
    yield found
    sa.event.remove(world.database.engines.reading, "begin", note)


@pytest.mark.parametrize("address", ["/desk", "/desk/visits", "/desk/reviews"])
def test_a_page_and_its_frame_are_read_in_one_transaction(client, begun, address):
    client.get(address)
    begun.clear()

    assert client.get(address).status_code == 200

    assert len(begun) == 2  # who reads, then all that they are shown


def test_the_next_page_is_of_another_moment(world, tablet, client):
    client.get("/desk/people?lang=fr")
    tablet.put("person", commune_code="09.541.01.03", name_fr="Ijja Amezian")
    tablet.sync()

    assert re.search("Ijja", client.get("/desk/people?lang=fr").text)


def test_a_page_that_fails_leaves_no_moment_behind(world, tablet, client):
    assert client.get(f"/desk/people/{'0' * 8}-0000-7000-8000-{'0' * 12}").status_code == 404
    tablet.put("person", commune_code="09.541.01.03", name_fr="Ijja Amezian")
    tablet.sync()

    assert re.search("Ijja", client.get("/desk/people?lang=fr").text)
