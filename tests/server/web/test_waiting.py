"""A figure opens exactly the rows that it counted: in the menu, on the morning's page, in lists."""

import re

import pytest
from litestar.testing import TestClient

from server.app import build_app
from server.duplicates import finding
from server.settings import Settings
from server.web import waiting
from sync import local_time
from sync.scopes import DAY_MS
from tests.server.web.test_deciding_pages import a_person, a_skipped_step, first_link, post
from tests.stories import LANGUAGES, story
from tests.test_deciding import a_review
from tests.world import FAR, HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)

KEYS_OF_A_REVIEW = ["1", "2", "L", "J", "K", "/"]


def a_morning(world, tablet):
    """Something of each kind: two of some, so that a figure cannot be right by chance."""
    a_review(world, tablet)
    for name in ("Fadma", "Ijja"):
        a_person(tablet, commune_code=FAR, name_fr=name)
    person, _ = a_skipped_step(tablet)
    today = local_time.day_of(world.now)
    for due_on in (today - 1, today + 3, today + 30):
        asked = {"commune_code": HOME, "person_id": person, "service": "cnss"}
        tablet.put("application", **asked, state="submitted", due_on=due_on)
    for due_on, state in ((today - 2, "open"), (today - 1, "started"), (today - 9, "done")):
        tablet.put("task", commune_code=HOME, person_id=person, due_on=due_on, state=state)
    for due_on in (today + 2, today + 3, today + 4):
        wrong = {"title": "On tarde", "kind": "complaint", "due_on": due_on}
        tablet.put("task", commune_code=HOME, person_id=person, state="open", **wrong)
    for _ in range(2):
        course = {"service": "training", "state": "submitted", "due_on": today + 30}
        tablet.put("application", commune_code=HOME, person_id=person, **course)
    for ice in ("001234567000089", "001234567000089"):
        tablet.put("enterprise", commune_code=HOME, name_fr="Coop", ice=ice)
        tablet.sync()
    yesterday = local_time.day_start(today - 1) + 9 * 3_600_000
    for minute, planned_on in ((0, today - 1), (40, today - 1), (80, None), (None, today - 1)):
        began = None if minute is None else yesterday + minute * 60_000
        at = {"started_at": began, "ended_at": began and began + 60_000, "planned_on": planned_on}
        tablet.put("visit", commune_code=HOME, person_id=person, **at)
    tablet.sync()


def rows_at(client, url):
    page = client.get(f"{url}&lang=fr" if "?" in url else f"{url}?lang=fr").text
    return page.count("<tr>") + page.count('<tr class="selected"') - page.count("<thead><tr>")


def counted(page):
    """Return the figures of the morning, by the address that each opens."""
    found = re.findall(
        r'class="num n[^"]*">(\d+)</span><div class="grow"><a class="row-link" href="([^"]+)"', page
    )
    return {url.replace("&amp;", "&"): int(number) for number, url in found}


def test_each_figure_of_the_morning_opens_the_rows_that_it_counted(world, tablet, client):
    a_morning(world, tablet)

    figures = counted(client.get("/desk?lang=fr").text)

    kinds = {kind.url for kind in waiting.KINDS if kind.code not in ("silent", "pair")}
    assert set(figures) - {"/desk/duplicates"} == kinds
    figures.pop("/desk/duplicates", None)  # not a list of rows: walked below
    assert {url: rows_at(client, url) for url in figures} == figures
    assert figures["/desk/requests?due=soon"] == 2
    assert figures["/desk/tasks?due=over"] == 2
    assert figures["/desk/complaints"] == 3
    assert figures["/desk/queue?view=free"] == 2
    assert figures["/desk/visits?state=to_check&flag=any"] == 4


def test_what_has_no_day_is_of_no_age(world, tablet, client):
    person = tablet.put("person", commune_code=HOME, name_fr="Ali").record_id
    asked = {"commune_code": HOME, "person_id": person, "service": "training"}
    tablet.put("application", **asked, state="submitted")
    tablet.sync()

    page = client.get("/desk?lang=fr").text

    assert counted(page)["/desk/queue?view=free"] == 1
    assert (
        re.search(r'href="/desk/queue\?view=free".*?class="small muted age">([^<]*)<', page)[1]
        == ""
    )


def test_the_doubles_counted_are_those_that_one_walks_through(world, tablet, client):
    for phone, names in (("+212600000001", ("A", "A", "A")), ("+212600000002", ("B", "B"))):
        for name in names:
            who = {"name_fr": f"Fadma Ouchen {name}", "birth_year": 1980, "sex": "female"}
            tablet.put("person", commune_code=HOME, phone=phone, **who)
    tablet.sync()
    found = world.database.read(finding.due)
    world.database.write(lambda work: finding.keep_due(work, found))

    number = counted(client.get("/desk?lang=fr").text)["/desk/duplicates"]

    seen, address = set(), "/desk/duplicates"
    while address and address not in seen:
        seen.add(address)
        found = re.search(r'href="(/desk/duplicates/\d+)"[^>]*rel="next"', client.get(address).text)
        found = found or re.search(
            r'rel="next"[^>]*href="(/desk/duplicates/\d+)"', client.get(address).text
        )
        address = found and found[1]
    assert number == len(seen) > 1


def test_yesterday_and_the_week_open_the_visits_that_they_counted(world, tablet, client):
    a_morning(world, tablet)

    page = client.get("/desk?lang=fr").text

    plan = re.findall(r'<a href="(/desk/visits[^"]+only=[^"]+)">(\d+)</a>', page)
    assert [int(number) for _, number in plan] == [3, 3]  # done, of which two as planned; planned
    week = re.search(r'<a href="(/desk/visits[^"]+)">Sur 7 jours\u202f: (\d+) visites', page)
    for url, number in [*plan, week.groups()]:
        assert rows_at(client, url.replace("&amp;", "&")) == int(number), url


def test_the_menu_counts_the_same(world, tablet, client):
    a_morning(world, tablet)
    world.now += 20_000  # the menu of the page before this morning's is over
    figures = counted(client.get("/desk?lang=fr").text)
    menu = client.get("/desk/people?lang=fr").text
    for place in ("reviews", "requests", "tasks", "visits"):
        shown = re.search(
            rf'href="/desk/{place}"[^>]*>.*?class="waiting n"><span aria-hidden="true">(\d+)<',
            menu,
            re.DOTALL,
        )[1]
        of_place = [number for url, number in figures.items() if url.startswith(f"/desk/{place}")]
        assert int(shown) == sum(of_place)


def in_menu(page, place):
    """Return the figure of a destination; 0 where it has none."""
    figure = r'(?:(?!</a>).)*?class="waiting n"><span aria-hidden="true">(\d+)<'
    found = re.search(rf'href="/desk/{place}"[^>]*>{figure}', page, re.DOTALL)
    return int(found[1]) if found else 0


def test_who_decides_sees_it_in_the_menu_at_once(world, tablet, client):
    a_review(world, tablet)
    world.now += 20_000  # the menu of the page before is over
    address = first_link(client, "/desk/reviews/")
    before = in_menu(client.get("/desk/reviews?lang=fr").text, "reviews")

    post(client, address, decision="mine")

    assert in_menu(client.get("/desk/people?lang=fr").text, "reviews") == before - 1


def test_who_decides_sees_it_in_whichever_process_draws_the_next_page(
    world, tablet, client, tmp_path
):
    a_review(world, tablet)
    world.now += 20_000  # the menu of the page before is over
    address = first_link(client, "/desk/reviews/")
    settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path / "files")})
    with TestClient(build_app(settings, world.database)) as other:
        other.cookies = client.cookies
        before = in_menu(other.get("/desk/people?lang=fr").text, "reviews")

        post(client, address, decision="mine")

        other.cookies = client.cookies  # one browser
        assert in_menu(other.get("/desk/people?lang=fr").text, "reviews") == before - 1


def test_what_is_out_of_reach_is_not_counted(world, tablet, client):
    a_morning(world, tablet)
    world.user("karim", "01.511", role="regional_coordinator")
    client.post("/desk/sign-in", data={"login": "karim", "password": "password1"})
    page = client.get("/desk?lang=fr").text
    assert counted(page) == {}
    assert 'class="waiting n"' not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_names_whom_it_is_about_in_both_scripts_and_since_when(
    world, tablet, client, language
):
    tablet.put("person", commune_code=FAR, name_fr="Fadma Ouchen", name_ar="فاطمة أوشن")
    tablet.sync()
    world.now += 3 * DAY_MS  # longer than a session
    client.post("/desk/sign-in", data={"login": "amina", "password": "password1"})
    page = client.get(f"/desk/reviews?kind=held&lang={language}").text
    for name in ("Fadma Ouchen", "فاطمة أوشن"):
        assert name in page
    assert {"fr": "depuis 3 jours", "ar": "منذ 3 أيام"}[language] in page
    assert not re.search(r"\[[a-z]+\.[a-z._]+\]", page)


def test_a_decision_leads_on_to_the_next_of_its_list(world, tablet, client):
    for name in ("Un", "Deux", "Trois"):
        a_person(tablet, commune_code=FAR, name_fr=name, name_ar="")
        tablet.sync()
        world.now += 60_000
    page = client.get("/desk/reviews?kind=held&code=commune_outside_province&lang=fr").text
    addresses = re.findall(r'href="(/desk/reviews/held/[^"]+)"', page)
    assert len(addresses) == 3
    first, second, third = (address.replace("&amp;", "&") for address in addresses)
    assert "code=commune_outside_province" in first
    opened = client.get(f"{second}&lang=fr").text
    assert "2 sur 3" in opened
    assert f'href="{addresses[0]}" rel="prev"' in opened
    assert f'href="{addresses[2]}" rel="next"' in opened

    query = second.partition("?")[2]
    token = re.search(r'name="_csrf_token" value="([^"]+)"', opened)[1]
    answer = client.post(
        second, data={"act": "apply", "_csrf_token": token}, follow_redirects=False
    )

    assert answer.status_code == 303
    assert answer.headers["location"].partition("?")[0] == third.partition("?")[0]
    assert query in answer.headers["location"]
    last = client.post(third, data={"act": "apply", "_csrf_token": token}, follow_redirects=False)
    assert last.headers["location"].partition("?")[0] == first.partition("?")[0]
    end = client.post(first, data={"act": "apply", "_csrf_token": token}, follow_redirects=False)
    assert end.headers["location"].startswith("/desk/reviews?done=applied")


def test_the_head_says_who_reads_and_for_which_region(world, client):
    for language, region in (("fr", "Souss-Massa"), ("ar", "سوس")):
        page = client.get(f"/desk?lang={language}").text
        assert re.search(rf'<span class="place small muted">[^<]*{region}', page)


@pytest.mark.browser
@pytest.mark.slow
@story(1, language=LANGUAGES)
def test_the_pages_of_the_morning_can_be_seen(world, tablet, browse, language):
    a_morning(world, tablet)
    with browse(language) as (page, picture):
        picture("morning", "/desk")
        picture("morning-decide", "/desk/reviews")
        picture("morning-kind", "/desk/reviews?kind=conflict")
        picture("morning-tasks", "/desk/tasks")
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"/desk/reviews?lang={language}")
        page.click(".cell-lead a")
        picture("morning-conflict")


@pytest.mark.browser
@pytest.mark.slow
@story(0, language=LANGUAGES)
def test_keys_are_listed_switched_off_and_no_letter_of_a_field(world, tablet, browse, language):
    a_review(world, tablet)
    with browse(language) as (page, _):
        page.goto("/desk/reviews")
        page.locator(".cell-lead .row-link").first.click()
        page.wait_for_selector("details.keys:not([hidden])")  # its script is there
        page.keyboard.type("?")
        assert (
            page.locator("details.keys[open] li:visible kbd").all_inner_texts() == KEYS_OF_A_REVIEW
        )
        page.focus("[name=notes]")
        page.keyboard.press("Digit1")
        assert page.input_value("[name=notes]") == "1"
        page.uncheck("[data-keys-on]")
        page.keyboard.press("Digit1")
        page.reload()
        page.wait_for_selector("details.keys:not([hidden])")
        page.keyboard.press("Digit1")
        assert "done=" not in page.url
        page.click("details.keys summary")
        page.check("[data-keys-on]")
        page.locator("h1").click()
        page.keyboard.press("Digit2")
        page.wait_for_url(re.compile("/desk/reviews.*done=decided"))
