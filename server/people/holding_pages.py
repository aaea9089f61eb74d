"""The desk's pages of holdings: a new one of somebody, and one that is there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db.records import Stored
from server.db.work import Work
from server.people import holdings
from server.people.subjects import Subject
from server.rights import Right
from server.web.asked import Asked
from server.web.forms import Given
from server.web.reader import Reader, name_of
from server.web.seen import get_seen
from server.web.site import Site
from sync.entities.holding import HOLDING
from sync.wording import as_typed


def routes(site: Site, subjects: tuple[Subject, ...]) -> list[Any]:
    """Return the pages of the holdings of some subjects."""
    added = [route for subject in subjects for route in _new_routes(site, subjects, subject)]
    return [*added, *_one_routes(site, subjects)]


def _new_routes(site: Site, subjects: tuple[Subject, ...], subject: Subject) -> list[Any]:
    address, name = subject.url + "/{record_id:str}/holding", subject.entity.name

    def draw(reader: Reader, record_id: str, given: Given | None) -> Any:
        owner = site.read(lambda records: get_seen(records, reader, name, record_id))
        begun = Asked([("commune_code", str(owner.values["commune_code"]))])
        return _draw(site, reader, subjects, (owner, None), given or Given(begun))

    @get(address, name=f"{name}_holding_new", right=Right.CHANGE_PEOPLE)
    @site.threaded
    def new(request: Request[Any, Any, Any], record_id: str) -> Any:
        return draw(site.reader(request), record_id, None)

    @post(address, name=f"{name}_holding_add", right=Right.CHANGE_PEOPLE)
    async def add(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)

        def store(work: Work) -> bytes:
            owner = get_seen(work, reader, name, record_id, Right.CHANGE_PEOPLE)
            return holdings.add(work, reader, owner, form)

        return await site.submit(
            store,
            lambda refusal: draw(reader, record_id, Given(form, refusal)),
            lambda _: f"{subject.url}/{record_id}?saved=1",
        )

    return [new, add]


def _one_routes(site: Site, subjects: tuple[Subject, ...]) -> list[Any]:
    address = holdings.URL + "/{holding_id:str}"

    def draw(reader: Reader, holding_id: str, given: Given) -> Any:
        holding, owner = site.read(
            lambda records: (
                found := get_seen(records, reader, "holding", holding_id),
                holdings.owner_of(records, reader, found),
            )
        )
        return _draw(site, reader, subjects, (owner, holding), given)

    @get(address, name="holding_one", right=Right.SEE_PEOPLE)
    @site.threaded
    def show(request: Request[Any, Any, Any], holding_id: str) -> Any:
        return draw(site.reader(request), holding_id, Given())

    @post(address, name="holding_change", right=Right.CHANGE_PEOPLE)
    async def change(request: Request[Any, Any, Any], holding_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: holdings.change(work, reader, holding_id, form),
            lambda refusal: draw(reader, holding_id, Given(form, refusal)),
            lambda owner: f"{_url_of(subjects, owner)}?saved=1",
        )

    return [show, change]


def _url_of(subjects: tuple[Subject, ...], owner: Stored) -> str:
    kind = next(one for one in subjects if one.entity.name == owner.entity.name)
    return f"{kind.url}/{UUID(bytes=owner.record_id)}"


def _draw(
    site: Site,
    reader: Reader,
    subjects: tuple[Subject, ...],
    shown: tuple[Stored, Stored | None],
    given: Given,
) -> Any:
    """Return the page of an owner's holding, or of a new one."""
    owner, holding = shown
    texts = {
        name: as_typed(reader.phrases, HOLDING, name, holding.values.get(name))
        for name in (holdings.EDITED if holding else ())
        if holding
    }
    problems = given.problems(reader.phrases, "holding", otherwise="area_ha")
    record_form = site.read(lambda records: holdings.form_of(records, reader))
    owner_url = _url_of(subjects, owner)
    holding_url = f"{holdings.URL}/{UUID(bytes=holding.record_id)}" if holding else ""
    return site.page(
        reader,
        "people/holding.html",
        next(one.here for one in subjects if one.entity.name == owner.entity.name),
        status=given.status,
        owner=name_of(owner, reader.language),
        owner_url=owner_url,
        action=holding_url or f"{owner_url}/holding",
        history=f"/desk/history/holding/{UUID(bytes=holding.record_id)}" if holding else "",
        facts=holdings.facts_of(reader, holding) if holding else [],
        base_rev=holding.rev if holding else 0,
        problems=problems,
        inputs=record_form.inputs(reader.phrases, texts, given.form, problems),
    )
