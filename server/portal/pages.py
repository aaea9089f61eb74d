"""The portal's pages: they work on a cheap phone, without script, in Arabic and French."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.accounts import throttle, visitors
from server.accounts.visitors import Visitor
from server.db.records import NotFound, Records
from server.db.work import Work
from server.letters.papers import make_pdf
from server.portal import (
    attestation_pages,
    claim_pages,
    commands,
    file_pages,
    paper_pages,
    requests,
)
from server.portal.queries import (
    communes_by_province,
    messages,
    on_their_way,
    registration_of,
    registrations_of,
    services_on,
    status_of,
)
from server.rights import Right
from server.web.asked import Asked, read_form, read_query
from server.web.forms import Given
from server.web.headers import pdf_file
from server.web.reader import name_of
from server.web.site import PORTAL_COOKIE, Site, draft_of, see_other
from sync import local_time
from sync.entities.enterprise import LEGAL_FORMS
from sync.errors import Refusal

CODE_COOKIE, KNOWN_COOKIE = "nuqta_code", "nuqta_known"
TO_COOKIE = "nuqta_to"
"""The offer of the market that was to be ordered of when the phone was asked for."""
_FORM_TYPE = "application/x-www-form-urlencoded"
_KNOWN_S = 180 * 24 * 3600
_BACK = {"back_url": "/"}
_PHONE_URL, _CODE_URL = "/portal/phone", "/portal/code"
_REGISTER_URL, _STATUS_URL = "/portal/register", "/portal/status"
_SIGN_OUT_URL = "/portal/sign-out"
_INPUTS = {"commune_code": "commune", "name_ar": "name", "name_fr": "name"}
"""Field of an enterprise -> the input that asks for it, where its name is another."""


def routes(site: Site) -> list[Any]:
    """Return the public pages."""

    @get("/about", right=Right.OPEN)
    @site.threaded
    def about(request: Request[Any, Any, Any]) -> Any:
        return site.public(request, "portal/about.html", frame=_BACK)

    @get("/dev/outbox", right=Right.OPEN)
    @site.threaded
    def outbox(request: Request[Any, Any, Any]) -> Any:
        return site.public(request, "portal/outbox.html", rows=site.read(messages))

    shown = [about, outbox] if site.settings.is_demo else [about]
    return [
        *_phone_routes(site),
        *_code_routes(site),
        *_registration_routes(site),
        *_request_routes(site),
        *claim_pages.routes(site),
        *file_pages.routes(site),
        *attestation_pages.routes(site),
        *paper_pages.routes(site),
        *shown,
    ]


def _phone_routes(site: Site) -> list[Any]:
    """Return the way in: a phone, to which a code is sent."""

    @get("/", right=Right.OPEN)
    @site.threaded
    def home(request: Request[Any, Any, Any]) -> Any:
        is_kept = b"kept=1" in request.scope["query_string"]
        return site.public(request, "portal/phone.html", problem="", phone="", is_kept=is_kept)

    @post(_PHONE_URL, right=Right.OPEN)
    async def phone(request: Request[Any, Any, Any]) -> Any:
        form = await site.form(request)
        words = site.pages.phrases(site.language(request)).say("portal.message", code="{code}")
        given = form.get("phone")
        try:
            token = await site.send(
                lambda: visitors.send_code(
                    site.database,
                    site.messages,
                    given,
                    words=words,
                    address=site.address_of(request),
                    known=request.cookies.get(KNOWN_COOKIE, ""),
                )
            )
        except Refusal as refusal:
            kept = {"phone": given, "is_kept": False}
            return site.refused(request, refusal, "portal/phone.html", **kept)
        response = see_other(_CODE_URL)
        site.keep(response, CODE_COOKIE, token, path="/portal", samesite="strict")
        return response

    return [home, phone]


def _code_routes(site: Site) -> list[Any]:
    """Return the page of the code that was sent, and what opens the session."""

    def phone_of(request: Request[Any, Any, Any]) -> str:
        token, now = request.cookies.get(CODE_COOKIE, ""), site.database.clock()
        return site.read(lambda records: visitors.phone_of(records, token, now_ms=now))

    @get(_CODE_URL, right=Right.OPEN)
    @site.threaded
    def code_page(request: Request[Any, Any, Any]) -> Any:
        sent_to = phone_of(request)
        if not sent_to:
            return see_other("/")
        return site.public(request, "portal/code.html", frame=_BACK, problem="", phone=sent_to)

    @post(_CODE_URL, right=Right.OPEN)
    async def code(request: Request[Any, Any, Any]) -> Any:
        given = (await site.form(request)).get("code")
        token = request.cookies.get(CODE_COOKIE, "")
        sent_to = await site.run(lambda: phone_of(request))
        tried = [throttle.Count(throttle.Limit.CODE_TRIED_FROM, site.address_of(request))]
        try:
            # Counted first, in a transaction of its own: who guesses pays for the try.
            await site.store(lambda work: throttle.take(work, tried))
            # A wrong code is returned, not raised: its count must be stored with it.
            entered = await site.store(lambda work: visitors.check_code(work, token, given))
            if isinstance(entered, Refusal):
                raise entered
        except Refusal as refusal:
            return site.refused(request, refusal, "portal/code.html", frame=_BACK, phone=sent_to)
        visitor = entered.visitor
        known = await site.run(
            lambda: site.read(lambda records: registrations_of(records, visitor.phone))
        )
        wanted = request.cookies.get(TO_COOKIE, "")
        own = _STATUS_URL if known and not visitor.draft else _REGISTER_URL
        response = see_other(_order_url(wanted) or own)
        if wanted:
            site.keep(response, TO_COOKIE, "", path="/portal", max_age=0)
        site.keep(response, PORTAL_COOKIE, entered.session, path="/portal", samesite="strict")
        site.keep(response, KNOWN_COOKIE, entered.known, path="/portal", max_age=_KNOWN_S)
        return response

    return [code_page, code]


def _registration_routes(site: Site) -> list[Any]:
    """Return what a checked phone opens: the registration, and how far it is."""

    @get(_REGISTER_URL, right=Right.REGISTER)
    @site.threaded
    def register_page(request: Request[Any, Any, Any]) -> Any:
        asked, visitor = read_query(request.scope["query_string"]), site.visitor(request)
        if visitor.draft and "of" not in asked:
            kept = read_form(_FORM_TYPE, visitor.draft.encode())
            with suppress(NotFound):  # of an enterprise that is gone, or another's by now
                return _draw_registration(site, request, Given(kept))
        return _draw_registration(site, request, Given(asked))

    @post(_REGISTER_URL, right=Right.REGISTER)
    async def register(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await _posted(site, request)
        # Kept before it is judged: a wrong field, a cut line or another language lose nothing.
        if draft := draft_of(form):
            await site.store(lambda work: visitors.save_draft(work, visitor, draft))
        if form.get("later"):
            return see_other(_REGISTER_URL)
        command = partial(_register, visitor=visitor, form=form, language=site.language(request))
        return await site.submit(
            command,
            lambda refusal: _draw_registration(site, request, Given(form, refusal)),
            lambda _: _STATUS_URL,
        )

    @get(_STATUS_URL, right=Right.REGISTER)
    @site.threaded
    def status(request: Request[Any, Any, Any]) -> Any:
        visitor, language = site.visitor(request), site.language(request)
        now_ms = site.database.clock()
        enterprises = site.read(lambda records: status_of(records, visitor.phone, language, now_ms))
        if not enterprises:
            return see_other(_REGISTER_URL)
        # Telephones are lent: here are names, so here is the way out.
        frame = {"sign_out_url": _SIGN_OUT_URL, "csrf_token": visitor.csrf}
        return site.public(request, "portal/status.html", frame=frame, enterprises=enterprises)

    @post(_SIGN_OUT_URL, right=Right.REGISTER)
    async def sign_out(request: Request[Any, Any, Any]) -> Any:
        await _posted(site, request)
        token = request.cookies.get(PORTAL_COOKIE, "")
        await site.store(lambda work: visitors.sign_out(work, token))
        return file_pages.left()

    return [register_page, register, status, sign_out]


def _request_routes(site: Site) -> list[Any]:
    """Return the page of a request, and what its applicant does there."""
    address = requests.URL + "/{record_id:str}"

    def draw(
        request: Request[Any, Any, Any],
        record_id: str,
        given: Given,
        *,
        is_withdrawing: bool = False,
    ) -> Any:
        visitor, language = site.visitor(request), site.language(request)
        phrases, now = site.pages.phrases(language), site.database.clock()
        found = site.read(
            lambda records: requests.request_page(records, visitor, record_id, phrases, now)
        )
        return site.public(
            request,
            "portal/request.html",
            status=given.status,
            frame={"back_url": _STATUS_URL, "bar_title": phrases.say("portal.request")},
            problem=next(iter(given.problems(phrases, "application", otherwise="x").values()), ""),
            form=given.form,
            csrf=visitor.csrf,
            is_withdrawing=is_withdrawing and "withdraw" in found["acts"],
            **found,
        )

    @get(address, right=Right.REGISTER)
    @site.threaded
    def one(request: Request[Any, Any, Any], record_id: str) -> Any:
        asked = read_query(request.scope["query_string"])
        return draw(request, record_id, Given(), is_withdrawing=asked.get("withdraw") == "1")

    @post(address, right=Right.REGISTER)
    async def act(request: Request[Any, Any, Any], record_id: str) -> Any:
        visitor, form = await _posted(site, request)
        language = site.language(request)
        return await site.submit(
            lambda work: requests.act(work, visitor, record_id, form, language),
            lambda refusal: draw(request, record_id, Given(form, refusal)),
            lambda _: f"{requests.URL}/{record_id}",
        )

    @get(address + "/printed/{paper:str}", right=Right.REGISTER)
    @site.threaded
    def paper(request: Request[Any, Any, Any], record_id: str, paper: str) -> Any:
        visitor, url = site.visitor(request), site.settings.reached_at(request.scope)

        def make(records: Records) -> bytes:
            found, enterprise = requests.find(records, visitor, record_id)
            return make_pdf(records, found, enterprise, paper, url)

        return pdf_file(site.read(make), paper)

    return [one, act, paper]


def _order_url(offer_id: str) -> str:
    """Return where an offer is ordered of; "" of what is none: a cookie is the browser's to say."""
    try:
        return f"/portal/market/{UUID(offer_id)}/order" if offer_id else ""
    except ValueError:
        return ""


async def _posted(site: Site, request: Request[Any, Any, Any]) -> tuple[Visitor, Asked]:
    """Return who sent a form of the portal, and the form. Raises CsrfWrong, RequestWrong."""
    visitor, form = site.visitor(request), await site.form(request)
    site.require_csrf(visitor.csrf, form)
    return visitor, form


def _register(work: Work, *, visitor: Visitor, form: Asked, language: str) -> None:
    """Store a registration; or, of an enterprise of the phone, that it asks for more services."""
    visitors.forget_draft(work, visitor.phone)
    enterprise_id = form.record_id("of")
    if enterprise_id is None:
        commands.register(work, visitor, commands.read_registration(form, language))
    else:
        services = commands.read_services(form)
        commands.ask(work, registration_of(work, visitor.phone, enterprise_id), services)


def _draw_registration(site: Site, request: Request[Any, Any, Any], given: Given) -> Any:
    """Return the form of a registration, or of more services for one that there is.

    Raises:
        NotFound: the enterprise that it names is not of the visitor's phone.
    """
    visitor, language = site.visitor(request), site.language(request)
    phrases, enterprise_id = site.pages.phrases(language), given.form.record_id("of")
    enterprise, asked = site.read(
        lambda records: (
            (
                registration_of(records, visitor.phone, enterprise_id),
                on_their_way(records, enterprise_id),
            )
            if enterprise_id
            else (None, set[str]())
        )
    )
    today = local_time.day_of(site.database.clock())
    services = [
        (code, name) for code, name in services_on(today, language).items() if code not in asked
    ]
    if not services:  # an address that was kept: the status leads here only while there are some
        return see_other(_STATUS_URL)
    problems = given.problems(phrases, "enterprise", otherwise="name")
    return site.public(
        request,
        "portal/register.html",
        status=given.status,
        frame={"back_url": _STATUS_URL if enterprise_id else ""},
        form=given.form,
        problems={_INPUTS.get(name, name): sentence for name, sentence in problems.items()},
        csrf=visitor.csrf,
        phone=visitor.phone,
        is_kept=bool(visitor.draft) and not given.refusal,
        of=str(UUID(bytes=enterprise_id)) if enterprise_id else "",
        of_name=name_of(enterprise, language),
        chosen=given.form.several("services"),
        provinces=site.read(lambda records: communes_by_province(records, language)),
        legal_forms=[(code, phrases.say(f"enterprise.legal_form.{code}")) for code in LEGAL_FORMS],
        services=services,
    )
