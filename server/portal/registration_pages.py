"""The pages of a registration: one a step, each kept as it is sent; the summary is stored.

Without a script, too: Back and the languages are buttons of the form, so what was typed comes
along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.accounts import visitors
from server.accounts.visitors import Visitor
from server.db.records import NotFound, Records
from server.db.work import Work
from server.portal import commands, registration
from server.portal.queries import (
    audience_of,
    catalogue,
    communes,
    on_their_way,
    provinces,
    registration_of,
    registrations_of,
)
from server.portal.registration import CONSENTS, KINDS, STAGES, STEPS, Kind, consent_input
from server.rights import Right
from server.web.asked import Asked, RequestWrong, read_query
from server.web.drafts import draft_of, read_draft
from server.web.forms import Given
from server.web.languages import in_language
from server.web.reader import name_of
from server.web.site import Site, see_other
from sync import local_time, scopes
from sync.entities.holding import HOLDING
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.rules.seasons import season_of
from sync.spec import Values
from sync.wording import in_words

URL = "/portal/register"
_STATUS_URL = "/portal/status"
_FORM_ID = "register"
_INPUTS = {"name_ar": "name", "name_fr": "name"}
"""Field of a record -> the input that asks for it, where its name is another."""
_NOT_HIDDEN = ("step", "_csrf_token")


def routes(site: Site) -> list[Any]:
    """Return the pages of a registration, and of more services for who is registered."""

    @get(URL, right=Right.REGISTER)
    @site.threaded
    def page(request: Request[Any, Any, Any]) -> Any:
        asked, visitor = read_query(request.scope["query_string"]), site.visitor(request)
        kept = _draft(visitor)
        if "of" in asked:
            return _draw_more(site, request, Given(kept if _of(kept) == _of(asked) else asked))
        if _of(kept) is not None:
            try:
                return _draw_more(site, request, Given(kept))
            except NotFound:  # gone, or another's by now
                kept = Asked()
        step = asked.one_of("step", STEPS) or _resumed(kept)
        return _draw(site, request, step, Given(kept))

    @post(URL, right=Right.REGISTER, is_draft=True)
    async def register(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await site.sent(request)
        # Kept before it is judged: a wrong field, a cut line or another language lose nothing.
        if (draft := draft_of(form, _draft_text(visitor))) and _is_ours(read_draft(draft)):
            await site.store(lambda work: visitors.save_draft(work, visitor, draft))
        step = form.one_of("step", STEPS)
        if url := _aside(form, step):
            return see_other(url)
        if _of(form) is not None:
            return await site.submit(
                lambda work: _ask_more(work, visitor, form),
                lambda refusal: _draw_more(site, request, Given(form, refusal)),
                lambda _: _STATUS_URL,
            )
        if step and step != "summary":
            whole = read_draft(draft) if draft else form
            return await site.run(partial(_go_on, site, request, step, whole))
        language = site.language(request)
        return await site.submit(
            lambda work: _register(work, visitor, form, language),
            lambda refusal: _draw(site, request, "summary", Given(form, refusal)),
            lambda _: _STATUS_URL,
        )

    return [page, register]


def _go_on(site: Site, request: Request[Any, Any, Any], step: str, form: Asked) -> Any:
    """Return the way to the next step, or this one again with all that is wrong there."""
    try:
        registration.check_step(step, form)
    except Refusal as refusal:
        return _draw(site, request, step, Given(form, refusal))
    return see_other(_url(_after(step, form)))


def _draft(visitor: Visitor) -> Asked:
    """Return what was typed before; nothing of what no page of ours could show again."""
    return read_draft(_draft_text(visitor))


def _draft_text(visitor: Visitor) -> str:
    return visitor.draft if _is_ours(read_draft(visitor.draft)) else ""


def _is_ours(form: Asked) -> bool:
    """Whether every step can read a form: kept, another would lock its phone out for a day."""
    try:
        _of(form)
        registration.kind_of(form)
        form.one_of("step", STEPS)
        for kind in KINDS.values():
            registration.read_what_can_be(form, kind)
    except RequestWrong:
        return False
    return True


def _of(form: Asked) -> bytes | None:
    return form.record_id("of")


def _url(step: str) -> str:
    return f"{URL}?step={step}"


def _aside(form: Asked, step: str) -> str:
    """Return where a form leads that is only to be kept; "": it is to be read."""
    of = _of(form)
    here = f"{URL}?of={UUID(bytes=of)}" if of else _url(step) if step else URL
    if language := form.get("lang"):
        return in_language(here, language)
    if form.get("back"):
        return _STATUS_URL if of else _url(_before(step, form))
    return here if form.get("later") else ""


def _steps(form: Asked) -> tuple[str, ...]:
    kind = registration.kind_of(form)
    return kind.steps if kind else STEPS


def _after(step: str, form: Asked) -> str:
    steps = _steps(form)
    return steps[steps.index(step) + 1] if step in steps[:-1] else steps[-1]


def _before(step: str, form: Asked) -> str:
    at = STEPS.index(step or STEPS[0]) - 1
    # The page before a farm's is of all kinds, the one after it only of some.
    return "commune" if STEPS[at] == "farm" and "farm" not in _steps(form) else STEPS[max(at, 0)]


def _resumed(kept: Asked) -> str:
    """Return the step at which a registration that was begun goes on."""
    last = kept.one_of("step", STEPS)
    if not last:
        return STEPS[0]
    onward = last if registration.wrong_in(kept, _after(last, kept)) else _after(last, kept)
    return registration.wrong_in(kept, onward) or onward


def _register(work: Work, visitor: Visitor, form: Asked, language: str) -> None:
    wanted = registration.read_registration(form, language)
    visitors.forget_draft(work, visitor.phone)
    commands.register(work, visitor, wanted)


def _ask_more(work: Work, visitor: Visitor, form: Asked) -> None:
    """Apply for more services on behalf of who is registered. Raises NotFound, ServiceMissing."""
    subject = registration_of(work, visitor, _of(form) or b"")
    services = registration.read_services(form, audience_of(subject))
    visitors.forget_draft(work, visitor.phone)
    commands.ask(work, visitor, subject, services)


def _draw_more(site: Site, request: Request[Any, Any, Any], given: Given) -> Any:
    """Return the form of more services. Raises NotFound: for nobody of the visitor's phone."""
    visitor, language = site.visitor(request), site.language(request)
    phrases, of = site.pages.phrases(language), _of(given.form) or b""

    def read(records: Records) -> Any:
        subject = registration_of(records, visitor, of)
        return subject, on_their_way(records, subject)

    subject, asked = site.read(read)
    every = catalogue(language, audience_of(subject))
    services = [(code, name) for code, name in every.items() if code not in asked]
    if not services:  # an address that was kept: the status leads here only while there are some
        return see_other(_STATUS_URL)
    return site.public(
        request,
        "portal/more.html",
        status=given.status,
        frame={"back_url": _STATUS_URL, "form_id": _FORM_ID},
        problems=given.problems(phrases, "enterprise", otherwise="services"),
        csrf=visitor.csrf,
        of=str(UUID(bytes=subject.record_id)),
        name=name_of(subject, language),
        chosen=given.form.several("services"),
        services=services,
    )


def _draw(site: Site, request: Request[Any, Any, Any], step: str, given: Given) -> Any:
    """Return the page of a step, as far as it was answered."""
    visitor, language, form = site.visitor(request), site.language(request), given.form
    phrases, kind = site.pages.phrases(language), registration.kind_of(form)
    known = site.read(lambda records: bool(registrations_of(records, visitor)))
    if kind is None:
        if known and step != STEPS[0] and not given.refusal:
            return see_other(_STATUS_URL)  # all of it was sent, and the answer was lost
        step = STEPS[0]
    elif step not in kind.steps:
        step = _after("commune", form)
    problems = {
        _INPUTS.get(name, name): sentence
        for name, sentence in given.problems(
            phrases, kind.entity.name if kind else "person", otherwise="name"
        ).items()
    }
    return site.public(
        request,
        "portal/register.html",
        status=given.status,
        frame={
            "address": _url(step),
            "back_url": _STATUS_URL if known and step == STEPS[0] else "",
            "is_back_of_form": step != STEPS[0],
            "bar_title": phrases.say("portal.register"),
            "form_id": _FORM_ID,
        },
        step=step,
        stage=STAGES[step],
        form=form,
        kind=kind,
        problems=problems,
        csrf=visitor.csrf,
        is_kept=bool(visitor.draft) and not given.refusal,
        **_Shown(site, form, kind or next(iter(KINDS.values())), phrases, problems).of(step),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the template of a step shows beside the form."""

    site: Site
    form: Asked
    kind: Kind
    phrases: Phrases
    problems: Mapping[str, str]

    def of(self, step: str) -> dict[str, Any]:
        shown: dict[str, Callable[[], dict[str, Any]]] = {
            "who": self._who,
            "province": self._province,
            "commune": self._commune,
            "services": self._services,
            "consents": self._consents,
            "summary": self._summary,
        }
        return shown.get(step, partial(self._fields, step))()

    def _who(self) -> dict[str, Any]:
        say = self.phrases.say
        return {
            "kinds": [
                (one.code, say(f"portal.kind.{one.code}"), say(f"portal.kind.{one.code}.about"),
                 one.sign)
                for one in KINDS.values()
            ]
        }  # fmt: skip

    def _fields(self, step: str) -> dict[str, Any]:
        season = season_of(local_time.day_of(self.site.database.clock()))
        fields = registration.form_of(step, self.kind, self.phrases, season)
        assert fields is not None
        return {"inputs": fields.inputs(self.phrases, {}, self.form, self.problems)}

    def _province(self) -> dict[str, Any]:
        language = self.phrases.language.code
        found = self.site.read(lambda records: provinces(records, language))
        return {"provinces": found, "province": _province_of(self.form)}

    def _commune(self) -> dict[str, Any]:
        language, within = self.phrases.language.code, _province_of(self.form)
        return {"communes": self.site.read(lambda records: communes(records, language, within))}

    def _services(self) -> dict[str, Any]:
        every = catalogue(self.phrases.language.code, self.kind.audience)
        return {"services": list(every.items()), "chosen": self.form.several("services")}

    def _consents(self) -> dict[str, Any]:
        say = self.phrases.say
        return {
            "consents": [
                (consent_input(purpose), say(f"consent.purpose.{purpose}"), say(text))
                for purpose, (text, _) in CONSENTS.items()
            ]
        }

    def _summary(self) -> dict[str, Any]:
        return {
            "sections": self.site.read(
                lambda records: _sections(records, self.form, self.kind, self.phrases)
            ),
            "hidden": [one for one in self.form.pairs() if one[0] not in _NOT_HIDDEN],
            "wrong": registration.wrong_in(self.form),
        }


def _province_of(form: Asked) -> str:
    return form.get("province") or scopes.province_of(form.get("commune_code") or ".")


def _sections(
    records: Records, form: Asked, kind: Kind, phrases: Phrases
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what was answered, as (step, facts): what cannot be read is left to its step."""
    language, said = phrases.language.code, registration.read_what_can_be(form, kind)
    names, services = dict(communes(records, language, _province_of(form))), said.services
    every = catalogue(language, kind.audience)

    def facts(values: Values, entity: Any, names_: tuple[str, ...]) -> list[tuple[str, str]]:
        return [
            (phrases.say(f"{entity.name}.field.{name}"), in_words(phrases, entity, name, value))
            for name in names_
            if (value := values.get(name)) is not None
        ]

    place = names.get(str(said.values.get("commune_code") or ""))
    found = {
        "who": [
            (phrases.say("portal.kind"), phrases.say(f"portal.kind.{kind.code}")),
            (phrases.say("portal.name"), form.get("name")),
        ],
        "identity": facts(said.values, kind.entity, kind.asked),
        "commune": [
            *([(phrases.say("enterprise.field.commune_code"), place)] if place else []),
            *facts(said.values, kind.entity, ("douar",)),
        ],
        "farm": facts(said.holding, HOLDING, tuple(said.holding)),
        "services": [("", every[one]) for one in services],
        "consents": [
            (phrases.say(f"consent.purpose.{purpose}"),
             phrases.say("tablet.yes" if is_given else "tablet.no"))
            for purpose, is_given in said.consents.items()
        ],
    }  # fmt: skip
    return [(step, found[step]) for step in kind.steps if step in found]
