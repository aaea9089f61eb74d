"""A service said aloud: recorded at the desk, published by another, heard on portal and tablet."""

import re

import pytest

from mobile_app.screens.request.said import Said
from server.media.commands import Uploads
from server.media.store import BlobFiles
from server.reference import catalogue
from server.services import proposals
from sync.rules import spoken
from sync.rules.editions import Catalogue, read_edition
from tests.mobile_app.scenes import linked
from tests.server.test_sounds import film_of
from tests.server.web.test_service_editions import send, sign_in, token
from tests.server.web.test_services import coop, enter, of
from tests.test_editions import of_file
from tests.world import HOME

DESK, PUBLIC = "/desk/services/advisory", "/services/advisory"
SOUND = b"\x1aE\xdf\xa3webm\x86\x86A_OPUS" + bytes(2000)


@pytest.fixture
def world(world, monkeypatch):
    monkeypatch.setattr(catalogue, "_HERE", catalogue._Process())
    catalogue.follow(world.database)
    world.user("hassan", HOME, role="programme_manager")
    return world


def record(client, content=SOUND, **form):
    files = {"recording": ("a.webm", content, "audio/webm")}
    data = {"_csrf_token": token(client), "language": "shi", "seconds": "7", **form}
    return client.post(f"{DESK}/recordings", data=data, files=files)


def only(pattern, page):
    (found,) = set(re.findall(pattern, page))
    return found


def test_recorded_published_heard_and_taken_away(client, world, tablet, tmp_path):
    person = tablet.put("person", name_fr="Rkia", commune_code=HOME, service_language="shi")
    page = record(client).text
    sound = only(r'src="(/desk/services/advisory/recordings/[^"]+)"', page)
    named = sound.rpartition("/")[2]
    assert client.get(sound).content == SOUND
    open_to_all = f"{PUBLIC}/recordings/{named}"
    assert client.get(open_to_all).status_code == 404
    assert "<audio" not in client.get(PUBLIC).text
    assert send(client, f"{DESK}/recordings/publish", recording=named).status_code == 403

    sign_in(client, "hassan")
    assert send(client, f"{DESK}/recordings/publish", recording=named).status_code == 200
    assert "1 sur 5" in client.get("/desk/services?lang=fr").text
    shown = only(r"<audio.*?>", client.get(PUBLIC).text)
    assert 'preload="none"' in shown
    assert f'src="{open_to_all}"' in shown
    part = client.get(open_to_all, headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"webm")
    assert part.headers["content-type"] == "audio/webm"
    assert client.get(f"/services/amo/recordings/{named}").status_code == 404

    mine = coop(world)
    enter(client, world)
    assert open_to_all in client.get(f"/portal/services/advisory?of={of(mine)}").text

    tablet.sync()
    context = linked(tablet, tmp_path)
    said = Said(context)
    ((key, language),) = said.of("advisory", person)
    assert language == "Tachelhit"
    assert said.content(key) == b""
    said.fetch(key)
    assert (said.problem, said.content(key)) == ("", SOUND)

    sign_in(client, "hassan")
    assert send(client, f"{DESK}/recordings/remove", recording=named).status_code == 200
    assert client.get(open_to_all).status_code == 404
    assert "C&#39;est déjà" in send(client, f"{DESK}/recordings/remove", recording=named).text
    files = BlobFiles(tmp_path / "files")
    assert list(files.sealed.hashes())
    Uploads(world.database, files).purge()
    assert not list(files.sealed.hashes())
    tablet.sync()
    assert said.of("advisory", person) == []


def test_what_an_old_telephone_plays_too_is_known_by_its_content(client, world):
    content = film_of("soun")
    sound = only(r'src="(/desk/services/advisory/recordings/[^"]+)"', record(client, content).text)
    assert client.get(sound).headers["content-type"] == "audio/mp4"


@pytest.mark.browser
def test_what_cannot_be_played_says_so_and_gives_its_file(client, world, browse):
    sound = only(r'src="(/desk/services/advisory/recordings/[^"]+)"', record(client).text)
    with browse("fr") as (page, _):
        page.goto(f"{DESK}?lang=fr")
        said = page.locator(".recordings [role=alert]")
        assert not said.is_visible()
        page.evaluate("document.querySelector('audio').play().catch(() => {})")
        said.wait_for(state="visible")
        assert "n'a pas pu être lu" in said.text_content()
        assert said.locator("a[download]").get_attribute("href") == sound


@pytest.mark.parametrize(
    ("content", "form", "words"),
    [
        (SOUND, {"language": "fr"}, "Choisissez la langue"),
        (b"%PDF-1.4 not a sound", {}, "enregistrement"),
        (film_of("soun", "vide"), {}, "enregistrement"),
        (b"", {"language": ""}, "Choisissez un fichier"),
    ],
)
def test_what_is_no_recording_is_refused_beside_its_field(client, content, form, words):
    page = record(client, content, **form)
    assert page.status_code == 422
    assert words in page.text
    assert "<audio" not in page.text
    assert client.get(DESK).headers["permissions-policy"].count("microphone=(self)") == 1


def test_another_of_the_same_words_takes_the_place_of_the_first(client, world):
    first = only(r"recordings/([0-9a-f-]{36})", record(client).text)
    second = {*re.findall(r"recordings/([0-9a-f-]{36})", record(client, SOUND + b"2").text)}
    sign_in(client, "hassan")
    for named in (first, *(second - {first})):
        send(client, f"{DESK}/recordings/publish", recording=named)
    heard = only(r'src="/services/advisory/recordings/([^"]+)"', client.get(PUBLIC).text)
    assert heard != first
    assert client.get(f"{PUBLIC}/recordings/{first}").status_code == 404


def test_an_edition_of_other_words_is_silent_until_it_is_recorded_anew():
    first = read_edition(of_file("advisory"))
    dearer = read_edition(of_file("advisory", edition=2, fee={"file_mad": 5}))
    texts = {**of_file("advisory")["about"], "zgh": "ⴰⵡⴰⵍ"}
    told = read_edition(of_file("advisory", edition=3, about=texts))
    other = read_edition(of_file("advisory", edition=4, about={**texts, "fr": "Autre chose"}))
    known = Catalogue([first, dearer, told, other])
    values = {"service": "advisory", "number": 1, "language": "mey", "state": "published"}
    heard = [spoken.heard(one, known, [("a", values)]) for one in (first, dearer, told, other)]
    assert heard == [{"mey": "a"}, {"mey": "a"}, {"mey": "a"}, {}]


def test_a_recording_waits_for_another_edition_beside_the_page_of_the_newest(client, world):
    record(client)
    newer = of_file("advisory", about={"fr": "Autre", "ar": "آخر"}, valid_from="2027-01-01")
    made = world.database.write(lambda work: proposals.propose(work, newer, b"a" * 16))
    world.database.write(lambda work: proposals.publish(work, made, b"b" * 16))
    catalogue.forget()
    page = client.get(f"{DESK}?lang=fr").text
    assert "D&#39;autres textes" in page
    assert page.count("Pas d&#39;enregistrement") == 5
