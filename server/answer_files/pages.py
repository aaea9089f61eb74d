"""The pages of a day's list as a file, and of the answers that come back as one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.answer_files import commands, tables
from server.answer_files.queries import URL, bring_page, file_page, get_file
from server.answer_files.sheet import BYTES_MAX, ROWS_MAX
from server.offices.queries import URL as QUEUE_URL
from server.offices.queries import read_view
from server.rights import Right
from server.web.asked import Asked
from server.web.forms import Given
from server.web.headers import csv_file
from server.web.reader import Reader
from server.web.seen import read_id
from server.web.site import Site
from sync.errors import Refusal

_RIGHT = Right.ANSWER_REQUESTS
_ONE = URL + "/{file_id:str}"
_BODY_BYTES_MAX = BYTES_MAX + 64 * 1024


def routes(site: Site) -> list[Any]:
    """Return the pages of files."""

    @get(f"{QUEUE_URL}/list.csv", right=_RIGHT, media_type="text/csv")
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        return csv_file(tables.list_lines(site, reader, read_view(reader.asked)), "queue")

    @get(URL, right=_RIGHT)
    @site.threaded
    def files(request: Request[Any, Any, Any]) -> Any:
        return _draw(site, site.reader(request), Given(Asked()))

    @post(URL, right=_RIGHT, request_max_body_size=_BODY_BYTES_MAX)
    async def bring(request: Request[Any, Any, Any]) -> Any:
        reader, form, content = await site.uploaded(request, "table", BYTES_MAX)
        return await site.lead_on(
            site.change(lambda: commands.bring(site.database, reader, content)),
            lambda refusal: _draw(site, reader, Given(form, refusal)),
            lambda file_id: f"{URL}/{UUID(bytes=file_id)}",
        )

    @get(_ONE, right=_RIGHT)
    @site.threaded
    def one(request: Request[Any, Any, Any], file_id: str) -> Any:
        return _draw_one(site, site.reader(request), file_id, Given(Asked()))

    @get(_ONE + "/wrong.csv", right=_RIGHT, media_type="text/csv")
    @site.threaded
    def wrong(request: Request[Any, Any, Any], file_id: str) -> Any:
        reader = site.reader(request)
        file = site.read(lambda records: get_file(records, reader, file_id))
        return csv_file(tables.wrong_lines(site, reader, file.id), "not-applied")

    @post(_ONE + "/apply", right=_RIGHT)
    async def apply(request: Request[Any, Any, Any], file_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: commands.order(work, reader, read_id("answer_file", file_id)),
            lambda refusal: _draw_one(site, reader, file_id, Given(form, refusal)),
            lambda _: f"{URL}/{file_id}",
        )

    return [listed, files, bring, one, wrong, apply]


def _draw(site: Site, reader: Reader, given: Given) -> Any:
    found = site.read(lambda records: bring_page(records, reader))
    return site.page(
        reader,
        "answer_files/bring.html",
        "queue",
        status=given.status,
        problem=_sentence(reader, given.refusal),
        rows_most=ROWS_MAX,
        megabytes_most=BYTES_MAX // 1024 // 1024,
        **found,
    )


def _draw_one(site: Site, reader: Reader, file_id: str, given: Given) -> Any:
    found = site.read(lambda records: file_page(records, reader, file_id))
    return site.page(
        reader,
        "answer_files/one.html",
        "queue",
        status=given.status,
        problem=_sentence(reader, given.refusal),
        **found,
    )


def _sentence(reader: Reader, refusal: Refusal | None) -> str:
    """Return what is wrong; a column by its name in the list."""
    if refusal is None:
        return ""
    values = dict(refusal.values)
    if "column" in values:
        values["column"] = reader.phrases.say(f"desk.answers.column.{values['column']}")
    return reader.phrases.sentence(refusal.code, values)
