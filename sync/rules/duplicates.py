"""Who a person or enterprise being registered may already be, and why one might think so.

It proposes and never decides: a phone is shared in a household, names repeat in a village. The
reasons are codes, so that whoever looks can judge. Signs against count too: another year of birth,
another sex. `tests/sync/test_duplicates.py` holds pairs that a person judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from sync.phrases import has_arabic
from sync.rules import names
from sync.spec import Value

SURVIVOR = "survivor_id"
"""The field of a record that was merged: which stands for it now. Entities without it are not."""
LIKELY = 0.6
"""From here on it is worth asking. Of the same name and commune alone: 0.6."""


class Reason(Enum):
    """A sign, its words `duplicate.reason.…`, and its weight."""

    SAME_ICE = ("same_ice", 1.0)
    SAME_CARD = ("same_card", 1.0)
    SAME_RNA = ("same_rna", 0.8)
    SAME_PHONE = ("same_phone", 0.45)
    SAME_NAME = ("same_name", 0.5)
    NEAR_NAME = ("near_name", 0.35)
    SAME_BIRTH_YEAR = ("same_birth_year", 0.2)
    NEAR_BIRTH_YEAR = ("near_birth_year", 0.1)
    SAME_DOUAR = ("same_douar", 0.15)
    SAME_COMMUNE = ("same_commune", 0.1)
    OTHER_NAME = ("other_name", -0.3)
    OTHER_BIRTH_YEAR = ("other_birth_year", -0.3)
    OTHER_SEX = ("other_sex", -0.3)
    OTHER_DOUAR = ("other_douar", -0.05)
    OTHER_PHONE = ("other_phone", -0.05)
    OTHER_COMMUNE = ("other_commune", -0.1)

    def __init__(self, code: str, weight: float) -> None:
        """Name a sign and weigh it."""
        self.code = code
        self.weight = weight


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two are, 0 to 1, and the signs, strongest first."""

    score: float
    reasons: tuple[Reason, ...]

    @property
    def is_likely(self) -> bool:
        """Return whether it is worth asking: alike enough, and in more than the place."""
        return self.score >= LIKELY


_SURE = frozenset({Reason.SAME_ICE, Reason.SAME_CARD, Reason.SAME_RNA})
_SAME = {
    "ice": Reason.SAME_ICE,
    "national_card": Reason.SAME_CARD,
    "rna": Reason.SAME_RNA,
    "phone": Reason.SAME_PHONE,
    "commune_code": Reason.SAME_COMMUNE,
}
COMPARED = (
    *_SAME,
    "name_ar",
    "name_fr",
    "birth_year",
    "birth_year_approx",
    "douar",
    "sex",
)
"""The fields that a likeness rests on; an entity has some of them."""
SIGNS = tuple(name for name in _SAME if name != "commune_code")
"""Fields whose value alone brings two together, wherever they are; the server indexes each."""
_NAMES = ("name_ar", "name_fr")
_OTHER = (("phone", Reason.OTHER_PHONE), ("sex", Reason.OTHER_SEX))
_OTHER_STRICT = (_OTHER[0], ("commune_code", Reason.OTHER_COMMUNE), _OTHER[1])
_NAME_MOST, _DOUAR_MOST = Reason.SAME_NAME.weight + 0.005, Reason.SAME_DOUAR.weight
"""The most that names and villages add; what a score is rounded by besides."""
_UNLIKE = Likeness(0.0, ())
_YEARS_NEAR, _YEARS_NEAR_APPROX, _YEARS_OTHER = 1, 3, 8


def likeness(
    mine: Mapping[str, Value],
    theirs: Mapping[str, Value],
    *,
    is_same_name: Callable[[str, str], bool] | None = None,
    are_alike: Callable[[str, str], bool] | None = None,
    is_strict: bool = False,
    least: float = 0.0,
) -> Likeness:
    """Compare two of one entity by their values; the order of the two does not matter.

    Args:
        is_same_name: how names are compared; by words and sounds when None.
        are_alike: how names and villages are compared that are not the same; likewise.
        is_strict: where many are compared, so that little is shown in vain: another commune speaks
            against, and names are compared across scripts only if they have none in common.
        least: who cannot come to such a score, whatever their names, is not looked at further: 0,
            and no signs.
    """
    same = [
        reason
        for field, reason in _SAME.items()
        if (value := mine.get(field)) and value == theirs.get(field)
    ]
    # A number is one's own, whatever name and place it was given with.
    is_sure = bool(same) and not _SURE.isdisjoint(same)
    birth, others = _birth(mine, theirs), _others(mine, theirs, is_strict=is_strict and not is_sure)
    known = sum(reason.weight for reason in (*same, *birth, *others))
    if known + _NAME_MOST + _DOUAR_MOST < least:
        return _UNLIKE
    douar = _douar(mine, theirs, are_alike or _are_alike)
    if known + _NAME_MOST + sum(reason.weight for reason in douar) < least:
        return _UNLIKE
    pairs = _names(mine, theirs, is_strict=is_strict)
    name = _name(pairs, is_same_name or _is_same_name, are_alike or _are_alike)
    if is_sure and name == (Reason.OTHER_NAME,):
        name = ()
    found = (*same, *name, *birth, *douar, *others)
    score = sum(reason.weight for reason in found)
    return Likeness(
        round(min(max(score, 0.0), 1.0), 2),
        tuple(sorted(found, key=lambda reason: -abs(reason.weight))),
    )


def _others(
    mine: Mapping[str, Value], theirs: Mapping[str, Value], *, is_strict: bool
) -> tuple[Reason, ...]:
    """Return what else speaks against: values of which both have one, and not the same."""
    return tuple(
        reason
        for field, reason in (_OTHER_STRICT if is_strict else _OTHER)
        if (value := mine.get(field)) and (their := theirs.get(field)) and value != their
    )


def _douar(
    mine: Mapping[str, Value],
    theirs: Mapping[str, Value],
    are_alike: Callable[[str, str], bool],
) -> tuple[Reason, ...]:
    my_douar, their_douar = mine.get("douar"), theirs.get("douar")
    if not (my_douar and their_douar):
        return ()
    is_near = are_alike(str(my_douar), str(their_douar))
    return (Reason.SAME_DOUAR if is_near else Reason.OTHER_DOUAR,)


def _names(
    mine: Mapping[str, Value], theirs: Mapping[str, Value], *, is_strict: bool
) -> list[tuple[str, str]]:
    """Return the names to be compared with one another."""
    # حميد and Ahmed sound alike: where both have Hamid and Ahmed besides, those tell.
    same = [
        (str(my_name), str(their_name))
        for field in _NAMES
        if (my_name := mine.get(field)) and (their_name := theirs.get(field))
    ]
    if same and is_strict:
        return same
    return [
        (str(my_name), str(their_name))
        for my_field in _NAMES
        for their_field in _NAMES
        if (my_name := mine.get(my_field)) and (their_name := theirs.get(their_field))
    ]


def _name(
    pairs: list[tuple[str, str]],
    is_same_name: Callable[[str, str], bool],
    are_alike: Callable[[str, str], bool],
) -> tuple[Reason, ...]:
    for mine, theirs in pairs:
        if is_same_name(mine, theirs):
            return (Reason.SAME_NAME,)
    for mine, theirs in pairs:
        if are_alike(mine, theirs):
            return (Reason.NEAR_NAME,)
    return (Reason.OTHER_NAME,) if pairs else ()


def _is_same_name(first: str, second: str) -> bool:
    """Whether two names are the same words; of the other script, two words or more of one sound."""
    mine, theirs = sorted(names.words(first)), sorted(names.words(second))
    if mine == theirs:
        return True
    if has_arabic(first) == has_arabic(second) or len(mine) < 2:
        return False
    return sorted(names.sound(word) for word in mine) == sorted(
        names.sound(word) for word in theirs
    )


def _are_alike(first: str, second: str) -> bool:
    """Whether each word of the shorter text is in the longer, by its sound or but for a slip."""
    fewer, more = sorted((names.words(text) for text in (first, second)), key=len)
    if not fewer:
        return False
    if len(fewer) == len(more) == 1 or len(fewer) > 1:
        left = list(more)
        for word in fewer:
            met = next((their for their in left if _is_heard_alike(word, their)), None)
            if met is None:
                break
            left.remove(met)
        else:
            return True
    # Written as one word or as two: Ben Ali, Benali.
    return _whole(fewer) == _whole(more)


def _whole(words: list[str]) -> str:
    return names.sound("".join(words))


def _is_heard_alike(first: str, second: str) -> bool:
    if first == second or (names.sound(first) or first) == names.sound(second):
        return True
    shorter, longer = sorted((first, second), key=len)
    if len(longer) - len(shorter) > 1 or not names.may_slip(shorter):
        return False
    return names.is_near(first, second) and names.is_near(second, first)


def _birth(mine: Mapping[str, Value], theirs: Mapping[str, Value]) -> tuple[Reason, ...]:
    year, their_year = mine.get("birth_year"), theirs.get("birth_year")
    if not isinstance(year, int) or not isinstance(their_year, int):
        return ()
    apart = abs(year - their_year)
    if not apart:
        return (Reason.SAME_BIRTH_YEAR,)
    if apart >= _YEARS_OTHER:
        return (Reason.OTHER_BIRTH_YEAR,)
    is_approx = mine.get("birth_year_approx") or theirs.get("birth_year_approx")
    is_near = apart <= (_YEARS_NEAR_APPROX if is_approx else _YEARS_NEAR)
    return (Reason.NEAR_BIRTH_YEAR,) if is_near else ()
