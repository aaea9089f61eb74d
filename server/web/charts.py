"""Bars and lines, drawn on the server as SVG.

A bar stands in a row of a table with its name and its figure, so what is seen is also what is read
aloud. Bars grow from the start side and time runs as the text runs: bars are turned round by the
style sheet, the line is computed so. Colours are classes; a page may hold no style of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from sync.phrases import Phrases

ENOUGH = 0.8  # of what was planned; under it a bar is red
TICKS_MAX = 3
_WIDTH, _HEIGHT, _TOP, _BOTTOM, _START, _END = 330, 150, 22, 24, 34, 16
_DIGIT_WIDTH, _CLEAR = 9, 9  # of the figure at the last point: a digit's, and above the line


class Charts:
    """The charts of one language."""

    def __init__(self, phrases: Phrases) -> None:
        """Take the reader's words."""
        self._phrases = phrases
        self._mirrored = phrases.language.direction == "rtl"

    def bullets(
        self,
        rows: Sequence[tuple[str, int, int]],
        caption: str,
        urls: Sequence[tuple[str, str]] = (),
    ) -> Markup:
        """Return a bar of what is done for each row, with a tick at what was planned.

        Args:
            rows: name, done, planned.
            urls: of each row, what opens the things done and those planned.
            caption: what is counted, for those who do not see the chart.
        """
        full = max([1, *(max(done, planned) for _, done, planned in rows)]) * 1.06
        lines = []
        for at, (name, done, planned) in enumerate(rows):
            done_url, planned_url = urls[at] if urls else ("", "")
            low = done < planned * ENOUGH
            tick = Markup('<rect class="tick" x="{}%" width="2" height="20"/>').format(
                _share(planned, full)
            )
            lines.append(
                Markup(
                    '<tr><th scope="row">{}</th><td class="chart">{}</td>'
                    '<td class="n{}"><span class="seen"{}><bdi dir="ltr">{} / {}'
                    '</bdi></span><span class="unseen">{}</span></td></tr>'
                ).format(
                    name,
                    _bar(_share(done, full), "low" if low else "main", tick),
                    " low" if low else "",
                    "" if urls else Markup(' aria-hidden="true"'),
                    _linked(self._phrases.number(done), done_url),
                    _linked(self._phrases.number(planned), planned_url),
                    self._phrases.say("desk.chart.done_of", done=done, planned=planned),
                )
            )
        note = Markup('<p class="caption muted">{}</p>').format(
            self._phrases.say("desk.chart.planned")
        )
        return _table("bars", caption, lines) + note

    def bars(
        self,
        rows: Sequence[tuple[str, float, str]],
        caption: str,
        strong: str = "",
        full: float = 0,
    ) -> Markup:
        """Return a bar for each row.

        Args:
            rows: name, value, and the value in words.
            strong: the name of the row to tell from the others; empty for none.
            full: what a whole bar stands for; the largest value if not given.
        """
        whole = full or max([1e-9, *(value for _, value, _ in rows)])
        lines = [
            Markup(
                '<tr><th scope="row">{}</th><td class="chart">{}</td><td class="n">{}</td></tr>'
            ).format(
                name,
                _bar(_share(value, whole), "main" if strong in ("", name) else "other", Markup()),
                words,
            )
            for name, value, words in rows
        ]
        return _table("bars", caption, lines)

    def line(self, points: Sequence[tuple[str, float]], title: str) -> Markup:
        """Return a line from zero, its last value written at its point, and its table.

        Args:
            points: label and value, in the order of time; at least one.
        """
        top, step = _scale(max(value for _, value in points))
        height = _HEIGHT - _TOP - _BOTTOM
        places = [
            (self._across(at, len(points)), _TOP + height - height * value / top)
            for at, (_, value) in enumerate(points)
        ]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        last_x, last_y = places[-1]
        outward, inward = ("start", "end") if self._mirrored else ("end", "start")
        figure = self._phrases.number(points[-1][1])
        highest = _highest_near_the_end(places, _DIGIT_WIDTH * len(figure))
        last = Markup(
            '<path class="point" d="M{:.1f} {:.1f}l5 5-5 5-5-5z"/>'
            '<text class="last" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>'
        ).format(last_x, last_y - 5, last_x, highest - _CLEAR, outward, figure)
        labels = Markup('<text x="{:.0f}" y="{}" text-anchor="{}">{}</text>').format(
            places[0][0], _HEIGHT - 6, inward, self._isolated(points[0][0])
        )
        if len(points) > 1:
            labels += Markup('<text x="{:.0f}" y="{}" text-anchor="{}">{}</text>').format(
                last_x, _HEIGHT - 6, outward, self._isolated(points[-1][0])
            )
        rows = [
            Markup('<tr><th scope="row">{}</th><td class="n">{}</td></tr>').format(
                label, self._phrases.number(value)
            )
            for label, value in points
        ]
        return Markup(
            '<figure class="line-chart"><svg viewBox="0 0 {} {}" role="img" aria-label="{}" '
            'direction="ltr">{}<path class="line" d="{}"/>{}{}</svg>'
            "<details><summary>{}</summary>{}</details></figure>"
        ).format(
            _WIDTH,
            _HEIGHT,
            title,
            self._grid(top, step),
            path,
            last,
            labels,
            self._phrases.say("page.other_values"),
            _table("plain", title, rows),
        )

    def _grid(self, top: float, step: float) -> Markup:
        """Return the lines of a scale from 0 to `top`, each with its number."""
        height = _HEIGHT - _TOP - _BOTTOM
        edge, edge_anchor = (_WIDTH - 2, "end") if self._mirrored else (2, "start")
        return Markup().join(
            Markup(
                '<path class="grid" d="M0 {y:.1f}H{w}"/><text x="{x}" y="{t:.1f}" '
                'text-anchor="{anchor}">{n}</text>'
            ).format(
                y=_TOP + height - height * tick / top,
                w=_WIDTH,
                x=edge,
                t=_TOP + height - height * tick / top - 4,
                anchor=edge_anchor,
                n=self._phrases.number(tick),
            )
            for tick in (step * n for n in range(TICKS_MAX) if step * n <= top)
        )

    def _isolated(self, label: str) -> str:
        """Keep a label in the reader's direction: the picture itself runs from left to right."""
        return f"\u2067{label}\u2069" if self._mirrored else label

    def _across(self, at: int, points: int) -> float:
        room = _WIDTH - _START - _END
        x = _START + (room * at / (points - 1) if points > 1 else room)
        return _WIDTH - x if self._mirrored else x


def _highest_near_the_end(places: Sequence[tuple[float, float]], width: float) -> float:
    """Return the least y of a line within a width of its last point: words above it are clear."""
    last_x, highest = places[-1]
    for (x, y), (after_x, after_y) in zip(places[-2::-1], places[:0:-1], strict=True):
        if abs(last_x - x) > width:
            share = (width - abs(last_x - after_x)) / abs(x - after_x)
            return min(highest, after_y + (y - after_y) * share)
        highest = min(highest, y)
    return highest


def _share(value: float, whole: float) -> str:
    return f"{100 * value / whole:.1f}"


def _linked(words: str, url: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, words) if url else Markup("{}").format(words)


def _bar(percent: str, kind: str, more: Markup) -> Markup:
    return Markup(
        '<svg class="strip" width="100%" height="20" aria-hidden="true">'
        '<rect class="track" y="4" width="100%" height="12" rx="3"/>'
        '<rect class="{}" y="4" width="{}%" height="12" rx="3"/>{}</svg>'
    ).format(kind, percent, more)


def _table(kind: str, caption: str, lines: Sequence[Markup]) -> Markup:
    return Markup(
        '<table class="{}"><caption class="unseen">{}</caption><tbody>{}</tbody></table>'
    ).format(kind, caption, Markup().join(lines))


def _scale(largest: float) -> tuple[float, float]:
    """Return the top of an axis and the step of its lines: 0, one step, two steps at most."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if largest <= step * factor * 2.25:
                return max(step * factor * 2, largest), step * factor
        step *= 10
