"""Whom no code reaches is called: a task of the agents of the commune, until one of them did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, get, post

from server.accounts import throttle
from server.accounts.territories import UnknownTerritory
from server.db.work import Author, Work
from server.exchange.follow_ups import language_of
from server.phrases import load_phrases
from server.portal.queries import communes, provinces
from server.rights import Right
from server.web.asked import read_query
from server.web.site import Site, see_other
from sync import limits, local_time, typed
from sync.errors import Refusal
from sync.spec import Values

URL = "/portal/call"
KIND = "call_back"
_DAYS = 2
"""Within so many days one is called."""


def ask(work: Work, phone: str, commune: str, name: str) -> None:
    """Have agents call a phone; one who asks twice is called once.

    Raises:
        UnknownTerritory: there is none of this code.
    """
    table = work.tables.records["commune"]
    if not work.list("commune", table.c.code == commune, limit=1):
        raise UnknownTerritory("commune: unknown", field="commune_code")
    phrases = load_phrases(language_of(work, None))
    title = phrases.say("portal.call.task", phone=phrases.phone(phone))
    work.lock_name("task", phone)
    task = work.tables.records["task"]
    is_asked = (task.c.commune_code == commune, task.c.kind == KIND, task.c.title == title)
    if work.list("task", *is_asked, task.c.state == "open", limit=1):
        return
    made = Values(
        commune_code=commune,
        kind=KIND,
        title=title[: limits.LINE_CHARS_MAX],
        notes=name or None,
        due_on=local_time.day_of(work.now_ms) + _DAYS,
        state="open",
    )
    work.insert("task", made, Author(None))


def routes(
    site: Site, phone_of: Callable[[Request[Any, Any, Any]], str], code_url: str
) -> list[Any]:
    """Return the page where one asks to be called.

    Args:
        phone_of: the phone that a browser asked a code for: no other is called.
    """

    def shown(request: Request[Any, Any, Any], phone: str, province: str) -> dict[str, Any]:
        language = site.language(request)
        return {
            "frame": {"back_url": code_url},
            "phone": phone,
            "province": province,
            "places": site.read(
                lambda records: (
                    communes(records, language, province)
                    if province
                    else provinces(records, language)
                )
            ),
        }

    @get(URL, right=Right.OPEN)
    @site.threaded
    def page(request: Request[Any, Any, Any]) -> Any:
        phone = phone_of(request)
        if not phone:
            return see_other("/")
        asked = read_query(request.scope["query_string"])
        if asked.get("asked"):
            frame = {"back_url": "/"}
            return site.public(request, "portal/called.html", frame=frame, phone=phone)
        given = shown(request, phone, asked.get("province"))
        return site.public(request, "portal/call.html", problem="", name="", **given)

    @post(URL, right=Right.OPEN)
    async def call(request: Request[Any, Any, Any]) -> Any:
        form = await site.form(request)
        phone = await site.run(lambda: phone_of(request))
        if not phone:
            return see_other("/")
        commune, name = form.get("commune_code"), typed.line(form.get("name"))
        counts = [
            throttle.Count(throttle.Limit.CALL_TO, phone),
            throttle.Count(throttle.Limit.CALL_FROM, site.address_of(request)),
        ]
        try:
            await site.store(lambda work: throttle.take(work, counts))
            await site.store(lambda work: ask(work, phone, commune, name))
        except Refusal as refusal:
            given = await site.run(lambda: shown(request, phone, form.get("province")))
            return site.refused(request, refusal, "portal/call.html", name=name, **given)
        return see_other(f"{URL}?asked=1")

    return [page, call]
