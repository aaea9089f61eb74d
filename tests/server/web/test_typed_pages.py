"""What people type on the desk's and the portal's pages, however their keyboards write it."""

import re
import unicodedata
from itertools import product

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from server.accounts import commands, passwords, sessions, territories, visitors
from server.app import build_app
from server.settings import Settings
from sync.rules.codes import normal_code
from sync.rules.collation import order_of
from tests.server.web.test_deciding_pages import post
from tests.server.web.test_tablet_pages import number_of, status
from tests.world import HOME, NEAR, Tablet, World

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


class Sent:
    """Messages as they were handed over."""

    def __init__(self):
        self.all = []

    def send(self, phone, body):
        self.all.append((phone, body))


@pytest.mark.parametrize("write", ["{}", "\u2066{}\u2069", "{} ", "\u200b{}"])
def test_a_code_of_the_portal_is_read_in_any_digits(world, write):
    sent = Sent()
    token = visitors.send_code(world.database, sent, "\u200f٠٦١٢٣٤٥٦٧٨", words="{code}")
    ((phone, code),) = sent.all
    assert phone == "+212612345678"
    typed = write.format(f"{code[:3]} {code[3:]}".translate(EASTERN))
    opened = world.database.write(lambda work: visitors.check_code(work, token, typed))
    assert opened.visitor.phone == phone


def test_an_enrolment_code_is_read_in_any_digits(world):
    tablet, code = Tablet(world, ":memory:"), world.code("one").lower()
    typed = f"\u200e{code[:5]}\u2011{code[5:]}".translate(EASTERN)
    assert tablet.enrol(normal_code(typed))["login"] == "one"
    tablet.store.close()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("kept", ["NFC", "NFD", "before, NFC", "before, NFD"])
def test_a_password_opens_however_its_letters_are_composed(world, form, kept):
    password = "clé d'été"
    known = unicodedata.normalize(kept[-3:], password)
    if kept.startswith("before"):  # its hash is of the text as it came
        world.user("selma", HOME)
        table = world.database.tables.account
        hashed = passwords._HASHER.hash(known)
        change = sa.update(table).where(table.c.login == "selma").values(password_hash=hashed)
        world.database.write(lambda work: work.connection.execute(change))
    else:
        world.user("selma", HOME, password=known)
    typed = unicodedata.normalize(form, password)
    login = commands.folded(" Selma\u200e")
    assert sessions.sign_in(world.database, login, typed).session
    with pytest.raises(sessions.SignInFailed):
        sessions.sign_in(world.database, login, "cle d'ete")


def test_a_tablet_is_confirmed_by_its_number_in_any_digits(world, tablet, client):
    address = f"/desk/devices/{number_of(tablet)}"
    for wrong in ("9" * 5000, "²", "nan", "\ud83d"):
        answer = post(client, address, act="wipe", confirm=wrong.encode("utf-8", "replace"))
        assert answer.status_code == 422
    typed = f"\u200f{number_of(tablet)} ".translate(EASTERN)
    assert post(client, address, act="wipe", confirm=typed).status_code == 303
    assert status(world, tablet) == "wiping"


@pytest.mark.parametrize("wrong", ["", "x", "9" * 30, "9" * 5000, "-1", "²", "1.5"])
def test_what_a_page_brings_back_broken_is_no_fault_of_the_server(tablet, client, wrong):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma")
    tablet.sync()
    address = f"/desk/people/{person.record_id.hex()}"
    answer = post(client, address, base_rev=wrong, was_douar="", douar="Iguiz")
    assert answer.status_code == (400 if wrong else 303)
    for asked in (f"after={wrong}", f"since={wrong}", f"until={wrong}", f"agent={wrong}"):
        assert client.get(f"/desk/visits?{asked}").status_code == (400 if wrong else 200)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("phone", "\u202a+212 (0)6 12 34 56 78\u202c", "+212612345678"),
        ("name_fr", " Ai\u0308cha \u200f", "Aïcha"),
        ("name_fr", "\u200b\u200f", None),
        ("notes", "un\r\ndeux", "un\ndeux"),
    ],
)
def test_the_desk_keeps_what_is_meant(world, tablet, client, field, typed, kept):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma", name_ar="فاطمة")
    tablet.sync()
    assert (
        post(client, f"/desk/people/{person.record_id.hex()}", **{field: typed}).status_code == 303
    )
    assert world.get("person", person.record_id)[field] == kept


def test_a_point_has_its_hours_and_phone_as_they_are_meant(world, tablet, client):
    point = tablet.put("contact_point", commune_code=HOME, name_fr="Relais")
    tablet.sync()
    values = {"name_fr": "Relais", "commune_code": HOME, "kind": "", "status": ""}
    typed = {"phone": "٠٦ ١٢ ٣٤ ٥٦ ٧٨", "hours": "\u200eMo\u2011Fr 08:30–16:30"}
    answer = post(client, f"/desk/points/{point.record_id.hex()}", **values, **typed)
    assert answer.status_code == 303
    found = world.get("contact_point", point.record_id)
    assert (found["phone"], found["hours"]) == ("+212612345678", "Mo-Fr 08:30-16:30")
    for language, said in (("fr", "lundi – vendredi"), ("ar", "الإثنين – الجمعة")):
        page = client.get(f"/desk/points?lang={language}").text
        assert said in page
        assert "Mo-Fr" not in page


def test_no_input_cuts_what_is_pasted_or_takes_western_digits_alone(tablet, client):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma").record_id.hex()
    tablet.sync()
    device = number_of(tablet)
    for address in (f"/desk/people/{person}", "/desk/points/new", f"/desk/devices/{device}", "/"):
        page = client.get(address).text
        assert "<input" in page
        assert not re.search(r'maxlength|type="(?:number|email)"', page)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_lists_of_names_stand_in_the_order_of_the_language(world, language):
    from server.portal.queries import communes
    from server.portal.queries import provinces as provinces_in

    def read(records):
        every = provinces_in(records, language)
        return every, [communes(records, language, code) for code, _ in every]

    found, of_each = world.database.read(read)
    for names in ([name for _, name in one] for one in (found, *of_each)):
        assert names == sorted(names, key=order_of(language))
    assert sum(map(len, of_each)) > 1_400
    if language == "fr":
        provinces = [name for _, name in found]
        assert provinces.index("Tétouan") < provinces.index("Tiznit")


def test_the_menus_of_the_desk_are_in_the_order_of_the_language(world, client):
    for login, name in (("a1", "Zineb"), ("a2", "Élise"), ("a3", "Farid")):
        world.user(login, HOME, name_fr=name)
    for address in ("/desk/visits?lang=fr", "/desk/devices?lang=fr"):
        page = client.get(address).text
        assert page.index("Élise") < page.index("Farid") < page.index("Zineb")


def test_what_was_typed_beside_a_refused_value_is_kept_when_that_is_corrected(
    world, tablet, client
):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma", douar="Igli")
    tablet.sync()
    address = f"/desk/people/{person.record_id.hex()}"
    shown = {"was_douar": "Igli", "was_phone": "", "was_name_fr": "Fadma", "name_fr": "Fadma"}
    page = post(client, address, **shown, douar="Ouled Teïma", phone="+33 6")
    assert page.status_code == 422
    again = dict(re.findall(r'name="(was_\w+)" value="([^"]*)"', page.text))
    again |= {"name_fr": "Fadma", "douar": "Ouled Teïma", "phone": "0612345678"}
    assert post(client, address, **again).status_code == 303
    found = world.get("person", person.record_id)
    assert (found["douar"], found["phone"]) == ("Ouled Teïma", "+212612345678")


UNBEARABLE = ("9" * 400, "nan", "1e999", "\0", "1\0", "\ud800", "²", "\u200b", "31/02/2026")


@pytest.fixture
def any_client(world_url, tmp_path):
    """The coordinator's browser, on each engine: they refuse different texts."""
    with World(world_url, tmp_path / "files", is_furnished=True) as world:
        world.user("amina", HOME, role="regional_coordinator")
        settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path / "files")})
        with TestClient(build_app(settings, world.database)) as client:
            client.post("/desk/sign-in", data={"login": "amina", "password": "password1"})
            yield client


@pytest.mark.slow
def test_no_address_makes_the_server_fail(any_client):
    asked = ("q", "after", "since", "until", "commune", "outcome", "agent", "person")
    pages = ("visits", "people", "enterprises", "search")
    for text in (*UNBEARABLE, "9" * 25 + ".00", "1~\0", "09.541.01.03~00", "\0.00"):
        sent = text[:200].encode("utf-8", "replace")
        for page, name in product(pages, asked):
            answer = any_client.get(f"/desk/{page}", params={name: sent})
            assert answer.status_code in (200, 400), (page, name, text[:20])


def test_nobody_signs_in_with_hostile_text_and_the_server_says_so(any_client):
    for text in UNBEARABLE:
        sent = text[:200].encode("utf-8", "replace")
        for form in ({"login": sent, "password": "x"}, {"login": "amina", "password": sent}):
            assert any_client.post("/desk/sign-in", data=form).status_code in (400, 401, 429)
        for form, page in (({"phone": sent}, "phone"), ({"code": sent}, "code")):
            assert any_client.post(f"/portal/{page}", data=form).status_code in (400, 422)


def test_a_territory_is_granted_by_a_code_in_any_digits(world):
    world.grant("one", f"\u200f{NEAR} ".translate(EASTERN))
    territory = world.database.read(
        lambda records: territories.territory_of(records, world.agent("one"))
    )
    assert NEAR in territory.communes(world.now)
