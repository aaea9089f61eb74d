"""Maps and charts: whole, unmirrored, and readable without seeing them."""

import itertools
import re
from collections import Counter

import pytest

from server.phrases import load_all_phrases
from server.web.charts import Charts
from server.web.maps import Maps, Point, Shades, View, load_outlines


@pytest.fixture(scope="module")
def outlines():
    return load_outlines()


@pytest.fixture(scope="module")
def phrases():
    return load_all_phrases()


def test_the_country_is_its_twelve_regions(outlines, phrases):
    drawn = Maps(outlines, phrases["fr"]).country(View("Régions"))

    assert drawn.count('class="map-land"') == len(outlines.regions) == 12
    assert drawn.count('class="map-region"') == 1


def test_regions_and_provinces_share_their_borders(outlines):
    def edges(areas):
        return Counter(
            frozenset(edge)
            for area in areas
            for ring in area.rings
            for edge in itertools.pairwise(ring)
        )

    provinces, regions = edges(outlines.provinces), edges(outlines.regions)

    assert regions.keys() <= provinces.keys()
    # A border has one area on either side; a coast, or the country's own border, has one.
    assert set(provinces.values()) == {1, 2}
    assert {edge for edge, sides in regions.items() if sides == 1} == {
        edge for edge, sides in provinces.items() if sides == 1
    }


def test_a_map_is_not_mirrored(outlines, phrases):
    shapes = [
        re.findall(r' d="[^"]+"', Maps(outlines, phrases[language]).country(View("x")))
        for language in ("fr", "ar")
    ]

    assert shapes[0] == shapes[1]


def test_shades_follow_their_bounds_and_the_unknown_is_hatched(outlines, phrases):
    shades = Shades({"01": 0.1, "02": 0.6, "03": 0.99, "04": None}, (0.6, 0.75, 0.85, 0.95))
    assert [shades.class_of(code) for code in ("01", "02", "03", "04", "05")] == [
        1,
        2,
        5,
        None,
        None,
    ]

    drawn = Maps(outlines, phrases["fr"]).country(View("x", shades=shades))
    assert drawn.count("url(#map-hatch)") == 9


def test_a_point_with_an_address_is_a_named_link(outlines, phrases):
    point = Point(30.44, -8.74, "visit", "Tiout <1>", "/visits/1")

    drawn = Maps(outlines, phrases["fr"]).region("09", View("x", points=[point]))

    assert '<a href="/visits/1" aria-label="Tiout &lt;1&gt;">' in drawn
    assert 'role="group"' in drawn


def test_a_map_without_links_is_a_picture_with_a_description(outlines, phrases):
    drawn = Maps(outlines, phrases["ar"]).provinces(["09.541"], View("عنوان", "وصف", key="one"))

    assert 'role="img" aria-labelledby="one-title" aria-describedby="one-desc"' in drawn
    assert '<title id="one-title">عنوان</title><desc id="one-desc">وصف</desc>' in drawn
    assert "تارودانت" in drawn


def test_points_stand_where_they_are(outlines, phrases):
    west, east = Point(30.44, -9.0, "stop", "w"), Point(30.44, -8.5, "stop", "e")

    drawn = Maps(outlines, phrases["ar"]).region("09", View("x", points=[west, east]))

    places = re.findall(r"translate\(([\d.]+) ([\d.]+)\)", drawn)
    assert float(places[0][0]) < float(places[1][0])
    assert places[0][1] == places[1][1]


def test_provinces_nobody_knows_are_refused(outlines, phrases):
    with pytest.raises(KeyError):
        Maps(outlines, phrases["fr"]).provinces(["99.999"], View("x"))


def test_a_whole_country_shaded_by_province_stays_small(outlines, phrases):
    shades = Shades({p.code: 0.5 for p in outlines.provinces}, (0.6, 0.75, 0.85, 0.95))

    assert len(Maps(outlines, phrases["fr"]).country(View("x", shades=shades))) < 60_000


def test_a_bullet_is_red_only_under_four_fifths(phrases):
    drawn = Charts(phrases["fr"]).bullets([("a", 4, 5), ("b", 3, 5), ("c", 0, 0)], "x")

    assert re.findall(r'<rect class="(main|low)"', drawn) == ["main", "low", "main"]
    assert "3 sur 5" in drawn


def test_time_runs_as_the_text_runs(phrases):
    lines = {
        language: re.findall(r'class="line" d="M([\d.]+) ', chart)
        for language, chart in (
            (code, Charts(spoken).line([("1", 10), ("2", 20)], "x"))
            for code, spoken in phrases.items()
        )
    }

    assert float(lines["fr"][0]) < 100
    assert float(lines["ar"][0]) > 200


def test_a_chart_of_one_point_or_of_nothing_but_zero_is_drawn(phrases):
    charts = Charts(phrases["fr"])

    assert "NaN" not in charts.line([("1", 0)], "x")
    assert charts.bars([("a", 0, "0")], "x").count("<tr>") == 1
    assert charts.bullets([], "x").count("<tr>") == 0


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("values", [(10, 20), (900, 1000, 4), (1, 2, 3, 1000, 0, 1000, 998)])
def test_the_last_figure_stands_clear_of_the_line(phrases, language, values):
    drawn = Charts(phrases[language]).line([(str(at), n) for at, n in enumerate(values)], "x")
    path = re.search(r'class="line" d="M([^"]+)"', drawn).group(1)
    places = [tuple(map(float, place.split())) for place in path.split("L")]
    said = re.search(r'class="last" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]+)<', drawn)
    x, y, room = float(said[1]), float(said[2]), 9 * len(said[3])

    steps = [at / 100 for at in range(101)]
    under = [
        before[1] + (after[1] - before[1]) * share
        for before, after in itertools.pairwise(places)
        for share in steps
        if abs(before[0] + (after[0] - before[0]) * share - x) <= room
    ]

    assert y <= min(under) - 8
    assert y >= 12  # the figure is whole within the picture
