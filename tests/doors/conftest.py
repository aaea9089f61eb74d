"""Two regions with everything a page can show, an account for each role, and a door to knock at."""

from __future__ import annotations

import copy
import itertools
import shutil
from contextlib import contextmanager
from types import SimpleNamespace
from uuid import UUID

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from server.accounts import sessions
from server.app import build_app
from server.db.work import Author
from server.duplicates import pairs
from server.duplicates.pairs import Seen
from server.jobs import queue
from server.reference.offices import office_for
from server.rights import ACTORS, ENTERPRISE, OPERATOR, PUBLIC
from server.settings import Settings
from sync.rules.duplicates import likeness
from tests.databases import ENGINES, empty_database
from tests.world import FAR, HOME, World

ROLES = [one for one in ACTORS if one not in (ENTERPRISE, OPERATOR, PUBLIC)]
PHONES = {"home": "+212612345678", "far": "+212698765432"}


def furnish(world, place, commune, agent, service):
    """Make one of everything in a region; each name says where it is."""
    made = SimpleNamespace(place=place, commune=commune)

    def store(work):
        def insert(entity, /, **values):
            values = {"commune_code": commune, **values}
            return work.insert(entity, values, Author(agent)).record_id

        made.point = insert("contact_point", name_fr=f"Relais {place}", status="active")
        made.person = insert("person", name_fr=f"Fatima-{place}", phone=PHONES[place])
        made.enterprise = insert("enterprise", name_fr=f"Coop-{place}")
        made.holding = insert("holding", person_id=made.person, area_ha=240)
        made.offer = insert(
            "offer", enterprise_id=made.enterprise, product=f"Miel {place}", state="shown"
        )
        made.session = insert("training_session", place=f"Foyer {place}", state="held")
        made.attendance = insert(
            "attendance", session_id=made.session, person_id=made.person, state="present"
        )
        made.visit = insert(
            "visit",
            person_id=made.person,
            agent_id=agent,
            point_id=made.point,
            started_at=work.now_ms,
            notes=f"note-{place}",
        )
        made.application = insert(
            "application",
            service=service,
            person_id=made.person,
            state="submitted",
            office=office_for(service, commune).code,
        )
        made.complaint = insert(
            "task", kind="complaint", state="open", title="Retard", person_id=made.person
        )
        made.paper = insert("document", person_id=made.person, type="CNIE", sha256="ab" * 32)
        if place == "home":
            agreed = {"purpose": "share_bank", "recipient": "cam", "given": True}
            insert("consent", person_id=made.person, **agreed)
        made.photo = insert("photo", visit_id=made.visit, sha256="ab" * 32)
        made.voice = insert(
            "voice_note", visit_id=made.visit, caption=f"spoken-{place}", sha256="ab" * 32
        )
        made.job = queue.enqueue(work, "check", {}, by=agent)
        made.review = insert(
            "review",
            kind="conflict",
            entity="person",
            record_id=made.person,
            field="name_fr",
            mine=f"Fatna-{place}",
            theirs=f"Fatima-{place}",
            state="open",
        )

    world.database.write(store)
    return made


class Doors:
    """The server's app, and a client for any account: signed in without a page."""

    def __init__(self, world, app):
        self.world = world
        self.app = app
        self._clients = {}

    def sign_in(self, login):
        """Return a client with a session, and the token of its forms."""
        token = self.world.database.write(
            lambda work: sessions._open(work, self.world.agent(login))
        )
        table = self.world.database.tables.web_session
        csrf = self.world.database.read(
            lambda records: records.connection.scalar(
                sa.select(table.c.csrf).where(table.c.token_hash == sessions._hash(token))
            )
        )
        return {"cookie": f"{sessions_cookie()}={token}; lang=fr"}, csrf

    def get(self, address, headers=None):
        self.client.cookies.clear()  # each knock is a stranger's but for what it brings
        return self.client.get(address, headers=headers, follow_redirects=False)

    def post(self, address, headers=None, **form):
        self.client.cookies.clear()
        return self.client.post(address, headers=headers, data=form, follow_redirects=False)


def sessions_cookie():
    from server.web.site import COOKIE

    return COOKIE


@contextmanager
def opened(world, folder, **environ):
    settings = Settings.from_env({"NUQTA_DATA_DIR": str(folder), **environ})
    app = build_app(settings, world.database)
    doors = Doors(world, app)
    doors.app_settings = settings
    with TestClient(app, raise_server_exceptions=False) as doors.client:
        doors.client.headers["accept"] = "text/html"
        yield doors


def fill(world):
    """Furnish two regions; return the own and the other. Accounts of all roles are of the own."""
    world.user("agent.home", HOME)
    world.user("agent.far", FAR)
    own = furnish(world, "home", HOME, world.agent("agent.home"), "bank-account")
    other = furnish(world, "far", FAR, world.agent("agent.far"), "rna")
    for place, login in ((own, "agent.home"), (other, "agent.far")):
        tablet = world.tablet(login)
        place.device, place.agent = tablet.store.kept.device_id, world.agent(login)
        tablet.sync()
        name = f"Held-{place.place}"
        wrong = tablet.put("person", name_fr=name, commune_code="99.99").record_id
        tablet.sync()
        table = world.database.tables.held
        query = sa.select(table.c.change_id).where(table.c.record_id == wrong)
        place.held = bytes(
            world.database.read(lambda records, q=query: records.connection.scalar(q))
        )
        place.pair = world.database.write(lambda work, place=place: a_pair(work, place))
    for role in ROLES:
        point = own.point if role == "point_manager" else None
        office = "cam" if role == "back_office" else ""
        world.user(login_of(role), HOME, role=role, point_id=point, organisation=office)
    return own, other


@contextmanager
def furnished(world, folder, **environ):
    """The furnished regions behind the app, `doors.own` and `doors.other`; their two tablets."""
    own, other = fill(world)
    with opened(world, folder, **environ) as doors:
        doors.own, doors.other = own, other
        yield doors


def a_pair(work, place):
    """Two people who may be one; returns the number of the question."""
    person = work.find("person", place.person)
    other = work.insert("person", person.values, Author(None))
    sides = [Seen(one.record_id, one.values) for one in (person, other)]
    pairs.keep(work, "person", *sides, likeness(person.values, other.values))
    table = work.tables.duplicate_pair
    return work.connection.scalar(sa.select(sa.func.max(table.c.id)))


def login_of(role):
    return role.replace("_", "-")


def filled(url, folder):
    """Fill a furnished database; return what a world on a copy of it begins with."""
    with World(url, folder, is_furnished=True) as world:
        places = fill(world)
        return places, world.now, int.from_bytes(world.new_id()[8:])


@pytest.fixture(scope="session")
def filled_sqlite(furnished_file, tmp_path_factory):
    """Return what the regions are in, and what makes a copy of it in a folder: its address."""
    folder = tmp_path_factory.mktemp("filled")
    url = f"sqlite:///{shutil.copy(furnished_file, folder)}"
    begun = filled(url, folder / "files")

    @contextmanager
    def copied(to):
        yield f"sqlite:///{shutil.copy(folder / furnished_file.name, to)}"

    return begun, copied


@pytest.fixture(scope="session")
def filled_postgres(postgres_url, furnished_template, tmp_path_factory):
    """Do as `filled_sqlite`."""
    with empty_database(postgres_url, furnished_template) as url:
        begun = filled(url, tmp_path_factory.mktemp("filled"))
        yield begun, lambda _to: empty_database(postgres_url, url.rsplit("/", 1)[1])


@contextmanager
def reopened(request, folder):
    """Open a copy of the furnished regions on the engine that is asked for."""
    (places, now, next_id), copied = request.getfixturevalue(f"filled_{request.param}")
    with copied(folder) as url, World(url, folder / "blobs", is_furnished=True) as world:
        world.now, world.ids = now, itertools.count(next_id)
        with opened(world, folder / "files") as doors:
            doors.own, doors.other = copy.deepcopy(places)
            yield doors


@pytest.fixture(params=ENGINES)
def doors(request, tmp_path):
    """The furnished regions behind the app; their tablets are not at hand."""
    with reopened(request, tmp_path) as doors:
        yield doors


@pytest.fixture(scope="module", params=ENGINES)
def standing(request, tmp_path_factory):
    """What `coordinator` gives, of doors for those tests of a file that leave all as it is."""
    with reopened(request, tmp_path_factory.mktemp("standing")) as doors:
        yield doors, *doors.sign_in("regional-coordinator")


@pytest.fixture
def doors_and_tablets(world, tmp_path):
    with furnished(world, tmp_path / "files") as doors:
        yield doors


NOBODY = "00000000-0000-0000-0000-000000000000"
HEARD = tuple(f"{start}/services/{{service:str}}/recordings" for start in ("/desk", ""))
"""What plays a recording of a service; none is made here."""
SERVICES = {
    f"/desk/services/{{service:str}}{below}": f"/desk/services/advisory{below}"
    for below in (
        *("", "/publish", "/withdraw", "/drop"),
        *("/recordings", "/recordings/publish", "/recordings/remove"),
    )
} | {f"{one}/{{record_id:str}}": f"{one.replace('{service:str}', 'rna')}/{NOBODY}" for one in HEARD}
"""Of no region: the catalogue is everybody's."""
FILES = {
    f"/desk/queue/files/{{file_id:str}}{below}": f"/desk/queue/files/{UUID(int=1)}{below}"
    for below in ("", "/apply", "/wrong.csv")
}
"""Of nobody here: a file is its bringer's alone."""
OVER = {
    "/desk/reviews/acts/{act:str}/undo": f"/desk/reviews/acts/{UUID(int=1)}/undo",
    "/desk/queue/acts/{act:str}/undo": f"/desk/queue/acts/{UUID(int=1)}/undo",
    "/desk/duplicates/merges/{number:int}/undo": "/desk/duplicates/merges/1/undo",
}
"""What is undone: nothing was done that could be."""
OPEN = {"/services/{service:str}": "/services/rna", "/data/{name:str}": "/data/points.csv"}
"""What everybody may read, which is of no region."""


def _proxies(place):
    of = {"people": place.person, "enterprises": place.enterprise}
    return {
        f"/desk/{kind}/{{record_id:str}}/proxy": f"/desk/{kind}/{UUID(bytes=record_id)}/proxy"
        for kind, record_id in of.items()
    }


def address_of(route, place):
    """Return the address of a route for one region, or None: it names no record."""
    ids = {
        "/desk/visits/{visit_id:str}": place.visit,
        "/desk/people/{record_id:str}": place.person,
        "/desk/enterprises/{record_id:str}": place.enterprise,
        "/desk/points/{point_id:str}": place.point,
        "/desk/recordings/{record_id:str}": place.voice,
        "/desk/reviews/{text:str}": place.review,
        "/desk/history/person/{record_id:str}": place.person,
        "/desk/history/enterprise/{record_id:str}": place.enterprise,
        "/desk/history/contact_point/{record_id:str}": place.point,
        "/desk/history/visit/{record_id:str}": place.visit,
        "/desk/history/application/{record_id:str}": place.application,
        "/desk/history/holding/{record_id:str}": place.holding,
        "/desk/holdings/{holding_id:str}": place.holding,
        "/desk/offers/{record_id:str}": place.offer,
        "/desk/sessions/{record_id:str}": place.session,
        "/desk/photos/{record_id:str}": place.photo,
        "/desk/photos/papers/{record_id:str}": place.paper,
        "/desk/requests/{record_id:str}": place.application,
        "/desk/queue/{record_id:str}": place.application,
        "/desk/complaints/{record_id:str}": place.complaint,
    }
    paper, enterprise = UUID(bytes=place.paper), UUID(bytes=place.enterprise)
    others = {
        **_proxies(place),
        "/desk/photos/{record_id:str}/small": f"/desk/photos/{UUID(bytes=place.photo)}/small",
        "/desk/people/{record_id:str}/holding": f"/desk/people/{UUID(bytes=place.person)}/holding",
        "/desk/enterprises/{record_id:str}/holding": f"/desk/enterprises/{enterprise}/holding",
        "/desk/reviews/held/{text:str}": f"/desk/reviews/held/{place.held.hex()}",
        "/desk/jobs/{job_id:str}/stop": f"/desk/jobs/{UUID(bytes=place.job)}/stop",
        "/desk/jobs/{job_id:str}/again": f"/desk/jobs/{UUID(bytes=place.job)}/again",
        "/desk/photos/papers/{record_id:str}/small": f"/desk/photos/papers/{paper}/small",
        "/desk/duplicates/{number:int}": f"/desk/duplicates/{place.pair}",
        "/desk/devices/{device_id:int}": f"/desk/devices/{place.device}",
        "/desk/devices/{device_id:int}/pin": f"/desk/devices/{place.device}/pin",
    }
    complaint = UUID(bytes=place.complaint)
    others["/desk/complaints/{record_id:str}/take"] = f"/desk/complaints/{complaint}/take"
    request = UUID(bytes=place.application)
    printed = f"/desk/queue/{request}/printed/letter"
    others["/desk/queue/{record_id:str}/printed/{paper:str}"] = printed
    for below in ("ask", "answer", "deliver", "family", "give", "letter", "seen", "take"):
        others[f"/desk/queue/{{record_id:str}}/{below}"] = f"/desk/queue/{request}/{below}"
    for below in ("step", "place", "result"):
        others[f"/desk/requests/{{record_id:str}}/{below}"] = f"/desk/requests/{request}/{below}"
    session = "/desk/sessions/{record_id:str}/attestation/{attendance_id:str}"
    others[session] = (
        f"/desk/sessions/{UUID(bytes=place.session)}/attestation/{UUID(bytes=place.attendance)}"
    )
    others[f"{session}/printed"] = f"{others[session]}/printed"
    if route in ids:
        return f"{route[: route.index('{')]}{UUID(bytes=ids[route])}"
    return {**others, **SERVICES, **FILES, **OVER, **OPEN}.get(route)


@pytest.fixture
def coordinator(doors):
    headers, token = doors.sign_in("regional-coordinator")
    return doors, headers, token
