"""Sign-in, and the morning's page."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from litestar import Request, Response, get, post

from server.accounts import commands
from server.db.records import Records
from server.desk.tablets import tablets
from server.desk.waiting import counts
from server.visits.queries import count_between
from server.web.shell import DESK
from server.web.site import COOKIE, SIGN_IN_URL, Reader, Site, see_other, threaded
from sync import local_time
from sync.errors import Refusal

_WEEK_DAYS = 7


def desk_routes(site: Site) -> list[Any]:
    """Return sign-in and out, and the pages of the day."""

    @get(SIGN_IN_URL)
    @threaded
    def sign_in_page(request: Request[Any, Any, Any]) -> Response[str]:
        return site.public(request, "desk/sign_in.html", login="", problem="")

    @post(SIGN_IN_URL)
    async def sign_in(request: Request[Any, Any, Any]) -> Any:
        form = await site.form(request)
        login, password = str(form.get("login", "")), str(form.get("password", ""))
        result = await site.run(
            lambda: site.write(lambda work: commands.sign_in(work, login, password))
        )
        if isinstance(result, Refusal):
            language = site.language(request)
            sentence = site.pages.phrases(language).sentence(result.code, result.values)
            return site.public(
                request, "desk/sign_in.html", status=401, login=login, problem=sentence
            )
        token, _ = result
        response = see_other(DESK)
        response.set_cookie(
            COOKIE,
            token,
            httponly=True,
            samesite="lax",
            secure=site.settings.secure_cookies,
            path=DESK,
        )
        return response

    @post(f"{DESK}/sign-out")
    async def sign_out(request: Request[Any, Any, Any]) -> Any:
        await site.posted(request)
        token = request.cookies.get(COOKIE, "")
        await site.run(lambda: site.write(lambda work: commands.sign_out(work, token)))
        response = see_other(SIGN_IN_URL)
        response.delete_cookie(COOKIE, path=DESK)
        return response

    @get(DESK)
    @threaded
    def morning(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        now = site.database.clock()
        return site.page(
            reader,
            "desk/morning.html",
            "morning",
            now=now,
            **site.read(lambda records: _figures(records, reader, now)),
        )

    return [sign_in_page, sign_in, sign_out, morning]


def _figures(records: Records, reader: Reader, now_ms: int) -> dict[str, Any]:
    communes = reader.session.communes
    tables = records.tables

    def count(entity: str, *where: sa.ColumnElement[bool]) -> int:
        table = tables.records[entity]
        query = (
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.c.commune_code.in_(communes), table.c.deleted_at.is_(None), *where)
        )
        return int(records.connection.scalar(query) or 0)

    team_tablets = tablets(records, reader, now_ms)
    points, today = tables.records["contact_point"], local_time.day_of(now_ms)
    weeks = [
        (
            reader.phrases.day(last, "short"),
            count_between(records, communes, last - _WEEK_DAYS + 1, last),
        )
        for last in range(today - 11 * _WEEK_DAYS, today + 1, _WEEK_DAYS)
    ]
    return {
        "visits_week": weeks[-1][1],
        "people": count("person"),
        "enterprises": count("enterprise"),
        "points": count("contact_point", points.c.status == "active"),
        "silent": sum(row["is_silent"] for row in team_tablets),
        "tablets": len(team_tablets),
        "unsent": sum(row["pending"] for row in team_tablets),
        "waiting": counts(records, reader),
        "weeks": weeks,
    }
