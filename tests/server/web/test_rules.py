"""Many conflicts by a rule: shown before, done as shown, undone where nobody went on."""

import re

import pytest

from server.exchange import decide
from tests.server.web.test_deciding_pages import a_person
from tests.stories import LANGUAGES, story
from tests.world import FAR, HOME, World

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)


@pytest.fixture
def world(world_url, tmp_path):
    """On either database: what is decided and undone is written in several transactions."""
    with World(world_url, tmp_path / "files", is_furnished=True) as world:
        world.user("amina", HOME, role="regional_coordinator")
        world.user("one", HOME)
        world.user("two", FAR, HOME)
        yield world


@pytest.fixture
def conflicts(world, tablet):
    """Three phones that two agents have changed; the first tablet's come second and are later."""
    there = world.tablet("two")
    people = [a_person(tablet, phone="+212600000000", name_fr=name) for name in ("A", "B", "C")]
    tablet.sync()
    there.sync()
    for at, person in enumerate(people):
        there.put("person", person, phone=f"+21261111111{at}")
    there.sync()
    tablet.pass_time(60_000)
    world.now += 60_000
    for at, person in enumerate(people):
        tablet.put("person", person, phone=f"+21262222222{at}")
    tablet.sync()
    return people


def phones(world, people):
    return [world.get("person", person)["phone"][:7] for person in people]


def shown(client, query="kind=conflict&field=person.phone&rule=later"):
    page = client.get(f"/desk/decisions?{query}&lang=fr").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    return page, re.findall(r'name="row" value="([^"]+)"', page), token


def run(client, rows, token, query="kind=conflict&field=person.phone"):
    form = {"row": rows, "rule": "later", "_csrf_token": token}
    return client.post(f"/desk/decisions?{query}", data=form, follow_redirects=False)


def undo(client, answer, token):
    act = re.search(r"act=([0-9a-f]{32})", answer.headers["location"])[1]
    return client.post(
        f"/desk/reviews/acts/{act}/undo", data={"_csrf_token": token}, follow_redirects=False
    )


def test_a_rule_is_shown_done_and_undone(world, tablet, client, conflicts):
    page, rows, token = shown(client)
    assert "3 seront décidées" in page
    assert len(rows) == 3
    assert phones(world, conflicts) == ["+212611"] * 3  # nothing is done by looking

    answer = run(client, rows, token)

    assert "decided=3&left=0" in answer.headers["location"]
    assert phones(world, conflicts) == ["+212622"] * 3
    notes = [
        one.values["notes"] for one in world.database.read(lambda records: records.list("review"))
    ]
    assert notes == ["rule:later"] * 3
    assert "3 questions décidées" in client.get(answer.headers["location"]).text

    undo(client, answer, token)

    assert phones(world, conflicts) == ["+212611"] * 3
    assert len(shown(client)[1]) == 3


def test_only_what_was_ticked_is_decided(world, client, conflicts):
    _, rows, token = shown(client)
    run(client, rows[:1], token)
    assert phones(world, conflicts).count("+212622") == 1
    assert len(shown(client)[1]) == 2


def test_what_somebody_changed_meanwhile_is_left(world, client, conflicts):
    _, rows, token = shown(client)
    world.change("person", conflicts[1], phone="+212633333333")
    answer = run(client, rows, token)
    assert "decided=2&left=1" in answer.headers["location"]
    assert phones(world, conflicts) == ["+212622", "+212633", "+212622"]


def test_an_undo_leaves_what_somebody_changed_since(world, client, conflicts):
    _, rows, token = shown(client)
    answer = run(client, rows, token)
    world.change("person", conflicts[0], phone="+212644444444")
    undone = undo(client, answer, token)
    assert phones(world, conflicts) == ["+212644", "+212611", "+212611"]
    assert "left=1" in undone.headers["location"]


def test_two_who_run_one_rule_at_once_decide_each_once(world, client, conflicts):
    _, rows, token = shown(client)
    first, second = run(client, rows, token), run(client, rows, token)
    assert "decided=3&left=0" in first.headers["location"]
    assert "decided=0&left=3" in second.headers["location"]


def test_the_agent_of_the_commune_is_kept_where_the_other_is_not(world, client, conflicts):
    world.revoke("two", HOME)
    page, rows, _ = shown(client, "kind=conflict&rule=commune")
    assert [row.rpartition(".")[2] for row in rows] == ["mine"] * 3
    world.grant("two", HOME)
    page, rows, _ = shown(client, "kind=conflict&rule=commune")
    assert rows == []
    assert "ne dit rien" in page


def test_who_saw_the_card_that_day_is_kept(world, tablet, client, conflicts):
    visit = tablet.put(
        "visit", commune_code=HOME, person_id=conflicts[2], started_at=world.now, state="ended"
    )
    photo = {"commune_code": HOME, "visit_id": visit.record_id, "purpose": "identity"}
    tablet.put("photo", **photo, taken_at=world.now, size_bytes=9, sha256="0" * 64)
    tablet.sync()
    opened = re.findall(r'href="(/desk/reviews/[0-9a-f-]{36})"', client.get("/desk/reviews").text)
    pages = [client.get(f"{address}?lang=fr").text for address in opened]
    assert sum("Ce que l&#39;on sait" in page for page in pages) == 1  # whose photo it is
    _, rows, _ = shown(client, "kind=conflict&rule=card")
    assert [row.rpartition(".")[2] for row in rows] == ["mine"]


def test_one_decision_is_undone_too(world, client, conflicts):
    page = client.get("/desk/reviews?kind=conflict&lang=fr").text
    address = re.search(r'href="(/desk/reviews/[0-9a-f-]{36})"', page)[1]
    one = client.get(f"{address}?lang=fr").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', one)[1]
    seen = re.search(r'name="seen_rev" value="(\d+)"', one)[1]
    form = {"decision": "mine", "seen_rev": seen, "_csrf_token": token}
    answer = client.post(address, data=form, follow_redirects=False)
    assert phones(world, conflicts).count("+212622") == 1
    assert 'class="undo"' in client.get(answer.headers["location"]).text
    undo(client, answer, token)
    assert phones(world, conflicts) == ["+212611"] * 3
    assert "1 sur 3" in client.get(f"{address}?lang=fr").text


def test_rows_that_no_page_of_ours_has_are_refused(client, conflicts):
    _, rows, token = shown(client)
    for wrong in ("x", f"{rows[0]}x", rows[0].replace("mine", "other")):
        assert run(client, [wrong], token).status_code == 400
    assert run(client, rows[:1] * 201, token).status_code == 400


def test_held_records_of_one_reason_are_accepted_together(world, client):
    world.user("three", HOME)
    there = world.tablet("three")
    people = [a_person(there, commune_code=FAR, name_fr=name) for name in ("A", "B")]
    wrong = a_person(there, commune_code="99.999.99.99", name_fr="C")
    there.sync()

    query = "kind=held&code=commune_outside_province"
    _, rows, token = shown(client, query)
    answer = run(client, rows, token, query)

    assert "decided=2&left=0" in answer.headers["location"]
    assert [world.get("person", person)["name_fr"] for person in people] == ["A", "B"]
    query = "kind=held&code=commune_unknown"
    _, rows, token = shown(client, query)
    assert len(rows) == 1
    assert "decided=0&left=1" in run(client, rows, token, query).headers["location"]
    assert world.database.read(lambda records: records.find("person", wrong)) is None


def test_who_only_looks_decides_nothing_by_a_rule(world, client, conflicts):
    _, rows, token = shown(client)
    world.user("audit", role="auditor")
    client.post("/desk/sign-in", data={"login": "audit", "password": "password1"})
    assert client.get("/desk/decisions?kind=conflict").status_code == 403
    assert run(client, rows, token).status_code == 403


@pytest.mark.browser
@pytest.mark.slow
@story(0, language=LANGUAGES)
def test_what_a_rule_would_do_can_be_seen(world, conflicts, browse, language):
    with browse(language) as (page, picture):
        page.goto(f"/desk/decisions?kind=conflict&field=person.phone&rule=later&lang={language}")
        picture("rule")
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"/desk/decisions?kind=conflict&field=person.phone&rule=later&lang={language}")
        page.click("main form .btn-main")
        page.wait_for_url(re.compile("decided=3"))
        picture("rule-done")
        page.click("form.undo button")
        page.wait_for_url(re.compile("back="))
    assert phones(world, conflicts) == ["+212611"] * 3


def test_one_whose_value_cannot_be_is_left_and_the_others_are_decided(
    world, client, conflicts, monkeypatch
):
    mine_of = decide.mine_of

    def too_long(records, review):  # as a newer app may have sent it
        of_first = review.values["record_id"] == conflicts[0]
        return "9" * 999 if of_first else mine_of(records, review)

    monkeypatch.setattr(decide, "mine_of", too_long)
    _, rows, token = shown(client)
    answer = run(client, rows, token)
    assert answer.status_code == 303
    assert "decided=2&left=1" in answer.headers["location"]
    assert phones(world, conflicts) == ["+212611", "+212622", "+212622"]
    assert undo(client, answer, token).status_code == 303
    assert phones(world, conflicts) == ["+212611"] * 3
