"""Arabic, Tifinagh and Latin in one Kivy label, on the stock SDL2 provider.

Import `install` and call it before any kivy.uix module is imported.

Kivy wraps in logical order by asking `get_extents` for widths and then calls
`_render_text` once for every finished line. Reordering inside those two hooks
therefore happens after wrapping, as the Unicode algorithm asks. Every run goes
to SDL_ttf with its own font, direction and script, where HarfBuzz joins it.
"""

from operator import itemgetter

import kivy.core.text as core_text
from kivy.core.text._text_sdl2 import (
    _get_extents,
    _get_fontascent,
    _get_fontdescent,
    _SurfaceContainer,
)
from kivy.core.text.text_sdl2 import LabelSDL2
from kivy.graphics.texture import Texture

from mobile_app.ui.text.runs import base_direction, visual_runs

FAMILIES: dict = {}  # family name -> {script: (regular path, bold path)}


def register_family(name, **scripts):
    FAMILIES[name] = {s: (p if isinstance(p, tuple) else (p, p)) for s, p in scripts.items()}
    core_text.LabelBase.register(
        name, fn_regular=FAMILIES[name]["Latn"][0], fn_bold=FAMILIES[name]["Latn"][1]
    )


class _Run:
    """The two attributes that _SurfaceContainer.render reads from a label."""

    __slots__ = ("options", "key")

    def __init__(self, options, key):
        self.options, self.key = options, key

    def _get_font_id(self):
        return self.key


_probe = None
_METRICS: dict = {}  # (font key, text) -> width, height, ascent, descent
_RUNS: dict = {}  # (style, script, rtl) -> its run: the same for all labels of a style
_LAID: dict = {}  # (style, base direction, text) -> as `layout_runs`: a screen asks again and again
_KEPT_MAX = 8000
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


def _metrics(run, text):
    # get_extents does not set direction or script: a render does, and SDL_ttf
    # keeps both on the TTF_Font that `run.key` names. So render one glyph first.
    global _probe
    got = _METRICS.get((run.key, text))
    if got is None:
        if _probe is None:
            _probe = _SurfaceContainer(1, 1)
        _probe.render(run, " ", 0, 0)
        w, h = _get_extents(run, text)
        if len(_METRICS) > _KEPT_MAX:
            _METRICS.clear()
        got = _METRICS[run.key, text] = (w, h, _get_fontascent(run), _get_fontdescent(run))
    return got


_BASELINE = 0.36
"""Of the font size, from a line's middle down to its baseline: letters of every script look centred."""


class BidiLabelSDL2(LabelSDL2):
    find_base_direction = staticmethod(base_direction)

    def __init__(self, line_px=0, max_lines=0, **kwargs):
        # `line_px`: the height of every line. Fonts differ in their own (Noto Sans Arabic 2.11 em,
        # Noto Sans 1.36), so that without it a line's height would change with its letters.
        super().__init__(**kwargs)
        self.options["line_px"] = line_px
        self.options["max_lines"] = max_lines  # Kivy 2.3.1 forgets it until it is changed

    def _family(self):
        return FAMILIES.get(self.options["font_name"])

    def _base(self):
        b = self.options.get("base_direction")
        if b:
            return b.replace("weak_", "")
        text = self.text
        if getattr(self, "_base_of", None) != text:
            self._base_of, self._base_is = text, base_direction(text) if text else "auto"
        return self._base_is

    def _run(self, script, rtl):
        """Container for one font, direction and script."""
        opts = self.options
        style = _style_of(opts)
        run = _RUNS.get((style, script, rtl))
        if run is None:
            # A text input asks for its caret before it knows its own font.
            family = self._family() or next(iter(FAMILIES.values()))
            o = dict(opts)
            o["font_name_r"] = family.get(script, family["Latn"])[1 if opts["bold"] else 0]
            o["font_direction"] = "rtl" if rtl else "ltr"
            o["font_script_name"] = script
            key = "|".join(str(v) for v in (*style, o["font_name_r"], rtl, script))
            run = _RUNS[style, script, rtl] = _Run(o, key)
        return run

    def layout_runs(self, text, base=None):
        """[(x, width, start, end, rtl, run, ascent)], total width, height, ascent."""
        base = base or self._base()
        asked = (_style_of(self.options), base, text)
        got = _LAID.get(asked)
        if got is None:
            if len(_LAID) > _KEPT_MAX:
                _LAID.clear()
            got = _LAID[asked] = self._layout_runs(text, base)
        return got

    def _layout_runs(self, text, base):
        if base == "ltr" and max(text) < "\u0590":
            order = ((0, len(text), False, "Latn"),)  # no bidi work to do
        else:
            order = visual_runs(text, base)
        placed, x, ascent, descent = [], 0, 0, 0
        for start, end, rtl, script in order:
            run = self._run(script, rtl)
            w, _, a, d = _metrics(run, text[start:end])
            placed.append((x, w, start, end, rtl, run, a))
            x += w
            ascent, descent = max(ascent, a), max(descent, -d)
        return placed, x, ascent + descent, ascent

    def get_extents(self, text):
        if not text or self._family() is None:
            return super().get_extents(text)
        _, w, h, _ = self.layout_runs(text)
        return w, int(self.options["line_px"]) or h

    def _render_text(self, text, x, y):
        if not text or self._family() is None:
            return super()._render_text(text, x, y)
        self._draw_line(self._surface, text, x, y)

    def _draw_line(self, surface, text, x, y):
        placed, _, _, ascent = self.layout_runs(text)
        if line_px := self.options["line_px"]:
            ascent = round(line_px / 2 + _BASELINE * self.options["font_size"])
        for rx, _, start, end, _, run, a in placed:
            run.options["color"] = self.options["color"]
            run.options["outline_color"] = self.options["outline_color"]
            surface.render(run, text[start:end], x + rx, y + ascent - a)

    def line_picture(self, text):
        """Texture of one line, drawn when it is first seen; as `refresh` makes it, without wrapping."""
        left, top, right, bottom = self.options["padding"]
        w, h = self.get_extents(text)
        size = int(w + left + right), int(h + top + bottom)
        if min(size) <= 1:
            return self.texture_1px

        def fill(texture):
            surface = _SurfaceContainer(*size)
            self._draw_line(surface, text, int(left), int(top))
            texture.blit_data(surface.get_data())

        texture = Texture.create(size=size, callback=fill)
        texture.flip_vertical()
        texture.add_reload_observer(lambda it: it.ask_update(fill))  # after the GL context was lost
        return texture

    @staticmethod
    def part_width(run, part):
        # the zero width joiner keeps the last letter in its joined form: the
        # width up to the caret is then the width that was really drawn
        if run.options["font_script_name"] == "Arab":
            part += "\u200d"
        return _metrics(run, part)[0]

    def caret_x(self, text, col, base=None):
        """x of the caret before logical index `col`."""
        if not text:
            return 0
        placed, total, _, _ = self.layout_runs(text, base)
        rtl_line = (base or self._base()) == "rtl"
        if col <= 0:
            return total if rtl_line else 0
        if col >= len(text):
            return 0 if rtl_line else total
        for x, w, start, end, rtl, run, _ in placed:
            if start < col <= end:  # trailing edge of the character before
                part = w if col == end else self.part_width(run, text[start:col])
                return x + w - part if rtl else x + part
        return total


def install():
    core_text.Label = BidiLabelSDL2
    from kivy.core.text import markup

    if not issubclass(markup.MarkupLabel, BidiLabelSDL2):
        raise RuntimeError("call install() before kivy.core.text.markup is imported")
    return BidiLabelSDL2
