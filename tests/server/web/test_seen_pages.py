"""What each role sees of the desk: what it cannot change reads as a page, and no code is shown."""

import io
import re
from uuid import UUID

import pytest

from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
ICE = "001525713000000"


@pytest.fixture
def visit(world, client):
    """Look at an address as somebody of a role."""
    known = set()

    def looked(role, address, language="fr"):
        if role not in known:
            world.user(role, HOME, role=role)
            known.add(role)
        client.post("/desk/sign-in", data={"login": role, "password": "password1"})
        page = client.get(f"{address}{'&' if '?' in address else '?'}lang={language}").text
        assert not re.search(r"\[[a-z]+\.[a-z._]+\]", page)
        return page

    return looked


@pytest.fixture
def firms(tablet):
    """Return two enterprises of one ICE, and have them asked about."""
    named = {"commune_code": HOME, "ice": ICE}
    made = [tablet.put("enterprise", name_fr=name, **named) for name in ("Amal", "Amel")]
    tablet.sync()
    return made


@pytest.fixture
def point(tablet):
    place = {"commune_code": HOME, "commune_codes": (HOME,), "services": ("digital-id",)}
    made = tablet.put("contact_point", name_fr="Relais d'Aoulouz", name_ar="أولوز", **place)
    tablet.sync()
    return f"/desk/points/{UUID(bytes=made.record_id)}"


def text_of(html):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


def titles(html):
    return re.findall("<h2>(.*?)</h2>", html)


def test_what_is_known_stands_before_the_form_that_corrects_it(tablet, visit, point):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma", phone="+212612345678")
    tablet.sync()

    for address in (f"/desk/people/{UUID(bytes=person.record_id)}", point):
        page = visit("regional_coordinator", address)

        assert titles(page)[:2] == ["Ce que l&#39;on sait", "Corriger"]
        known = page[page.index("Ce que l&#39;on sait") : page.index("Corriger")]
        assert ("06 12 34 56 78" in known) == ("people" in address)
        assert '<details class="card card-fold">' in page, (
            "the form is folded away until it is wanted"
        )


def test_who_changes_nothing_reads_what_is_known_first(tablet, visit):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma", phone="+212612345678")
    tablet.sync()
    address = f"/desk/people/{UUID(bytes=person.record_id)}"

    page = visit("auditor", address)

    shown = page[page.index('class="split"') :]
    assert titles(shown)[0] == "Ce que l&#39;on sait"
    assert "06 12 34 56 78" in shown
    assert "Fadma" not in shown, "the title has the name"
    assert "base_rev" not in page
    assert page.count("<dt") == page.count('<dt class="caption muted"')


@pytest.mark.parametrize("role", ["auditor", "ministry_observer", "administrator"])
@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_point_is_read_in_names_not_in_codes(visit, point, role, language):
    page = visit(role, point, language)
    read = text_of(page[page.index("<main") :])
    assert HOME not in read
    assert "digital-id" not in read
    assert {"fr": "identité numérique", "ar": "الهوية الرقمية"}[language] in read
    assert "Relais d&#39;Aoulouz" in read
    assert "أولوز" in read


def test_a_list_says_what_it_is_narrowed_to_and_how_to_widen_it(tablet, visit):
    wide = visit("auditor", "/desk/requests")
    narrow = visit("auditor", "/desk/requests?state=delivered")
    assert "chip on" not in wide
    chip = r'<a class="chip on" href="/desk/requests"[^>]*>.*?Service rendu.*?</a>'
    assert re.search(chip, narrow, re.DOTALL)
    assert re.search(r'empty-state.*?<a class="btn[^>]+href="/desk/requests"', narrow, re.DOTALL)
    assert "chip on" in visit("auditor", "/desk/visits?outcome=done")


def test_who_decides_nothing_is_not_told_that_nothing_waits_for_their_decision(visit):
    morning = visit("administrator", "/desk")
    assert "Aucune tablette n&#39;est encore liée" in morning
    assert "Relier une tablette" not in morning  # nor may they
    assert "décision" not in text_of(morning[morning.index("<main") :])
    assert "Rien n&#39;attend de décision" in visit("auditor", "/desk")


def test_two_enterprises_of_one_ice_are_asked_about_as_such(visit, firms):
    listed = visit("regional_coordinator", "/desk/reviews")
    page = visit("regional_coordinator", re.search(r"/desk/reviews/[0-9a-f-]{36}", listed)[0])
    assert re.search(r"<h1>(.*?)</h1>", page)[1] == "Peut-être la même entreprise"
    assert "Les valeurs en présence" not in page
    assert "Ni l&#39;une ni l&#39;autre" not in page


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_way_in_is_not_for_coordinators_alone(client, language):
    page = client.get(f"/desk/sign-in?lang={language}").text
    assert {"fr": "coordonnateur", "ar": "منسق"}[language] not in page


@pytest.mark.browser
@pytest.mark.parametrize(
    ("language", "role"),
    [("fr", "regional_coordinator"), ("ar", "regional_coordinator"), ("ar", "ministry_observer")],
)
def test_the_pages_of_a_role_in_a_browser(world, tablet, firms, point, browse, language, role):
    from PIL import Image

    world.user("coord.taroudant", HOME, role=role)
    asked = {"commune_code": HOME, "enterprise_id": firms[0].record_id, "service": "credit"}
    tablet.put("application", state="ready", **asked)
    tablet.sync()
    with browse(language, "coord.taroudant") as (page, picture):
        picture(f"{role}-rights", "/desk/rights")
        picture(f"{role}-point", point)
        picture(f"{role}-missing", "/desk/none")
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"/desk?lang={language}")
        login = page.locator(".side .user b")
        assert login.bounding_box()["height"] < 30, "a login stands on one line"
        if role == "ministry_observer":
            picture("observer-forbidden", "/desk/people")
            page.set_viewport_size({"width": 1440, "height": 900})
            page.goto(f"/desk?lang={language}")
            lone, figures = (page.locator(one).bounding_box() for one in (".split", ".figures"))
            card = page.locator(".split .card").bounding_box()
            assert card["width"] == lone["width"] == figures["width"]
            return
        picture("requests", "/desk/requests")
        page.goto("/desk/reviews")
        page.click(".cell-lead .row-link")
        picture("duplicate")
        page.goto(f"/desk/devices?lang={language}")
        arrow = page.locator("select.in")
        drawn = Image.open(io.BytesIO(arrow.screenshot())).convert("L")
        edge = drawn.crop((4, 8, 16, drawn.height - 8))
        if language == "fr":
            edge = drawn.crop((drawn.width - 16, 8, drawn.width - 4, drawn.height - 8))
        low, high = edge.getextrema()
        assert high - low < 8, "the arrow of a list stands away from the border"
        page.select_option("select.in", index=1)
        page.click("main form .btn-main")
        page.wait_for_url("**/code")
        picture("code")
