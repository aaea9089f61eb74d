"""A session that ends while a form is open: nothing that was typed is lost, or another's."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from server.accounts import commands, passwords
from server.web.site import COOKIE
from tests.server.web.test_captured_pages import a_visit
from tests.server.web.test_judging_visits import state, url
from tests.world import HOME, START

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
HOURS = 3_600_000
TYPED = 'Que vend-elle ?\r\n<b>"Où"</b> & à qui ?'


@pytest.fixture
def visit(tablet):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma Aït Lahcen")
    visit = a_visit(tablet, person, ended_at=START + HOURS // 2, outcome="done")
    tablet.sync()
    return visit


def token_of(client, address="/desk/visits"):
    return re.search(r'name="_csrf_token" value="([^"]+)"', client.get(address).text)[1]


def hidden(page):
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return [(unescape(name), unescape(value)) for name, value in found]


def as_form(pairs):
    form = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def sign_in(client, page="", login="amina", password="password1"):
    form = {**as_form(hidden(page)), "login": login, "password": password}
    return client.post("/desk/sign-in", data=form, follow_redirects=False)


def returned(client, visit, token):
    form = {"returned_field": "notes", "returned_note": TYPED, "seen_rev": "1"}
    address = f"{url(visit)}/return?from=state%3Dto_check"
    return send_with_file(client, address, {**form, "_csrf_token": token})


def send_with_file(client, address, form):
    """Send a form as browsers do where no file was chosen: its input has a name and no file."""
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.items()
    )
    parts += (
        '--x\r\nContent-Disposition: form-data; name="recording"; filename=""\r\n\r\n\r\n--x--\r\n'
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    return client.post(address, content=parts.encode(), headers=headers, follow_redirects=False)


def end(world, client, how):
    if how == "late":
        world.now += 13 * HOURS
        world.user("other", HOME)
    elif how == "signed out in another tab":
        client.post("/desk/sign-out", data={"_csrf_token": token_of(client)})
    elif how == "new password":
        hashed = passwords.hash_password("password1")
        world.database.write(lambda work: commands.set_password(work, world.agent("amina"), hashed))
    else:
        client.cookies.delete(COOKIE)


@pytest.mark.parametrize(
    "how", ["late", "signed out in another tab", "new password", "browser closed"]
)
def test_what_was_typed_comes_back_and_is_sent_by_a_press(world, client, visit, how):
    token = token_of(client)
    end(world, client, how)

    asked = returned(client, visit, token)
    assert asked.status_code == 401
    assert state(world, visit) is None
    wrong = sign_in(client, asked.text, password="wrong-password")
    assert wrong.status_code == 401
    again = sign_in(client, wrong.text)

    assert again.status_code == 200
    assert state(world, visit) is None
    action = unescape(
        re.search(r'<form class="form" method="post" action="([^"]+)"', again.text)[1]
    )
    assert action == f"{url(visit)}/return?from=state%3Dto_check"
    assert 'enctype="multipart/form-data"' in again.text
    assert send_with_file(client, action, dict(hidden(again.text))).status_code == 303
    assert world.get("visit", visit.record_id)["returned_note"] == TYPED.replace("\r\n", "\n")


def test_another_account_gets_nothing_of_it(world, client, visit):
    token = token_of(client)
    end(world, client, "late")
    world.user("karim", HOME, role="regional_coordinator")
    asked = returned(client, visit, token)
    answer = sign_in(client, asked.text, login="karim")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert "Que vend" not in answer.text
    assert state(world, visit) is None


@pytest.mark.parametrize("token", ["", "x", "none of ours"])
def test_what_another_sites_page_sends_is_not_shown(client, visit, token):
    client.cookies.clear()
    answer = returned(client, visit, token)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")


def test_a_page_that_was_asked_is_the_one_that_signing_in_leads_to(client):
    client.cookies.clear()
    html = {"accept": "text/html,*/*;q=0.8"}
    asked = client.get("/desk/visits?state=corrected", headers=html, follow_redirects=False)
    to = asked.headers["location"]
    assert dict(parse_qsl(urlsplit(to).query)) == {"to": "/desk/visits?state=corrected"}
    assert (
        sign_in(client, client.get(to).text).headers["location"] == "/desk/visits?state=corrected"
    )


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example/desk", "/desk\\evil", "/desk@evil", "/deskevil",
           "/desk/\r\nset-cookie: a=b", "/portal/status", "/desk/é", "/desk//\\evil.example"]
)  # fmt: skip
def test_signing_in_leads_to_the_desk_alone(client, to):
    form = {"to": to, "kept_to": to, "kept.a": "b", "login": "amina", "password": "password1"}
    answer = client.post("/desk/sign-in", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")


def posts(app):
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            is_desk = route.path.startswith("/desk/") and "/sign-" not in route.path
            if "POST" in handler.http_methods and is_desk:
                yield re.sub(r"{\w+:int}", "1", re.sub(r"{\w+(:str)?}", "0" * 32, route.path))


def test_every_form_of_the_desk_is_kept(world, client):
    token = token_of(client)
    world.now += 13 * HOURS
    addresses = sorted(set(posts(client.app)))
    assert len(addresses) > 20
    for address in addresses:
        form = {"row": ["a", "b"], "name_fr": TYPED, "_csrf_token": token}
        asked = client.post(address, data=form, follow_redirects=False)
        assert asked.status_code == 401, address
        again = sign_in(client, asked.text)
        assert f'action="{address}"' in again.text
        kept = as_form(hidden(again.text))
        assert kept.pop("_csrf_token") != [token]
        assert kept == {"row": ["a", "b"], "name_fr": [TYPED]}
        client.post("/desk/sign-out", data=as_form(hidden(again.text)))


def test_after_a_week_it_is_forgotten_whose_a_session_was(world, client):
    table = world.database.tables.web_session
    world.now += 8 * 24 * HOURS
    sign_in(client)
    with world.engines.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 1
