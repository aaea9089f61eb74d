"""While no message goes, the desk says since when and how many wait; the portal says it too."""

import pytest
from litestar.testing import TestClient

from server.app import build_app
from server.settings import Settings
from server.sms.outage import note_down, note_up

SAID = {
    "fr": ("Aucun message ne part", "1 message attend"),
    "ar": ("لا تصل أي رسالة", "رسالة واحدة"),
}


@pytest.fixture
def anybody(world, tmp_path):
    environ = {"NUQTA_DATA_DIR": str(tmp_path / "more"), "NUQTA_SMPP_URL": "smpp://a:b@127.0.0.1/N"}
    with TestClient(build_app(Settings.from_env(environ), world.database)) as client:
        client.headers["accept"] = "text/html"
        yield client


def test_desk_and_portal_say_that_no_message_goes(world, client, anybody):
    asked = anybody.post("/portal/phone", data={"phone": "0612345678"}, follow_redirects=False)
    assert asked.headers["location"] == "/portal/code"
    waits = "Les messages ne partent plus depuis"
    assert waits not in anybody.get("/portal/code?lang=fr").text

    world.database.write(note_down)
    assert waits in anybody.get("/portal/code?lang=fr").text
    assert waits in anybody.post("/portal/code?lang=fr", data={"code": "000000"}).text
    for language, words in SAID.items():
        page = client.get(f"/desk?lang={language}").text
        assert [word for word in words if word not in page] == []
    assert "1 message attend" in client.get("/desk/jobs?lang=fr").text

    world.database.write(note_up)
    assert waits not in anybody.get("/portal/code?lang=fr").text
    assert "Aucun message ne part" not in client.get("/desk/jobs?lang=fr").text


def test_a_code_goes_to_who_asked_in_the_language_that_they_chose(world, anybody):
    said = {}
    for number, language in enumerate(("ar", "fr", "en", "zgh")):
        anybody.get(f"/points?lang={language}")
        anybody.post("/portal/phone", data={"phone": f"061234567{number}"})
        table = world.database.tables.message
        query = table.select().order_by(table.c.id.desc()).limit(1)
        said[language] = world.database.read(lambda r, q=query: r.connection.execute(q).one()).body
    assert said["en"].startswith("Nuqta: your code is")
    assert said["zgh"].startswith("Nuqta : votre code")
    assert said["ar"].startswith("نقطة")
