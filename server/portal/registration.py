"""A registration in steps: who one may be, what each step asks, and what its answers come to.

The answers stand in one form, kept by phone until it is sent (`server.accounts.visitors`). A step's
page sends its own part of it, the summary all of it: what is stored is what was shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from server.phrases import SPOKEN
from server.portal.queries import catalogue
from server.web.asked import Asked
from server.web.forms import Reading, RecordForm, typed_of
from sync import typed
from sync.checks import Missing, UnknownChoice
from sync.entities.consent import TEXT_VERSION
from sync.entities.enterprise import ENTERPRISE
from sync.entities.holding import HOLDING
from sync.entities.person import PERSON
from sync.errors import Refusal
from sync.phrases import Phrases, has_arabic
from sync.reading import read_typed
from sync.rules.seasons import season_name
from sync.spec import Entity, Value, Values

STEPS = ("who", "identity", "province", "commune", "farm", "services", "consents", "summary")
STAGES: Mapping[str, int] = {
    "who": 2, "identity": 2, "province": 2, "commune": 2, "farm": 3, "services": 3,
    "consents": 4, "summary": 4,
}  # fmt: skip
"""Step -> how far one has come, of four: the phone was the first."""
NAMES = ("name_ar", "name_fr")
_FARM = (
    "tenure", "area_ha", "irrigated_ha", "season", "crops", "cattle", "sheep", "goats", "hives",
    "rna",
)  # fmt: skip
CONSENTS: Mapping[str, tuple[str, str]] = {
    # The wording that was agreed to: another sentence needs another name, or consents of before
    # would seem to be given to it.
    "programme_record": ("portal.consent.text", "portal-1"),
    "contact_sms": ("consent.text.contact_sms", TEXT_VERSION),
}
"""Purpose -> the code of the sentence that is shown, and its version."""
_NEEDED = "programme_record"


class KindMissing(Refusal):
    """Nobody is registered before they say who they are."""

    code = "kind_missing"


class ConsentMissing(Refusal):
    """Without consent to keep the registration there can be none."""

    code = "consent_missing"


class ServiceMissing(Refusal):
    """No service was chosen, or one that is not for those who ask."""

    code = "service_missing"


@dataclass(frozen=True, slots=True)
class Kind:
    """Who one may be. Words: `portal.kind.CODE` and `portal.kind.CODE.about`.

    `audience` is as services name it; `legal_forms` are those to choose from, one alone is taken;
    `asked` the fields of the second step.
    """

    code: str
    sign: str
    entity: Entity
    audience: str
    asked: tuple[str, ...]
    legal_forms: tuple[str, ...] = ()
    has_farm: bool = True

    @property
    def steps(self) -> tuple[str, ...]:
        """Return the steps that it takes, in order."""
        return tuple(step for step in STEPS if step != "farm" or self.has_farm)


_OF_PERSON = ("sex", "birth_year", "phone_owner", "service_language")
_OF_FIRM = ("legal_form", "ice", "contact_name")
KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("farmer", "seedling", PERSON, "farmer", _OF_PERSON),
        Kind(
            "cooperative",
            "users-group",
            ENTERPRISE,
            "cooperative",
            (*_OF_FIRM, "cooperative_number"),
            ("cooperative", "coop_union"),
        ),
        Kind(
            "enterprise",
            "building-store",
            ENTERPRISE,
            "enterprise",
            (*_OF_FIRM, "trade_register"),
            ("individual", "auto_entrepreneur", "sarl", "sarl_au", "sa", "economic_interest_group"),
        ),
        Kind(
            "group",
            "basket",
            ENTERPRISE,
            "enterprise",
            ("legal_form", "contact_name"),
            ("informal_group", "association"),
        ),
        Kind("person", "user", PERSON, "person", _OF_PERSON, has_farm=False),
    )
}


@dataclass(slots=True)
class Registration:
    """What the form says, checked. `values` and `holding`: fields that were answered."""

    kind: Kind
    values: Values = field(default_factory=Values)
    holding: Values = field(default_factory=Values)
    services: tuple[str, ...] = ()
    consents: dict[str, bool] = field(default_factory=dict)
    language: str = "fr"


def kind_of(form: Asked) -> Kind | None:
    """Return who the form says one is; None: nobody yet."""
    return KINDS.get(form.get("kind"))


def form_of(step: str, kind: Kind, phrases: Phrases, season: int) -> RecordForm | None:
    """Return the fields of a record that a step asks for; None: it asks for others alone.

    Args:
        season: this one, of `sync.rules.seasons`.
    """
    if step == "identity":
        legal = [(one, phrases.say(f"enterprise.legal_form.{one}")) for one in kind.legal_forms]
        return RecordForm(
            kind.entity, kind.asked, {"legal_form": legal}, ("legal_form", "phone_owner")
        )
    if step == "farm":
        seasons = [(str(one), season_name(one)) for one in (season, season - 1)]
        return RecordForm(HOLDING, _FARM, {"season": seasons})
    return None


def read_registration(form: Asked, language: str) -> Registration:
    """Return what the whole form says, checked.

    Raises:
        Refusal: of one answer; it names its field.
        FormWrong: of several.
    """
    kind = kind_of(form)
    if kind is None:
        raise KindMissing("portal: no kind", field="kind")
    reading, found = Reading(), Registration(kind, language=language)
    for step in kind.steps:
        _read(step, form, reading, found)
    reading.end()
    return found


def read_what_can_be(form: Asked, kind: Kind) -> Registration:
    """Return what the form says as far as it can be read: for who looks it over."""
    found = Registration(kind)
    for step in kind.steps:
        _read(step, form, Reading(), found)
    return found


def check_step(step: str, form: Asked) -> None:
    """Check the answers of one step. Raises as `read_registration`."""
    kind, reading = kind_of(form), Reading()
    if kind is None:
        reading.take(_no_kind)
    _read(step, form, reading, Registration(kind or next(iter(KINDS.values()))))
    reading.end()


def wrong_in(form: Asked, until: str = "summary") -> str:
    """Return the first step whose answers lack or are wrong, of those before one; "": none."""
    kind = kind_of(form)
    for step in kind.steps if kind else ("who",):
        if step == until:
            break
        try:
            check_step(step, form)
        except Refusal:
            return step
    return ""


def _no_kind() -> None:
    raise KindMissing("portal: no kind", field="kind")


def _read(step: str, form: Asked, reading: Reading, found: Registration) -> None:
    reader = _READERS.get(step)
    if reader is not None:
        reader(form, reading, found)


def _who(form: Asked, reading: Reading, found: Registration) -> None:
    name = reading.take(partial(_name, form, found.kind.entity))
    if name:
        found.values["name_ar" if has_arabic(name) else "name_fr"] = name


def _name(form: Asked, entity: Entity) -> str:
    given = typed.text(form.get("name"))
    if not given:
        raise Missing("portal: no name", entity=entity.name, field="name_ar")
    field_name = "name_ar" if has_arabic(given) else "name_fr"
    return str(read_typed(entity, field_name, given))


def _identity(form: Asked, reading: Reading, found: Registration) -> None:
    kind = found.kind
    found.values |= _fields(kind.entity, kind.asked, form, reading)
    needed = "legal_form" if kind.legal_forms else "phone_owner"
    reading.take(partial(_need, form, kind.entity, needed))
    legal_form = found.values.get("legal_form")
    if legal_form is not None and legal_form not in kind.legal_forms:
        reading.take(partial(_unknown, "legal_form"))


def _unknown(name: str) -> None:
    raise UnknownChoice("portal: none of the choices", entity="enterprise", field=name)


def _need(form: Asked, entity: Entity, name: str) -> None:
    if not typed.text(form.get(name)):
        raise Missing(f"portal: no {name}", entity=entity.name, field=name)


def _province(form: Asked, reading: Reading, found: Registration) -> None:
    if not form.get("commune_code"):  # which says it too
        reading.take(partial(_need, form, found.kind.entity, "province"))


def _commune(form: Asked, reading: Reading, found: Registration) -> None:
    names = ("commune_code", "douar")
    found.values |= _fields(found.kind.entity, names, form, reading)
    reading.take(partial(_need, form, found.kind.entity, "commune_code"))


def _farm(form: Asked, reading: Reading, found: Registration) -> None:
    found.holding = _fields(HOLDING, _FARM, form, reading)


def _fields(entity: Entity, names: Sequence[str], form: Asked, reading: Reading) -> Values:
    texts = typed_of(entity, names, form)
    read: dict[str, Value] = {
        name: reading.take(partial(read_typed, entity, name, text))
        for name, text in texts.items()
        if text
    }
    return Values({name: value for name, value in read.items() if value is not None})


def _services(form: Asked, reading: Reading, found: Registration) -> None:
    found.services = reading.take(partial(read_services, form, found.kind.audience)) or ()


def read_services(form: Asked, audience: str) -> tuple[str, ...]:
    """Return the services that were chosen. Raises ServiceMissing: none that is for them."""
    known = catalogue(SPOKEN[0], audience)
    chosen = tuple(dict.fromkeys(filter(None, form.several("services"))))
    if not chosen or not set(chosen) <= known.keys():
        raise ServiceMissing("portal: no service chosen", field="services")
    return chosen


def _consents(form: Asked, reading: Reading, found: Registration) -> None:
    for purpose in CONSENTS:
        answer = form.one_of(consent_input(purpose), ("yes", "no"))
        if answer:  # what nobody answered is not refused
            found.consents[purpose] = answer == "yes"
    reading.take(partial(_need_consent, found))


def _need_consent(found: Registration) -> None:
    if not found.consents.get(_NEEDED):
        raise ConsentMissing("portal: no consent", field=consent_input(_NEEDED))


def consent_input(purpose: str) -> str:
    """Return the name of the input that asks for a consent."""
    return f"consent_{purpose}"


_READERS: Mapping[str, Callable[[Asked, Reading, Registration], None]] = {
    "who": _who,
    "identity": _identity,
    "province": _province,
    "commune": _commune,
    "farm": _farm,
    "services": _services,
    "consents": _consents,
}
