"""What was stored before dates had bounds is on its page; what came since is held, in words."""

import re

import pytest
import sqlalchemy as sa

from tests.test_deciding import held
from tests.world import HOME

YEAR_287396 = 9_007_199_254_740_991

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_visit_of_an_impossible_year_leaves_the_list_and_its_page(
    world, tablet, client, language
):
    visit = tablet.put("visit", commune_code=HOME, state="started").record_id
    tablet.sync()
    table = world.database.tables.records["visit"]
    impossible = {"started_at": YEAR_287396, "ended_at": -YEAR_287396, "planned_on": 2**31 - 1}
    world.database.write(
        lambda work: work.connection.execute(
            sa.update(table).where(table.c.id == visit).values(**impossible, next_on=-(2**31))
        )
    )

    listed = client.get(f"/desk/visits?lang={language}")
    assert listed.status_code == 200
    address = re.search(r'href="(/desk/visits/[0-9a-f-]{36})', listed.text)[1]
    page = client.get(f"{address}?lang={language}")
    assert page.status_code == 200
    assert "-5877641" in page.text


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize(
    "values",
    [
        {"started_at": YEAR_287396},
        {"next_on": 2**40},
        {"review_state": "accepted"},
        {"agent_id": b"x" * 16},
    ],
    ids=str,
)
def test_what_is_held_is_on_its_page_in_words(world, tablet, client, language, values):
    tablet.forge("visit", commune_code=HOME, state="started", **values)
    tablet.sync()

    (row,) = held(world)
    for address in ("/desk/reviews", f"/desk/reviews/held/{bytes(row.change_id).hex()}"):
        page = client.get(f"{address}?lang={language}")
        assert page.status_code == 200
        assert not re.search(r"\[(desk|refusal)\.", page.text)
        assert not re.search(r"\{[a-z]+\}", page.text)
