"""The desk's pages of services: what holds, what is proposed, whom it would change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db.records import NotFound, Records
from server.db.work import Work
from server.reference import catalogue
from server.rights import Right
from server.services import (
    checking,
    editing,
    effect,
    exporting,
    fields,
    proposals,
    recording_pages,
    recordings,
)
from server.services.proposals import Proposal, State
from server.web.asked import Asked
from server.web.forms import Given
from server.web.headers import with_device
from server.web.reader import Reader
from server.web.seen import read_id
from server.web.shell import DESK
from server.web.site import Site
from sync import local_time
from sync.errors import Refusal
from sync.rules.editions import Edition, read_edition
from sync.rules.spoken import SPOKEN

URL = f"{DESK}/services"
_MAY_SPEAK = with_device("microphone")
_OF_OTHERS = ("proposal", "recording", "seconds", "language")
"""What the other forms of the page bring, and that of an edition does not."""
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
        waiting = {one.service: one.declared for one in found[1]}
        rows = [
            {
                "url": f"{URL}/{code}",
                "name": _name(declared, reader.language),
                "number": declared["edition"],
                "from": read_edition(declared).valid_from,
                "missing": editing.missing(declared),
                "waits": code in waiting,
                "heard": found[2].get(code, 0),
            }
            for code, declared in {**waiting, **found[0]}.items()
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
            return _propose(work, form, _newest(work, service), reader)

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
    return [listed, *_new_routes(site), show, propose, publish, withdraw, drop, *spoken]


def _new_routes(site: Site) -> list[Any]:
    """Return the form of a service that is not there yet."""

    @get(f"{URL}/new", right=Right.PROPOSE_SERVICES)
    @site.threaded
    def blank(request: Request[Any, Any, Any]) -> Any:
        return _draw_new(site, site.reader(request), Given())

    @post(f"{URL}/new", right=Right.PROPOSE_SERVICES)
    async def begin(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: _begin(work, form, reader),
            lambda refusal: _draw_new(site, reader, Given(form, refusal)),
            lambda code: f"{URL}/{code}",
        )

    return [blank, begin]


def _propose(
    work: Work,
    form: Asked,
    base: Mapping[str, Any],
    reader: Reader,
    refused: Refusal | None = None,
) -> bytes:
    """Keep what a form says as a proposal. Raises Refusal: all that is wrong, `refused` too."""
    read, faults = editing.Form(form, base, refused), None
    try:
        checking.check(read.declared, local_time.day_of(work.now_ms))
    except Refusal as refusal:
        faults = refusal
    read.end(faults)
    return proposals.propose(work, read.declared, reader.session.agent_id)


def _asked(declared: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """Return what the form of an edition asks, and the choices of it."""
    language, windows = reader.language, declared["delay"].get("windows") or ()
    return {
        "languages": fields.LANGUAGES,
        "fields": fields.FIELDS,
        "of_condition": fields.OF_CONDITION,
        "choices": fields.options(reader.phrases),
        "conditions": [
            (one["title"].get(language, one["code"]), editing.values_of(one))
            for one in declared["eligibility"]
        ],
        "new_places": editing.NEW_PLACES,
        "of_any_rule": fields.values_of(""),
        "windows": [*map(str, range(len(windows))), editing.NEW_WINDOW],
    }


def _name(declared: Any, language: str) -> str:
    return read_edition(declared).name(language)


def _newest(records: Records, service: str) -> Any:
    """Return what the newest edition of a service declares; of one to come, as last proposed.

    Raises:
        NotFound: nobody has proposed it.
    """
    found = exporting.newest(records).get(service)
    if found is None:
        proposed = proposals.listed(records, service)
        if not service or not proposed:
            raise NotFound(f"no service {service!r}", entity="service_edition")
        return proposed[0].declared
    return found


def _begin(work: Work, form: Asked, reader: Reader) -> str:
    """Propose a service that is not there yet. Returns its code.

    Raises:
        CodeTaken: it is, or somebody proposes it; others as `_propose`.
    """
    code, newest = form.get("code").strip(), exporting.newest(work)
    work.lock_name("service_edition", code)
    waiting = {one.service for one in proposals.listed(work)}
    order = max(int(one["order"]) for one in newest.values()) + 1
    taken = checking.CodeTaken(f"{code}: taken", field="code")
    is_taken = code in newest or code in waiting
    base = {**editing.BLANK, "code": code, "order": order}
    _propose(work, form, base, reader, taken if is_taken else None)
    return code


def _draw_new(site: Site, reader: Reader, given: Given) -> Any:
    """Return the form of a service that is not there yet."""
    shown = editing.shown_again(given.form) if given.refusal else editing.typed_of(editing.BLANK)
    problems = given.problems(reader.phrases, "service_edition", otherwise="code")
    return site.page(
        reader,
        "services/desk_one.html",
        "services",
        status=given.status,
        title=reader.phrases.say("desk.services.new"),
        url=f"{URL}/new",
        is_new=True,
        missing=[],
        proposals=[],
        spoken=[],
        problems=problems,
        is_proposing=True,
        shown=defaultdict(str, shown),
        **_asked(editing.BLANK, reader),
    )


def _draw(site: Site, reader: Reader, service: str, given: Given | None = None) -> Any:
    given, language = given or Given(), reader.language
    declared, told, spoken = site.read(
        lambda records: (
            newest := _newest(records, service),
            [_told(records, reader, one) for one in proposals.listed(records, service)],
            _recorded(records, reader, read_edition(newest)),
        )
    )
    shown = editing.typed_of(declared)
    is_edition = not any(name in given.form for name in _OF_OTHERS)
    if given.refusal is not None and is_edition:
        shown = editing.shown_again(given.form)
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
        is_new=False,
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
        **_asked(declared, reader),
    )
    page.headers["permissions-policy"] = _MAY_SPEAK
    return page


def _recorded(records: Records, reader: Reader, edition: Edition) -> Any:
    """Return the recordings of an edition as `recordings.told`; of one to come there are none."""
    if not catalogue.catalogue().known(edition.code):
        return [], []
    return recordings.told(records, edition, reader.phrases, reader.session.agent_id)


def _told(records: Records, reader: Reader, one: Proposal) -> dict[str, Any]:
    """Return a proposal as the page shows it; of an open one what and whom it would change."""
    now = exporting.newest(records).get(one.service, editing.BLANK)
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
            for label, was, then in editing.changes(now, one.declared, reader.phrases)
        ],
        "asked": asked,
        "moves": [(was, then, count) for (was, then), count in sorted(found.items())],
    }
