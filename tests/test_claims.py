"""A code from the portal, typed on a tablet: one record, whoever wrote what of it, and when."""

import re
from uuid import UUID

import pytest

from mobile_app.screens.claim.presenter import WAIT_MS, WRONG_MAX, ClaimPresenter
from server.portal import claims
from sync.rules.codes import ALPHABET, claim_code, claim_mark, parse_short_code
from sync.scopes import DAY_MS
from tests.doors.conftest import opened
from tests.mobile_app.scenes import linked
from tests.server.web.test_duplicate_pages import done_all
from tests.test_requests import PHONE, SAY, Walk
from tests.world import HOME, NEAR

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
WRONG = "K7M4-T2Q0"


@pytest.fixture
def walk(world, tmp_path):
    world.user("amina", HOME, role="regional_coordinator")
    world.user("one", HOME)
    world.user("two", HOME, NEAR)
    with opened(world, tmp_path, NUQTA_DEMO="1") as doors:
        walk = Walk(world, doors, tmp_path)
        walk.tablet.put("person", name_fr="Ali", commune_code=HOME)
        walk.tablet.sync()
        yield walk


def a_code(walk):
    """Ask for a code by the page. Returns it."""
    page = f"/portal/claim?of={UUID(bytes=walk.enterprise)}"
    shown = walk.portal.send(page, "/portal/claim", of=str(UUID(bytes=walk.enterprise)))
    assert shown.status_code == 200
    return re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", shown.text.split("claim-code")[1])[0]


def claims_of(walk):
    return walk.world.database.read(lambda records: records.list("claim"))


def enterprises(walk):
    table = walk.world.database.tables.records["enterprise"]
    return walk.world.database.read(
        lambda records: records.list("enterprise", table.c.survivor_id.is_(None))
    )


def test_a_code_has_eight_signs_without_o_and_i_and_checks_itself():
    code = claim_code(b"\xff" * 5)
    assert parse_short_code(code.lower().replace("-", " ")) == code
    assert len(code.replace("-", "")) == 8
    assert not set("OI") & set(ALPHABET)
    assert claim_mark(code) == claim_mark(code.lower()) != claim_mark(claim_code(b"\xfe" * 5))


def test_a_code_is_shown_once_sent_and_kept_by_its_mark_alone(walk):
    walk.register("bank-account")
    code = a_code(walk)
    assert code in walk.doors.get("/dev/outbox", {"cookie": "lang=fr"}).text
    (claim,) = claims_of(walk)
    assert claim.values["mark"] == claim_mark(code)
    assert code not in repr(claim.values)
    page = walk.portal.get(f"/portal/claim?of={UUID(bytes=walk.enterprise)}").text
    assert code not in page
    assert "/portal/claim?of=" in walk.portal.get("/portal/status").text


def test_a_new_code_ends_the_one_before_and_there_are_not_many(walk):
    walk.register("bank-account")
    first = a_code(walk)
    walk.world.now += 60_000
    a_code(walk)
    ended = {one.values["mark"]: one.values["expires_at"] for one in claims_of(walk)}
    assert ended[claim_mark(first)] == walk.world.now
    for _ in range(3):
        a_code(walk)
    of = str(UUID(bytes=walk.enterprise))
    page = f"/portal/claim?of={of}"
    assert walk.portal.send(page, "/portal/claim", of=of).status_code == 429


def test_nobody_gets_a_code_for_another_phones_enterprise(walk):
    walk.register("bank-account")
    other = walk.tablet.put("enterprise", name_fr="Autre", commune_code=HOME)
    walk.tablet.sync()
    record_id = getattr(other, "record_id", other)
    of = str(UUID(bytes=record_id))
    page = f"/portal/claim?of={UUID(bytes=walk.enterprise)}"
    assert walk.portal.get(f"/portal/claim?of={of}").status_code == 404
    assert walk.portal.send(page, "/portal/claim", of=of).status_code == 404
    assert claims_of(walk) == []


def test_a_known_code_opens_offline_what_the_portal_began_and_both_go_on(walk, tmp_path):
    walk.register("bank-account")
    code = a_code(walk)
    walk.tablet.sync()
    screen = ClaimPresenter(linked(walk.tablet, tmp_path))
    screen.look(code.lower())
    assert (screen.problem, screen.used) == ("", "")
    assert screen.title()[0] == "Coopérative Tamounte"
    assert [service for service, _ in screen.begun()] == [screen.context.service("bank-account")]
    found = screen.take()
    assert found == walk.enterprise
    walk.world.now += 60_000
    walk.tablet.put("enterprise", found, douar="Tamast")
    walk.tablet.sync()
    done_all(walk.world, "join-claims")
    (one,) = enterprises(walk)
    assert (one.values["phone"], one.values["douar"]) == (f"+212{PHONE[1:]}", "Tamast")
    screen.look(code)
    assert screen.used.startswith(screen.context.say("tablet.request.you"))


def test_an_unknown_code_is_kept_and_joined_at_the_server(walk, tmp_path):
    walk.register("bank-account")
    code = a_code(walk)
    screen = ClaimPresenter(linked(walk.tablet, tmp_path))
    screen.look(code)
    assert screen.is_unknown
    assert screen.keep(" ") == b""
    assert screen.name_problem
    made = screen.keep("Tamounte")
    walk.tablet.put("enterprise", made, douar="Tamast", members_total=30)
    walk.world.now += 60_000
    walk.tablet.sync()
    assert len(enterprises(walk)) == 2
    done_all(walk.world, "join-claims")
    (one,) = enterprises(walk)
    assert one.record_id == walk.enterprise
    assert one.values["name_fr"] == "Coopérative Tamounte"
    assert (one.values["douar"], one.values["members_total"]) == ("Tamast", 30)
    assert not walk.world.database.read(claims.waiting)
    walk.tablet.sync()
    screen.look(code)
    assert screen.found.record_id == walk.enterprise


def test_a_code_typed_after_its_end_joins_nothing(walk, tmp_path):
    walk.register("bank-account")
    code = a_code(walk)
    walk.world.now += (claims.CLAIM_DAYS + 1) * DAY_MS
    walk.tablet.sync()
    screen = ClaimPresenter(linked(walk.tablet, tmp_path))
    screen.look(code)
    assert screen.keep("Tamounte")
    walk.tablet.sync()
    done_all(walk.world, "join-claims")
    assert len(enterprises(walk)) == 2


def test_a_code_joins_only_what_the_same_agent_wrote_down(walk):
    walk.register("bank-account")
    code = a_code(walk)
    theirs = walk.tablet.put("enterprise", name_fr="Autre", commune_code=HOME)
    walk.tablet.sync()
    thief = walk.world.tablet("two")
    thief.sync()
    record_id = getattr(theirs, "record_id", theirs)
    thief.put(
        "claim", commune_code=HOME, enterprise_id=record_id, mark=claim_mark(code), kind="typed"
    )
    thief.sync()
    done_all(walk.world, "join-claims")
    assert len(enterprises(walk)) == 2
    (task,) = walk.world.database.read(lambda records: records.list("task"))
    assert (task.values["kind"], task.values["enterprise_id"]) == ("verification", walk.enterprise)
    assert (
        SAY("portal.claim.refused").replace("'", "&#39;")
        in walk.clerk("amina").get("/desk/tasks").text
    )


def test_who_types_one_code_after_the_other_joins_nothing_by_the_one_that_fits(walk):
    walk.register("bank-account")
    code = a_code(walk)
    own = walk.tablet.put("enterprise", name_fr="Autre", commune_code=HOME).record_id
    same = {"commune_code": HOME, "enterprise_id": own, "kind": "typed"}
    for number in range(claims.TYPED_A_DAY_MAX):
        walk.tablet.put("claim", mark=f"{number:032x}", **same)
    walk.tablet.put("claim", mark=claim_mark(code), **same)
    walk.tablet.sync()
    done_all(walk.world, "join-claims")
    assert len(enterprises(walk)) == 2
    (task,) = walk.world.database.read(lambda records: records.list("task"))
    assert (task.values["kind"], task.values["enterprise_id"]) == ("verification", walk.enterprise)


def test_five_wrong_codes_wait(walk, tmp_path):
    walk.register("bank-account")
    code = a_code(walk)
    walk.tablet.sync()
    screen = ClaimPresenter(linked(walk.tablet, tmp_path))
    for _ in range(WRONG_MAX):
        screen.look(WRONG)
        assert screen.problem
    screen.look(code)
    assert screen.found is None
    assert screen.minutes_to_wait() == WAIT_MS // 60_000
    walk.tablet.pass_time(WAIT_MS + 1_000)
    screen.look(code)
    assert screen.found.record_id == walk.enterprise
