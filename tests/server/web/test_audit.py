"""The desk's pages leave what they showed, and to whom, in the audit log."""

import csv
import io
import re
from html import unescape
from uuid import UUID

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from server.app import build_app
from server.audit.log import AuditLog
from server.db.events import Action, Event
from server.db.work import Author
from server.rights import PUBLIC, Reach, Right, reach_of
from server.settings import Settings
from tests.doors.conftest import FILES, address_of, furnish, furnished
from tests.world import HOME

ITS_OWN = {"/desk/devices/{device_id:int}", *FILES}
"""Routes with a number that is of no record: a tablet is nobody's, a file is its bringer's."""
NOBODYS = "/desk/services/"
"""Below it is what a service says, which is of nobody."""


def record_routes(app):
    """Return the routes of the desk that show one record, from the app itself."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            right = handler.opt.get("right")
            is_shown = "GET" in handler.http_methods and isinstance(right, Right)
            if is_shown and "{" in route.path and route.path.startswith("/desk"):
                found.append((route.path, right))
    return [one for one in found if reach_of(PUBLIC, one[1]) is Reach.NONE]


def events(world, *where):
    event, value = world.database.tables.audit_event, world.database.tables.audit_value
    query = (
        sa.select(event.c.action, event.c.entity, value)
        .join(value, sa.and_(value.c.writer == event.c.writer, value.c.seq == event.c.seq))
        .where(*where)
        .order_by(event.c.at, event.c.seq)
    )
    return world.database.read(lambda records: records.connection.execute(query).all())


@pytest.fixture
def shown(world, tmp_path):
    """Everything of two regions, and a client signed in as a role's account."""
    with furnished(world, tmp_path / "files") as doors:
        yield doors


def sealed(doors, *where):
    """Return the events there are once all that was noted is written."""
    AuditLog(doors.world.database).write()
    doors.app.on_shutdown[0].__self__.audit.write()
    return events(doors.world, *where)


def new_since(doors, before):
    """Return the events that there were not before."""
    known = {(one.writer, one.seq) for one in before}
    return [one for one in sealed(doors) if (one.writer, one.seq) not in known]


def test_every_page_of_a_record_leaves_who_looked_at_it(shown):
    asked = 0
    for route, right in record_routes(shown.app):
        if route in ITS_OWN or route.startswith(NOBODYS):
            continue
        name = "back-office" if right is Right.ANSWER_REQUESTS else "regional-coordinator"
        headers, _ = shown.sign_in(name)
        reader = shown.world.agent(name)
        before = sealed(shown)
        address = address_of(route, shown.own)
        assert address, f"{route}: give the doors a sample of it"
        shown.get(address, headers)
        new = new_since(shown, before)
        assert {(one.action, one.actor_id) for one in new} == {(Action.VIEW, reader)}, (
            f"{route}: find its record by `get_seen`"
        )
        assert all(one.record_id for one in new)
        asked += 1
    assert asked >= 13


def test_whose_record_it_is_is_kept_beside_what_was_shown(shown):
    headers, _ = shown.sign_in("regional-coordinator")
    for route in ("/desk/visits/{visit_id:str}", "/desk/recordings/{record_id:str}"):
        shown.get(address_of(route, shown.own), headers)
    value = shown.world.database.tables.audit_value
    found = sealed(shown, value.c.subject_id == shown.own.person)
    assert [one.entity for one in found if one.action == Action.VIEW] == ["visit", "voice_note"]


def test_a_record_out_of_reach_and_a_page_without_its_right_are_kept(shown):
    headers, _ = shown.sign_in("regional-coordinator")
    shown.get(address_of("/desk/people/{record_id:str}", shown.other), headers)
    observer, _ = shown.sign_in("ministry-observer")
    shown.get("/desk/visits", observer)

    found = sealed(shown, shown.world.database.tables.audit_event.c.action == Action.REFUSE)

    assert [(one.entity, one.record_id, one.detail) for one in found] == [
        ("person", shown.other.person, ""),
        ("", None, "see_visits"),
    ]


def test_a_form_is_a_change_and_no_view(shown):
    headers, token = shown.sign_in("regional-coordinator")
    before = sealed(shown)
    form = {"name_fr": "Fatima-home", "phone": "0612345699", "base_rev": "1"}
    address = address_of("/desk/people/{record_id:str}", shown.own)
    assert shown.post(address, headers, _csrf_token=token, **form).status_code == 303
    new = new_since(shown, before)
    assert [(one.action, one.entity, one.record_id) for one in new] == [
        (Action.CHANGE, "person", shown.own.person)
    ]
    assert "phone" in new[0].detail.split()


def test_signing_in_is_kept_and_not_what_was_typed(world, tmp_path):
    settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path / "files")})
    with TestClient(build_app(settings, world.database)) as client:
        for login, password in (
            ("amina", "wrong-one"),
            ("my-password-1", "x"),
            ("amina", "password1"),
        ):
            client.post("/desk/sign-in", data={"login": login, "password": password})
    AuditLog(world.database).write()
    action = world.database.tables.audit_event.c.action
    amina = world.agent("amina")
    found = events(world, action.in_([Action.SIGN_IN, Action.SIGN_IN_FAILED]))
    assert [(one.action, one.actor_id, one.record_id) for one in found] == [
        ("sign_in_failed", None, amina),
        ("sign_in_failed", None, None),
        ("sign_in", amina, amina),
    ]
    assert "my-password-1" not in str(events(world))


def test_views_are_written_when_the_server_ends(world, tmp_path):
    with furnished(world, tmp_path / "files") as doors:
        headers, _ = doors.sign_in("regional-coordinator")
        doors.get(address_of("/desk/people/{record_id:str}", doors.own), headers)
    action = world.database.tables.audit_event.c.action
    found = events(world, action == Action.VIEW)
    assert [one.record_id for one in found] == [doors.own.person]


# The page


@pytest.fixture
def officer(shown):
    """A data protection officer, and an address's answer."""
    shown.world.user("dpo", role="data_protection_officer")
    coordinator, token = shown.sign_in("regional-coordinator")
    for route in ("people/{record_id", "visits/{visit_id", "enterprises/{record_id"):
        shown.get(address_of(f"/desk/{route}:str}}", shown.own), coordinator)
    shown.get(address_of("/desk/people/{record_id:str}", shown.other), coordinator)
    form = {"_csrf_token": token, "name_fr": "Fatima-home", "phone": "0612345699", "base_rev": "1"}
    shown.post(address_of("/desk/people/{record_id:str}", shown.own), coordinator, **form)
    sealed(shown)
    headers, _ = shown.sign_in("dpo")
    return lambda query="": shown.get(f"/desk/audit{query}", headers)


def cells(page):
    """Return the rows of the list as words."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL)[1:]
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in rows]


def test_who_saw_and_changed_what_is_said_in_words(shown, officer):
    rows = cells(officer())
    assert any("A modifié" in row and "Fatima-home" in row and "Téléphone" in row for row in rows)
    assert any("A consulté" in row and "Coop-home" in row for row in rows)
    assert any("Accès refusé" in row and "Fatima-far" in row for row in rows)
    assert any("A changé un compte" in row for row in rows)
    text = officer().text
    assert "sub_" not in text
    assert shown.own.person.hex() not in text


def test_the_list_of_a_person_has_what_was_seen_of_them(shown, officer):
    of = UUID(bytes=shown.own.person)
    rows = cells(officer(f"?of={of}"))
    assert sum("A consulté" in row for row in rows) == 2  # the person and the visit there
    assert sum("A modifié" in row for row in rows) == 1
    assert not any("Coop" in row for row in rows)
    assert "Fatima-home" in officer(f"?of={of}").text


@pytest.mark.parametrize(
    ("query", "least", "without"),
    [
        ("?action=change", "A modifié", "A consulté"),
        ("?login=regional-coordinator", "A consulté", "A changé un compte"),
        ("?login=nobody", None, "A consulté"),
        ("?since=2020-01-01&until=2020-01-02", None, "A consulté"),
        ("?since=2020-01-01", "A consulté", "rien"),
    ],
)
def test_filters_leave_out_the_rest(officer, query, least, without):
    rows = cells(officer(query))
    assert bool(rows) == (least is not None)
    assert least is None or any(least in row for row in rows)
    assert not any(without in row for row in rows)


def test_nothing_and_nobody_are_said(officer):
    assert "Aucun compte ne s'appelle ainsi" in unescape(officer("?login=nobody").text)
    assert "Rien n'a été noté ici" in unescape(officer("?until=2020-01-01").text)
    for query in ("?after=x", "?action=x", "?of=x", "?since=x"):
        assert officer(query).status_code == 400


def test_the_list_goes_on_without_a_gap(officer, monkeypatch):
    monkeypatch.setattr("server.trail.queries.PAGE_ROWS", 1_000)
    whole = cells(officer())
    monkeypatch.setattr("server.trail.queries.PAGE_ROWS", 3)
    address, rows = "", []
    while address is not None:
        page = officer(address)
        rows += cells(page)
        more = re.search(r'href="/desk/audit(\?after=[0-9a-f.]+)"', page.text)
        address = more[1] if more else None
    assert rows == whole


def test_it_is_taken_out_as_a_file_that_no_spreadsheet_runs(shown, officer, monkeypatch):
    monkeypatch.setattr("server.trail.table._ROWS", 3)
    shown.world.change("person", shown.own.person, name_fr='=HYPERLINK("x")', name_ar=None)
    answer = officer("/export.csv?action=view")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["Quand", "Qui", "Quoi", "Dossier", "Précision"]
    assert len(rows) == 1 + 3
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    sealed(shown)
    assert any("A exporté" in row for row in cells(officer("?action=export")))


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_page_can_be_seen(world, browse, language):
    world.user("vera", role="auditor", name_fr="Vera Tazi", name_ar="فيرا التازي")
    own = furnish(world, "home", HOME, world.agent("one"), "bank-account")
    author = Author(world.agent("amina"))
    world.database.write(
        lambda work: work.change("person", own.person, {"phone": "+212612345699"}, author)
    )
    log = AuditLog(world.database)
    for entity, record_id in (("person", own.person), ("visit", own.visit)):
        event = Event(world.now, Action.VIEW, world.agent("amina"), entity, record_id, own.person)
        log.note(event)
    log.note(Event(world.now, Action.REFUSE, world.agent("amina"), detail="see_audit"))
    log.write()
    with browse(language, "vera") as (_page, picture):
        picture("audit", "/desk/audit")
        picture("audit-person", f"/desk/people/{UUID(bytes=own.person)}")
