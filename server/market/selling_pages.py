"""The pages of who sells: whether one is shown at all, one's offers, and the orders to answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db.records import Records, Stored
from server.db.work import Work
from server.exchange import publishing
from server.market import offers, purchases
from server.market.offers import URL
from server.portal.queries import enterprise_of, named_in
from server.rights import Right
from server.web.asked import read_query
from server.web.forms import Given
from server.web.reader import name_of
from server.web.site import Site
from sync.entities.offer import OFFER
from sync.phrases import Phrases
from sync.wording import as_typed

_MINE_URL, _OFFERS_URL = f"{URL}/mine", f"{URL}/offers"


def routes(site: Site) -> list[Any]:
    """Return the page of a seller, and the form of an offer, new or there."""
    return [*_mine(site), *_new(site), *_one(site)]


def _mine(site: Site) -> list[Any]:
    def draw(request: Request[Any, Any, Any], of: bytes, given: Given) -> Any:
        visitor, phrases = site.visitor(request), site.pages.phrases(site.language(request))
        now_ms = site.database.clock()

        def find(records: Records) -> dict[str, Any]:
            enterprise = enterprise_of(records, visitor, of)
            return _mine_page(records, enterprise, phrases, now_ms)

        found = site.read(find)
        return site.public(
            request,
            "market/mine.html",
            status=given.status,
            frame={"back_url": "/portal/status", "bar_title": found["name"]},
            form=given.form,
            problems=given.problems(phrases, "offer", otherwise="publish"),
            csrf=visitor.csrf,
            **found,
        )

    @get(_MINE_URL, right=Right.REGISTER)
    @site.threaded
    def mine(request: Request[Any, Any, Any]) -> Any:
        return draw(request, named_in(read_query(request.scope["query_string"])), Given())

    @post(_MINE_URL, right=Right.REGISTER)
    async def publish(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await site.sent(request)
        of, language = named_in(form), site.language(request)

        return await site.submit(
            lambda work: offers.publish(work, visitor, of, form, language),
            lambda refusal: draw(request, of, Given(form, refusal)),
            lambda _: _mine_url(of),
        )

    return [mine, publish]


def _mine_page(
    records: Records, enterprise: Stored, phrases: Phrases, now_ms: int
) -> dict[str, Any]:
    is_published = publishing.find(records, enterprise, publishing.MARKET) is not None
    found = offers.offers_of(records, enterprise)
    left = offers.left_of(records, found)
    states = [offers.state_of(one, now_ms, is_published=is_published) for one in found]
    return {
        "name": name_of(enterprise, phrases.language.code),
        "of": str(UUID(bytes=enterprise.record_id)),
        "is_published": is_published,
        "offers": [
            {
                **offers.facts_of(phrases, one),
                "url": f"{_OFFERS_URL}/{UUID(bytes=one.record_id)}",
                "state": phrases.say(f"market.state.{state}"),
                "tone": "received" if state == "shown" else "attention",
                "left": offers.amount_words(phrases, left[one.record_id], one.values["unit"]),
            }
            for one, state in zip(found, states, strict=True)
        ],
        "may_add": len(found) < offers.OFFERS_MOST,
        "orders": [
            purchases.row_of(phrases, one) for one in purchases.of_seller(records, enterprise)
        ],
    }


def _new(site: Site) -> list[Any]:
    def draw(request: Request[Any, Any, Any], of: bytes, given: Given) -> Any:
        visitor = site.visitor(request)
        enterprise = site.read(lambda records: enterprise_of(records, visitor, of))
        return _draw(site, request, enterprise, None, given)

    @get(f"{_OFFERS_URL}/new", right=Right.REGISTER)
    @site.threaded
    def new(request: Request[Any, Any, Any]) -> Any:
        return draw(request, named_in(read_query(request.scope["query_string"])), Given())

    @post(f"{_OFFERS_URL}/new", right=Right.REGISTER)
    async def add(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await site.sent(request)
        of = named_in(form)
        return await site.submit(
            lambda work: offers.add(work, visitor, of, form),
            lambda refusal: draw(request, of, Given(form, refusal)),
            lambda _: _mine_url(of),
        )

    return [new, add]


def _one(site: Site) -> list[Any]:
    address = _OFFERS_URL + "/{record_id:str}"

    def draw(request: Request[Any, Any, Any], record_id: str, given: Given) -> Any:
        visitor = site.visitor(request)
        offer, enterprise = site.read(lambda records: offers.own(records, visitor, record_id))
        return _draw(site, request, enterprise, offer, given)

    @get(address, right=Right.REGISTER)
    @site.threaded
    def show(request: Request[Any, Any, Any], record_id: str) -> Any:
        return draw(request, record_id, Given())

    @post(address, right=Right.REGISTER)
    async def change(request: Request[Any, Any, Any], record_id: str) -> Any:
        visitor, form = await site.sent(request)
        act = form.one_of("act", ("show", "pause"))

        def store(work: Work) -> Stored:
            if act:
                return offers.show(work, visitor, record_id, is_shown=act == "show")
            return offers.change(work, visitor, record_id, form)

        return await site.submit(
            store,
            lambda refusal: draw(request, record_id, Given(form, refusal)),
            lambda enterprise: _mine_url(enterprise.record_id),
        )

    return [show, change]


def _draw(
    site: Site,
    request: Request[Any, Any, Any],
    enterprise: Stored,
    offer: Stored | None,
    given: Given,
) -> Any:
    """Return the form of an offer that is there, or of a new one."""
    phrases, now_ms = site.pages.phrases(site.language(request)), site.database.clock()
    texts = {
        name: as_typed(phrases, OFFER, name, offer.values[name]) for name in offers.EDITED if offer
    }
    problems = given.problems(phrases, "offer", otherwise="product")
    record_form = site.read(lambda records: offers.form_of(records, enterprise, phrases))
    of = str(UUID(bytes=enterprise.record_id))
    state = offers.state_of(offer, now_ms, is_published=True) if offer else ""
    return site.public(
        request,
        "market/offer.html",
        status=given.status,
        frame={
            "back_url": f"{_MINE_URL}?of={of}",
            "bar_title": name_of(enterprise, phrases.language.code),
        },
        of=of,
        url=f"{_OFFERS_URL}/{UUID(bytes=offer.record_id) if offer else 'new'}",
        base_rev=offer.rev if offer else 0,
        state=state,
        why=str(offer.values["taken_down_why"] or "") if offer else "",
        has_photos=bool(record_form.options["photo_id"]),
        problems=problems,
        inputs=record_form.inputs(phrases, texts, given.form, problems),
        csrf=site.visitor(request).csrf,
    )


def _mine_url(enterprise_id: bytes) -> str:
    return f"{_MINE_URL}?of={UUID(bytes=enterprise_id)}"
