"""A day's slip: what the tablet's screen shows without a network, read and compared at the desk."""

import re
from io import BytesIO

import pytest
import segno

from mobile_app.screens.slip.presenter import DaySlipPresenter
from sync import slip
from sync.rules import codes
from tests.mobile_app.scenes import linked
from tests.mobile_app.test_scan import photo_of
from tests.world import HOME


@pytest.fixture
def day(tablet, tmp_path):
    """A visit and a person that have arrived, and a person that has not."""
    tablet.put("person", name_fr="Fadma", commune_code=HOME)
    tablet.put("visit", commune_code=HOME, type="follow_up")
    tablet.sync()
    tablet.put("person", name_fr="Ijja", commune_code=HOME)
    return DaySlipPresenter(linked(tablet, tmp_path))


def square_of(day):
    store = day.context.opened
    given = {"device_id": store.kept.device_id, "day": day.today.day, "minute": 600}
    return slip.square(store.kept.rescue_key, items=day._items(), **given)


def read(client, text, language="fr"):
    return client.get("/desk/slips", params={"code": text, "lang": language})


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_square_says_which_have_not_arrived(client, day, language):
    page = read(client, square_of(day), language).text

    pills = re.findall(r'class="state[^"]*"', page)
    assert len(day._items()) == 3
    assert page.count({"fr": "À venir", "ar": "لم تصل بعد"}[language]) == 1
    assert page.count({"fr": ">Arrivée<", "ar": ">وصلت<"}[language]) == 2, pills
    assert "Fadma" not in page
    assert "Ijja" not in page


def test_the_typed_code_says_how_many_however_it_is_typed(client, day):
    code = "".join(letter for letter in day.code() if letter.isascii())

    for typed in (code, code.lower(), code.replace(" ", "-"), code.replace("0", "O")):
        page = read(client, typed).text
        assert "2 arrivées sur 3" in page
        assert "une fiche est encore sur la tablette" in page


def test_once_all_has_arrived_it_says_so(client, day, tablet):
    tablet.sync()

    assert "Tout est arrivé." in read(client, square_of(day)).text
    assert "Tout est arrivé." in read(client, day.code()).text


def test_a_misread_group_is_told_by_its_number(client, day):
    code = day.code().strip("\u2066\u2069")
    place = code.index(" ") + 1
    wrong = codes.ALPHABET[(codes.ALPHABET.index(code[place]) + 1) % 32]

    page = read(client, code[:place] + wrong + code[place + 1 :])

    assert page.status_code == 422
    assert "groupe 2" in page.text


def test_groups_that_changed_places_are_noticed(client, day):
    first, second, *rest = day.code().strip("\u2066\u2069").split()

    assert read(client, " ".join([second, first, *rest])).status_code == 422


@pytest.mark.parametrize("at", [0, 9, 11, 30, -1])
def test_of_a_changed_slip_nothing_counts(client, day, at):
    """A square of which a byte was changed, and a code that somebody computed for more."""
    text = square_of(day).removeprefix(slip.MARK)
    raw = bytearray(codes.from_base32(text))
    raw[at] ^= 1

    page = read(client, slip.MARK + codes.base32(bytes(raw)))

    assert page.status_code == 422
    assert "arrivées sur" not in page.text


def test_a_code_made_without_the_key_is_no_slip(client, day):
    store = day.context.opened
    forged = slip.code(b"?" * 32, device_id=store.kept.device_id, day=day.today.day, count=2)

    page = read(client, forged)

    assert page.status_code == 422
    assert "Ce bordereau a été changé" in page.text


@pytest.mark.parametrize("text", ["x", "NUQTA:DAY2:", "NUQTA:DAY2:ZZZ", "🙂" * 300, "0" * 20])
def test_nonsense_is_answered_with_a_sentence(client, text):
    page = read(client, text)

    assert page.status_code == 422
    assert "problem-line" in page.text


def test_a_slip_of_anothers_tablet_is_nobodys(world, client, day):
    world.user("far", "02.113.01.01")
    other = world.tablet("far")
    key, number = other.store.kept.rescue_key, other.store.kept.device_id

    page = read(client, slip.code(key, device_id=number, day=day.today.day, count=1))

    assert "aucune tablette de vos communes" in page.text


def test_a_day_of_a_hundred_records_counts_them_all(client, tablet, tmp_path):
    for _ in range(100):
        tablet.put("visit", commune_code=HOME)
    tablet.sync()
    day = DaySlipPresenter(linked(tablet, tmp_path))

    assert "100 arrivées sur 100" in read(client, square_of(day)).text


def send(client, content, name="slip.jpg"):
    page = client.get("/desk/slips?lang=fr").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    picture = {"picture": (name, content, "image/jpeg")}
    return client.post(
        "/desk/slips?lang=fr", data={"_csrf_token": token}, files=picture, follow_redirects=True
    )


@pytest.mark.parametrize("turned", [0, 90])
def test_a_photo_of_the_tablets_screen_is_read_without_script(client, day, tmp_path, turned):
    photo = photo_of(square_of(day), tmp_path / "a.jpg", turned=turned)
    page = send(client, photo.read_bytes())
    assert page.status_code == 200
    assert page.text.count("À venir") == 1
    assert "Fadma" not in page.text


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut", b"GIF89a" * 9])
def test_what_is_no_picture_of_a_slip_is_said_beside_the_field(client, day, content):
    page = send(client, content)
    assert page.status_code == 422
    assert "Aucun carré" in page.text


def test_a_picture_from_another_site_is_not_taken(client, day):
    picture = {"picture": ("a.jpg", b"x", "image/jpeg")}
    assert client.post("/desk/slips", files=picture).status_code == 403


@pytest.mark.parametrize(
    "text", ["سلام " * 250, "a\0b", "\ud800".encode("utf-16-le", "surrogatepass"), "%" * 1_500]
)
def test_a_square_of_something_else_is_answered_with_a_sentence(client, day, text):
    drawn = BytesIO()
    segno.make(text, micro=False).save(drawn, kind="png", scale=4, border=4)
    answer = send(client, drawn.getvalue())
    assert answer.status_code == 422
    assert "Aucun carré" in answer.text or "ni le carré ni le code" in answer.text


def test_the_page_alone_may_open_the_camera(client, day):
    allowed = client.get("/desk/slips").headers["permissions-policy"]
    assert "camera=(self)" in allowed
    assert "microphone=()" in allowed
    assert "camera=()" in client.get("/desk/devices").headers["permissions-policy"]


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_slip_is_read_while_the_camera_looks(browse, day, tmp_path, language):
    photo_of(square_of(day), tmp_path / "a.jpg").rename(tmp_path / "seen.mjpeg")
    with browse(language, camera=tmp_path / "seen.mjpeg") as (page, picture):
        picture("slip-camera", "/desk/slips")
        refused = []
        page.on("console", lambda one: refused.append(one.text) if one.type == "error" else None)
        page.goto(f"/desk/slips?lang={language}")
        page.locator("[data-camera] button").click()
        page.wait_for_url("**/desk/slips?code=*")
        assert (
            page.locator(".entry").count() or page.locator("progress, [role=progressbar]").count()
        )
        assert refused == []


@pytest.mark.browser
def test_without_a_camera_it_says_so_and_the_file_stays(browse, day):
    with browse("fr") as (page, _):
        page.goto("/desk/slips?lang=fr")
        page.locator("[data-camera] button").click()
        page.get_by_text("La caméra ne s’ouvre pas").wait_for()
        assert page.locator("[name=picture]").is_visible()
