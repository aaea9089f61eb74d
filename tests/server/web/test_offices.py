"""The back offices: each answers what was passed on to it, and sees nothing else."""

import re
from uuid import UUID

import pytest

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


def filed(world, tablet, service="bank-account", recipient="cam", purpose="share_bank", **more):
    """A request as an agent files it, with every paper and a consent; returns its id."""
    from server.reference import files

    person = tablet.put("person", name_fr="Fadma Aznag", commune_code=HOME).record_id
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
