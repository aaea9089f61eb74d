"""The portal's pages: they work on a cheap phone, without script, in the languages of `OFFERED`."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, get, post

from server.accounts import visitors
from server.db.records import Records
from server.letters.papers import make_pdf
from server.messages import MessageUnsent
from server.portal import (
    attestation_pages,
    calling,
    claim_pages,
    codes,
    file_pages,
    follow_pages,
    mine,
    own_phone_pages,
    paper_pages,
    registration_pages,
    requests,
)
from server.portal.queries import messages, registrations_of
from server.rights import Right
from server.sms.outage import outage_of
from server.web.asked import read_query
from server.web.forms import Given
from server.web.headers import pdf_file
from server.web.site import PORTAL_COOKIE, Site, see_other
from sync.errors import Refusal

CODE_COOKIE = "nuqta_code"
TO_COOKIE = "nuqta_to"
"""The offer of the market that was to be ordered of when the phone was asked for."""
_BACK = {"back_url": "/"}
_PHONE_URL, _CODE_URL = "/portal/phone", "/portal/code"
_REGISTER_URL, _STATUS_URL = registration_pages.URL, "/portal/status"
_SIGN_OUT_URL = "/portal/sign-out"


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
        *calling.routes(site, partial(_phone_of, site), _CODE_URL),
        *registration_pages.routes(site),
        *_status_routes(site),
        *_request_routes(site),
        *claim_pages.routes(site),
        *file_pages.routes(site),
        *follow_pages.routes(site),
        *own_phone_pages.routes(site),
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
        given: dict[str, Any] = {"problem": "", "phone": "", "is_kept": is_kept, "is_unsent": False}
        return site.public(request, "portal/phone.html", **given)

    @post(_PHONE_URL, right=Right.OPEN)
    async def phone(request: Request[Any, Any, Any]) -> Any:
        form = await site.form(request)
        words = codes.words_of(request)
        given, token = form.get("phone"), visitors.new_token()
        try:
            await site.send(
                lambda: visitors.send_code(
                    site.database,
                    site.messages,
                    given,
                    words=words,
                    address=site.address_of(request),
                    known=codes.known_in(request),
                    token=token,
                )
            )
        except Refusal as refusal:
            is_unsent = isinstance(refusal, MessageUnsent)
            kept = {"phone": given, "is_kept": False, "is_unsent": is_unsent}
            kept["frame"] = {"address": "/"}
            page = site.refused(request, refusal, "portal/phone.html", **kept)
            if is_unsent:  # whom no code reaches is called: it is known which phone was meant
                site.keep(page, CODE_COOKIE, token, path="/portal", samesite="strict")
            return page
        response = see_other(_CODE_URL)
        site.keep(response, CODE_COOKIE, token, path="/portal", samesite="strict")
        return response

    return [home, phone]


def _phone_of(site: Site, request: Request[Any, Any, Any]) -> str:
    """Return the phone that a browser asked a code for; empty when it is over."""
    token, now = request.cookies.get(CODE_COOKIE, ""), site.database.clock()
    return site.read(lambda records: visitors.phone_of(records, token, now_ms=now))


def _code_routes(site: Site) -> list[Any]:
    """Return the page of the code that was sent, and what opens the session."""

    def outage() -> Any:
        return site.read(lambda records: outage_of(records, site.database.clock()))

    @get(_CODE_URL, right=Right.OPEN)
    @site.threaded
    def code_page(request: Request[Any, Any, Any]) -> Any:
        sent_to = _phone_of(site, request)
        if not sent_to:
            return see_other("/")
        return site.public(
            request,
            "portal/code.html",
            frame=_BACK,
            problem="",
            phone=sent_to,
            outage=outage(),
        )

    @post(_CODE_URL, right=Right.OPEN)
    async def code(request: Request[Any, Any, Any]) -> Any:
        given = (await site.form(request)).get("code")
        token = request.cookies.get(CODE_COOKIE, "")
        sent_to = await site.run(lambda: _phone_of(site, request))
        try:
            entered = await codes.entered_by(
                site, request, lambda work: visitors.check_code(work, token, given)
            )
        except Refusal as refusal:
            shown = {"frame": _BACK, "phone": sent_to, "outage": await site.run(outage)}
            return site.refused(request, refusal, "portal/code.html", **shown)
        visitor = entered.visitor
        known = await site.run(
            lambda: site.read(lambda records: registrations_of(records, visitor))
        )
        wanted = request.cookies.get(TO_COOKIE, "")
        followed = request.cookies.get(follow_pages.COOKIE, "")
        own = _STATUS_URL if known and not visitor.draft else _REGISTER_URL
        if followed:
            own = f"{follow_pages.URL}/state?{urlencode({'ref': followed})}"
        response = see_other(_order_url(wanted) or own)
        for name in (TO_COOKIE, follow_pages.COOKIE):
            if request.cookies.get(name):
                site.keep(response, name, "", path="/portal", max_age=0)
        codes.let_in(site, response, entered)
        return response

    return [code_page, code]


def _status_routes(site: Site) -> list[Any]:
    """Return what a registration leads to: how far it is, and the way out."""

    @get(_STATUS_URL, right=Right.REGISTER)
    @site.threaded
    def status(request: Request[Any, Any, Any]) -> Any:
        visitor, phrases = site.visitor(request), site.pages.phrases(site.language(request))
        of = read_query(request.scope["query_string"]).record_id("of")

        def find(records: Records) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
            people = mine.people_of(records, visitor, phrases)
            if not people or (of is None and len(people) > 1):
                return people, None
            chosen, now = of or UUID(people[0]["of"]).bytes, site.database.clock()
            return people, mine.my_page(records, visitor, chosen, phrases, now)

        people, found = site.read(find)
        if not people:
            return see_other(_REGISTER_URL)
        # Telephones are lent: here are names, so here is the way out.
        frame = {"sign_out_url": _SIGN_OUT_URL, "csrf_token": visitor.csrf}
        if found is None:
            return site.public(request, "portal/for.html", frame=frame, people=people)
        if len(people) > 1:
            frame |= {"bar_title": found["name"], "switch_url": _STATUS_URL}
        return site.public(request, "portal/status.html", frame=frame, **found)

    @post(_SIGN_OUT_URL, right=Right.REGISTER)
    async def sign_out(request: Request[Any, Any, Any]) -> Any:
        await site.sent(request)
        token = request.cookies.get(PORTAL_COOKIE, "")
        await site.store(lambda work: visitors.sign_out(work, token))
        return file_pages.left()

    return [status, sign_out]


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
            frame={
                "back_url": f"{_STATUS_URL}?of={found['of']}",
                "bar_title": phrases.say("portal.request"),
            },
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
        visitor, form = await site.sent(request)
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
