"""An office sees how it keeps its delays, and each count opens the requests that it counts."""

import csv
import html
import io
import re

import pytest

from server.offices.levels import bounds_of, months_until
from server.phrases import load_phrases
from sync import local_time
from sync.scopes import DAY_MS
from tests.server.web.test_offices import enter, filed, offices, send, url  # noqa: F401

RNA = ("rna", "dpa-taroudant", "share_administration")


def cells(page):
    (row,) = re.findall(r'<tr[^>]*>((?:(?!</tr>).)*<td class="cell-lead.*?)</tr>', page, re.DOTALL)
    found = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    texts = [
        html.unescape(
            re.sub("<[^>]+>", "", re.sub(r'<span class="cell-label">.*?</span>', "", one))
        )
        for one in found
    ]
    return texts, re.findall(r'href="([^"]+)"', row)


@pytest.fixture
def answered(world, tablet, enter):  # noqa: F811
    """Two that the office answered, one in time and one after its end; and one that waits."""
    soon, late = filed(world, tablet, *RNA), filed(world, tablet, *RNA, name="Amal")
    world.now += 10 * DAY_MS
    answer(enter("dpa"), soon)
    world.now += 190 * DAY_MS
    answer(enter("dpa"), late)
    waiting = filed(world, tablet, *RNA, name="Itto")
    return soon, late, waiting


def answer(clerk, request):
    page = send(clerk, url(request, "answer"), state="approved", sure="1")
    assert page.status_code == 200


def test_each_month_says_what_was_kept_and_its_counts_open_their_rows(world, answered, enter):  # noqa: F811
    dpa, now = enter("dpa"), months_until(world.now)[0]
    page = dpa.get("/desk/queue/levels").text
    texts, links = cells(page)
    assert [re.sub(r"\s", " ", one) for one in texts[1:5]] == ["1", "0 %", "200", "1"]
    filed_at = world.get("application", answered[2])["created_at"]
    assert texts[5] == load_phrases("fr").day(local_time.day_of(filed_at), "short")
    for link, name in zip(links, ("Amal", "Itto"), strict=True):
        listed = dpa.get(html.unescape(link)).text
        assert name in listed
        assert listed.count("row-link") == 1
        assert now in html.unescape(link) or name == "Itto"
    assert enter("banque").get("/desk/queue/levels").text.count('td class="cell-lead') == 0

    table = dpa.get("/desk/queue/levels.csv")
    assert table.headers["content-type"].startswith("text/csv")
    head, *rows = csv.reader(io.StringIO(table.text.removeprefix("\ufeff")))
    kept = [dict(zip(head, row, strict=True)) for row in rows]
    assert [one["dans le délai"] for one in kept if one["répondues"] == "1"] == ["0/1", "1/1"]


def test_a_month_is_one_of_the_wall_and_no_other_text():
    first, after = bounds_of("2026-12")
    assert local_time.day_of(first) + 31 == local_time.day_of(after)
    assert local_time.day_of(first - 1) + 1 == local_time.day_of(first)


@pytest.mark.parametrize("month", ["2026-13", "x", "2026-1", "9999-01"])
def test_a_month_that_is_none_is_refused(enter, month):  # noqa: F811
    dpa = enter("dpa")
    for page in ("levels", ""):
        assert dpa.get(f"/desk/queue/{page}".rstrip("/") + f"?month={month}").status_code in (
            400,
            422,
        )
