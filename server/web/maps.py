"""Maps drawn on the server from our own outlines: no tiles, no script, nothing fetched.

Morocco is shown whole, its twelve regions with no line inside them but those of provinces. A map
is never mirrored; its words, its legend and the table beside it are. Longitudes shrink by the
cosine of the middle latitude, which is true enough to see where things lie; distances are computed
elsewhere. What a map shows is in a table too, so a map is never the only way to something.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from markupsafe import Markup

from sync.phrases import Phrases

REFERENCE = Path(__file__).parent.parent / "reference"
COUNTRY_SIZE, CLOSE_WIDTH, CLOSE_HEIGHT_MAX = (840, 786), 520, 520
MARGIN = 14
CLASSES = 5
FINEST_STEP = 0.4  # pixels; two corners nearer than this look like one

Ring = tuple[tuple[float, float], ...]
PointKind = Literal["point", "stop", "visit", "place"]
Projection = Callable[[float, float], tuple[float, float]]
_PATHS_KEPT = 1_000
"""Outlines as drawn, some kB each: who coordinates a region sees the same few again and again."""


@dataclass(frozen=True, eq=False)
class Area:
    """A region or a province, as rings of longitude and latitude; one of each in a process."""

    code: str
    name_fr: str
    name_ar: str
    rings: tuple[Ring, ...]

    @cached_property
    def box(self) -> Box:
        """The rectangle the area fills."""
        return Box.around(place for ring in self.rings for place in ring)

    @cached_property
    def middle(self) -> tuple[float, float]:
        """The centre of gravity of its largest part."""
        return _middle(max(self.rings, key=len))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in degrees."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def around(cls, places: Iterable[tuple[float, float]]) -> Box:
        """Return the rectangle about places, each a longitude and a latitude."""
        longitudes, latitudes = zip(*places, strict=True)
        return cls(min(longitudes), min(latitudes), max(longitudes), max(latitudes))

    @property
    def corners(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Two corners, each a longitude and a latitude."""
        return (self.west, self.south), (self.east, self.north)

    def meets(self, other: Box) -> bool:
        """Tell whether two rectangles share ground."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )


@dataclass(frozen=True, slots=True)
class Outlines:
    """The outlines of the country."""

    regions: tuple[Area, ...]
    provinces: tuple[Area, ...]

    def provinces_of(self, region_code: str) -> tuple[str, ...]:
        """Return the codes of the provinces of a region."""
        return tuple(p.code for p in self.provinces if p.code.startswith(region_code + "."))


@dataclass(frozen=True, slots=True)
class Point:
    """A mark on a map. With `url` it is a link; `named` writes its label beside it."""

    latitude: float
    longitude: float
    kind: PointKind
    label: str
    url: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class Shades:
    """What each area is shaded for: a value below the first of `breaks` takes the lightest of five.

    Areas without a value are hatched. Keys are codes of regions or of provinces.
    """

    values: Mapping[str, float | None]
    breaks: tuple[float, float, float, float]

    def class_of(self, code: str) -> int | None:
        """Return 1 (least) to 5, or None where there is no figure."""
        value = self.values.get(code)
        return None if value is None else 1 + sum(value >= bound for bound in self.breaks)


@dataclass(frozen=True, slots=True)
class View:
    """What a map shows beside land: everything but the title may be left out.

    `key` tells the maps of one page apart. `links` leads from an area, by its code.
    """

    title: str
    description: str = ""
    key: str = "map"
    shades: Shades | None = None
    points: Sequence[Point] = ()
    selected: str = ""
    links: Mapping[str, str] | None = None
    names: bool = True


@cache  # a tenth of a second, and the same for every app of a process
def load_outlines(folder: Path = REFERENCE) -> Outlines:
    """Read the outlines of regions and provinces."""
    regions, provinces = (
        tuple(_area(f) for f in json.loads((folder / name).read_text("utf-8"))["features"])
        for name in ("regions.geojson", "provinces.geojson")
    )
    return Outlines(regions, provinces)


def _area(feature: Mapping[str, Any]) -> Area:
    about, shape = feature["properties"], feature["geometry"]
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    rings = tuple(tuple((p[0], p[1]) for p in ring) for polygon in polygons for ring in polygon)
    return Area(about["code"], about["name_fr"], about["name_ar"], rings)


class Maps:
    """Draws maps for one reader."""

    def __init__(self, outlines: Outlines, phrases: Phrases) -> None:
        """Take the country's outlines and the reader's words."""
        self._outlines = outlines
        self._phrases = phrases

    def country(self, view: View) -> Markup:
        """Return the whole country: its twelve regions, and provinces if they are shaded."""
        box = Box.around(p for area in self._outlines.regions for p in area.box.corners)
        # Codes of regions have two figures, those of provinces more: shaded is what there are
        # figures for.
        by_region = view.shades is None or any(len(code) == 2 for code in view.shades.values)
        inner = self._outlines.regions if by_region else self._outlines.provinces
        return self._draw(view, box, COUNTRY_SIZE, inner, focus=None)

    def region(self, code: str, view: View) -> Markup:
        """Return one region, its provinces and what of its neighbours is in sight."""
        return self.provinces(self._outlines.provinces_of(code), view)

    def provinces(self, codes: Collection[str], view: View) -> Markup:
        """Return some provinces, and what of their neighbours is in sight.

        Raises:
            KeyError: none of the codes is a province's.
        """
        focus = {area.code for area in self._outlines.provinces if area.code in codes}
        if not focus:
            raise KeyError(*codes)
        shown = [area for area in self._outlines.provinces if area.code in focus]
        box = Box.around(place for area in shown for place in area.box.corners)
        tall = (box.north - box.south) / ((box.east - box.west) * _shrink(box))
        height = min(CLOSE_HEIGHT_MAX, max(CLOSE_WIDTH * 0.56, CLOSE_WIDTH * tall))
        size = (CLOSE_WIDTH, round(height))
        return self._draw(view, box, size, self._outlines.provinces, focus=focus)

    def class_words(self, breaks: Sequence[float]) -> list[str]:
        """Return the words of a legend for shares of 1, from the least to the most."""
        shares = [self._phrases.percent(bound, 0) for bound in breaks]
        low = self._phrases.say("desk.map.less_than", value=shares[0])
        high = self._phrases.say("desk.map.at_least", value=shares[-1])
        return [low, *shares[:-1], high]

    def _draw(
        self,
        view: View,
        box: Box,
        size: tuple[int, int],
        areas: Sequence[Area],
        focus: Collection[str] | None,
    ) -> Markup:
        project, sight = _projection(box, *size)
        near = [area for area in areas if area.box.meets(sight)]
        land = Markup().join(self._shape(view, area, project, focus) for area in near)
        regions = [area for area in self._outlines.regions if area.box.meets(sight)]
        edges = Markup('<path class="map-region" d="{}"/>').format(
            "".join(_path(area, project) for area in regions)
        )
        chosen = [area for area in near if area.code == view.selected]
        edges += Markup().join(
            Markup('<path class="map-selected" d="{}"/>').format(_path(area, project))
            for area in chosen
        )
        named = [area for area in near if area.code in (focus or ())] if view.names else []
        words = Markup().join(self._name(area, project) for area in named or chosen)
        marks = Markup().join(_mark(point, project) for point in view.points)
        linked = bool(view.links) or any(point.url for point in view.points)
        return Markup(
            '<svg class="map" viewBox="0 0 {w} {h}" role="{role}" aria-labelledby="{key}-title" '
            'aria-describedby="{key}-desc" direction="ltr"><title id="{key}-title">{title}</title>'
            '<desc id="{key}-desc">{desc}</desc>{defs}{land}{edges}{words}{marks}</svg>'
        ).format(
            w=size[0],
            h=size[1],
            role="group" if linked else "img",
            key=view.key,
            title=view.title,
            desc=view.description or view.title,
            defs=_hatch(view.key) if view.shades else "",
            land=land,
            edges=edges,
            words=words,
            marks=marks,
        )

    def _shape(
        self, view: View, area: Area, project: Projection, focus: Collection[str] | None
    ) -> Markup:
        path = _path(area, project)
        if focus is not None and area.code not in focus:
            return Markup('<path class="map-beyond" d="{}"/>').format(path)
        if view.shades is None:
            drawn = Markup('<path class="map-land" d="{}"/>').format(path)
        elif (shade := view.shades.class_of(area.code)) is None:
            drawn = Markup('<path class="map-unknown" fill="url(#{}-hatch)" d="{}"/>').format(
                view.key, path
            )
        else:
            drawn = Markup('<path class="map-class-{}" d="{}"/>').format(shade, path)
        url = (view.links or {}).get(area.code)
        if url is None:
            return drawn
        return Markup('<a href="{}" aria-label="{}">{}</a>').format(url, self._name_of(area), drawn)

    def _name_of(self, area: Area) -> str:
        return area.name_ar if self._phrases.language.direction == "rtl" else area.name_fr

    def _name(self, area: Area, project: Projection) -> Markup:
        x, y = project(*area.middle)
        return Markup('<text class="map-name" x="{:.0f}" y="{:.0f}">{}</text>').format(
            x, y, self._name_of(area)
        )


def _shrink(box: Box) -> float:
    return math.cos(math.radians((box.south + box.north) / 2))


@lru_cache(maxsize=128)
def _projection(box: Box, width: int, height: int) -> tuple[Projection, Box]:
    """Return degrees to pixels, and the rectangle the picture shows."""
    shrink = _shrink(box)
    scale = min(
        (width - 2 * MARGIN) / ((box.east - box.west) * shrink),
        (height - 2 * MARGIN) / (box.north - box.south),
    )
    left = (width - (box.east - box.west) * shrink * scale) / 2
    top = (height - (box.north - box.south) * scale) / 2

    def project(longitude: float, latitude: float) -> tuple[float, float]:
        return (
            left + (longitude - box.west) * shrink * scale,
            top + (box.north - latitude) * scale,
        )

    wide, tall = left / (shrink * scale), top / scale
    sight = Box(box.west - wide, box.south - tall, box.east + wide, box.north + tall)
    return project, sight


@lru_cache(maxsize=_PATHS_KEPT)
def _path(area: Area, project: Projection) -> str:
    """Return the outline in relative steps of whole pixels, which is a third as long."""
    parts: list[str] = []
    for ring in area.rings:
        x, y = (round(value) for value in project(*ring[0]))
        parts.append(f"M{x} {y}l")
        steps: list[str] = []
        for longitude, latitude in ring[1:]:
            to_x, to_y = (round(value) for value in project(longitude, latitude))
            # Against the last corner drawn and not the one before: many short steps one way would
            # all be left out, and the line with them.
            if abs(to_x - x) + abs(to_y - y) < FINEST_STEP:
                continue
            steps.append(f"{to_x - x} {to_y - y}")
            x, y = to_x, to_y
        parts.append(" ".join(steps).replace(" -", "-") + "z")
    return "".join(parts)


def _middle(ring: Ring) -> tuple[float, float]:
    """Return the centre of gravity of a ring."""
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return (x / (3 * area), y / (3 * area)) if area else ring[0]


def _mark(point: Point, project: Projection) -> Markup:
    x, y = project(point.longitude, point.latitude)
    if point.kind == "visit":
        shape = Markup('<path d="M0-9l9 9-9 9-9-9z"/>')
    else:
        radius = {"point": 5.5, "stop": 4, "place": 2.5}[point.kind]
        shape = Markup('<circle r="{}"/>').format(radius)
    if point.named:
        shape += Markup('<text class="map-label" x="13" y="5">{}</text>').format(point.label)
    drawn = Markup('<g class="map-{}" transform="translate({:.1f} {:.1f})">{}</g>')
    if not point.url:
        return drawn.format(
            point.kind, x, y, Markup("<title>{}</title>").format(point.label) + shape
        )
    # The finger needs more room than the eye.
    touch = Markup('<circle class="map-touch" r="14"/>')
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(
        point.url, point.label, drawn.format(point.kind, x, y, touch + shape)
    )


def _hatch(key: str) -> Markup:
    return Markup(
        '<defs><pattern id="{}-hatch" class="map-hatch" width="6" height="6" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6"/><path d="M0 0v6"/></pattern></defs>'
    ).format(key)
