"""The portal's pages: they work on a cheap phone, without script, in Arabic and French."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from litestar import Request, get, post

from server.accounts import throttle, visitors
from server.accounts.visitors import Visitor
from server.db import lookup
from server.db.records import Records
from server.db.work import Work
from server.portal import commands
from server.reference import files
from server.rights import Right
from server.web.asked import Asked, read_query
from server.web.order import by_name
from server.web.site import PORTAL_COOKIE, Site, name_of, see_other
from sync.checks import Missing
from sync.entities.enterprise import LEGAL_FORMS
from sync.errors import Refusal
from sync.rules.codes import short_code

CODE_COOKIE, KNOWN_COOKIE = "nuqta_code", "nuqta_known"
_KNOWN_S = 180 * 24 * 3600
_BACK = {"back_url": "/"}
_AUDIENCE = frozenset({"enterprise", "cooperative"})
_MESSAGES_MAX = 50


def portal_routes(site: Site) -> list[Any]:
    """Return the public pages."""

    @get("/", right=Right.OPEN)
    @site.threaded
    def home(request: Request[Any, Any, Any]) -> Any:
        return site.public(request, "portal/phone.html", problem="", phone="")

    @post("/portal/phone", right=Right.OPEN)
    async def phone(request: Request[Any, Any, Any]) -> Any:
        form = await site.form(request)
        words = site.pages.phrases(site.language(request)).say("portal.message", code="{code}")
        typed = form.get("phone")
        try:
            token = await site.send(
                lambda: visitors.send_code(
                    site.database,
                    site.messages,
                    typed,
                    words=words,
                    address=site.address_of(request),
                    known=request.cookies.get(KNOWN_COOKIE, ""),
                )
            )
        except Refusal as refusal:
            return site.refused(request, refusal, "portal/phone.html", phone=typed)
        response = see_other("/portal/code")
        site.keep(response, CODE_COOKIE, token, path="/portal", samesite="strict")
        return response

    def phone_of(request: Request[Any, Any, Any]) -> str:
        token, now = request.cookies.get(CODE_COOKIE, ""), site.database.clock()
        return site.read(lambda records: visitors.phone_of(records, token, now_ms=now))

    @get("/portal/code", right=Right.OPEN)
    @site.threaded
    def code_page(request: Request[Any, Any, Any]) -> Any:
        sent_to = phone_of(request)
        if not sent_to:
            return see_other("/")
        return site.public(request, "portal/code.html", frame=_BACK, problem="", phone=sent_to)

    @post("/portal/code", right=Right.OPEN)
    async def code(request: Request[Any, Any, Any]) -> Any:
        typed = (await site.form(request)).get("code")
        token = request.cookies.get(CODE_COOKIE, "")
        sent_to = await site.run(lambda: phone_of(request))
        tried = [throttle.Count(throttle.CODE_TRIED_FROM, site.address_of(request))]
        try:
            await site.store(lambda work: throttle.take(work, tried))
            entered = await site.store(lambda work: visitors.check_code(work, token, typed))
            if isinstance(entered, Refusal):
                raise entered
        except Refusal as refusal:
            return site.refused(request, refusal, "portal/code.html", frame=_BACK, phone=sent_to)
        visitor = entered.visitor
        known = await site.run(
            lambda: site.read(lambda records: commands.registrations_of(records, visitor.phone))
        )
        response = see_other("/portal/status" if known else "/portal/register")
        site.keep(response, PORTAL_COOKIE, entered.session, path="/portal", samesite="strict")
        site.keep(response, KNOWN_COOKIE, entered.known, path="/portal", max_age=_KNOWN_S)
        return response

    @get("/portal/register", right=Right.REGISTER)
    @site.threaded
    def register_page(request: Request[Any, Any, Any]) -> Any:
        asked = read_query(request.scope["query_string"])
        return _register_page(site, request, site.visitor(request), asked, {})

    @post("/portal/register", right=Right.REGISTER)
    async def register(request: Request[Any, Any, Any]) -> Any:
        visitor, form = site.visitor(request), await site.form(request)
        site.require_csrf(visitor.csrf, form)
        language, of = site.language(request), form.record_id("of")
        if of is not None:
            return await ask_again(request, visitor, of, form)
        try:
            commune = form.get("commune")
            if not commune:
                raise Missing("portal: no commune", field="commune_code")
            wanted = commands.check_registration(
                name=form.get("name"),
                legal_form=form.get("legal_form"),
                ice=form.get("ice"),
                commune_code=commune,
                services=form.several("services"),
                catalogue=_catalogue(),
                is_agreed=form.get("consent") == "yes",
                language=language,
            )
            await site.store(lambda work: commands.register(work, visitor, wanted))
        except Refusal as refusal:
            problems = {_field(refusal): site.sentence(language, refusal, "enterprise")}
            return await site.run(lambda: _register_page(site, request, visitor, form, problems))
        return see_other("/portal/status")

    async def ask_again(
        request: Request[Any, Any, Any], visitor: Visitor, of: bytes, form: Asked
    ) -> Any:
        """Ask for more services for an enterprise of the phone. Raises NotFound."""
        language = site.language(request)

        def ask(work: Work) -> None:
            services = commands.check_services(form.several("services"), _catalogue())
            commands.ask(work, commands.registration_of(work, visitor.phone, of), services)

        try:
            await site.store(ask)
        except commands.ServiceMissing as refusal:
            problems = {"services": site.sentence(language, refusal)}
            return await site.run(lambda: _register_page(site, request, visitor, form, problems))
        return see_other("/portal/status")

    @get("/portal/status", right=Right.REGISTER)
    @site.threaded
    def status(request: Request[Any, Any, Any]) -> Any:
        visitor, language = site.visitor(request), site.language(request)
        found = site.read(lambda records: _status(records, visitor, language))
        if not found:
            return see_other("/portal/register")
        return site.public(request, "portal/status.html", enterprises=found)

    @get("/about", right=Right.OPEN)
    @site.threaded
    def about(request: Request[Any, Any, Any]) -> Any:
        return site.public(request, "portal/about.html", frame=_BACK)

    @get("/dev/outbox", right=Right.OPEN)
    @site.threaded
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


def _field(refusal: Refusal) -> str:
    by_field = {"commune_code": "commune", "name_ar": "name", "name_fr": "name"}
    field = str(refusal.values.get("field") or "name")
    return by_field.get(field, field)


def _register_page(
    site: Site,
    request: Request[Any, Any, Any],
    visitor: Visitor,
    form: Asked,
    problems: dict[str, str],
) -> Any:
    language = site.language(request)
    phrases = site.pages.phrases(language)
    of = form.record_id("of")
    provinces, known = site.read(
        lambda records: (
            _provinces(records, language),
            commands.registration_of(records, visitor.phone, of) if of else None,
        )
    )
    return site.public(
        request,
        "portal/register.html",
        status=422 if problems else 200,
        frame={"back_url": "/portal/status"} if of else None,
        form=form,
        problems=problems,
        csrf=visitor.csrf,
        phone=visitor.phone,
        of=str(UUID(bytes=of)) if of else "",
        of_name=name_of(known, language),
        chosen=form.several("services"),
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


def _status(records: Records, visitor: Visitor, language: str) -> list[dict[str, Any]]:
    """Return the enterprises of a phone, each with what it asked for."""
    names = {one.code: one.names[language] for one in files.services()}
    places = lookup.commune_names(records, language)
    return [
        {
            "id": str(UUID(bytes=known.record_id)),
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
        for known in commands.registrations_of(records, visitor.phone)
    ]


def _catalogue() -> list[str]:
    """Return the codes of the services that an enterprise may ask for."""
    return [one.code for one in files.services() if _AUDIENCE & set(one.audience)]
