"""Lists of visits: filters in the address, ways on and back, and accepting many at once."""

import re
from uuid import UUID

import pytest

from server.duplicates import merging
from server.jobs.job import Ground
from server.jobs.runner import Runner
from server.settings import Settings
from server.visits import many
from server.web import lists
from tests.server.web.test_judging_visits import ask, press, url
from tests.world import FAR, HOME, NEAR, START

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
HOUR = 3_600_000
HERE = {"latitude": 30_381_500, "longitude": -9_035_100}


@pytest.fixture
def person(tablet):
    return tablet.put("person", commune_code=HOME, name_fr="Fadma", name_ar="فاطمة")


def a_visit(tablet, person, hours, **more):
    start = START - hours * HOUR
    values = {"commune_code": HOME, "person_id": person.record_id, "started_at": start, **HERE}
    values |= {"agent_id": tablet.store.kept.agent_id, "ended_at": start + HOUR // 2}
    return tablet.put("visit", **{**values, **more})


def post(client, address, listed="/desk/visits", /, **form):
    token = re.search(r'name="_csrf_token" value="([^"]+)"', client.get(listed).text)[1]
    return client.post(address, data={**form, "_csrf_token": token}, follow_redirects=False)


def accept(client, scope="all", query="", **form):
    counted = post(client, f"/desk/visits/choose{query}", scope=scope, **form)
    at = re.search(r'name="counted_at" value="(\d+)"', counted.text)
    done = post(
        client, f"/desk/visits/accept{query}", scope=scope, counted_at=at[1] if at else "0", **form
    )
    return counted.text, client.get(done.headers["location"]).text


def states(world, visits):
    return [world.get("visit", visit.record_id)["review_state"] for visit in visits]


def undo(client, page):
    action = re.search(r'class="undo"[^>]* action="([^"]+)"', page)[1]
    return client.get(post(client, action).headers["location"]).text


def test_all_that_are_not_flagged_are_counted_accepted_and_undone(world, tablet, client, person):
    fine = [a_visit(tablet, person, hours) for hours in range(1, 5)]
    flagged = a_visit(tablet, person, 30, latitude=None, longitude=None)
    tablet.sync()

    counted, listed = accept(client)

    assert "4 visites sans remarque" in counted
    assert "d&#39;un agent" in counted
    assert "Une autre reste à ouvrir" in counted
    assert states(world, [*fine, flagged]) == ["accepted"] * 4 + [None]
    assert "4 visites sont acceptées" in listed

    world.change("visit", fine[2].record_id, next_action="Rappeler")
    back = undo(client, listed)

    assert states(world, fine) == [None, None, "accepted", None]
    assert "3 visites sont revenues" in back
    assert "Une autre a changé depuis" in back


def test_what_is_chosen_alone_is_accepted(world, tablet, client, person):
    visits = [a_visit(tablet, person, hours) for hours in range(1, 4)]
    tablet.sync()
    ids = [str(UUID(bytes=visit.record_id)) for visit in visits[:2]]
    counted, _ = accept(client, "chosen", id=ids)
    assert "2 visites sans remarque" in counted
    assert states(world, visits) == ["accepted", "accepted", None]


def test_a_filter_bounds_what_is_accepted(world, tablet, client, person):
    visits = [a_visit(tablet, person, 1, outcome="done"), a_visit(tablet, person, 2)]
    tablet.sync()
    accept(client, query="?from=outcome%3Ddone")
    assert states(world, visits) == ["accepted", None]


def test_own_ones_and_the_family_s_are_left(world, tablet, client, person):
    other = tablet.put("person", commune_code=HOME, name_fr="Rkia")
    visits = [a_visit(tablet, person, 1), a_visit(tablet, other, 2)]
    tablet.sync()
    own = world.tablet("amina")
    mine = a_visit(own, other, 50)
    own.sync()
    press(client, visits[0], "family", is_family="1")
    accept(client)
    assert states(world, [*visits, mine]) == [None, "accepted", None]


def test_a_family_is_that_of_who_was_merged_too(world, tablet, client, person):
    other = tablet.put("person", commune_code=HOME, name_fr="Fatma")
    visits = [a_visit(tablet, person, 1), a_visit(tablet, other, 30)]
    tablet.sync()
    press(client, visits[0], "family", is_family="1")
    two = other.record_id, person.record_id
    world.database.write(lambda work: merging.merge(work, "person", *two, (), by=None))
    accept(client)
    assert states(world, visits) == [None, None]


def test_other_communes_and_what_came_since_the_count_are_left(world, tablet, client, person):
    world.grant("one", FAR)
    visits = [a_visit(tablet, person, 1), a_visit(tablet, person, 2, commune_code=FAR)]
    tablet.sync()
    post(client, "/desk/visits/choose", scope="all")
    at = str(world.now)
    world.now += HOUR
    visits.append(a_visit(tablet, person, 3))
    tablet.sync()
    post(client, "/desk/visits/accept", scope="all", counted_at=at)
    assert states(world, visits) == ["accepted", None, None]


def test_what_was_corrected_since_the_count_is_left_to_be_looked_at(world, tablet, client, person):
    visits = [a_visit(tablet, person, hours) for hours in (1, 2)]
    tablet.sync()
    ask(client, visits[0])
    tablet.sync()
    post(client, "/desk/visits/choose", scope="all")
    at = str(world.now)
    world.now += HOUR
    tablet.put("visit", visits[0].record_id, notes="Elle vend des amandes")
    tablet.sync()
    assert states(world, visits) == ["corrected", None]

    post(client, "/desk/visits/accept", scope="all", counted_at=at)

    assert states(world, visits) == ["corrected", "accepted"]


def test_a_second_press_finds_nothing(world, tablet, client, person):
    visits = [a_visit(tablet, person, 1)]
    tablet.sync()
    accept(client)
    counted, listed = accept(client)
    assert "Aucune ne peut être acceptée" in counted
    assert 'class="undo"' not in listed
    assert states(world, visits) == ["accepted"]


def test_who_only_watches_chooses_nothing(world, tablet, client, person):
    tablet.sync()
    world.user("watcher", role="auditor")
    client.post("/desk/sign-in", data={"login": "watcher", "password": "password1"})
    assert 'id="choose"' not in client.get("/desk/visits").text
    assert post(client, "/desk/visits/choose", scope="all").status_code == 403
    assert post(client, "/desk/visits/accept", scope="all").status_code == 403


def test_more_than_one_turn_is_one_act(world, tablet, client, person):
    tablet.sync()
    world.user("two", HOME)
    visits = []
    for one in (tablet, world.tablet("two")):
        one.sync()
        hours = [24 * day + at for day in range(1, 6) for at in range(12)]
        visits += [a_visit(one, person, at) for at in hours]
        one.sync()
    counted, listed = accept(client)
    assert "120 visites sans remarque" in counted
    assert "de 2 agents" in counted
    assert set(states(world, visits)) == {"accepted"}
    assert "120 visites sont acceptées" in listed
    assert "120 visites sont revenues" in undo(client, listed)
    assert set(states(world, visits)) == {None}


def links(page):
    return re.findall(r'href="(/desk/visits/[0-9a-f-]{36})', page)


def test_a_list_goes_on_and_back_and_says_how_many_there_are(tablet, client, person):
    for hours in range(1, 124):
        a_visit(tablet, person, hours)
    for _ in range(4):
        tablet.put("visit", commune_code=HOME, person_id=person.record_id, state="planned")
    tablet.sync()

    def step(page, word):
        address = re.search(rf'<a class="btn[^"]*" href="([^"]+{word}=[^"]+)"', page)
        return client.get(address[1].replace("&amp;", "&")).text if address else None

    pages = [client.get("/desk/visits?lang=fr").text]
    assert "127 visites" in pages[0]
    while (following := step(pages[-1], "after")) is not None:
        pages.append(following)
    back = [pages[-1]]
    while (before := step(back[-1], "before")) is not None:
        back.append(before)

    assert [len(links(page)) for page in pages] == [50, 50, 27]
    forwards = [one for page in pages for one in links(page)]
    assert len(set(forwards)) == 127
    backwards = [one for page in reversed(back) for one in links(page)]
    assert backwards == forwards


def test_a_total_is_bounded(client, world):
    table = world.database.tables.records["commune"]
    order = (table.c.id,)
    found = world.database.read(
        lambda records: lists.total(records, "commune", table.c.id != b"", order=order)
    )
    assert found == lists.Total(lists.COUNTED_MOST, is_more=True)
    assert lists.Total(600).plus(lists.Total(400)) == lists.Total(1_000)
    assert lists.Total(600).plus(lists.Total(401)).is_more


def test_a_filter_is_found_by_part_of_its_name_without_a_script(world, tablet, client, person):
    communes = [code for code in world_communes(world) if code.startswith("09.541")][:30]
    world.grant("amina", *communes)
    a_visit(tablet, person, 1)
    tablet.sync()
    page = client.get("/desk/visits?lang=fr&state=to_check&find_commune=guerd").text
    menu = re.search(r'<form class="menu-find".*?</details>', page, re.DOTALL)[0]
    assert 'name="state" value="to_check"' in menu
    assert re.findall(r"commune=([0-9.]+)", menu) == [HOME]
    assert '<details class="menu chip-menu" open>' in page
    chip = client.get(f"/desk/visits?lang=fr&commune={HOME}&state=to_check").text
    assert 'class="chip on" href="/desk/visits?state=to_check"' in chip


def world_communes(world):
    table = world.database.tables.records["commune"]
    found = world.database.read(lambda records: records.list("commune", table.c.id != b""))
    return [commune.values["code"] for commune in found]


def test_a_row_says_who_how_old_and_what_to_look_at(tablet, client):
    old = tablet.put(
        "person", commune_code=HOME, name_fr="Fadma Aït", name_ar="فاطمة", birth_year=1964
    )
    a_visit(tablet, old, 1, latitude=None, longitude=None)
    tablet.sync()
    page = client.get("/desk/visits?lang=fr").text
    assert "62 ans" in page
    assert "sans position" in page
    assert "فاطمة" in page


@pytest.mark.parametrize(
    "query",
    ["state=x", "flag=x", "after=x", "before=1.2", "act=x", "commune=" + "9" * 3000, "back=x"],
)
def test_an_address_that_nobody_made_is_a_sentence(client, query):
    assert client.get(f"/desk/visits?{query}").status_code in (200, 400)
    assert client.get(f"/desk/visits?{NEAR}&from=%00").status_code in (200, 400)


def test_a_list_from_which_a_visit_was_opened_may_be_anything(tablet, client, person):
    visit = a_visit(tablet, person, 1)
    tablet.sync()
    assert client.get(f"{url(visit)}?from=state%3Dto_check%26q%3Dfadma").status_code == 200
    assert client.get(f"{url(visit)}?from=state%3Dx").status_code == 400
    assert client.get(f"{url(visit)}?from=%D9%81").status_code == 400


def test_people_are_counted_filtered_and_gone_through_both_ways(world, tablet, client):
    world.grant("amina", NEAR)
    for number in range(60):
        sex = "female" if number % 3 else "male"
        tablet.put("person", commune_code=HOME, name_fr=f"Fadma {number}", sex=sex, birth_year=1990)
    tablet.sync()
    first = client.get("/desk/people?lang=fr").text
    assert "60 fiches" in first or re.search(r"\b60\b", first)
    onward = re.search(r'href="(/desk/people\?after=[^"]+)"', first)[1]
    second = client.get(onward).text
    back = re.search(r'href="(/desk/people\?before=[^"]+)"', second)[1]
    names = [re.findall(r"Fadma \d+", page) for page in (first, second, client.get(back).text)]
    assert (len(set(names[0])), len(set(names[1]))) == (50, 10)
    assert names[2] == names[0]
    assert "36 ans" in first
    women = client.get("/desk/people?sex=female&lang=fr").text
    assert re.search(r"\b40\b", women)
    assert 'class="chip on" href="/desk/people"' in women
    assert client.get(f"/desk/people?commune={NEAR}").status_code == 200
    assert client.get("/desk/people?after=x").status_code == 400
    assert (
        len(set(re.findall(r"Fadma \d+", client.get("/desk/people?q=fadma&sex=male").text))) == 20
    )


def test_points_are_counted_and_filtered(tablet, client):
    for number in range(55):
        kind = "branch" if number % 2 else "kiosk"
        tablet.put("contact_point", commune_code=HOME, name_fr=f"Relais {number}", kind=kind)
    tablet.sync()
    page = client.get("/desk/points?lang=fr").text
    assert "55 " in page
    assert "after=" in page
    assert "27 " in client.get("/desk/points?kind=branch&lang=fr").text
    assert "desk/points?kind=branch" in page


def test_requests_are_counted_filtered_and_gone_through_both_ways(tablet, client, person):
    for number in range(60):
        state = "submitted" if number % 2 else "draft"
        asked = {"commune_code": HOME, "person_id": person.record_id, "service": "credit"}
        tablet.put("application", state=state, **asked)
    tablet.sync()
    first = client.get("/desk/requests?lang=fr").text
    assert re.search(r"\b60\b", first)
    onward = re.search(r'href="(/desk/requests\?after=[^"]+)"', first)[1]
    second = client.get(onward).text
    back = client.get(re.search(r'href="(/desk/requests\?before=[^"]+)"', second)[1]).text
    rows = [page.count("<tr>") for page in (first, second, back)]
    assert rows == [51, 11, 51]
    assert re.search(r"\b30\b", client.get("/desk/requests?state=draft&lang=fr").text)
    assert client.get(f"/desk/requests?commune={NEAR}").status_code == 200
    assert client.get("/desk/requests?before=x").status_code == 400


@pytest.mark.parametrize("folder", ["visits", "people", "enterprises", "points", "requests"])
def test_a_list_of_nothing_counts_nothing(client, folder):
    page = client.get(f"/desk/{folder}?lang=fr").text
    assert "empty-state" in page
    assert not re.search(r">(?:Une? (?:visite|fiche|relais|demande)|0 demande)", page)


def test_more_than_one_waits_for_is_a_job_seen_and_taken_back_on_its_page(
    world, tablet, client, person, monkeypatch
):
    monkeypatch.setattr(many, "PRESS_MOST", 3)
    visits = [a_visit(tablet, person, hours) for hours in range(1, 6)]
    tablet.sync()
    runner = Runner(Ground(Settings.from_env({}), world.database))
    counted, page = accept(client)
    assert "Le serveur s" in counted
    assert "Accepter des visites" in page
    assert states(world, visits) == [None] * 5

    runner.run_due()
    page = client.get("/desk/jobs?lang=fr").text
    assert "Acceptées\u202f: 5" in page
    assert states(world, visits) == ["accepted"] * 5
    action = re.search(r'action="(/desk/visits/acts/\w+/undo)"', page)[1]
    assert post(client, action, "/desk/jobs").headers["location"] == "/desk/jobs"
    runner.run_due()
    page = client.get("/desk/jobs?lang=fr").text
    assert "Remises comme avant\u202f: 5" in page
    assert "/undo" not in page
    assert states(world, visits) == [None] * 5
    for language in ("fr", "ar"):
        page = client.get(f"/desk/jobs?lang={language}").text
        assert not re.search(r"\[[a-z]+\.[a-z._-]+\]", page)
