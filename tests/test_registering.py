"""Registering on the portal step by step: farmers and people as well as enterprises."""

import re
from uuid import UUID

import pytest

from server.db.work import Author
from server.jobs.job import Ground
from server.jobs.runner import Runner
from server.settings import Settings
from tests import test_requests
from tests.doors.conftest import opened
from tests.test_requests import PHONE, Walk
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
browsing = test_requests.browsing
URL = "/portal/register"
PAGE_BYTES_MAX = 15_000
FARMER = {
    "who": {"kind": "farmer", "name": "Zahra Amlal"},
    "identity": {"sex": "female", "birth_year": "1984", "phone_owner": "self"},
    "province": {"province": HOME[:6]},
    "commune": {"commune_code": HOME, "douar": "Tamast"},
    "farm": {
        "tenure": "owned",
        "area_ha": "2,5",
        "season": "2026",
        "crops": "olive",
        "sheep": "12",
    },
    "services": {"services": ["rna", "amo"]},
    "consents": {"consent_programme_record": "yes", "consent_contact_sms": "no"},
}


@pytest.fixture
def walk(world, tmp_path):
    world.user("amina", HOME, role="regional_coordinator")
    world.user("one", HOME)
    with opened(world, tmp_path, NUQTA_DEMO="1") as doors:
        yield Walk(world, doors, tmp_path)


def stored(walk, entity):
    return walk.world.database.read(lambda records: records.list(entity))


def answer(walk, step, **form):
    return walk.portal.send(f"{URL}?step={step}", URL, step=step, **form)


def shown(page):
    """Return which step a page is of."""
    return re.search(r'name="step" value="(\w+)"', page.text)[1]


def go(walk, steps, until="summary"):
    """Answer the steps up to one. Returns the page of that."""
    for step, form in steps.items():
        if step == until:
            break
        page = answer(walk, step, **form)
        assert page.status_code == 200, (step, page.text)
        assert len(page.content) < PAGE_BYTES_MAX, step
    assert shown(page) == until
    return page


def send(walk, page):
    """Send the summary as it was shown."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    form = {}
    for name, value in hidden:
        if name not in ("_csrf_token", "step"):
            form.setdefault(name, []).append(value)
    return walk.portal.send(URL, URL, step="summary", **form)


def test_a_farmer_registers_and_their_request_has_its_facts(walk):
    page = go(walk, FARMER)
    for words in ("Zahra Amlal", "Tamast", "2,50", "Oliv"):
        assert words in page.text
    done = send(walk, page)
    assert "Zahra Amlal" in done.text
    (person,), (holding,) = stored(walk, "person"), stored(walk, "holding")
    assert person.values["is_farmer"] is True
    assert (person.values["phone"], person.values["phone_owner"]) == (f"+212{PHONE[1:]}", "self")
    assert holding.values["person_id"] == person.record_id
    assert (holding.values["area_ha"], holding.values["crops"]) == (250, ("olive",))
    asked = stored(walk, "application")
    assert {one.values["service"] for one in asked} == {"rna", "amo"}
    assert {one.values["person_id"] for one in asked} == {person.record_id}
    given = {one.values["purpose"]: one.values["given"] for one in stored(walk, "consent")}
    assert given == {"programme_record": True, "contact_sms": False}
    of = UUID(bytes=person.record_id)
    for address in (
        f"/portal/services?of={of}",
        f"/portal/services/rna?of={of}",
        f"/portal/file?of={of}",
        f"/portal/requests/{UUID(bytes=asked[0].record_id)}",
    ):
        assert walk.portal.get(address).status_code == 200, address
    assert f"/portal/claim?of={of}" not in done.text
    assert walk.portal.get(f"/portal/claim?of={of}").status_code == 404
    copy = walk.portal.get(f"/portal/file/copy.json?of={of}").json()
    assert copy["holding"][0]["crops"] == ["olive"]


def test_sent_twice_is_one_and_nothing_that_differs_vanishes(walk):
    page = go(walk, FARMER)
    for _ in range(2):
        send(walk, page)
    counts = {"person": 1, "holding": 1, "application": 2, "consent": 2}
    assert {entity: len(stored(walk, entity)) for entity in counts} == counts
    go(walk, {**FARMER, "commune": {"commune_code": HOME}, "farm": {"goats": "3"}})
    send(walk, walk.portal.get(f"{URL}?step=summary"))
    assert (len(stored(walk, "person")), len(stored(walk, "holding"))) == (1, 2)
    born = {**FARMER["identity"], "birth_year": "1985"}
    send(walk, go(walk, {**FARMER, "identity": born}))
    assert sorted(one.values["birth_year"] for one in stored(walk, "person")) == [1984, 1985]
    Runner(Ground(Settings.from_env({}), walk.world.database)).run_due()
    clerk = walk.clerk("amina")
    assert "Zahra Amlal" in clerk.get("/desk/duplicates").text  # a person compares


def test_whose_answer_was_lost_finds_what_was_sent_and_no_empty_form(walk):
    summary = f"{URL}?step=summary"
    assert shown(walk.portal.get(summary)) == "who"  # nobody is registered
    send(walk, go(walk, FARMER))
    assert walk.portal.get(summary).headers["location"] == "/portal/status"
    assert shown(walk.portal.get(URL)) == "who", "another may be begun"


def test_all_that_is_wrong_in_a_step_is_said_at_once_beside_it(walk):
    empty = answer(walk, "who")
    assert empty.status_code == 422
    assert 'id="name-problem"' in empty.text
    assert 'id="kind-problem"' in empty.text
    answer(walk, "who", kind="cooperative", name="Tamounte")
    wrong = answer(walk, "identity", ice="123", legal_form="")
    assert 'id="ice-problem"' in wrong.text
    assert 'id="legal_form-problem"' in wrong.text
    assert 'value="123"' in walk.portal.get(f"{URL}?step=identity").text  # a reload
    assert answer(walk, "identity", legal_form="sarl").status_code == 422  # no cooperative is one
    lacking = walk.portal.send(f"{URL}?step=summary", URL, step="summary", kind="cooperative")
    assert lacking.status_code == 422
    assert shown(lacking) == "summary"
    assert stored(walk, "enterprise") == []


def test_back_language_and_another_phone_lose_nothing(walk):
    go(walk, FARMER, until="farm")
    page = answer(walk, "farm", **FARMER["farm"], back="1")
    assert shown(page) == "commune"
    assert 'value="Tamast"' in page.text
    page = answer(walk, "farm", **FARMER["farm"], lang="ar")
    assert 'lang="ar"' in page.text
    assert shown(page) == "farm"
    assert 'value="12"' in page.text
    walk.world.now += 60_000
    walk.portal = walk.enter_portal()
    assert shown(walk.portal.get(URL)) == "services"
    assert answer(walk, "services", services=["amo"], later="1").status_code == 200
    # Boxes that are unticked are: the answer of before does not come back.
    answer(walk, "services", services=["rna"])
    assert walk.portal.get(f"{URL}?step=services").text.count(" checked") == 1
    answer(walk, "who", kind="person", name="Zahra Amlal")  # she is no farmer after all
    page = walk.portal.get(f"{URL}?step=farm")
    assert shown(page) == "services"


def test_a_visit_that_ends_in_the_middle_keeps_all_steps(walk):
    go(walk, FARMER, until="farm")
    token = re.search(r'name="_csrf_token" value="([^"]+)"', walk.portal.get(URL).text)[1]
    walk.world.now += 3 * 3_600_000
    late = {"step": "farm", **FARMER["farm"], "_csrf_token": token}
    assert walk.doors.post(URL, walk.portal.headers, **late).headers["location"] == "/?kept=1"
    walk.portal = walk.enter_portal()
    assert shown(walk.portal.get(URL)) == "services"
    assert 'value="Zahra Amlal"' in walk.portal.get(f"{URL}?step=who").text


def test_a_person_at_a_neighbours_phone_is_nobodys_to_read(walk):
    by, phone = Author(walk.world.agent("one")), f"+212{PHONE[1:]}"

    def person(owner):
        values = {"commune_code": HOME, "name_fr": owner, "phone": phone, "phone_owner": owner}
        return walk.world.database.write(lambda work: work.insert("person", values, by).record_id)

    person("neighbour")
    assert walk.portal.get("/portal/status").headers["location"] == URL  # nobody is registered
    own = person("self")
    assert walk.portal.get(f"/portal/file?of={UUID(bytes=own)}").status_code == 200
    assert "neighbour" not in walk.portal.get("/portal/status").text


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_steps_can_be_seen(walk, browsing, language):
    browsing("register-who-empty", walk.portal, URL, language)
    page = go(walk, FARMER)
    for step in (*FARMER, "summary"):
        browsing(f"register-{step}", walk.portal, f"{URL}?step={step}", language)
    send(walk, page)
    browsing("register-status", walk.portal, "/portal/status", language)
