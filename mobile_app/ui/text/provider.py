"""Arabic, Tifinagh and Latin in one Kivy label, on the stock SDL2 provider.

Import `install` and call it before any kivy.uix module is imported.

Kivy wraps in logical order by asking `get_extents` for widths and then calls `_render_text` once
for every finished line. Reordering inside those two hooks therefore happens after wrapping, as the
Unicode algorithm asks. Every run goes to SDL_ttf with its own font, direction and script, where
HarfBuzz joins its letters.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, NamedTuple

import kivy.core.text as core_text
from kivy.core.text._text_sdl2 import (
    _get_extents,
    _get_fontascent,
    _get_fontdescent,
    _SurfaceContainer,
)
from kivy.core.text.text_sdl2 import LabelSDL2
from kivy.graphics.texture import Texture

from mobile_app.ui.text.runs import Run, base_direction, visual_runs

Font = tuple[str, str]
"""Where the regular and the bold one lie; a family without a bold one names the regular twice."""

_BASELINE = 0.36
"""Of the font size, from a line's middle to its baseline: letters of any script look centred."""
_KEPT_MAX = 8000
"""Of each cache below; a screen in Arabic and French has some 300 texts."""
_FONT_OPTIONS = (
    "font_size",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "font_hinting",
    "font_kerning",
    "font_blended",
    "outline_width",
    "line_height",
)
_style_of = itemgetter(*_FONT_OPTIONS, "font_name")

_ZERO_WIDTH_JOINER = "\u200d"


class _Style:
    """One font, direction and script: the two attributes that `_SurfaceContainer` reads of a label.

    SDL_ttf keeps direction and script on the TTF_Font that `key` names, so a key is of one of each.
    """

    __slots__ = ("key", "options")

    def __init__(self, options: dict[str, Any], key: str) -> None:
        self.options, self.key = options, key

    def _get_font_id(self) -> str:
        return self.key


class Metrics(NamedTuple):
    """What a text takes in one style, pixels; `descent` is below the baseline and negative."""

    width: int
    height: int
    ascent: int
    descent: int


class PlacedRun(NamedTuple):
    """A run of a line, and where it is drawn: `x` pixels from the line's left."""

    x: int
    width: int
    start: int
    end: int
    is_rtl: bool
    style: _Style
    ascent: int


class Line(NamedTuple):
    """The runs of a line from left to right, and what it takes, pixels."""

    runs: list[PlacedRun]
    width: int
    height: int
    ascent: int


FAMILIES: dict[str, dict[str, Font]] = {}
"""{family name: {script: its font}}"""
_PROBE: list[_SurfaceContainer] = []
"""The one surface that metrics are asked of, once there is a window."""
_METRICS: dict[tuple[str, str], Metrics] = {}
"""{(key of a style, text): what it takes}"""
_STYLES: dict[tuple[Any, str, bool], _Style] = {}
"""{(font options, script, is_rtl): its style}, the same for all labels."""
_LINES: dict[tuple[Any, str, str], Line] = {}
"""{(font options, base direction, text): as `layout_runs`}; a screen asks again and again."""


def register_family(name: str, **fonts: str | Font) -> None:
    """Make a family known to Kivy; `fonts`: script="path", or (regular, bold); "Latn" is needed."""
    family = {
        script: (font, font) if isinstance(font, str) else font for script, font in fonts.items()
    }
    FAMILIES[name] = family
    regular, bold = family["Latn"]
    core_text.LabelBase.register(name, fn_regular=regular, fn_bold=bold)


def _metrics(style: _Style, text: str) -> Metrics:
    found = _METRICS.get((style.key, text))
    if found is None:
        # To measure sets no direction or script, to draw does: so one glyph is drawn first.
        if not _PROBE:
            _PROBE.append(_SurfaceContainer(1, 1))
        _PROBE[0].render(style, " ", 0, 0)
        width, height = _get_extents(style, text)
        # All at once: to keep count of which was used last would cost at each of the many look-ups.
        if len(_METRICS) > _KEPT_MAX:
            _METRICS.clear()
        found = Metrics(width, height, _get_fontascent(style), _get_fontdescent(style))
        _METRICS[style.key, text] = found
    return found


class BidiLabelSDL2(LabelSDL2):
    """Kivy's label with lines of several scripts and both directions."""

    find_base_direction = staticmethod(base_direction)

    def __init__(self, line_px: int = 0, max_lines: int = 0, **kwargs: Any) -> None:
        """Begin as Kivy's.

        Args:
            line_px: the height of every line, 0: as its fonts have it. Fonts differ in their own
                (Noto Sans Arabic 2.11 em, Noto Sans 1.36), so that without it a line's height
                would change with its letters.
            max_lines: 0: as many as there are.
        """
        self._direction_of: tuple[str, str] | None = None  # the text, and what was found for it
        super().__init__(**kwargs)
        self.options["line_px"] = line_px
        self.options["max_lines"] = max_lines  # Kivy 2.3.1 forgets it until it is changed

    def _family(self) -> dict[str, Font] | None:
        return FAMILIES.get(self.options["font_name"])

    def _base(self) -> str:
        """Return the direction of the text: as was asked for, or as its first letter has it."""
        if asked := self.options.get("base_direction"):
            return str(asked).replace("weak_", "")
        text = self.text
        if self._direction_of is None or self._direction_of[0] != text:
            self._direction_of = text, base_direction(text) if text else "auto"
        return self._direction_of[1]

    def _style(self, script: str, *, is_rtl: bool) -> _Style:
        options = self.options
        font = _style_of(options)
        style = _STYLES.get((font, script, is_rtl))
        if style is None:
            # A text input asks for its caret before it knows its own font.
            family = self._family() or next(iter(FAMILIES.values()))
            regular, bold = family.get(script, family["Latn"])
            path = bold if options["bold"] else regular
            own = {
                **options,
                "font_name_r": path,
                "font_direction": "rtl" if is_rtl else "ltr",
                "font_script_name": script,
            }
            key = "|".join(str(part) for part in (*font, path, is_rtl, script))
            style = _STYLES[font, script, is_rtl] = _Style(own, key)
        return style

    def layout_runs(self, text: str, base: str | None = None) -> Line:
        """Return how one line is drawn; `base`: "ltr", "rtl", or None: as the label's text runs."""
        base = base or self._base()
        asked = (_style_of(self.options), base, text)
        line = _LINES.get(asked)
        if line is None:
            if len(_LINES) > _KEPT_MAX:
                _LINES.clear()
            line = _LINES[asked] = self._layout_runs(text, base)
        return line

    def _layout_runs(self, text: str, base: str) -> Line:
        if base == "ltr" and max(text) < "\u0590":  # Latin alone: nothing to put in order
            order: tuple[Run, ...] = (Run(0, len(text), is_rtl=False, script="Latn"),)
        else:
            order = visual_runs(text, base)
        placed, x, ascent, depth = [], 0, 0, 0
        for start, end, is_rtl, script in order:
            style = self._style(script, is_rtl=is_rtl)
            found = _metrics(style, text[start:end])
            placed.append(PlacedRun(x, found.width, start, end, is_rtl, style, found.ascent))
            x += found.width
            ascent, depth = max(ascent, found.ascent), max(depth, -found.descent)
        return Line(placed, x, ascent + depth, ascent)

    def get_extents(self, text: str) -> tuple[int, int]:
        """Return width and height of one line, pixels."""
        if not text or self._family() is None:
            width, height = super().get_extents(text)
            return width, height
        line = self.layout_runs(text)
        return line.width, int(self.options["line_px"]) or line.height

    def _render_text(self, text: str, x: int, y: int) -> None:
        if not text or self._family() is None:
            super()._render_text(text, x, y)
        else:
            self._draw_line(self._surface, text, x, y)

    def _draw_line(self, surface: _SurfaceContainer, text: str, x: int, y: int) -> None:
        line = self.layout_runs(text)
        ascent = line.ascent
        if line_px := self.options["line_px"]:
            ascent = round(line_px / 2 + _BASELINE * self.options["font_size"])
        for run in line.runs:
            # A style is shared by labels of every colour.
            run.style.options["color"] = self.options["color"]
            run.style.options["outline_color"] = self.options["outline_color"]
            part = text[run.start : run.end]
            surface.render(run.style, part, x + run.x, y + ascent - run.ascent)

    def line_picture(self, text: str) -> Texture:
        """Return one line as `refresh` draws it, without wrapping; drawn when it is first seen."""
        left, top, right, bottom = self.options["padding"]
        width, height = self.get_extents(text)
        size = int(width + left + right), int(height + top + bottom)
        if min(size) <= 1:
            return self.texture_1px

        def fill(texture: Texture) -> None:
            surface = _SurfaceContainer(*size)
            self._draw_line(surface, text, int(left), int(top))
            texture.blit_data(surface.get_data())

        texture = Texture.create(size=size, callback=fill)
        texture.flip_vertical()
        texture.add_reload_observer(lambda lost: lost.ask_update(fill))  # with the GL context
        return texture

    @staticmethod
    def part_width(style: _Style, part: str) -> int:
        """Return the width of the beginning of a run, pixels, as it is drawn within the run."""
        # The joiner keeps its last letter in its joined form, which is narrower than at the end of
        # a word: without it the caret would stand beside the letters.
        if style.options["font_script_name"] == "Arab":
            part += _ZERO_WIDTH_JOINER
        return _metrics(style, part).width

    def caret_x(self, text: str, column: int, base: str | None = None) -> int:
        """Return where the caret before logical index `column` is, pixels from the line's left.

        Between runs of two directions there are two such places: the trailing edge of the letter
        before is taken, where the next letter of that script would appear.
        """
        if not text:
            return 0
        line = self.layout_runs(text, base)
        start_x, end_x = 0, line.width
        if (base or self._base()) == "rtl":
            start_x, end_x = end_x, start_x
        if column <= 0:
            return start_x
        for run in line.runs if column < len(text) else ():
            if run.start < column <= run.end:
                part = run.width
                if column < run.end:
                    part = self.part_width(run.style, text[run.start : column])
                return run.x + run.width - part if run.is_rtl else run.x + part
        return end_x


def install() -> None:
    """Let Kivy make all its labels of ours.

    Raises:
        RuntimeError: Kivy has read its own label already.
    """
    core_text.Label = BidiLabelSDL2
    from kivy.core.text import markup  # noqa: PLC0415 - it derives from the label of this moment

    if not issubclass(markup.MarkupLabel, BidiLabelSDL2):
        raise RuntimeError("call install() before kivy.core.text.markup is imported")  # noqa: TRY004
