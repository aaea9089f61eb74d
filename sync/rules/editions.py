"""An edition of a service, as the catalogue declares it: read once, alike on server and tablet.

A request keeps the number of the edition under which it was filed: its papers, conditions and delay
are those. A condition is a rule of `sync.rules.eligibility` with its values, or the name of who
decides it; its title is data, since an edition may be published long after this program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sync.errors import Refusal
from sync.rules.applications import DECIDERS, STATES
from sync.rules.delays import NO_DELAY, Delay, read_delay

_EPOCH = date(1970, 1, 1)
Names = Mapping[str, str]
"""What something is called, by language."""


class EditionWrong(Refusal):
    """An edition that cannot be read: what is wrong says the message."""

    code = "edition_wrong"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a service asks of who wants it.

    Args:
        code: within its service.
        title: what is asked, in a few words.
        rule: of `sync.rules.eligibility.RULES`; empty for what a decider looks at.
        decider: who looks at it; empty for a rule's.
        values: of the rule: an age, a bank, crops.
        way: code of the service that helps who does not meet it yet.
        bring: code of the paper that shows it.
        says: the catalogue's own sentence.
        is_needed: whether the service waits for it; a higher ceiling may, and the service does not.
    """

    code: str
    title: Names
    rule: str = ""
    decider: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    way: str = ""
    bring: str = ""
    says: str = ""
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Fee:
    """What a request costs: dirhams for the file, and what comes beside it, by its code."""

    file_mad: int = 0
    besides: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A task that comes after some states of a request, so many days later."""

    after: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Edition:
    """A service in one edition.

    Args:
        documents: codes of the papers that it takes.
        valid_from: the first day, since 1970; `valid_to` the last, None: until another.
        regions: codes of those that it is open in; empty: all.
        is_at_once: whether it is done while one is there: nothing is waited for.
        follow_up: what its agent comes back for; None: nothing.
    """

    code: str
    number: int
    names: Names
    about: Names
    audience: tuple[str, ...]
    documents: tuple[str, ...] = ()
    decided_by: str = ""
    delay: Delay = NO_DELAY
    conditions: tuple[Condition, ...] = ()
    fee: Fee = Fee()
    operator: str = ""
    steps: tuple[str, ...] = ()
    source: str = ""
    valid_from: int = 0
    valid_to: int | None = None
    regions: tuple[str, ...] = ()
    is_at_once: bool = False
    follow_up: FollowUp | None = None

    def is_open_in(self, region: str, day: int) -> bool:
        """Whether it is valid on a day in a region."""
        is_valid = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return is_valid and self.is_for(region)

    def is_for(self, region: str) -> bool:
        """Whether it says what holds in a region; of an unknown one the country's does."""
        return not self.regions or region in self.regions

    def name(self, language: str) -> str:
        """Return what it is called in a language, in French where it has no name in that."""
        return self.names.get(language) or self.names.get("fr") or self.code


def unknown(service: str) -> Edition:
    """Return what is known of a service of a later catalogue: its code."""
    return Edition(service, 0, {}, {}, ())


class Catalogue:
    """Every edition of every service, and which of them holds where and when.

    In a region the edition with the highest number of those that have begun holds, until another
    begins or its own last day is over.
    """

    def __init__(
        self, editions: Iterable[Edition], withdrawn: Iterable[tuple[str, int]] = ()
    ) -> None:
        """Take editions: services in the order of their first, of one number the last given.

        `withdrawn`: service and number of those that never held.
        """
        self._by_service: dict[str, dict[int, Edition]] = {}
        for one in editions:
            self._by_service.setdefault(one.code, {})[one.number] = one
        self._withdrawn = frozenset(withdrawn)

    def on(self, day: int, region: str = "") -> tuple[Edition, ...]:
        """Return of each service the edition that holds on a day in a region, if one does."""
        found = (self.holding(service, day, region) for service in self._by_service)
        return tuple(one for one in found if one is not None)

    def holding(self, service: str, day: int, region: str = "") -> Edition | None:
        """Return the edition of a service that holds on a day in a region; None: it is not open."""
        begun = (one for one in self.editions(service) if one.valid_from <= day)
        found = next((one for one in begun if one.is_for(region)), None)
        return found if found and (found.valid_to is None or day <= found.valid_to) else None

    def of(self, service: object, number: object = None) -> Edition | None:
        """Return the edition that a request names.

        The first of one that names none, the newest where its own is not known here.
        """
        known = self.known(str(service))
        if not known:
            return None
        if not isinstance(number, int):
            return known[min(known)]
        return known.get(number) or self.editions(str(service))[0]

    def editions(self, service: str) -> tuple[Edition, ...]:
        """Return the editions of a service, the newest first, none that was withdrawn."""
        known = self.known(service)
        numbers = sorted(known, reverse=True)
        return tuple(known[one] for one in numbers if (service, one) not in self._withdrawn)

    def newest(self) -> tuple[Edition, ...]:
        """Return the newest edition of each service, begun or not."""
        return tuple(self.editions(service)[0] for service in self._by_service)

    def known(self, service: str) -> Mapping[int, Edition]:
        """Return every edition of a service by its number, those withdrawn too."""
        return self._by_service.get(service, {})


_CONDITION = frozenset({"code", "title", "rule", "decider", "way", "bring", "says", "is_needed"})


def read_edition(data: Mapping[str, object]) -> Edition:
    """Return an edition as a file declares it. Raises EditionWrong, DelayWrong."""
    try:
        fee = _mapping(data.get("fee") or {})
        edition = Edition(
            code=str(data["code"]),
            number=_whole(data["edition"]),
            names=_names(data["name"]),
            about=_names(data["about"]),
            audience=_texts(data["audience"]),
            documents=_texts(data["documents"]),
            decided_by=str(data["decided_by"]),
            delay=read_delay(_mapping(data["delay"])),
            conditions=tuple(_condition(_mapping(one)) for one in _list(data["eligibility"])),
            fee=Fee(_whole(fee.get("file_mad", 0)), str(fee.get("besides") or "")),
            operator=str(data.get("operator") or ""),
            steps=_texts(data.get("steps") or ()),
            source=str(data.get("source") or ""),
            valid_from=_day(data["valid_from"]),
            valid_to=_day(data["valid_to"]) if data.get("valid_to") else None,
            regions=_texts(data.get("regions") or ()),
            is_at_once=data.get("at_once") is True,
            follow_up=_follow_up(data.get("follow_up")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EditionWrong(f"edition of {data.get('code')!r}: {error!r}") from error
    if edition.decided_by not in DECIDERS:
        raise EditionWrong(f"edition of {edition.code}: decided by {edition.decided_by!r}")
    return edition


def _follow_up(given: object) -> FollowUp | None:
    if given is None:
        return None
    data = _mapping(given)
    after = _texts(data["after"])
    if not set(after) <= set(STATES):
        raise ValueError(f"follow-up after {after!r}")
    return FollowUp(after, _whole(data["days"]))


def _condition(data: Mapping[str, object]) -> Condition:
    rule, decider = str(data.get("rule") or ""), str(data.get("decider") or "")
    if bool(rule) == bool(decider) or (decider and decider not in DECIDERS):
        raise ValueError(f"condition {data['code']!r}: a rule, or who decides it")
    return Condition(
        code=str(data["code"]),
        title=_names(data["title"]),
        rule=rule,
        decider=decider,
        values={name: value for name, value in data.items() if name not in _CONDITION},
        way=str(data.get("way") or ""),
        bring=str(data.get("bring") or ""),
        says=str(data.get("says") or ""),
        is_needed=data.get("is_needed", True) is True,
    )


def _mapping(given: object) -> Mapping[str, object]:
    if not isinstance(given, Mapping):
        raise TypeError(f"not names and values: {given!r}")
    return given


def _list(given: object) -> tuple[object, ...]:
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"not a list: {given!r}")
    return tuple(given)


def _texts(given: object) -> tuple[str, ...]:
    return tuple(map(str, _list(given)))


def _names(given: object) -> Names:
    return {language: str(words) for language, words in _mapping(given).items()}


def _whole(given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise ValueError(f"not a whole number: {given!r}")
    return given


def _day(given: object) -> int:
    return (date.fromisoformat(str(given)) - _EPOCH).days
