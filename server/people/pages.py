"""The desk's pages of people and enterprises: one way of working for both."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from server.db.work import Work
from server.duplicates.queries import survivor_url
from server.people import commands, holding_pages, speaking
from server.people.listed import list_page
from server.people.queries import known_of
from server.people.subjects import ENTERPRISES, PEOPLE, Subject
from server.rights import Right
from server.trail.queries import seen_by
from server.visits import commands as visits
from server.web.forms import Given, RecordForm
from server.web.reader import Reader, name_of
from server.web.seen import get_seen
from server.web.site import Site, see_other
from sync.wording import as_typed

_SEEN_ROWS = 8


def routes(site: Site) -> list[Any]:
    """Return the pages of people and enterprises, and of their holdings."""
    subjects = (PEOPLE, ENTERPRISES)
    pages = [route for subject in subjects for route in _routes(site, subject)]
    return [*pages, *holding_pages.routes(site, subjects), *speaking.routes(site, subjects)]


def _routes(site: Site, subject: Subject) -> list[Any]:
    address, name = subject.url + "/{record_id:str}", subject.entity.name

    @get(subject.url, name=f"{name}_list", right=Right.SEE_PEOPLE)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: list_page(records, reader, subject))
        return site.page(reader, "people/list.html", subject.here, kind=subject, **found)

    @get(address, name=f"{name}_one", right=Right.SEE_PEOPLE)
    @site.threaded
    def show(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader = site.reader(request)
        merged_into = site.read(
            lambda records: survivor_url(get_seen(records, reader, name, record_id))
        )
        return see_other(merged_into) if merged_into else _draw(site, reader, subject, record_id)

    @post(address, name=f"{name}_change", right=Right.CHANGE_PEOPLE)
    async def correct(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: commands.correct(work, reader, subject, record_id, form),
            lambda refusal: _draw(site, reader, subject, record_id, Given(form, refusal)),
            lambda _: f"{subject.url}/{record_id}?saved=1",
        )

    @post(address + "/family", name=f"{name}_family", right=Right.DECIDE)
    async def family(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)

        def declare(work: Work) -> None:
            record = get_seen(work, reader, name, record_id)
            visits.declare(work, reader, name, record.record_id, form)

        await site.store(declare)
        return see_other(f"{subject.url}/{record_id}")

    return [listed, show, correct, family]


def _draw(
    site: Site, reader: Reader, subject: Subject, record_id: str, given: Given | None = None
) -> Any:
    """Return the page of a record. Raises NotFound: none that the reader may see."""
    given = given or Given()
    entity = subject.entity.name
    record, known, seen = site.read(
        lambda records: (
            record := get_seen(records, reader, entity, record_id),
            known_of(records, reader, subject, record),
            seen_by(records, reader, record.record_id, _SEEN_ROWS),
        )
    )
    problems = given.problems(reader.phrases, entity, otherwise="name_ar")
    texts = {
        name: as_typed(reader.phrases, subject.entity, name, record.values[name])
        for name in subject.edited
    }
    record_form = RecordForm(subject.entity, subject.edited)
    return site.page(
        reader,
        "people/one.html",
        subject.here,
        status=given.status,
        kind=subject,
        record_id=record_id,
        title=name_of(record, reader.language),
        latin=texts["name_fr"],
        arabic=texts["name_ar"],
        base_rev=record.rev,
        is_merged=bool(reader.asked.get("merged")),
        is_saved=given.refusal is None and reader.asked.get("saved") == "1",
        problems=problems,
        inputs=record_form.inputs(reader.phrases, texts, given.form, problems),
        seen=seen,
        **known,
    )
