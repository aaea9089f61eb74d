"""Whether an edition of a service can be published: every fault of it, at the field that has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from server.reference import files
from server.reference.catalogue import catalogue
from server.reference.offices import is_answered
from server.web.forms import FormWrong
from sync.entities.holding import CROPS
from sync.entities.person import PERSON
from sync.entities.service_edition import CONTENT_CHARS_MAX
from sync.errors import Refusal
from sync.rules.editions import Condition, Edition, read_edition
from sync.rules.eligibility import PARAMETERS, RULES, Parameter

NEEDED = ("fr", "ar")
"""Languages without which nothing can be published: those of desk and tablet."""
AUDIENCE = ("person", "farmer", "enterprise", "cooperative")
BESIDES = ("contribution", "interest", "premium", "own_share", "capital")
"""What is paid beside the file: their words are `service.fee.CODE`."""
YEARS_MOST = 120
_CODE = re.compile(r"(?!new$)(?=.{3,24}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BANK_CODE_DIGITS = 3
BANKS = PERSON.field_by_name["bank_status"].choices


class TextMissing(Refusal):
    """A text that people read is not there in French or in Arabic."""

    code = "edition_text_missing"


class CodeUnknown(Refusal):
    """A code that stands in none of our lists: a paper, a region, for whom it is, a service."""

    code = "edition_code_unknown"


class RuleWrong(Refusal):
    """A rule that there is not, or one whose value is missing or unreadable."""

    code = "edition_rule_wrong"


class DaysWrong(Refusal):
    """The first day is past or today, or the last day comes before the first."""

    code = "edition_days_wrong"


class DelayWrong(Refusal):
    """A counted delay without days, or a season without its dates."""

    code = "edition_delay_wrong"


class FollowWrong(Refusal):
    """A time to come back without the state after which, or the other way round."""

    code = "edition_follow_wrong"


class CodeWrong(Refusal):
    """A new service's code that no address and no file can have."""

    code = "edition_code_wrong"


class CodeTaken(Refusal):
    """Another service has the code, or is proposed with it."""

    code = "edition_code_taken"


class NobodyAnswers(Refusal):
    """No organisation of the kind that decides answers for the service in every province."""

    code = "edition_unanswered"


class EditionLong(Refusal):
    """All texts together are longer than a tablet takes."""

    code = "edition_long"


def check(declared: Mapping[str, Any], today: int) -> Edition:
    """Return a declared edition that may be published from tomorrow on.

    Raises:
        EditionWrong, DelayWrong: what stands there is no edition.
        Refusal: one of the above, with its `field`; FormWrong: several.
    """
    edition = read_edition(declared)
    faults = list(_faults(edition, today))
    if len(content_of(declared)) > CONTENT_CHARS_MAX:
        faults.append(EditionLong(f"{edition.code}: too long", field="about_fr"))
    if len(faults) > 1:
        raise FormWrong(faults)
    if faults:
        raise faults[0]
    return edition


def content_of(declared: Mapping[str, Any]) -> str:
    """Return what is declared as it is stored and sent: JSON, in the file's order."""
    return msgspec.json.encode(declared).decode()


def _faults(edition: Edition, today: int) -> Iterator[Refusal]:
    code = edition.code
    if catalogue().of(code) is None and not _CODE.fullmatch(code):
        yield CodeWrong(f"no code: {code!r}", field="code")
    for field, texts in (("name", edition.names), ("about", edition.about)):
        for language in NEEDED:
            if not texts.get(language, "").strip():
                yield TextMissing(f"{code}: {field} {language}", field=f"{field}_{language}")
    known: dict[str, tuple[Iterable[str], Iterable[str]]] = {
        "documents": (edition.documents, files.documents()),
        "regions": (edition.regions, [row["code"] for row in files.rows("regions")]),
        "audience": (edition.audience, AUDIENCE),
    }
    for field, (given, codes) in known.items():
        if set(given) - set(codes):
            yield CodeUnknown(f"{code}: {field} {given!r}", field=field)
    if not edition.audience:
        yield CodeUnknown(f"{code}: for nobody", field="audience")
    if not is_answered(code, edition.decided_by):
        yield NobodyAnswers(f"{code}: {edition.decided_by}", field="decided_by")
    yield from _of_days(edition, today)
    yield from _of_conditions(edition)


def _of_days(edition: Edition, today: int) -> Iterator[Refusal]:
    code = edition.code
    if edition.valid_from <= today:
        yield DaysWrong(f"{code}: from {edition.valid_from}", field="valid_from")
    if edition.valid_to is not None and edition.valid_to < edition.valid_from:
        yield DaysWrong(f"{code}: to {edition.valid_to}", field="valid_to")


def _of_conditions(edition: Edition) -> Iterator[Refusal]:
    codes = [one.code for one in edition.conditions]
    for place, one in enumerate(edition.conditions):
        where = f"{edition.code}.{one.code}"
        for language in NEEDED:
            if not one.title.get(language, "").strip():
                yield TextMissing(where, field=f"title_{language}_{place}")
        if codes.count(one.code) > 1 or (one.rule and one.rule not in RULES):
            yield RuleWrong(where, field=f"rule_{place}")
        is_shown = one.bring in files.documents()
        if (one.bring or one.rule == "paper") and not is_shown:
            yield CodeUnknown(f"{where}: {one.bring}", field=f"bring_{place}")
        if one.way and catalogue().of(one.way) is None:
            yield CodeUnknown(f"{where}: {one.way}", field=f"way_{place}")
        yield from _of_values(one, where, place)


def _of_values(condition: Condition, where: str, place: int) -> Iterator[Refusal]:
    declared, values = PARAMETERS.get(condition.rule, {}), condition.values
    for name, parameter in declared.items():
        is_left_out = parameter is Parameter.YEARS and name not in values
        if not is_left_out and not _fits(parameter, values.get(name)):
            yield RuleWrong(f"{where}: {name}", field=f"{name}_{place}")
    for name in set(values) - set(declared):
        yield RuleWrong(f"{where}: {name}", field=f"rule_{place}")


def _fits(parameter: Parameter, value: object) -> bool:
    if parameter is Parameter.YEARS:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return is_whole and 0 <= int(str(value)) <= YEARS_MOST
    if parameter is Parameter.BANK:
        return value in BANKS
    if parameter is Parameter.BANK_CODE:
        text = str(value)
        return text.isascii() and text.isdigit() and len(text) == _BANK_CODE_DIGITS
    return isinstance(value, (list, tuple)) and bool(value) and set(value) <= set(CROPS)
