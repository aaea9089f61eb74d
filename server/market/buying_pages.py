"""The pages of who buys: an order by a checked phone, and what became of it."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from server.market import purchases
from server.market.offers import URL, find_public, rows_of
from server.market.purchases import ORDERS_URL
from server.rights import Right
from server.web.forms import Given
from server.web.site import Site


def routes(site: Site) -> list[Any]:
    """Return the form of an order, the list of a phone's orders, and one."""
    return [*_ordering(site), *_orders(site)]


def _ordering(site: Site) -> list[Any]:
    address = URL + "/{record_id:str}/order"

    def draw(request: Request[Any, Any, Any], record_id: str, given: Given) -> Any:
        phrases, now_ms = site.pages.phrases(site.language(request)), site.database.clock()
        (row,) = site.read(
            lambda records: rows_of(records, [find_public(records, record_id, now_ms)], phrases)
        )
        return site.public(
            request,
            "market/order.html",
            status=given.status,
            frame={"back_url": row["url"], "bar_title": phrases.say("market.order")},
            offer=row,
            form=given.form,
            problems=given.problems(phrases, "offer", otherwise="quantity"),
            csrf=site.visitor(request).csrf,
        )

    @get(address, right=Right.REGISTER)
    @site.threaded
    def page(request: Request[Any, Any, Any], record_id: str) -> Any:
        return draw(request, record_id, Given())

    @post(address, right=Right.REGISTER)
    async def order(request: Request[Any, Any, Any], record_id: str) -> Any:
        visitor, form = await site.sent(request)
        language = site.language(request)
        return await site.submit(
            lambda work: purchases.order(work, visitor, record_id, form, language),
            lambda refusal: draw(request, record_id, Given(form, refusal)),
            lambda url: url,
        )

    return [page, order]


def _orders(site: Site) -> list[Any]:
    address = ORDERS_URL + "/{purchase_id:str}"

    def draw(request: Request[Any, Any, Any], purchase_id: str, given: Given) -> Any:
        visitor, phrases = site.visitor(request), site.pages.phrases(site.language(request))
        found = site.read(
            lambda records: purchases.order_page(records, visitor, purchase_id, phrases)
        )
        mine = f"{URL}/mine?of={found['of']}" if found["is_seller"] else ORDERS_URL
        problems = given.problems(phrases, "offer", otherwise="words")
        return site.public(
            request,
            "market/purchase.html",
            status=given.status,
            frame={"back_url": mine},
            form=given.form,
            problem=next(iter(problems.values()), ""),
            csrf=visitor.csrf,
            **found,
        )

    @get(ORDERS_URL, right=Right.REGISTER)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        visitor, phrases = site.visitor(request), site.pages.phrases(site.language(request))
        found = site.read(lambda records: purchases.of_buyer(records, visitor))
        rows = [purchases.row_of(phrases, one) for one in found]
        return site.public(request, "market/purchases.html", frame={"back_url": URL}, rows=rows)

    @get(address, right=Right.REGISTER)
    @site.threaded
    def one(request: Request[Any, Any, Any], purchase_id: str) -> Any:
        return draw(request, purchase_id, Given())

    @post(address, right=Right.REGISTER)
    async def act(request: Request[Any, Any, Any], purchase_id: str) -> Any:
        visitor, form = await site.sent(request)
        return await site.submit(
            lambda work: purchases.step_on(work, visitor, purchase_id, form),
            lambda refusal: draw(request, purchase_id, Given(form, refusal)),
            lambda url: url,
        )

    return [listed, one, act]
