"""The portal's pages: they work on a cheap phone, without script, in Arabic and French."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from litestar import Request, get, post

from server.db import lookup
from server.db.records import Records
from server.portal import commands
from server.portal.commands import Visitor
from server.reference import files
from server.web.order import by_name
from server.web.site import Site, name_of, see_other, threaded
from sync.entities.enterprise import LEGAL_FORMS
from sync.errors import Refusal
from sync.rules.codes import short_code
from sync.spec import Missing

COOKIE, PHONE_COOKIE = "nuqta_portal", "nuqta_phone"
_AUDIENCE = frozenset({"enterprise", "cooperative"})
_MESSAGES_MAX = 50


def portal_routes(site: Site) -> list[Any]:
    """Return the public pages."""

    @get("/")
    @threaded
    def home(request: Request[Any, Any, Any]) -> Any:
        return site.public(request, "portal/phone.html", problem="", phone="")

    @post("/portal/phone")
    async def phone(request: Request[Any, Any, Any]) -> Any:
        form = await site.form(request)
        language = site.language(request)
        words = site.pages.phrases(language).say("portal.message", code="{code}")
        typed = str(form.get("phone", ""))
        try:
            sent = await site.run(
                lambda: site.write(lambda work: commands.send_code(work, typed, words=words))
            )
        except Refusal as refusal:
            sentence = _sentence(site, language, refusal)
            return site.public(
                request, "portal/phone.html", status=422, problem=sentence, phone=typed
            )
        response = see_other("/portal/code")
        response.set_cookie(PHONE_COOKIE, sent, httponly=True, samesite="strict", path="/portal")
        return response

    @get("/portal/code")
    @threaded
    def code_page(request: Request[Any, Any, Any]) -> Any:
        sent_to = request.cookies.get(PHONE_COOKIE, "")
        if not sent_to:
            return see_other("/")
        return site.public(
            request, "portal/code.html", frame={"back_url": "/"}, problem="", phone=sent_to
        )

    @post("/portal/code")
    async def code(request: Request[Any, Any, Any]) -> Any:
        form = await site.form(request)
        sent_to = request.cookies.get(PHONE_COOKIE, "")
        typed = str(form.get("code", ""))
        result = await site.run(
            lambda: site.write(lambda work: commands.check_code(work, sent_to, typed))
        )
        if isinstance(result, Refusal):
            sentence = _sentence(site, site.language(request), result)
            return site.public(
                request,
                "portal/code.html",
                status=422,
                frame={"back_url": "/"},
                problem=sentence,
                phone=sent_to,
            )
        token, visitor = result
        known = await site.run(
            lambda: site.read(lambda records: commands.registration_of(records, visitor.phone))
        )
        response = see_other("/portal/status" if known else "/portal/register")
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", path="/portal")
        return response

    @get("/portal/register")
    @threaded
    def register_page(request: Request[Any, Any, Any]) -> Any:
        visitor = _visitor(site, request)
        if visitor is None:
            return see_other("/")
        return _register_page(site, request, visitor, {}, {})

    @post("/portal/register")
    async def register(request: Request[Any, Any, Any]) -> Any:
        visitor = await site.run(lambda: _visitor(site, request))
        if visitor is None:
            return see_other("/")
        form = await site.form(request)
        site.require_csrf(visitor.csrf, form)
        language = site.language(request)
        services = form.get("services", [])
        try:
            commune = str(form.get("commune", ""))
            if not commune:
                raise Missing("portal: no commune", field="commune_code")
            wanted = commands.check_registration(
                name=str(form.get("name", "")),
                legal_form=str(form.get("legal_form", "")),
                ice=str(form.get("ice", "")),
                commune_code=commune,
                services=[services] if isinstance(services, str) else services,
                catalogue=[one.code for one in files.services()],
                is_agreed=form.get("consent") == "yes",
                language=language,
            )
            await site.run(
                lambda: site.write(lambda work: commands.register(work, visitor, wanted))
            )
        except Refusal as refusal:
            problems = {_field(refusal): _sentence(site, language, refusal)}
            return await site.run(lambda: _register_page(site, request, visitor, form, problems))
        return see_other("/portal/status")

    @get("/portal/status")
    @threaded
    def status(request: Request[Any, Any, Any]) -> Any:
        visitor = _visitor(site, request)
        if visitor is None:
            return see_other("/")
        language = site.language(request)
        found = site.read(lambda records: _status(records, visitor, language))
        if found is None:
            return see_other("/portal/register")
        return site.public(request, "portal/status.html", **found)

    @get("/about")
    @threaded
    def about(request: Request[Any, Any, Any]) -> Any:
        return site.public(request, "portal/about.html", frame={"back_url": "/"})

    @get("/dev/outbox")
    @threaded
    def outbox(request: Request[Any, Any, Any]) -> Any:
        table = site.database.tables.outbox
        rows = site.read(
            lambda records: records.connection.execute(
                sa.select(table).order_by(table.c.id.desc()).limit(_MESSAGES_MAX)
            ).all()
        )
        return site.public(request, "portal/outbox.html", rows=rows)

    routes = [home, phone, code_page, code, register_page, register, status, about]
    return [*routes, outbox] if site.settings.is_demo else routes


def _visitor(site: Site, request: Request[Any, Any, Any]) -> Visitor | None:
    token = request.cookies.get(COOKIE, "")
    now = site.database.clock()
    return site.read(lambda records: commands.visitor_of(records, token, now_ms=now))


def _sentence(site: Site, language: str, refusal: Refusal) -> str:
    values = {"entity": "enterprise", **refusal.values}
    return site.pages.phrases(language).sentence(refusal.code, values)


def _field(refusal: Refusal) -> str:
    by_code = {"ice_length": "ice", "ice_wrong": "ice"}
    by_field = {"commune_code": "commune", "name_ar": "name", "name_fr": "name"}
    field = str(refusal.values.get("field") or by_code.get(refusal.code) or "name")
    return by_field.get(field, field)


def _register_page(
    site: Site,
    request: Request[Any, Any, Any],
    visitor: Visitor,
    form: dict[str, Any],
    problems: dict[str, str],
) -> Any:
    language = site.language(request)
    phrases = site.pages.phrases(language)
    chosen = form.get("services", [])
    provinces = site.read(lambda records: _provinces(records, language))
    return site.public(
        request,
        "portal/register.html",
        status=422 if problems else 200,
        form=form,
        problems=problems,
        csrf=visitor.csrf,
        phone=visitor.phone,
        chosen=[chosen] if isinstance(chosen, str) else chosen,
        provinces=provinces,
        legal_forms=[(one, phrases.say(f"enterprise.legal_form.{one}")) for one in LEGAL_FORMS],
        services=[
            (one.code, one.names[language])
            for one in files.services()
            if _AUDIENCE & set(one.audience)
        ],
    )


def _provinces(records: Records, language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the communes by province, both by name: ten communes share a name with another."""
    tables = records.tables.records
    name = "name_ar" if language == "ar" else "name_fr"
    province = tables["province"]
    named = records.connection.execute(sa.select(province.c.code, province.c[name]))
    names = {row[0]: row[1] for row in named}
    commune = tables["commune"]
    groups: dict[str, dict[str, str]] = {}
    rows = records.connection.execute(
        sa.select(commune.c.code, commune.c[name], commune.c.province_code)
    )
    for code, label, parent in rows:
        groups.setdefault(parent, {})[code] = label
    provinces = {code: names.get(code, code) for code in groups}
    return [(name, by_name(language, groups[code])) for code, name in by_name(language, provinces)]


def _status(records: Records, visitor: Visitor, language: str) -> dict[str, Any] | None:
    known = commands.registration_of(records, visitor.phone)
    if known is None:
        return None
    names = {one.code: one.names[language] for one in files.services()}
    places = lookup.commune_names(records, language)
    return {
        "name": name_of(known, language),
        "ref": short_code(known.record_id),
        "place": places.get(str(known.values["commune_code"]), ""),
        "services": [
            {
                "name": names.get(str(one.values["service"]), one.values["service"]),
                "state": "application.state." + str(one.values["state"] or "draft"),
            }
            for one in commands.applications_of(records, known.record_id)
        ],
    }
