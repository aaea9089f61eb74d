"""How each language is written: its months and weekdays, its numbers, its plural forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

NARROW_SPACE, NO_BREAK_SPACE, MINUS = "\u202f", "\u00a0", "\u2212"


@dataclass(frozen=True, slots=True)
class Language:
    """How one language is written. `own_name` is what its readers call it."""

    code: str
    direction: Literal["rtl", "ltr"]
    own_name: str
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    weekdays: tuple[str, ...]  # Monday first
    first_of_month: str
    thousands: str
    decimal: str
    percent_sign: str
    byte_units: tuple[str, str, str, str]
    moment_long: str
    plural_form: Callable[[int], int]
    plural_forms: int


def _arabic_plural(count: int) -> int:
    """Return the form of CLDR: zero, one, two, few, many, other."""
    few, many = (3, 10), (11, 99)
    if count in (0, 1, 2):
        return count
    if few[0] <= count % 100 <= few[1]:
        return 3
    return 4 if many[0] <= count % 100 <= many[1] else 5


def _french_plural(count: int) -> int:
    return 0 if count in (0, 1) else 1


_ARABIC_MONTHS = (
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "ماي",
    "يونيو",
    "يوليوز",
    "غشت",
    "شتنبر",
    "أكتوبر",
    "نونبر",
    "دجنبر",
)
ARABIC = Language(
    code="ar",
    direction="rtl",
    own_name="العربية",
    months=_ARABIC_MONTHS,
    months_short=_ARABIC_MONTHS,
    weekdays=("الإثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
    first_of_month="1",
    thousands=".",
    decimal=",",
    percent_sign="%",
    byte_units=("بايت", "ك.ب", "م.ب", "ج.ب"),
    moment_long="{day} على الساعة {time}",
    plural_form=_arabic_plural,
    plural_forms=6,
)
FRENCH = Language(
    code="fr",
    direction="ltr",
    own_name="Français",
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    months_short=(
        "janv.",
        "févr.",
        "mars",
        "avr.",
        "mai",
        "juin",
        "juil.",
        "août",
        "sept.",
        "oct.",
        "nov.",
        "déc.",
    ),
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    first_of_month="1er",
    thousands=NARROW_SPACE,
    decimal=",",
    percent_sign=NO_BREAK_SPACE + "%",
    byte_units=("o", "ko", "Mo", "Go"),
    moment_long="{day} à {time}",
    plural_form=_french_plural,
    plural_forms=2,
)
ENGLISH = replace(
    FRENCH,
    code="en",
    own_name="English",
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    months_short=(
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    first_of_month="1",
    thousands=",",
    decimal=".",
    percent_sign="%",
    byte_units=("B", "kB", "MB", "GB"),
    moment_long="{day} at {time}",
    plural_form=lambda count: 0 if count == 1 else 1,
)
TAMAZIGHT = replace(
    FRENCH,
    code="zgh",
    own_name="ⵜⴰⵎⴰⵣⵉⵖⵜ",
    # Months and weekdays as CLDR 42 has them for `zgh`, Tifinagh letters.
    months=(
        "ⵉⵏⵏⴰⵢⵔ",
        "ⴱⵕⴰⵢⵕ",
        "ⵎⴰⵕⵚ",
        "ⵉⴱⵔⵉⵔ",
        "ⵎⴰⵢⵢⵓ",
        "ⵢⵓⵏⵢⵓ",
        "ⵢⵓⵍⵢⵓⵣ",
        "ⵖⵓⵛⵜ",
        "ⵛⵓⵜⴰⵏⴱⵉⵔ",
        "ⴽⵜⵓⴱⵔ",
        "ⵏⵓⵡⴰⵏⴱⵉⵔ",
        "ⴷⵓⵊⴰⵏⴱⵉⵔ",
    ),
    months_short=(
        "ⵉⵏⵏ",
        "ⴱⵕⴰ",
        "ⵎⴰⵕ",
        "ⵉⴱⵔ",
        "ⵎⴰⵢ",
        "ⵢⵓⵏ",
        "ⵢⵓⵍ",
        "ⵖⵓⵛ",
        "ⵛⵓⵜ",
        "ⴽⵜⵓ",
        "ⵏⵓⵡ",
        "ⴷⵓⵊ",
    ),
    weekdays=("ⴰⵢⵏⴰⵙ", "ⴰⵙⵉⵏⴰⵙ", "ⴰⴽⵕⴰⵙ", "ⴰⴽⵡⴰⵙ", "ⴰⵙⵉⵎⵡⴰⵙ", "ⴰⵙⵉⴹⵢⴰⵙ", "ⴰⵙⴰⵎⴰⵙ"),
    first_of_month="1",
    moment_long="{day} {time}",
)
LANGUAGES: dict[str, Language] = {
    language.code: language for language in (ARABIC, FRENCH, TAMAZIGHT, ENGLISH)
}
"""In the order in which they are offered."""
FALLBACK = {"zgh": "fr", "en": "fr"}
"""Language -> the one that speaks where it has no words."""
