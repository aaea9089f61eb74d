"""Why a value is here: every value of a field that stood or lost, in words."""

import re
from html import unescape
from uuid import UUID

import pytest

from server.db.work import Author
from tests.world import FAR, HOME


@pytest.fixture
def person(world, tablet):
    """Somebody whose phone a tablet wrote, and then the office."""
    made = tablet.put("person", name_fr="Fatima", phone="+212612345601", commune_code=HOME)
    tablet.sync()
    world.now += 60_000
    office = Author(world.agent("amina"))
    world.database.write(
        lambda work: work.change("person", made.record_id, {"phone": "+212612345602"}, office)
    )
    return made.record_id


def page_of(client, entity, record_id, query=""):
    answer = client.get(f"/desk/history/{entity}/{UUID(bytes=record_id)}?lang=fr{query}")
    assert answer.status_code == 200
    return answer.text


def values_of(page):
    """Return (value, what is said of it) of each value shown, in order."""
    found = re.findall(
        r"<b>([^<]*(?:<bdi[^<]*</bdi>)?[^<]*)</b><span class=\"small muted\">(.*?)</span>", page
    )
    return [(plain(title), plain(detail)) for title, detail in found]


def plain(html):
    return re.sub(r"[\u2066-\u2069]", "", unescape(re.sub(r"<[^>]*>", "", html)))


def test_each_value_says_who_wrote_it_and_what_became_of_it(world, client, person):
    values = values_of(page_of(client, "person", person, "&field=phone"))
    assert [value for value, _ in values] == ["06 12 34 56 02", "06 12 34 56 01"]
    assert "amina" in values[0][1]
    assert "one, tablette" in values[1][1]
    assert "remplacé par amina" in values[1][1]


def test_what_no_account_wrote_is_the_portals_or_computed(world, client, tablet):
    portal, asked = Author(None, source="portal"), {"commune_code": HOME, "service": "credit"}

    def make(work):
        whose = work.insert("person", {"commune_code": HOME, "name_fr": "Rkia"}, portal)
        values = {**asked, "person_id": whose.record_id, "due_on": 20_800}
        return work.insert("application", values, portal).record_id

    page = page_of(client, "application", world.database.write(make), "&field=due_on")
    assert "le système" in values_of(page)[0][1]
    page = page_of(client, "application", world.database.write(make))
    assert "le portail" in plain(page)
    assert "le bureau" not in plain(page)


def test_what_was_written_once_stands_together_under_its_author(client, person):
    page = page_of(client, "person", person)
    cards = re.findall(r'<section class="card">.*?</section>', page, re.DOTALL)
    assert len(cards) == 2  # the phone, which changed; all else
    assert "06 12 34 56 01" in cards[0]
    assert "Fatima" in cards[1]
    assert "El Guerdane" in cards[1]
    assert plain(cards[1]).count("one, tablette") == 1


def test_a_visit_is_called_by_whom_was_visited_and_when(world, client, tablet, person):
    visit = tablet.put("visit", commune_code=HOME, person_id=person, started_at=world.now).record_id
    firm = tablet.put("enterprise", commune_code=HOME, name_fr="Coop Tifaouine").record_id
    other = tablet.put("visit", commune_code=HOME, enterprise_id=firm, started_at=world.now)
    asked = {"commune_code": HOME, "person_id": person, "service": "credit"}
    request = tablet.put("application", **asked).record_id
    tablet.sync()
    for entity, record_id, name in (
        ("visit", visit, "Fatima"),
        ("visit", other.record_id, "Coop Tifaouine"),
        ("application", request, "Fatima"),
    ):
        (title,) = re.findall(r"<h1>(.*?)</h1>", page_of(client, entity, record_id))
        assert name in title
        assert "·" in title


def test_what_lost_a_conflict_says_so(world, client, tablet, person):
    # The tablet has not seen what the office wrote, and its clock is behind: its word is older.
    tablet.clock.move(-3_600_000)
    tablet.put("person", person, name_fr="Fatna")
    world.now += 60_000
    office = Author(world.agent("amina"))
    world.database.write(
        lambda work: work.change("person", person, {"name_fr": "Fatima Z."}, office)
    )
    tablet.sync()
    page = page_of(client, "person", person, "&field=name_fr")
    assert "Fatna" in page
    said = " ".join(detail for _, detail in values_of(page))
    assert "conflit" in plain(page) or "arrivé après" in said


def test_places_and_people_are_named_and_no_id_is_shown(world, client, tablet, person):
    visit = tablet.put("visit", commune_code=HOME, person_id=person, outcome="done").record_id
    tablet.sync()
    page = plain(page_of(client, "visit", visit))
    assert "El Guerdane" in page
    assert "Fatima" in page
    assert HOME not in page
    for record_id in (person, world.agent("one")):
        shown = page_of(client, "visit", visit)
        assert record_id.hex() not in shown
        assert str(UUID(bytes=record_id)) not in re.sub(r'(href|action)="[^"]*"', "", shown)


def test_each_record_page_leads_to_its_history(world, client, tablet, person):
    point = tablet.put("contact_point", name_fr="Relais", commune_code=HOME).record_id
    tablet.sync()
    for folder, entity, record_id in (
        ("people", "person", person),
        ("points", "contact_point", point),
    ):
        address = f"/desk/history/{entity}/{UUID(bytes=record_id)}"
        page = client.get(f"/desk/{folder}/{UUID(bytes=record_id)}?lang=fr").text
        assert f'href="{address}"' in page
        links = re.findall(rf'href="({re.escape(address)}\?field=\w+)"', page)
        assert len(links) >= 3
        for link in links:
            assert client.get(link).status_code == 200


def test_a_deleted_record_has_its_history_still(world, client, person):
    world.database.write(lambda work: work.delete("person", person))
    page = page_of(client, "person", person)
    assert "Supprimé" in page
    assert "Fatima" in page
    assert client.get(f"/desk/people/{UUID(bytes=person)}").status_code == 404


def test_a_merged_record_names_its_survivor(world, client, tablet, person):
    survivor = tablet.put("person", name_fr="Fatima Zahra", commune_code=HOME).record_id
    tablet.sync()
    world.change("person", person, survivor_id=survivor)
    assert "Réuni avec" in page_of(client, "person", person)
    assert "Fatima Zahra" in page_of(client, "person", person)


@pytest.mark.parametrize(
    "address",
    ["person/x", "person/00000000-0000-0000-0000-000000000000", "agent/x", "nothing/x"],
)
def test_what_is_not_there_is_not_found(client, address):
    assert client.get(f"/desk/history/{address}").status_code == 404


def test_a_record_out_of_reach_is_not_found_nor_a_field_that_is_none(world, client, person):
    world.user("two", FAR)
    far = world.tablet("two").put("person", name_fr="Aicha", commune_code=FAR)
    world.tablets[-1].sync()
    assert client.get(f"/desk/history/person/{UUID(bytes=far.record_id)}").status_code == 404
    answer = client.get(f"/desk/history/person/{UUID(bytes=person)}?field=nothing")
    assert answer.status_code == 400


def test_a_field_that_was_never_filled_says_so(client, person):
    assert "—" in page_of(client, "person", person, "&field=notes")


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_page_can_be_seen(world, browse, person, language):
    with browse(language) as (_page, picture):
        picture("history", f"/desk/history/person/{UUID(bytes=person)}")
        picture("history-linked", f"/desk/people/{UUID(bytes=person)}")
