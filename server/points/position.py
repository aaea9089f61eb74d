"""Where a contact point is, as people write it down: both numbers in one line, latitude first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from server.web.asked import Asked
from server.web.forms import Input
from sync import typed
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.spec import Form, Value, Values

POSITION = "position"
_FORM = Form(POSITION, is_left_to_right=True, hint="desk.points.position.hint")
_SCALE = 10**6
_COUNTRY = ((20.5, 36.2), (-17.3, -0.9))
"""The least and most latitude and longitude of Morocco, in degrees."""
_PAIR = re.compile(r"(-?\d{1,3}(?:[.,]\d+)?)\s*(?:[,;]\s*|\s)(-?\d{1,3}(?:[.,]\d+)?)", re.ASCII)
_ARABIC = str.maketrans("٫،", ".,")
_CHARS_MAX = 40


class PositionWrong(Refusal):
    """Not a latitude and a longitude of this country."""

    code = "position_wrong"


def written(values: Mapping[str, Value]) -> str:
    """Return the position among a record's values as an input shows it; empty if it has none."""
    pair = values.get("latitude"), values.get("longitude")
    return ", ".join(f"{one / _SCALE:.5f}" for one in pair if isinstance(one, int))


def position_of(form: Asked) -> Values:
    """Return the latitude and longitude that a form changed, in millionths of a degree, or nothing.

    Raises:
        PositionWrong: two numbers are not there, or lie outside the country: most often the
            longitude was written first, or without its minus.
    """
    given = form.get(POSITION)
    if POSITION not in form or given == form.get(f"was_{POSITION}"):
        return {}
    line = typed.line(typed.text(given)).translate(_ARABIC)
    if not line:
        return {"latitude": None, "longitude": None}
    found = _PAIR.fullmatch(line)
    degrees = [float(part.replace(",", ".")) for part in found.groups()] if found else []
    is_inside = all(low <= one <= high for one, (low, high) in zip(degrees, _COUNTRY, strict=False))
    if not degrees or not is_inside:
        raise PositionWrong("contact_point: no position of this country", field=POSITION)
    return dict(
        zip(("latitude", "longitude"), (round(one * _SCALE) for one in degrees), strict=True)
    )


def input_of(
    phrases: Phrases, values: Mapping[str, Value], form: Asked, problems: Mapping[str, str]
) -> Input:
    """Return the input of a position, as it is stored or as it was typed."""
    stored = written(values)
    return Input(
        name=POSITION,
        label=phrases.say("desk.points.position"),
        value=form.get(POSITION) if POSITION in form else stored,
        was=form.get(f"was_{POSITION}", stored),
        error=problems.get(POSITION, ""),
        options=(),
        kind="text",
        form=_FORM,
        is_set=False,
        is_optional=True,
        chars_max=_CHARS_MAX,
        has_history=False,  # latitude and longitude have
    )
