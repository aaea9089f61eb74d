"""Somebody's own file on the portal: who is near, who looked, a copy, a complaint, the way out."""

from uuid import UUID

import pytest

from server.audit.log import seal
from server.db.events import Action, Event
from server.db.work import Author
from server.exchange.complaints import due_of
from tests import test_requests
from tests.doors.conftest import opened
from tests.test_requests import PHONE, SAY, Walk
from tests.world import FAR, HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
browsing = test_requests.browsing
WORDS = "On m'a demandé un acte de mariage."


@pytest.fixture
def walk(world, tmp_path):
    world.user("amina", HOME, role="regional_coordinator")
    world.user("one", HOME)
    world.user("two", FAR)
    with opened(world, tmp_path, NUQTA_DEMO="1") as doors:
        yield Walk(world, doors, tmp_path)


def address(walk, path="/portal/file"):
    return f"{path}?of={UUID(bytes=walk.enterprise)}"


def insert(walk, entity, **values):
    return walk.world.database.write(
        lambda work: work.insert(entity, values, Author(walk.world.agent("one"))).record_id
    )


def test_who_is_near_is_named_with_hours_and_nobody_elses(walk):
    walk.register("bank-account")
    point = {"kind": "branch", "status": "active"}
    insert(
        walk, "contact_point", commune_code=HOME, name_fr="Relais", hours="Th 09:00-13:00", **point
    )
    insert(walk, "contact_point", commune_code=FAR, name_fr="Loin", **point)
    page = walk.portal.get(address(walk)).text
    assert "Relais" in page
    assert "09:00" in page
    assert "Loin" not in page
    near = page.split(SAY("portal.near"))[1].split(SAY("portal.complaint"))[0]
    assert near.count(SAY("portal.near.agent")) == 1


def test_who_looked_is_said_by_name_and_role(walk):
    walk.register("bank-account")
    assert SAY("portal.looked.none").replace("'", "&#39;") in walk.portal.get(address(walk)).text
    by, now = walk.world.agent("amina"), walk.world.now
    event = Event(now, Action.VIEW, by, "enterprise", walk.enterprise, walk.enterprise)
    walk.world.database.write(lambda work: seal(work, "test", {1: event}))
    page = walk.portal.get(address(walk)).text.split(SAY("portal.looked"))[1]
    assert SAY("agent.role.regional_coordinator") in page


def test_a_copy_has_all_of_it_and_no_mark_of_a_code(walk):
    requests = walk.register("bank-account")
    walk.bring("CNIE")
    of = str(UUID(bytes=walk.enterprise))
    walk.portal.send(f"/portal/claim?of={of}", "/portal/claim", of=of)
    answer = walk.portal.get(address(walk, "/portal/file/copy.json"))
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found["enterprise"]["phone"] == f"+212{PHONE[1:]}"
    (request,) = found["application"]
    assert request["id"] == str(UUID(bytes=requests["bank-account"]))
    assert [one["type"] for one in found["document"]] == ["CNIE"]
    assert found["document"][0]["taken_at"].startswith("20")
    assert [one["purpose"] for one in found["consent"]] == ["programme_record"]
    assert "claim" not in found


def test_a_complaint_is_kept_once_with_its_day(walk):
    walk.register("bank-account")
    of, post = str(UUID(bytes=walk.enterprise)), "/portal/file/complaint"
    empty = walk.portal.send(address(walk), post, of=of, about="paper", words=" ")
    assert empty.status_code == 422
    for _ in range(2):
        told = walk.portal.send(address(walk), post, of=of, about="paper", words=WORDS)
        assert SAY("portal.complaint.told") in told.text
    (task,) = walk.world.database.read(lambda records: records.list("task"))
    assert (task.values["kind"], task.values["notes"]) == ("complaint", WORDS)
    assert task.values["enterprise_id"] == walk.enterprise
    assert task.values["due_on"] == due_of(HOME, walk.world.now)


def test_nobody_elses_file_is_shown_copied_or_complained_in(walk):
    walk.register("bank-account")
    theirs = str(UUID(bytes=insert(walk, "enterprise", commune_code=HOME, name_fr="Autre")))
    for path in ("/portal/file", "/portal/file/copy.json"):
        assert walk.portal.get(f"{path}?of={theirs}").status_code == 404
    said = {"of": theirs, "about": "paper", "words": WORDS}
    assert walk.portal.send(address(walk), "/portal/file/complaint", **said).status_code == 404
    assert walk.world.database.read(lambda records: records.list("task")) == []


def test_signing_out_everywhere_ends_every_telephone(walk):
    walk.register("bank-account")
    walk.world.now += 60_000
    other = walk.enter_portal()
    assert other.get("/portal/status").status_code == 200
    walk.portal.send(address(walk), "/portal/file/sign-out")
    for browser in (walk.portal, other):
        assert browser.get("/portal/status").status_code == 303


def test_what_waits_for_the_applicant_comes_first(walk):
    requests = walk.register("bank-account", "rna", "advisory")
    walk.bring("CNIE", "LAND", "ADDRESS")
    for service in ("bank-account", "rna"):
        walk.file(requests[service])
    page = walk.portal.get("/portal/status").text
    at = {service: page.index(str(UUID(bytes=one))) for service, one in requests.items()}
    assert min(at, key=at.get) == "advisory"


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_file_code_and_status_can_be_seen(walk, browsing, language):
    walk.register("bank-account", "rna")
    point = {"kind": "branch", "status": "active", "hours": "Th 09:00-13:00"}
    insert(walk, "contact_point", commune_code=HOME, name_fr="Relais", name_ar="محطة", **point)
    said = {"of": str(UUID(bytes=walk.enterprise)), "about": "paper", "words": WORDS}
    walk.portal.send(address(walk), "/portal/file/complaint", **said)
    for name, path in (
        ("portal-file", address(walk)),
        ("portal-claim", address(walk, "/portal/claim")),
        ("portal-own-status", "/portal/status"),
        ("portal-register", "/portal/register"),
    ):
        browsing(name, walk.portal, path, language)
