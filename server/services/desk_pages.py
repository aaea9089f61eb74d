"""The desk's pages of services: what holds, what is proposed, whom it would change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db.records import NotFound, Records
from server.db.work import Work
from server.reference import catalogue, files
from server.rights import Right
from server.services import (
    editing,
    effect,
    exporting,
    proposals,
    recording_pages,
    recordings,
)
from server.services.proposals import Proposal, State
from server.web.forms import Given
from server.web.headers import with_device
from server.web.reader import Reader
from server.web.seen import read_id
from server.web.shell import DESK
from server.web.site import Site
from sync import local_time
from sync.rules.editions import read_edition
from sync.rules.spoken import SPOKEN

URL = f"{DESK}/services"
_MAY_SPEAK = with_device("microphone")
_OF_RECORDINGS = frozenset({"recording", "seconds", "language"})
"""What the forms of recordings bring, and that of an edition does not."""
Deciding = Callable[[Work, bytes, bytes], None]


def routes(site: Site) -> list[Any]:
    """Return the pages and what is decided there."""

    @get(URL, right=Right.PROPOSE_SERVICES)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(
            lambda records: (
                newest := exporting.newest(records),
                proposals.listed(records),
                recordings.counted(records, map(read_edition, newest.values())),
            )
        )
        waiting = {one.service for one in found[1]}
        rows = [
            {
                "url": f"{URL}/{code}",
                "name": _name(declared, reader.language),
                "number": declared["edition"],
                "from": read_edition(declared).valid_from,
                "missing": editing.missing(declared),
                "waits": code in waiting,
                "heard": found[2][code],
            }
            for code, declared in found[0].items()
        ]
        return site.page(
            reader, "services/desk_list.html", "services", rows=rows, spoken=len(SPOKEN)
        )

    @get(URL + "/{service:str}", right=Right.PROPOSE_SERVICES)
    @site.threaded
    def show(request: Request[Any, Any, Any], service: str) -> Any:
        return _draw(site, site.reader(request), service)

    @post(URL + "/{service:str}", right=Right.PROPOSE_SERVICES)
    async def propose(request: Request[Any, Any, Any], service: str) -> Any:
        reader, form = await site.posted(request)

        def store(work: Work) -> bytes:
            declared = editing.declared_of(form, _newest(work, service))
            return proposals.propose(work, declared, reader.session.agent_id)

        return await site.submit(
            store,
            lambda refusal: _draw(site, reader, service, Given(form, refusal)),
            lambda _: f"{URL}/{service}",
        )

    async def decide(request: Request[Any, Any, Any], service: str, decision: Deciding) -> Any:
        reader, form = await site.posted(request)
        proposal_id = read_id("service_edition", form.get("proposal"))
        return await site.submit(
            lambda work: decision(work, proposal_id, reader.session.agent_id),
            lambda refusal: _draw(site, reader, service, Given(form, refusal)),
            lambda _: f"{URL}/{service}",
        )

    @post(URL + "/{service:str}/publish", right=Right.PUBLISH_SERVICES)
    async def publish(request: Request[Any, Any, Any], service: str) -> Any:
        done = await decide(request, service, proposals.publish)
        catalogue.forget()
        return done

    @post(URL + "/{service:str}/withdraw", right=Right.PUBLISH_SERVICES)
    async def withdraw(request: Request[Any, Any, Any], service: str) -> Any:
        done = await decide(request, service, proposals.withdraw)
        catalogue.forget()
        return done

    @post(URL + "/{service:str}/drop", right=Right.PROPOSE_SERVICES)
    async def drop(request: Request[Any, Any, Any], service: str) -> Any:
        return await decide(request, service, proposals.drop)

    spoken = recording_pages.routes(site, lambda *given: _draw(site, *given))
    return [listed, show, propose, publish, withdraw, drop, *spoken]


def _name(declared: Any, language: str) -> str:
    return read_edition(declared).name(language)


def _newest(records: Records, service: str) -> Any:
    """Return what the newest edition of a service declares. Raises NotFound."""
    found = exporting.newest(records).get(service)
    if found is None:
        raise NotFound(f"no service {service!r}", entity="service_edition")
    return found


def _draw(site: Site, reader: Reader, service: str, given: Given | None = None) -> Any:
    given, language = given or Given(), reader.language
    declared, told, spoken = site.read(
        lambda records: (
            newest := _newest(records, service),
            [_told(records, reader, one) for one in proposals.listed(records, service)],
            recordings.told(records, read_edition(newest), reader.phrases, reader.session.agent_id),
        )
    )
    shown = editing.typed_of(declared)
    is_edition = "proposal" not in given.form and not _OF_RECORDINGS & set(given.form.first())
    if given.refusal is not None and is_edition:
        several = {name: given.form.several(name) for name in ("documents", "regions")}
        shown = {**given.form.first(), **several}
    papers = [(code, names[language]) for code, names in files.documents().items()]
    problems = given.problems(
        reader.phrases, "service_edition", otherwise="name_fr" if is_edition else "recordings"
    )
    page = site.page(
        reader,
        "services/desk_one.html",
        "services",
        status=given.status,
        title=_name(declared, language),
        url=f"{URL}/{service}",
        number=declared["edition"],
        missing=editing.missing(declared),
        proposals=told,
        problems=problems,
        is_proposing=bool(problems) and is_edition,
        spoken=spoken[0],
        spoken_options=[(one["code"], one["name"]) for one in spoken[0]],
        spoken_otherwise=spoken[1],
        spoken_in=given.form.get("language"),
        shown=defaultdict(str, shown),
        languages=editing.LANGUAGES,
        conditions=[
            (one["title"].get(language, one["code"]), editing.years_of(one))
            for one in declared["eligibility"]
        ],
        is_counted=bool(declared["delay"].get("days")),
        papers=papers,
        regions=[(row["code"], row[f"name_{language}"]) for row in files.rows("regions")],
        rules=list(editing.rule_titles(language).items()),
    )
    page.headers["permissions-policy"] = _MAY_SPEAK
    return page


def _told(records: Records, reader: Reader, one: Proposal) -> dict[str, Any]:
    """Return a proposal as the page shows it; of an open one what and whom it would change."""
    now = _newest(records, one.service) if one.state is State.OPEN else one.declared
    edition, is_open = read_edition(one.declared), one.state is State.OPEN
    asked, found = (
        effect.moves(records, edition, reader.now_ms, lambda entity: reader.covers(records, entity))
        if is_open
        else (0, {})
    )
    return {
        "id": str(UUID(bytes=one.id)),
        "state": one.state.value,
        "at": one.proposed_at,
        "from": edition.valid_from,
        "number": one.number,
        "is_mine": one.proposed_by == reader.session.agent_id,
        "may_withdraw": one.state is State.PUBLISHED
        and edition.valid_from > local_time.day_of(reader.now_ms),
        "missing": editing.missing(one.declared),
        "changes": [
            (*label.partition(" ")[::2], was, then)
            for label, was, then in editing.changes(now, one.declared, reader.language)
        ],
        "asked": asked,
        "moves": [(was, then, count) for (was, then), count in sorted(found.items())],
    }
