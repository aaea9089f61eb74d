"""What the frame of a desk's page says: who reads, for which region, how many things wait."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from server.db import lookup
from server.db.records import Records
from server.reference.offices import find_office
from server.rights import Right
from server.web import waiting
from server.web.reader import Reader, name_in
from server.web.shell import DESTINATIONS, SEARCH_URL, Desk
from sync import scopes

_NAMED_MOST = 2
"""Regions that a head has room for by name."""


def frame_of(
    records: Records,
    reader: Reader,
    here: str,
    search_text: str = "",
    counts: Mapping[str, waiting.Count] | None = None,
) -> Desk:
    """Return the frame of a page.

    Args:
        counts: what waits, as it is known; None: to be counted.
        here: the code of the destination that the page is of; empty for none.
    """
    session, phrases = reader.session, reader.phrases
    place = place_of(records, reader)
    role = phrases.say(f"agent.role.{session.standing.role}")
    if counts is None:
        counts = count_for_menu(records, reader)
    return Desk(
        address=reader.address,
        here=here,
        user_name=name_in(reader.language, *session.names, session.login),
        user_role=phrases.listed(filter(None, (role, place))),
        place=place,
        waiting=waiting.of_menu(counts),
        waiting_most=waiting.MENU_MOST,
        csrf_token=session.csrf,
        search_text=search_text,
        search_url=SEARCH_URL if reader.may(Right.SEE_PEOPLE) else "",
        destinations=tuple(place for place in DESTINATIONS if reader.may(place.right)),
    )


def count_for_menu(records: Records, reader: Reader) -> Mapping[str, waiting.Count]:
    """Count what waits as far as the menu says it."""
    return waiting.counted(records, reader, waiting.MENU_MOST, is_aged=False)


def place_of(records: Records, reader: Reader) -> str:
    """Return the region or regions of the reader's communes, or their office; else nothing."""
    if office := find_office(reader.session.standing.organisation):
        return office.names[reader.language]
    codes = regions_of(reader.session.standing.communes)
    if len(codes) > _NAMED_MOST:
        return reader.phrases.count("desk.frame.regions", len(codes))
    names = lookup.place_names(records, "region", reader.language)
    return reader.phrases.listed(names[code] for code in codes if code in names)


@lru_cache(maxsize=256)  # a frame asks it of the same hundreds of communes
def regions_of(communes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of the regions that communes lie in, sorted."""
    return tuple(sorted(set(map(scopes.region_of, communes))))


def place_name(records: Records, reader: Reader, code: str) -> str:
    """Return the name of a region, province or commune; of an unknown one its code."""
    for entity in ("region", "province", "commune"):
        if name := lookup.place_names(records, entity, reader.language).get(code):
            return name
    return code
