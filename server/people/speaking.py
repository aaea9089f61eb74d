"""The desk's page of who speaks for somebody on the portal, by a paper that was seen."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from server.accounts import proxies
from server.applications.told import act_words
from server.db.events import Action
from server.db.records import NotFound
from server.db.work import Work
from server.people.subjects import Subject
from server.portal.proxies import read_proxy, roles, row_of
from server.rights import Right
from server.web.asked import Asked
from server.web.forms import Given
from server.web.reader import Reader, name_of
from server.web.seen import get_seen
from server.web.site import Site


def routes(site: Site, subjects: tuple[Subject, ...]) -> list[Any]:
    """Return the page for each kind of those who are spoken for."""
    return [route for subject in subjects for route in _routes(site, subject)]


def _routes(site: Site, subject: Subject) -> list[Any]:
    address, name = subject.url + "/{record_id:str}/proxy", subject.entity.name

    def draw(reader: Reader, record_id: str, given: Given) -> Any:
        phrases = reader.phrases
        record, speakers, acts = site.read(
            lambda records: (
                record := get_seen(records, reader, name, record_id),
                proxies.of_subject(records, record, reader.now_ms),
                proxies.acts_of(records, record),
            )
        )
        title = name_of(record, reader.language)
        return site.page(
            reader,
            "people/speaking.html",
            subject.here,
            status=given.status,
            title=title,
            back=f"{subject.url}/{record_id}",
            action=f"{subject.url}/{record_id}/proxy",
            speakers=[row_of(phrases, one) for one in speakers],
            spoken=[(act_words(phrases, one, title), one.at) for one in acts],
            roles=roles(phrases),
            form=given.form,
            problems=given.problems(phrases, name, otherwise="proxy_name"),
        )

    @get(address, name=f"{name}_proxy", right=Right.SEE_PEOPLE)
    @site.threaded
    def show(request: Request[Any, Any, Any], record_id: str) -> Any:
        return draw(site.reader(request), record_id, Given())

    @post(address, name=f"{name}_proxy_change", right=Right.CHANGE_PEOPLE)
    async def change(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: _change(work, reader, name, record_id, form),
            lambda refusal: draw(reader, record_id, Given(form, refusal)),
            lambda _: f"{subject.url}/{record_id}/proxy",
        )

    return [show, change]


def _change(work: Work, reader: Reader, entity: str, record_id: str, form: Asked) -> None:
    """Let another speak for somebody, or end it: `proxy` names whose."""
    record = get_seen(work, reader, entity, record_id, Right.CHANGE_PEOPLE)
    if record.values["survivor_id"] is not None:
        raise NotFound("desk: merged into another", entity=entity)
    by = reader.session.agent_id
    if ended := form.record_id("proxy"):
        proxies.revoke(work, record, ended)
    else:
        proxies.give(work, record, read_proxy(form, work.now_ms), by=by)
    work.note(Action.GRANT, by, entity, record.record_id, "proxy")
