"""The back offices: each answers what was passed on to it, and sees nothing else."""

import re
import time
from uuid import UUID

import pytest
import sqlalchemy as sa

from server.answer_files.sheet import BYTES_MAX
from server.db.work import Author
from server.offices.queries import VIEWS
from sync.scopes import DAY_MS
from tests.world import HOME

OFFICES = {
    "banque": "cam",
    "banque2": "cam",
    "dpa": "dpa-taroudant",
    "assurance": "mamda",
}


@pytest.fixture
def offices(world):
    for login, organisation in OFFICES.items():
        world.user(login, role="back_office", organisation=organisation)


class Clerk:
    """Somebody signed in at the desk, over the client that all share."""

    def __init__(self, client, login):
        self.client = client
        client.cookies.clear()
        client.post("/desk/sign-in", data={"login": login, "password": "password1"})
        kept = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        self.headers = {"cookie": f"{kept}; lang=fr"}

    def get(self, address, **more):
        self.client.cookies.clear()
        return self.client.get(address, headers=self.headers, **more)

    def post(self, address, **more):
        self.client.cookies.clear()
        return self.client.post(address, headers=self.headers, follow_redirects=False, **more)


@pytest.fixture
def enter(client, offices):
    return lambda login: Clerk(client, login)


def filed(
    world, tablet, service="bank-account", recipient="cam", purpose="share_bank", name="Fadma Aznag"
):
    """A request as an agent files it, with every paper and a consent; returns its id."""
    from server.reference import files

    person = tablet.put("person", name_fr=name, commune_code=HOME).record_id
    common = {"commune_code": HOME, "person_id": person}
    application = tablet.put("application", service=service, state="draft", **common).record_id
    (papers,) = (one.documents for one in files.services() if one.code == service)
    for number, code in enumerate(papers):
        tablet.put(
            "document",
            type=code,
            application_id=application,
            sha256=f"{number:02d}" * 32,
            taken_at=world.now,
            **common,
        )
    tablet.put("application", application, state="ready")
    if recipient:
        tablet.put(
            "consent",
            purpose=purpose,
            recipient=recipient,
            given=True,
            given_at=world.now,
            **common,
        )
    number = f"04{application.hex()[-4:]}"
    tablet.put("application", application, state="submitted", receipt_number=number)
    tablet.sync()
    return application


def url(application, *more):
    return "/".join(["/desk/queue", str(UUID(bytes=application)), *more])


def send(client, address, **form):
    """Post a form as the page at hand has it: with its token and the rev that it showed."""
    page = client.get(address.rpartition("/")[0] if "/desk/queue/" in address else address)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)[1]
    rev = re.search(r'name="seen_rev" value="(\d+)"', page.text)
    form = {"_csrf_token": token, **({"seen_rev": rev[1]} if rev else {}), **form}
    answer = client.post(address, data=form)
    return client.get(answer.headers["location"]) if answer.status_code == 303 else answer


def test_a_request_is_in_the_queue_of_its_office_alone(world, tablet, enter):
    filed(world, tablet)
    assert "Fadma Aznag" in enter("banque").get("/desk/queue").text
    for login in ("dpa", "assurance"):
        assert "Fadma Aznag" not in enter(login).get("/desk/queue").text


def test_without_a_consent_that_names_the_office_it_waits(world, tablet, enter):
    application = filed(world, tablet, "rna", recipient="")
    client = enter("dpa")
    assert "Fadma Aznag" not in client.get("/desk/queue").text
    assert client.get(url(application)).status_code == 404
    person = world.get("application", application)["person_id"]
    tablet.put(
        "consent",
        purpose="share_administration",
        recipient="dpa-taroudant",
        given=True,
        given_at=world.now,
        commune_code=HOME,
        person_id=person,
    )
    tablet.sync()
    assert "Fadma Aznag" in client.get("/desk/queue").text


def test_a_withdrawal_closes_it_at_the_next_click(world, tablet, enter):
    application = filed(world, tablet)
    client = enter("banque")
    assert client.get(url(application)).status_code == 200
    (consent,) = world.database.read(lambda records: records.list("consent"))
    world.change("consent", consent.record_id, withdrawn_at=world.now)
    assert client.get(url(application)).status_code == 404
    assert "Fadma Aznag" not in client.get("/desk/queue").text


def test_a_bank_answers(world, tablet, enter):
    application = filed(world, tablet)
    client = enter("banque")
    page = send(client, url(application, "take"))
    assert page.status_code == 200, page.text
    assert world.get("application", application)["state"] == "in_review"
    sure = send(client, url(application, "answer"), state="rejected")
    assert sure.status_code == 422
    form = {"state": "rejected", "reason": "not_eligible", "words": "Compte déjà ouvert."}
    sure = send(client, url(application, "answer"), **form)
    assert "Compte déjà ouvert." in sure.text
    assert world.get("application", application)["state"] == "in_review"
    done = send(client, url(application, "answer"), sure="1", **form)
    assert done.status_code == 200
    values = world.get("application", application)
    assert (values["state"], values["reason"]) == ("rejected", "not_eligible")
    tablet.sync()
    assert tablet.store.get("application", application).values["state"] == "rejected"


def test_of_two_clerks_the_second_sees_the_answer_of_the_first(world, tablet, enter):
    application = filed(world, tablet)
    first, second = enter("banque"), enter("banque2")
    shown = second.get(url(application)).text
    send(first, url(application, "answer"), state="approved", sure="1")
    token = re.search(r'name="_csrf_token" value="([^"]+)"', shown)[1]
    rev = re.search(r'name="seen_rev" value="(\d+)"', shown)[1]
    form = {"state": "rejected", "reason": "not_eligible", "words": "Non.", "sure": "1"}
    form |= {"_csrf_token": token, "seen_rev": rev}
    late = second.post(url(application, "answer"), data=form)
    assert late.status_code == 409
    assert "Accordée par Crédit Agricole du Maroc" in late.text
    assert "a déjà décidé" in late.text
    assert "Non." in late.text.partition("Ce que vous aviez écrit")[2]
    assert world.get("application", application)["state"] == "approved"


def test_a_file_that_is_too_large_says_so_on_its_page(enter):
    files = {"table": ("a.csv", bytes(BYTES_MAX + 100_000), "text/csv")}
    page = enter("banque").post("/desk/queue/files", files=files)
    assert page.status_code == 413
    assert "trop grand" in page.text


def test_a_browser_demands_no_words_where_each_paper_has_its_reason(world, tablet, enter):
    page = enter("banque").get(url(filed(world, tablet), "ask")).text
    assert "required" not in re.search(r'<textarea[^>]* name="words"[^>]*>', page)[0]


def test_what_a_colleague_holds_is_read_and_taken_over_but_not_answered(world, tablet, enter):
    application = filed(world, tablet)
    first, second = enter("banque"), enter("banque2")
    send(first, url(application, "take"))
    page = second.get(url(application)).text
    assert "Reprendre de" in page
    assert "/answer" not in page
    words = {"state": "approved", "words": "Revenez demain.", "sure": "1"}
    refused = send(second, url(application, "answer"), **words)
    assert refused.status_code == 409
    assert "Revenez demain." in refused.text
    mine = {"colleague": world.agent("banque2").hex()}
    assert send(second, url(application, "give"), **mine).status_code == 409
    send(second, url(application, "take"))
    assert world.get("application", application)["holder_id"] == world.agent("banque2")
    send(second, url(application, "give"), colleague=world.agent("banque").hex())
    assert world.get("application", application)["holder_id"] == world.agent("banque")
    given = send(first, url(application, "give"), colleague=world.agent("dpa").hex())
    assert given.status_code == 404


def test_taking_can_be_undone(world, tablet, enter):
    application = filed(world, tablet)
    client = enter("banque")
    page = send(client, url(application, "take"))
    undo = re.search(r"/desk/queue/acts/[0-9a-f]+/undo", page.text)[0]
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)[1]
    client.post(undo, data={"_csrf_token": token})
    assert world.get("application", application)["holder_id"] is None


def test_the_next_is_the_most_pressing_and_each_takes_another(world, tablet, enter):
    made = [filed(world, tablet, name=f"Ali {number}") for number in range(3)]
    for number, application in enumerate(made):
        world.change("application", application, due_on=20_790 - number)
    first, second = enter("banque"), enter("banque2")
    for client in (first, second, first):
        send(client, "/desk/queue/next")
    holders = [world.get("application", one)["holder_id"] for one in made]
    assert holders == [world.agent("banque"), world.agent("banque2"), world.agent("banque")]
    assert "Rien à prendre" in send(first, "/desk/queue/next").text
    assert [first.get(f"/desk/queue?view={view}").text.count("row-link") for view in VIEWS] == [
        3,
        2,
        0,
        0,
        0,
        0,
    ]


def test_what_is_over_its_delay_is_late_and_counted_in_days(world, tablet, enter):
    application = filed(world, tablet, "rna", "dpa-taroudant", "share_administration")
    due = world.get("application", application)["due_on"]
    client = enter("dpa")
    assert client.get("/desk/queue?view=late").text.count("row-link") == 0
    world.now += 100 * DAY_MS
    client = enter("dpa")
    page = client.get("/desk/queue?view=late").text
    assert page.count("row-link") == 1
    assert "de retard" in page
    assert world.get("application", application)["due_on"] == due


def test_nobody_answers_a_request_of_their_family(world, tablet, enter):
    application = filed(world, tablet)
    client = enter("banque")
    send(client, url(application, "family"), is_family="1")
    page = client.get(url(application)).text
    assert "de votre famille" in page
    for act, form in (("take", {}), ("answer", {"state": "approved", "sure": "1"})):
        refused = send(client, url(application, act), **form)
        assert refused.status_code == 403, act
    assert world.get("application", application)["state"] == "submitted"
    send(client, "/desk/queue/next")
    assert world.get("application", application)["holder_id"] is None


def test_a_coordinator_answers_what_the_programme_decides_but_not_their_own(world, client, tablet):
    clerk = Clerk(client, "amina")
    application = filed(world, tablet, "sme-onboarding", recipient="")
    assert "Fadma Aznag" in clerk.get("/desk/queue").text
    world.database.write(
        lambda work: work.write(
            "application", application, {"agent_id": world.agent("amina")}, Author(None)
        )
    )
    refused = send(clerk, url(application, "take"))
    assert refused.status_code == 403


def test_a_paper_is_shown_to_its_office_alone_and_seen_by_the_audit(world, tablet, enter):
    application = filed(world, tablet)
    person = world.get("application", application)["person_id"]
    other = tablet.put(
        "document",
        type="LAND",
        commune_code=HOME,
        person_id=person,
        taken_at=world.now,
        sha256="ee" * 32,
    ).record_id
    tablet.sync()
    pages = world.database.read(lambda records: records.list("document"))
    client, stranger = enter("banque"), enter("assurance")
    for page in pages:
        address = f"/desk/photos/papers/{UUID(bytes=page.record_id)}"
        # Their bytes have not come: what is reached says so, and what is not is not there.
        assert client.get(address).status_code == 404
        assert stranger.get(address).status_code == 404
    seen = seen_by(world, "banque", "document")
    assert seen == {page.record_id for page in pages} - {other}
    assert seen_by(world, "assurance", "document") == set()


def seen_by(world, login, entity):
    """What of an entity the audit log says that somebody was shown."""
    from server.db.events import Action

    tables = world.database.tables
    event, value = tables.audit_event, tables.audit_value

    def read(records):
        query = (
            sa.select(value.c.record_id)
            .join(event, sa.and_(event.c.writer == value.c.writer, event.c.seq == value.c.seq))
            .where(event.c.action == Action.VIEW, event.c.entity == entity)
            .where(value.c.actor_id == world.agent(login))
        )
        return {bytes(one) for one in records.connection.scalars(query)}

    deadline = time.monotonic() + 20
    while not (found := world.database.read(read)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_the_bank_of_before_is_the_back_office_of_the_bank(world, tablet, enter):
    account = world.database.tables.account
    world.database.write(
        lambda work: work.connection.execute(
            sa.update(account)
            .where(account.c.login == "banque")
            .values(role="bank_back_office", organisation=None)
        )
    )
    filed(world, tablet)
    assert "Fadma Aznag" in enter("banque").get("/desk/queue").text


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_queue_and_a_request_can_be_seen(browse, world, tablet, offices, client, language):
    share = ("dpa-taroudant", "share_administration")
    with browse(language, "dpa") as (page, picture):
        picture("queue-empty", "/desk/queue")
        names = ("Coopérative Tifaouine", "Mohand Oussaid", "Zahra Oumouloud")
        made = [filed(world, tablet, "rna", *share, name) for name in names]
        made.append(filed(world, tablet, "fda-subsidy", *share, "El Houssaine Aznag"))
        clerk = Clerk(client, "dpa")
        world.now += 12 * DAY_MS
        clerk = Clerk(client, "dpa")
        send(clerk, url(made[3], "take"))
        send(clerk, url(made[2], "take"))
        ask = {"pieces": ["LAND"], "words": "La photo est coupée, le nom du douar manque."}
        send(clerk, url(made[2], "ask"), sure="1", **ask)
        world.now += 35 * DAY_MS
        made.append(filed(world, tablet, "rna", *share, "Brahim Bouhouch"))
        page.context.clear_cookies()
        page.goto(f"/desk/sign-in?lang={language}")
        page.fill("[name=login]", "dpa")
        page.fill("[name=password]", "password1")
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/desk")
        picture("queue", "/desk/queue")
        picture("queue-one", url(made[3]))
        picture("queue-late", url(made[0]))
        picture("queue-paused", url(made[2]))
        picture("queue-ask", url(made[4], "ask"))
        page.goto(url(made[3]))
        page.check("[name=state][value=rejected]")
        page.select_option("[name=reason]", "before_approval")
        page.fill("[name=words]", "La facture date du 2 mai, l'approbation du 18.")
        page.click("form#answer button")
        page.wait_for_selector(".letter")
        picture("queue-sure")
        page.click("main form button[name=back]")
        assert page.input_value("[name=words]").startswith("La facture")
        page.click("form#answer button")
        page.wait_for_selector(".letter")
        page.click("main form button.btn-main")
        page.wait_for_url(f"**{url(made[3])}")
        picture("queue-letter", url(made[3], "letter"))
        picture("queue-answered", url(made[3]))
