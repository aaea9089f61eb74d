"""Every route of the app asked by every role, for its own region and another."""

import re
from html import unescape
from uuid import UUID

import pytest
import sqlalchemy as sa
from litestar import Litestar, get

from server.accounts import commands, enrolment, standing
from server.accounts.standing import Standing
from server.app import RightMissing, require_rights
from server.cli.main import parser
from server.db.work import Author
from server.phrases import load_phrases
from server.rights import ACCOUNT_ROLES, ACTORS, MATRIX, OPERATOR, PUBLIC, Reach, Right, reach_of
from server.web.shell import DESTINATIONS
from sync.entities.agent import RETIRED_ROLES, ROLES
from tests.doors.conftest import FILES, HEARD, address_of, login_of
from tests.doors.conftest import ROLES as ACCOUNTS
from tests.world import FAR, HOME, NEAR

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)

ELSEWHERE = {
    *FILES,  # a file is its bringer's alone
    "/desk/recordings/{record_id:str}",
    *(f"{one}/{{record_id:str}}" for one in HEARD),
    "/desk/photos/{record_id:str}",
    "/desk/photos/{record_id:str}/small",
    "/desk/photos/papers/{record_id:str}",
    "/desk/photos/papers/{record_id:str}/small",
    "/desk/queue/{record_id:str}/printed/{paper:str}",
}
"""Routes whose record is reached and yet not there: sound and picture have not come, no answer."""


def pages(app, method):
    """Return the desk's routes as (path, right), from the app itself."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if method in handler.http_methods and route.path.startswith("/desk"):
                right = handler.opt.get("right")
                if right is not None and right is not Right.OPEN:
                    found.append((route.path, right))
    return found


def knocks(doors, route):
    """Return the (address, place) to ask a route at: once, where it names no record."""
    both = [(address_of(route, place), place) for place in (doors.own, doors.other)]
    return both if both[0][0] else both[:1]


def may_enter(role, right):
    return Reach.NONE not in (reach_of(role, Right.USE_DESK), reach_of(role, right))


def reaches(role, right, route, place):
    """Whether a role's right reaches the sample record of a place, by what the matrix says."""
    reach, is_own = reach_of(role, right), place.place == "home"
    if reach is Reach.POINT:  # the sample visit, and who was met there, are of the own point
        at_point = (
            "/desk/visits",
            "/desk/people",
            "/desk/points",
            "/desk/holdings",
            "/desk/recordings",
            "/desk/photos",
        )
        at_point += tuple(
            f"/desk/history/{one}" for one in ("visit", "person", "contact_point", "holding")
        )
        return is_own and route.startswith(at_point)
    if reach is Reach.ORGANISATION:  # what was asked for at home was passed on to the bank
        asked = (
            "/desk/history/application",
            "/desk/requests",
            "/desk/queue",
            "/desk/photos/papers",
        )
        return is_own and route.startswith(asked)
    if right is Right.ANSWER_REQUESTS and route.startswith("/desk/queue"):
        return False  # coordinators answer what the programme itself decides
    return reach is Reach.ALL or (reach is Reach.REGIONS and is_own)


def test_pages_open_for_whom_the_matrix_says_and_nobody_else(doors):
    asked = 0
    for role in ACCOUNTS:
        headers, _ = doors.sign_in(login_of(role))
        for route, right in pages(doors.app, "GET"):
            for address, place in knocks(doors, route):
                assert address or "{" not in route, f"{route}: give the doors a sample of it"
                answer = doors.get(address or route, headers)
                if not may_enter(role, right):
                    wanted = 403
                elif address and not reaches(role, right, route, place):
                    wanted = 404
                else:
                    wanted = 404 if route in ELSEWHERE else 200
                assert answer.status_code == wanted, (role, route, place.place)
                asked += 1
    assert asked > 300


def test_forms_are_taken_from_whom_the_matrix_says_and_change_nothing_for_others(doors):
    forms = {
        "/desk/devices/{device_id:int}": {"act": "leave"},
        "/desk/devices/{device_id:int}/pin": {"number": "3"},
    }
    before = everything(doors.world)
    for role in ACCOUNTS:
        headers, token = doors.sign_in(login_of(role))
        for route, right in pages(doors.app, "POST"):
            if route == "/desk/sign-out":
                continue
            for address, place in knocks(doors, route):
                form = {"agent": place.agent.hex(), **forms.get(route, {})}
                is_open = may_enter(role, right)
                if is_open and (address is None or reaches(role, right, route, place)):
                    continue
                answer = doors.post(address or route, headers, _csrf_token=token, **form)
                assert answer.status_code == (404 if is_open else 403), (role, route, place.place)
    assert everything(doors.world) == before


def test_those_who_may_can(doors):
    headers, token = doors.sign_in("regional-coordinator")
    for route, wanted in (
        ("/desk/people/{record_id:str}", 303),
        ("/desk/points/{point_id:str}", 303),
        ("/desk/devices/{device_id:int}", 303),
        ("/desk/devices/{device_id:int}/pin", 200),
        ("/desk/reviews/{text:str}", 303),
        ("/desk/reviews/held/{text:str}", 303),
    ):
        form = {
            "act": "dismiss" if "held" in route else "leave",
            "reason": "vu",
            "number": "1",
            "decision": "theirs",
            "seen_rev": "1",
        }
        answer = doors.post(address_of(route, doors.own), headers, _csrf_token=token, **form)
        assert answer.status_code == wanted, route
    agent = doors.own.agent.hex()
    made = doors.post("/desk/devices/code", headers, _csrf_token=token, agent=agent)
    assert made.status_code == 200


def everything(world):
    """Return all that the forms could change."""
    tables = world.database.tables
    watched = [*tables.records.values(), tables.device, tables.device_order, tables.enrol_code]
    watched += [tables.held, tables.account, tables.grant]

    def read(records):
        return {
            one.name: sorted(map(repr, records.connection.execute(sa.select(one)).all()))
            for one in watched
        }

    return world.database.read(read)


@pytest.mark.parametrize(
    ("role", "own"),
    [
        ("ministry_observer", ()),
        ("administrator", ()),
        ("back_office", ("Fatima",)),  # who asked for an account
        ("regional_coordinator", ("Fatima", "Coop", "note", "spoken", "Fatna", "Held")),
        ("point_manager", ("Fatima", "note", "spoken")),
    ],
)
def test_no_page_shows_a_name_that_is_not_ones_own(doors, role, own):
    # Across the border: a visit and a request at home of somebody who lives elsewhere.
    world = doors.world
    if role != "point_manager":  # who has met them there
        world.change("visit", doors.own.visit, enterprise_id=doors.other.enterprise)
    headers, _ = doors.sign_in(login_of(role))
    seen = ""
    for route, _ in pages(doors.app, "GET"):
        for address, _ in knocks(doors, route):
            answer = doors.get(address or route, headers)
            if answer.status_code == 200:
                seen += answer.text
    for word in ("Fatima", "Coop", "note", "spoken", "Fatna", "Held"):
        assert f"{word}-far" not in seen, word
        assert (f"{word}-home" in seen) is (word in own), word


def test_a_route_without_a_right_does_not_start():
    def page() -> str:
        return "open"

    page.__module__ = "server.rights"  # as one of ours
    with pytest.raises(RightMissing, match=r"/forgotten: names no right; write `right=Right\.…`"):
        require_rights(Litestar(route_handlers=[get("/forgotten", sync_to_thread=False)(page)]))


def test_a_route_whose_right_nobody_has_does_not_start(monkeypatch):
    def page() -> str:
        return "open"

    page.__module__ = "server.rights"
    rest = {right: row for right, row in MATRIX.items() if right is not Right.SEE_POINTS}
    monkeypatch.setattr("server.app.MATRIX", rest)
    named = get("/new", right=Right.SEE_POINTS, sync_to_thread=False)(page)
    with pytest.raises(RightMissing, match=r"/new: .* lacks the line `see_points` of `MATRIX`"):
        require_rights(Litestar(route_handlers=[named]))


def test_the_menu_leads_to_pages_that_who_sees_it_may_open(doors):
    rights = dict(pages(doors.app, "GET"))
    for place in DESTINATIONS:
        assert place.url in rights, f"{place.code}: DESTINATIONS names a page that is not there"
        assert rights[place.url] is place.right, f"{place.code}: its page wants {rights[place.url]}"
        for language in ("fr", "ar"):
            name = load_phrases(language).say(f"desk.nav.{place.code}")
            assert not name.startswith("["), f"desk.po ({language}) lacks desk.nav.{place.code}"


def test_every_command_has_a_right_that_the_operator_has():
    (choices,) = (one.choices for one in parser()._actions if one.choices)
    rights = {name: one.get_default("right") for name, one in choices.items()}
    assert len(rights) > 20
    assert all(reach_of(OPERATOR, right) is Reach.ALL for right in rights.values())
    assert rights["set-role"] is Right.MANAGE_ACCOUNTS


def test_the_matrix_names_every_right_and_only_roles_that_there_are():
    assert set(MATRIX) == set(Right)
    assert {actor for row in MATRIX.values() for actor in row} <= set(ACTORS)
    assert set(ACCOUNT_ROLES) < set(ACTORS)
    assert set(ROLES) - set(ACCOUNT_ROLES) == set(RETIRED_ROLES)
    assert [right for right in Right if reach_of(PUBLIC, right) is not Reach.NONE] == [Right.OPEN]


@pytest.mark.parametrize("right", [Right.SEE_PEOPLE, Right.SEE_VISITS, Right.SEE_REVIEWS])
def test_who_sees_aggregates_alone_sees_no_name(right):
    for role in ("ministry_observer", "administrator"):
        assert reach_of(role, right) is Reach.NONE


def test_an_auditor_changes_nothing():
    changing = {
        Right.CHANGE_PEOPLE,
        Right.CHANGE_POINTS,
        Right.DECIDE,
        Right.ORDER_TABLETS,
        Right.OPEN_TABLETS,
        Right.MANAGE_ACCOUNTS,
    }
    assert all(reach_of("auditor", right) is Reach.NONE for right in changing)


def test_a_right_ends_at_the_next_click(doors):
    world = doors.world
    headers, _ = doors.sign_in("regional-coordinator")
    own = address_of("/desk/people/{record_id:str}", doors.own)
    assert doors.get(own, headers).status_code == 200
    world.revoke("regional-coordinator", HOME)
    assert doors.get(own, headers).status_code == 404
    world.grant("regional-coordinator", HOME)
    assert doors.get(own, headers).status_code == 200
    agent = world.agent("regional-coordinator")
    world.database.write(lambda work: commands.set_role(work, agent, "ministry_observer"))
    assert doors.get(own, headers).status_code == 403
    assert world.get("agent", agent)["role"] == "ministry_observer"
    world.database.write(lambda work: commands.set_status(work, agent, "disabled"))
    gone = doors.get("/desk", headers)
    assert (gone.status_code, gone.headers["location"]) == (303, "/desk/sign-in")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, 200),
        ({"grant": FAR}, 403),  # may read more than the coordinator
        ({"grant": NEAR}, 403),
        ({"grant": FAR, "revoke": HOME}, 422),  # of another region by now
        ({"revoke": HOME}, 422),
        ({"role": "administrator"}, 422),  # carries no tablet
        ({"role": "programme_manager"}, 403),
        ({"status": "disabled"}, 422),
    ],
)
def test_nobody_makes_a_code_for_one_who_may_do_more(doors, changes, wanted):
    world, agent = doors.world, doors.own.agent
    if "grant" in changes:
        world.grant("agent.home", changes["grant"])
    if "revoke" in changes:
        world.revoke("agent.home", changes["revoke"])
    if "role" in changes:
        world.database.write(lambda work: commands.set_role(work, agent, changes["role"]))
    if "status" in changes:
        world.database.write(lambda work: commands.set_status(work, agent, changes["status"]))
    headers, token = doors.sign_in("regional-coordinator")
    form = {"_csrf_token": token, "agent": agent.hex()}
    assert doors.post("/desk/devices/code", headers, **form).status_code == wanted
    offered = agent.hex() in doors.get("/desk/devices", headers).text
    assert offered is (wanted == 200)
    if wanted == 403 and "role" not in changes:
        pin = address_of("/desk/devices/{device_id:int}/pin", doors.own)
        assert doors.post(pin, headers, _csrf_token=token, number="1").status_code == 403


@pytest.mark.parametrize(
    ("has_far", "then", "wanted"),
    [
        (False, "disable", 200),
        (False, "revoke", 200),
        (True, "disable", 403),
        (True, "revoke", 403),
        (True, "revoke and exchange", 200),
    ],
)
def test_a_tablet_is_opened_by_who_may_see_what_is_still_on_it(
    doors_and_tablets, has_far, then, wanted
):
    """An account that is closed, or a grant that ended, takes nothing from a tablet out there."""
    doors = doors_and_tablets
    world, tablet = doors.world, doors.world.tablets[0]
    if has_far:
        world.grant("agent.home", FAR)
        tablet.sync()
    if then == "disable":
        agent = doors.own.agent
        world.database.write(lambda work: commands.set_status(work, agent, "disabled"))
    elif then == "revoke":
        world.revoke("agent.home", FAR, HOME)
    else:
        world.revoke("agent.home", FAR)
        tablet.sync()
    headers, token = doors.sign_in("regional-coordinator")
    pin = address_of("/desk/devices/{device_id:int}/pin", doors.own)
    assert doors.post(pin, headers, _csrf_token=token, number="1").status_code == wanted


@pytest.mark.parametrize("decision", ["mine", "theirs", "other"])
def test_a_review_reaches_no_record_that_has_left_for_another_region(doors, decision):
    world = doors.world
    world.change("person", doors.own.person, commune_code=FAR)
    before = world.get("person", doors.own.person)
    headers, token = doors.sign_in("regional-coordinator")
    review = address_of("/desk/reviews/{text:str}", doors.own)
    form = {"_csrf_token": token, "decision": decision, "value": "Autre", "seen_rev": "9999"}
    assert doors.post(review, headers, **form).status_code == 404
    assert world.get("person", doors.own.person) == before
    headers, token = doors.sign_in("programme-manager")
    assert doors.post(review, headers, **{**form, "_csrf_token": token}).status_code == 303


@pytest.mark.parametrize(("to", "wanted"), [(FAR, 422), (HOME, 303)])
def test_a_review_brings_no_record_to_another_region(doors, to, wanted):
    world = doors.world
    of_place = {
        **world.get("review", doors.own.review),
        "field": "commune_code",
        "mine": NEAR,
        "theirs": HOME,
    }
    made = world.database.write(lambda work: work.insert("review", of_place, Author(None)))
    headers, token = doors.sign_in("regional-coordinator")
    review = f"/desk/reviews/{UUID(bytes=made.record_id)}"
    form = {"_csrf_token": token, "decision": "other", "value": to, "seen_rev": "9999"}
    assert doors.post(review, headers, **form).status_code == wanted
    assert world.get("person", doors.own.person)["commune_code"] == HOME


def test_the_administrator_opens_no_tablet_and_may_empty_one(doors):
    headers, token = doors.sign_in("administrator")
    page = doors.get(f"/desk/devices/{doors.own.device}", headers).text
    assert "/pin" not in page
    assert 'value="leave"' in page
    with pytest.raises(standing.AboveOwnRights):
        doors.world.database.write(
            lambda work: enrolment.make_code(work, doors.own.agent, Standing("administrator"))
        )
    answer = doors.post(
        f"/desk/devices/{doors.own.device}", headers, _csrf_token=token, act="leave"
    )
    assert answer.status_code == 303


def test_who_ordered_what_of_a_tablet_stays_written(doors):
    headers, token = doors.sign_in("regional-coordinator")
    address = f"/desk/devices/{doors.own.device}"
    doors.post(address, headers, _csrf_token=token, act="leave")
    headers, token = doors.sign_in("programme-manager")
    doors.post(address, headers, _csrf_token=token, act="withdraw")
    page = doors.get(address, headers).text
    orders = re.search(r"Ordres donnés(.*?)</section>", page, re.DOTALL)[1]
    assert orders.index("programme-manager") < orders.index("regional-coordinator")


def test_small_counts_are_hidden_from_who_sees_aggregates(doors):
    observer, _ = doors.sign_in("ministry-observer")
    page = doors.get("/desk", observer).text
    assert "moins de 10" in page
    assert "Trop peu de visites" in page
    assert "/desk/devices" not in page
    coordinator, _ = doors.sign_in("regional-coordinator")
    assert "moins de 10" not in doors.get("/desk", coordinator).text


def test_the_page_of_rights_is_the_matrix(doors):
    headers, _ = doors.sign_in("auditor")
    for language in ("fr", "ar"):
        page = doors.get(f"/desk/rights?lang={language}", headers).text
        assert not re.search(r"\[[a-z]+\.[a-z._]+\]", page)
        say = load_phrases(language).say
        shown = set()
        for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)[1:]:
            cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
            who, reach, rights = (unescape(re.sub("<[^>]+>", "", one)) for one in cells)
            shown |= {(who, reach, one.strip(" \u200f")) for one in rights.split("·")}
        assert shown == {
            (
                say(f"agent.role.{actor}" if actor in ROLES else f"actor.{actor}"),
                say(f"reach.{reach.value}"),
                say(f"right.{right}"),
            )
            for right, row in MATRIX.items()
            for actor, reach in row.items()
            if right is not Right.OPEN and reach is not Reach.NONE
        }
        own = re.findall(r'<tr class="selected" aria-current="true">.*?</tr>', page, re.DOTALL)
        assert own
        assert all(say("agent.role.auditor") in one for one in own)
        assert page.index(own[0]) == page.index("<tr", page.index("<tbody"))
