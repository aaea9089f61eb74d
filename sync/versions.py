"""Versions of protocol and schema: number, date, what it brought. Versions are data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """One step. `number` only grows; `on` is ISO 8601.

    A schema may grow while it `is_open`: until an app of it is built (`make apk` refuses before).
    """

    number: int
    on: str
    brought: str
    is_open: bool = False


PROTOCOL = (
    Version(1, "2026-11-24", "push and pull in one round trip"),
    Version(2, "2026-11-29", "a first exchange in steps: the round of the day, then the scopes"),
)
SCHEMA = (
    Version(1, "2026-11-24", "the first entities"),
    Version(
        2,
        "2026-11-25",
        "maturity, training, incidents, connectivity, voice notes; why a visit was amended",
    ),
    Version(3, "2026-11-26", "what a voice note was said beside"),
    Version(4, "2026-11-27", "national cards, once their authorisation is here"),
    Version(
        5,
        "2026-11-29",
        "visits returned, records merged, steps of requests, tasks about a point, claim codes,"
        " holdings, dark pages, offers, consents to publish, places in a training,"
        " complaints answered, editions of services and their recordings",
        is_open=True,
    ),
)

PROTOCOL_NOW = PROTOCOL[-1].number
PROTOCOL_OLDEST = 1
"""The oldest protocol whose *pull* is still served. A push is never refused for its age."""
SCHEMA_NOW = SCHEMA[-1].number
SCHEMA_OLDEST = 1

APP_BUILD = "0.1.0"
"""What the app calls itself in each request; shown to coordinators."""
