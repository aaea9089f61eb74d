"""The desk's pages of tablets: the list, a tablet, the code of a new one."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, get, post

from server.db.events import Action, Event
from server.rights import Right
from server.tablets import commands
from server.tablets.commands import RescueNumberWrong, read_rescue_number
from server.tablets.list import tablets_page
from server.tablets.qr import drawn
from server.tablets.queries import get_tablet, orders_of, pin_code
from server.web.forms import Given
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.site import Site
from server.web.team import AgentNotChosen
from sync.errors import Refusal

_URL = f"{DESK}/devices"
_ONE_URL = f"{_URL}/{{device_id:int}}"


def routes(site: Site) -> list[Any]:
    """Return the list, the page of one, and what is done there."""

    @get(_URL, right=Right.SEE_TABLETS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        return _list(site, site.reader(request), Given())

    @get(f"{_URL}/driver", right=Right.SEE_TABLETS)
    @site.threaded
    def driver(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: tablets_page(records, reader, site.pages.phrases))
        return site.page(reader, "tablets/driver.html", "devices", **found)

    @post(f"{_URL}/code", right=Right.OPEN_TABLETS)
    async def coded(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        try:
            found = await site.store(lambda work: commands.make_code(work, reader, form))
        except AgentNotChosen as refusal:
            return await site.run(partial(_list, site, reader, Given(form, refusal)))
        name, code, ends_at = found
        url = site.settings.reached_at(request.scope)
        return await site.run(
            lambda: site.page(
                reader,
                "tablets/code.html",
                "devices",
                agent=name,
                code=code,
                url=url,
                drawn=drawn(f"nuqta:{url}#{code}"),
                ends_at=ends_at,
            )
        )

    @get(_ONE_URL, right=Right.SEE_TABLETS)
    @site.threaded
    def show(request: Request[Any, Any, Any], device_id: int) -> Any:
        return _draw(site, site.reader(request), device_id)

    @post(f"{_ONE_URL}/pin", right=Right.OPEN_TABLETS)
    async def helped(request: Request[Any, Any, Any], device_id: int) -> Any:
        reader, form = await site.posted(request)

        def answer() -> Any:
            try:
                number = read_rescue_number(form)
            except RescueNumberWrong as refusal:
                return _draw(site, reader, device_id, refusal)
            code = site.read(lambda records: pin_code(records, reader, device_id, number))
            opened = (Action.ORDER, reader.session.agent_id, "device", None, None)
            site.audit.note(Event(reader.now_ms, *opened, f"{device_id} pin"))
            return _draw(site, reader, device_id, rescue=(number, code))

        return await site.run(answer)

    @post(_ONE_URL, right=Right.ORDER_TABLETS)
    async def ordered(request: Request[Any, Any, Any], device_id: int) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: commands.order(work, reader, device_id, form),
            lambda refusal: _draw(site, reader, device_id, refusal),
            lambda _: f"{_URL}/{device_id}",
        )

    return [listed, driver, coded, show, helped, ordered]


def _list(site: Site, reader: Reader, given: Given) -> Any:
    """Return the page of the list; `given`: which agent's new tablet was asked for, and why not."""
    found = site.read(lambda records: tablets_page(records, reader, site.pages.phrases))
    return site.page(
        reader,
        "tablets/list.html",
        "devices",
        status=given.status,
        problems=given.problems(reader.phrases, "agent", otherwise="agent"),
        **found,
    )


def _draw(
    site: Site,
    reader: Reader,
    device_id: int,
    refusal: Refusal | None = None,
    rescue: tuple[int, str] | None = None,
) -> Any:
    """Return the page of a tablet.

    Args:
        refusal: what was wrong with a form.
        rescue: the number of its screen, and the code that answers it.

    Raises:
        NotFound: a tablet of others.
    """
    row, orders = site.read(
        lambda records: (
            get_tablet(records, reader, device_id),
            orders_of(records, reader, device_id),
        )
    )
    given = Given(refusal=refusal)
    number, code = rescue or ("", "")
    return site.page(
        reader,
        "tablets/one.html",
        "devices",
        status=given.status,
        row=row,
        orders=orders,
        problem=site.sentence(reader.language, refusal) if refusal else "",
        code=code,
        number=number,
    )
