"""The portal's pages of services: what somebody can ask for, and each in plain words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db.records import NotFound, Records, Stored
from server.portal import commands
from server.portal.queries import registration_of, registrations_of
from server.reference import files
from server.reference.catalogue import catalogue
from server.rights import Right
from server.services import desk_pages
from server.services.facts import facts_of
from server.services.recordings import sounds
from server.services.shown import (
    conditions_of,
    cost_of,
    delay_in_words,
    named,
    papers_in_words,
    row_of,
    sign_of,
)
from server.web.asked import read_query
from server.web.reader import name_of
from server.web.site import Site, see_other
from sync.rules import eligibility
from sync.rules.eligibility import Verdict

_URL, _STATUS_URL = "/portal/services", "/portal/status"


def routes(site: Site) -> list[Any]:
    """Return the pages of services."""

    @get(_URL, right=Right.REGISTER)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        language, subject = site.language(request), _asker(site, request)
        if subject is None:
            return see_other("/portal/register")
        phrases, now_ms = site.pages.phrases(language), site.database.clock()
        facts = site.read(lambda records: facts_of(records, subject, now_ms))
        rows = [
            {
                **row_of(phrases, one, language),
                "papers": papers_in_words(phrases, one.edition, facts.papers),
            }
            for one in eligibility.answers(catalogue().on(facts.today, facts.region), facts)
        ]
        of = str(UUID(bytes=subject.record_id))
        return site.public(
            request,
            "services/list.html",
            frame={"back_url": _STATUS_URL, "bar_title": name_of(subject, language)},
            groups=[
                (verdict.value, [row for row in rows if row["verdict"] == verdict])
                for verdict in (Verdict.MAY, Verdict.UNKNOWN, Verdict.NOT_YET)
            ],
            of=of,
        )

    @get(_URL + "/{service:str}", right=Right.REGISTER)
    @site.threaded
    def show(request: Request[Any, Any, Any], service: str) -> Any:
        subject = _asker(site, request)
        if subject is None:
            return see_other("/portal/register")
        return _draw(site, request, subject, service)

    @post(_URL + "/{service:str}", right=Right.REGISTER)
    async def ask(request: Request[Any, Any, Any], service: str) -> Any:
        visitor, form = await site.sent(request)
        subject_id = form.record_id("of")
        if subject_id is None or not catalogue().known(service):
            raise NotFound(f"portal: no service {service!r}", entity="enterprise")
        await site.store(
            lambda work: commands.ask(
                work, visitor, registration_of(work, visitor, subject_id), (service,)
            )
        )
        return see_other(_STATUS_URL)

    return [listed, show, ask, *desk_pages.routes(site)]


def _asker(site: Site, request: Request[Any, Any, Any]) -> Stored | None:
    """Return for whom of the visitor's phone a page is; None: they have none.

    Raises:
        NotFound: the address names one of another phone.
    """
    visitor, asked = site.visitor(request), read_query(request.scope["query_string"])
    subject_id = asked.record_id("of")

    def find(records: Records) -> Stored | None:
        if subject_id is not None:
            return registration_of(records, visitor, subject_id)
        return next(iter(registrations_of(records, visitor)), None)

    return site.read(find)


def _draw(site: Site, request: Request[Any, Any, Any], subject: Stored, service: str) -> Any:
    """Return the page of a service. Raises NotFound: there is none."""
    language, visitor = site.language(request), site.visitor(request)
    phrases, now_ms = site.pages.phrases(language), site.database.clock()
    facts = site.read(lambda records: facts_of(records, subject, now_ms))
    edition = catalogue().holding(service, facts.today, facts.region)
    if edition is None:
        raise NotFound(f"portal: no service {service!r}", entity="application")
    said = site.read(lambda records: sounds(records, edition, phrases))
    found = eligibility.answer(edition, facts)
    of = str(UUID(bytes=subject.record_id))
    names = files.documents()
    papers = [(named(names[code], language), code in facts.papers) for code in edition.documents]
    return site.public(
        request,
        "services/one.html",
        frame={"back_url": f"{_URL}?of={of}", "bar_title": phrases.say("portal.services.title")},
        name=edition.name(language),
        about=named(edition.about, language),
        sounds=said,
        sign=sign_of(service),
        row=row_of(phrases, found, language),
        counted=found.counted,
        conditions=conditions_of(phrases, found, language),
        papers=papers,
        papers_there=sum(is_there for _, is_there in papers),
        delay=delay_in_words(phrases, edition, facts),
        cost=cost_of(phrases, edition),
        decider=phrases.say(f"service.decider.{edition.decided_by}"),
        is_going=service in facts.going,
        service=service,
        of=of,
        csrf=visitor.csrf,
        url=_URL,
        status_url=_STATUS_URL,
    )
