"""The market at the desk: what enterprises offer, and the right to take an offer down, and back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange import publishing
from server.market import offers
from server.rights import Right
from server.web.asked import Asked
from server.web.forms import Given
from server.web.lists import Listing, page_of
from server.web.named import page_of as address_of
from server.web.reader import Reader, name_of
from server.web.seen import get_seen, named, seen_of
from server.web.shell import DESK
from server.web.site import Site
from sync import typed
from sync.checks import Missing, TooLong
from sync.limits import LINE_CHARS_MAX
from sync.spec import Values

URL = f"{DESK}/offers"


def routes(site: Site) -> list[Any]:
    """Return the list of offers, and one."""
    address = URL + "/{record_id:str}"

    def draw(reader: Reader, record_id: str, given: Given) -> Any:
        found = site.read(lambda records: _one(records, reader, record_id))
        return site.page(
            reader,
            "market/desk_one.html",
            "enterprises",
            status=given.status,
            form=given.form,
            problems=given.problems(reader.phrases, "offer", otherwise="taken_down_why"),
            url=f"{URL}/{record_id}",
            **found,
        )

    @get(URL, right=Right.SEE_PEOPLE)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: _list(records, reader))
        return site.page(reader, "market/desk_list.html", "enterprises", **found)

    @get(address, name="offer_one", right=Right.SEE_PEOPLE)
    @site.threaded
    def one(request: Request[Any, Any, Any], record_id: str) -> Any:
        return draw(site.reader(request), record_id, Given())

    @post(address, name="offer_take_down", right=Right.DECIDE)
    async def take_down(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: _take_down(work, reader, record_id, form),
            lambda refusal: draw(reader, record_id, Given(form, refusal)),
            lambda _: f"{URL}/{record_id}",
        )

    return [listed, one, take_down]


def rows_of(records: Records, reader: Reader, found: list[Stored]) -> list[dict[str, Any]]:
    """Return offers as lists of the desk show them."""
    ids = (one.values["enterprise_id"] for one in found)
    sellers = named(records, reader, "enterprise", ids)
    agreed = {
        one: publishing.find(records, seller, publishing.MARKET) is not None
        for one, seller in sellers.items()
    }
    rows = []
    for one in found:
        seller_id = one.values["enterprise_id"]
        is_agreed = isinstance(seller_id, bytes) and agreed.get(seller_id, False)
        state = offers.state_of(one, reader.now_ms, is_published=is_agreed)
        rows.append(
            {
                **offers.facts_of(reader.phrases, one),
                "url": f"{URL}/{UUID(bytes=one.record_id)}",
                "seller": name_of(sellers.get(seller_id), reader.language)
                if isinstance(seller_id, bytes)
                else "",
                "state": reader.phrases.say(f"market.state.{state}"),
                "tone": "received" if state == "shown" else "neutral",
            }
        )
    return rows


def of_enterprise(records: Records, reader: Reader, enterprise_id: bytes) -> list[dict[str, Any]]:
    """Return the offers of an enterprise, for its page."""
    found = seen_of(
        records,
        reader,
        "offer",
        "enterprise_id",
        [enterprise_id],
        order=("-id",),
        limit=offers.OFFERS_MOST,
    )
    return rows_of(records, reader, found)


def _list(records: Records, reader: Reader) -> dict[str, Any]:
    listing = Listing.of(URL, reader)
    page = page_of(records, listing, "offer", reader.covers(records, "offer"))
    return {
        "rows": rows_of(records, reader, list(page.records)),
        "newer_url": page.newer_url,
        "older_url": page.older_url,
    }


def _one(records: Records, reader: Reader, record_id: str) -> dict[str, Any]:
    offer = get_seen(records, reader, "offer", record_id)
    (row,) = rows_of(records, reader, [offer])
    seller_id = offer.values["enterprise_id"]
    left = offers.left_of(records, [offer])[offer.record_id]
    return {
        "offer": row,
        "left": offers.amount_words(reader.phrases, left, offer.values["unit"]),
        "seller_url": address_of("enterprise", seller_id) if isinstance(seller_id, bytes) else "",
        "is_down": offer.values["taken_down_at"] is not None,
        "why": str(offer.values["taken_down_why"] or ""),
        "history": f"{DESK}/history/offer/{UUID(bytes=offer.record_id)}",
    }


def _take_down(work: Work, reader: Reader, record_id: str, form: Asked) -> None:
    """Take an offer down, with the reason that its enterprise reads; or put it back.

    Raises:
        NotFound: none that the reader decides of.
        Missing, TooLong: of the reason.
    """
    offer = get_seen(work, reader, "offer", record_id, Right.DECIDE)
    values: Values = {"taken_down_at": None, "taken_down_why": None}
    if form.get("act") != "back":
        why = typed.text(form.get("taken_down_why"))
        if not why:
            raise Missing("offer: no reason", entity="offer", field="taken_down_why")
        if (over := len(why) - LINE_CHARS_MAX) > 0:
            raise TooLong("offer", field="taken_down_why", most=LINE_CHARS_MAX, over=over)
        values = {"taken_down_at": work.now_ms, "taken_down_why": why}
    work.change("offer", offer.record_id, values, Author(reader.session.agent_id))
