"""The form of a service's next edition: what it is made into, and what it shows of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from server.services import fields
from server.services.checking import CodeUnknown, DelayWrong, FollowWrong, RuleWrong
from server.services.fields import (
    DECIDER,
    FIELDS,
    LANGUAGES,
    OF_CONDITION,
    Field,
    Kind,
    value_at,
)
from server.web.asked import Asked
from server.web.forms import FormWrong
from sync import limits, typed
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.rules.applications import DECIDERS
from sync.rules.delays import Unit
from sync.rules.eligibility import RULES

TEXTS = ("name", "about")
NEW_PLACES = ("new_0", "new_1", "new_2")
"""Stand for the places of conditions that a form adds."""
NEW_WINDOW = "new"
_DAYS_MOST, _SUM_MOST = 3_650, 1_000_000
_FOR_NOW = {"valid_from": "1970-01-01", "decided_by": "programme"}
"""What stands where nothing could be read, so that the rest is checked too."""
_COUNTED = (Unit.DAYS, Unit.WORKING_DAYS)
BLANK: Mapping[str, Any] = {
    "code": "",
    "edition": 1,
    "order": 0,
    "valid_from": "",
    "valid_to": None,
    "regions": [],
    "name": {},
    "about": {},
    "operator": "",
    "audience": [],
    "decided_by": "",
    "eligibility": [],
    "documents": [],
    "steps": [],
    "delay": {"unit": "none"},
    "fee": {"file_mad": 0, "besides": "", "basis": "proposed"},
    "basis": "proposed",
    "source": "",
}
"""What a service begins as that is not there yet."""


class Form:
    """A form as it was sent: what it declares, and where each of its conditions stands in it.

    `declared` has what could be read; `refused` says what could not.
    """

    def __init__(
        self, form: Asked, base: Mapping[str, Any], refused: Refusal | None = None
    ) -> None:
        """Read a form to its end, over the edition that it began with. Raises RequestWrong.

        Args:
            refused: what is wrong with it beside.
        """
        self._form, self._codes = form, fields.codes()
        self._refused = [refused] if refused else []
        self.declared: dict[str, Any] = {**base}
        self._places: list[str] = []
        for name in TEXTS:
            self.declared[name] = self._names(name, "", base[name])
        for field in FIELDS:
            self._put(self.declared, field, "")
        self._settle_delay(base)
        self._settle_follow_up()
        self.declared["eligibility"] = list(self._conditions(base))

    def end(self, faults: Refusal | None = None) -> None:
        """Raise what could not be read, and what is wrong beside, each at its input.

        Args:
            faults: of `checking.check`; one at what could not be read is not said twice.
        """
        found = list(self._refused)
        named = {one.values.get("field") for one in found}
        more = faults.refusals if isinstance(faults, FormWrong) else filter(None, [faults])
        for one in more:
            self._move(one)
            if one.values.get("field") not in named:
                found.append(one)
        if len(found) > 1:
            raise FormWrong(found)
        if found:
            raise found[0]

    def _move(self, refusal: Refusal) -> None:
        """Name the input that shows a condition, where the refusal has its place in the file."""
        name, _, place = str(refusal.values.get("field") or "").rpartition("_")
        if name and place.isdigit() and int(place) < len(self._places):
            refusal.values["field"] = f"{name}_{self._places[int(place)]}"

    def _names(self, name: str, place: str, base: Mapping[str, str]) -> dict[str, str]:
        """Return texts by language in the order that they had, without those that are empty."""
        order = dict.fromkeys([*base, *LANGUAGES])
        texts = {one: typed.line(self._form.get(f"{name}_{one}{place}")) for one in order}
        return {to: text[: limits.NOTE_CHARS_MAX] for to, text in texts.items() if text}

    def _put(self, declared: dict[str, Any], field: Field, place: str) -> None:
        before = value_at(declared, field.path)
        try:
            value = self._value(field, f"{field.name}{place}")
        except Refusal as refusal:
            refusal.values["field"] = f"{field.name}{place}"
            self._refused.append(refusal)
            if not before and field.name in _FOR_NOW:
                fields.put_at(declared, field.path, _FOR_NOW[field.name])
            return
        is_same = value == before or (value in (None, "", [], False) and not before)
        if not is_same:
            fields.put_at(declared, field.path, value)

    def _value(self, field: Field, name: str) -> Any:
        if field.kind is Kind.SOME:
            return self._chosen(field, self._form.several(name))
        text = self._form.get(name)
        if field.kind is Kind.AREA:
            return [line for one in text.splitlines() if (line := typed.line(one))]
        return self._of_line(field, typed.line(text)[: limits.NOTE_CHARS_MAX])

    def _of_line(self, field: Field, line: str) -> Any:
        if field.kind is Kind.FLAG:
            return line == "1"
        if field.kind is Kind.ONE:
            (chosen,) = self._chosen(field, [line]) if line or field.is_needed else [""]
            return chosen
        if field.kind is Kind.WHOLE:
            most = _SUM_MOST if field.name == "fee" else _DAYS_MOST
            return _whole(line, most) if line else (0 if field.is_needed else None)
        if field.kind is Kind.DAY:
            if line or field.is_needed:
                typed.day(line)
            return line or None
        return line

    def _chosen(self, field: Field, given: list[str]) -> list[str]:
        if set(given) - set(self._codes[field.choices]) or (field.is_needed and not given):
            raise CodeUnknown(f"{field.name}: {given!r}")
        return given

    def _settle_delay(self, base: Mapping[str, Any]) -> None:
        """Keep of a delay what its unit has; a window for each row that was filled in."""
        delay = {name: value for name, value in self.declared["delay"].items() if value is not None}
        unit = delay.get("unit", "")
        windows = list(self._windows(base)) if unit == Unit.SEASON else []
        delay.pop("windows", None)
        if unit not in _COUNTED:
            delay.pop("days", None)
        if windows:
            delay["windows"] = windows
        if unit in _COUNTED and not delay.get("days"):
            self._refuse(DelayWrong("delay: no days", field="delay"))
            delay = {"unit": Unit.NONE.value}
        if unit == Unit.SEASON and not windows:
            self._refuse(DelayWrong("delay: no windows", field=f"window_first_{NEW_WINDOW}"))
            delay = {"unit": Unit.NONE.value}
        self.declared["delay"] = delay

    def _windows(self, base: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        before = base["delay"].get("windows") or []
        for place in (*map(str, range(len(before))), NEW_WINDOW):
            ends = [(one, f"window_{one}_{place}") for one in ("first", "last")]
            if not any(self._form.get(name) for _, name in ends):
                continue
            window: dict[str, Any] = {one: self._month_day(name) for one, name in ends}
            regions = self._form.several(f"window_regions_{place}")
            if set(regions) - set(self._codes["regions"]):
                self._refuse(CodeUnknown("window", field=f"window_regions_{place}"))
                regions = []
            if None not in window.values():
                yield {**window, "regions": regions} if regions else window

    def _month_day(self, name: str) -> str | None:
        day, _, month = typed.line(self._form.get(name)).replace("-", "/").partition("/")
        text = f"2000-{month.zfill(2)}-{day.zfill(2)}"
        try:
            typed.day(text)
        except Refusal:
            self._refuse(typed.DayWrong(f"{name}: {text}", field=name))
            return None
        return text[5:]

    def _settle_follow_up(self) -> None:
        found = self.declared.get("follow_up")
        if found is None:
            return
        after, days = found.get("after"), found.get("days")
        if not after and not days:
            self.declared.pop("follow_up")
        elif not after or not days:
            self._refuse(FollowWrong("follow-up", field="after_days" if after else "after"))
            self.declared.pop("follow_up")

    def _conditions(self, base: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for place, one in enumerate(base["eligibility"]):
            if self._form.get(f"keep_{place}") == "1":
                yield self._condition(one, str(place))
        codes = {str(one["code"]) for one in base["eligibility"]}
        for new in NEW_PLACES:
            rule = self._form.get(f"rule_{new}")
            if not rule:
                continue
            decider = rule.removeprefix(DECIDER) if rule.startswith(DECIDER) else ""
            if rule not in RULES and decider not in DECIDERS:
                self._refuse(RuleWrong("rule", field=f"rule_{new}"))
                continue
            asked = {"decider": decider} if decider else {"rule": rule}
            stem = decider or rule
            code = next(one for n in count(1) if (one := f"{stem}_{n}") not in codes)
            codes.add(code)
            yield self._condition({"code": code, "title": {}, **asked}, new)

    def _condition(self, base: Mapping[str, Any], place: str) -> dict[str, Any]:
        self._places.append(place)
        made = {**base, "title": self._names("title", f"_{place}", base["title"])}
        made.setdefault("is_needed", True)
        for field in (*OF_CONDITION, *values_of(base)):
            self._put(made, field, f"_{place}")
        if made["is_needed"]:  # as a file leaves it out
            made.pop("is_needed")
        return {name: one for name, one in made.items() if one not in (None, "", [])}

    def _refuse(self, refusal: Refusal) -> None:
        self._refused.append(refusal)


def _whole(line: str, most: int) -> int:
    found = typed.whole(line)
    if not 0 <= found <= most:
        raise typed.NumberWrong(f"{found} of {most} at most")
    return found


def values_of(condition: Mapping[str, Any]) -> list[Field]:
    """Return the fields of what a condition gives its rule."""
    rule = condition.get("rule")
    return fields.values_of(rule) if rule else []


def typed_of(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inputs of a form show of an edition."""
    shown: dict[str, Any] = {"code": declared["code"]}
    for name in TEXTS:
        shown |= {f"{name}_{one}": declared[name].get(one, "") for one in LANGUAGES}
    for field in FIELDS:
        shown[field.name] = _typed(field, value_at(declared, field.path))
    for place, window in enumerate(declared["delay"].get("windows") or ()):
        shown |= {f"window_{end}_{place}": _day_month(window[end]) for end in ("first", "last")}
        shown[f"window_regions_{place}"] = list(window.get("regions") or ())
    for place, one in enumerate(declared["eligibility"]):
        shown[f"keep_{place}"] = "1"
        shown |= {f"title_{to}_{place}": one["title"].get(to, "") for to in LANGUAGES}
        for field in (*OF_CONDITION, *values_of(one)):
            shown[f"{field.name}_{place}"] = _typed(field, one.get(field.name))
        shown[f"is_needed_{place}"] = "1" if one.get("is_needed", True) else ""
    shown |= {f"is_needed_{new}": "1" for new in NEW_PLACES}
    return shown


def shown_again(form: Asked) -> dict[str, Any]:
    """Return what the inputs show of a form that was refused: as it was typed."""
    found: dict[str, Any] = {}
    for name, value in form.pairs():
        found.setdefault(name, []).append(value)
    return {name: values if _is_set(name) else values[0] for name, values in found.items()}


def _is_set(name: str) -> bool:
    sets = {field.name for field in (*FIELDS, *fields.values_of("")) if field.kind is Kind.SOME}
    stem = name.rpartition("_")[0].removesuffix("_new")
    return name in sets or stem in {*sets, "window_regions"}


def _typed(field: Field, value: Any) -> Any:
    if field.kind is Kind.SOME:
        return list(value or ())
    if field.kind is Kind.FLAG:
        return "1" if value else ""
    if field.kind is Kind.AREA:
        return "\n".join(value or ())
    return "" if value is None else str(value)


def _day_month(text: str) -> str:
    month, _, day = text.partition("-")
    return f"{day}/{month}"


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], phrases: Phrases
) -> list[tuple[str, str, str]]:
    """Return what an edition says differently from another: input, was, is, as they are read.

    A text under its language; what is chosen by its words, conditions by their titles.
    """
    was, now = _read_of(before, phrases), _read_of(after, phrases)
    return [
        (name, was.get(name, ""), now.get(name, ""))
        for name in dict.fromkeys([*now, *was])
        if was.get(name, "") != now.get(name, "") and name != "from"
    ]


def _read_of(declared: Mapping[str, Any], phrases: Phrases) -> dict[str, str]:
    choices = fields.options(phrases)
    shown = {
        field.label or field.name: _in_words(field, value_at(declared, field.path), choices)
        for field in FIELDS
    }
    windows = declared["delay"].get("windows") or ()
    regions = dict(choices["regions"])
    shown["windows"] = " · ".join(
        " ".join(
            (
                f"{_day_month(one['first'])}-{_day_month(one['last'])}",
                *(regions.get(code, code) for code in one.get("regions") or ()),
            )
        )
        for one in windows
    )
    told = [_condition_in_words(one, choices, phrases) for one in declared["eligibility"]]
    shown["conditions"] = " · ".join(told)
    for name, label in (("name", "name"), ("about", "words")):
        shown |= {f"{label} {one}": declared[name].get(one, "") for one in LANGUAGES}
    return shown


def _in_words(field: Field, value: Any, choices: Mapping[str, fields.Options]) -> str:
    words = dict(choices.get(field.choices, ()))
    if field.kind is Kind.FLAG:
        return "✓" if value else ""
    if field.kind in (Kind.SOME, Kind.AREA):
        return " · ".join(words.get(one, str(one)) for one in value or ())
    return "" if value is None else words.get(value, str(value))


def _condition_in_words(
    condition: Mapping[str, Any], choices: Mapping[str, fields.Options], phrases: Phrases
) -> str:
    language = phrases.language.code
    title = str(condition["title"].get(language, condition["code"]))
    values = [
        _in_words(field, condition[field.name], choices)
        for field in (*OF_CONDITION[:2], *values_of(condition))
        if field.name in condition
    ]
    return f"{title} ({', '.join(values)})" if values else title


def missing(declared: Mapping[str, Any]) -> list[str]:
    """Return the languages in which a text of an edition is not there."""
    texts = [
        *(declared[name] for name in TEXTS),
        *(one["title"] for one in declared["eligibility"]),
    ]
    return [one for one in LANGUAGES if any(not names.get(one) for names in texts)]
