"""A form that is sent with nothing chosen is shown again with a sentence, whichever it is."""

import html
import re
from uuid import UUID

import pytest

from tests.stories import LANGUAGES
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)


def choosing(page, address):
    """Yield (where to, what it sends, its files) of each form that asks to choose of a list."""
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        if "<select" not in form or 'method="post"' not in form:
            continue
        where = re.search(r'action="([^"]*)"', form)
        sent = {
            name: html.unescape(value)
            for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
        }
        sent |= dict.fromkeys(
            re.findall(r'<(?:select|textarea|input class="in")[^>]* name="(\w+)"', form), ""
        )
        sent |= dict(re.findall(r'type="submit" name="(\w+)" value="(\w+)"', form)[:1])
        files = re.findall(r'type="file"[^>]* name="(\w+)"|name="(\w+)"[^>]* type="file"', form)
        spoken = {"".join(names): ("", b"") for names in files}
        yield html.unescape(where[1]) if where else address, sent, spoken


@pytest.fixture
def addresses(world, tablet):
    """Pages of the desk whose forms ask to choose: tablets, a point, a conflict, a visit."""
    person = tablet.put("person", commune_code=HOME, name_fr="Ali", sex="male")
    other = world.tablet("one")
    visit = tablet.put(
        "visit",
        commune_code=HOME,
        person_id=person.record_id,
        started_at=world.now - 60_000,
        ended_at=world.now,
    )
    tablet.sync()
    other.sync()
    for one, sex in ((tablet, "female"), (other, "male")):
        one.put("person", person.record_id, sex=sex, name_fr=f"Ali {sex}")
        one.sync()
    reviews = world.database.read(lambda records: records.list("review"))
    ids = [f"/desk/reviews/{UUID(bytes=one.record_id)}" for one in reviews]
    return [
        "/desk/devices",
        "/desk/points/new",
        f"/desk/visits/{UUID(bytes=visit.record_id)}",
        *ids,
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_chosen_is_a_sentence_and_no_dead_end(client, addresses, language):
    met = 0
    for address in addresses:
        page = client.get(f"{address}?lang={language}")
        assert page.status_code == 200, address
        for where, sent, spoken in choosing(page.text, address):
            answer = client.post(where, data=sent, files=spoken or None)
            assert answer.status_code in (200, 409, 422), (address, where, sent)
            met += 1
    assert met >= 3
