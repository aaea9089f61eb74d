"""The words of the product in one language, and how that language writes numbers and dates.

A catalogue is a set of PO files whose msgid is a code (`visit.outcome.done`) and whose msgstr are
the words. Tablet and server read the files each in their own way and hand the text to `parse_po`;
from there on all is shared, so an agent and a coordinator read the same sentence.

What must stay true: digits are Western in every language; what reads left to right (phones, codes,
dates with slashes) stands in an isolate, so that Arabic around it cannot turn it round; a code
without words shows itself in brackets instead of stopping a page. `tests/sync/test_phrases.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from sync import local_time
from sync.catalogues import Message
from sync.languages import MINUS, NO_BREAK_SPACE, Language

DayStyle = Literal["long", "weekday", "short", "digits"]
MomentStyle = Literal["long", "short", "digits"]
LEFT_TO_RIGHT, FIRST_STRONG, END_ISOLATE = "\u2066", "\u2068", "\u2069"
RIGHT_TO_LEFT, LEFT_TO_RIGHT_MARK = "\u200f", "\u200e"
EPOCH = date(1970, 1, 1)
_DAYS_PER_YEAR = 365.2425
PHONE_MOROCCO = re.compile(r"\+212([5-8]\d{8})")


@dataclass(frozen=True, slots=True)
class Phrases:
    """What the product says to one reader. Cheap to pass about; holds no state.

    Args:
        lent: codes whose words are those of another language, which has them all.
    """

    language: Language
    messages: Mapping[str, Message]
    lent: frozenset[str] = frozenset()

    def say(self, code: str, /, **values: object) -> str:
        """Return the words for a code, with its values filled in.

        Whole numbers are written as the language writes them; a text of the other script is
        isolated, so that it cannot disturb the sentence around it. Pass a year as text.
        """
        message = self.message(code)
        if message is None:
            return f"[{code}]"
        return self._fill(message if isinstance(message, str) else message[-1], values)

    def message(self, code: str) -> Message | None:
        """Return a code's message: its own, or that of all entities, `field.notes`; or None."""
        return self.messages.get(code) or self.messages.get(code.partition(".")[2])

    def sentence(self, code: str, values: Mapping[str, object]) -> str:
        """Return what to tell a person of a refusal, its field in words.

        Args:
            values: the refusal's; `entity` and `field` name where it was.
        """
        field = f"{values.get('entity')}.field.{values.get('field')}"
        named = {**values, "field": self.say(field)} if self.message(field) else values
        return self.say(f"refusal.{code}", **named)

    def count(self, code: str, n: int, /, **values: object) -> str:
        """Return the words for a code in the plural form of `n`, which fills `{n}`."""
        message = self.message(code)
        if message is None:
            return f"[{code}]"
        if isinstance(message, tuple):
            form = self.language.plural_form(abs(n))
            # French counts nought in the form of one: where that says "une", it is not of none.
            if n == 0 and form == self.language.plural_form(1) and "{n}" not in message[form]:
                form = -1
            message = message[form]
        return self._fill(message, {"n": n, **values})

    def day(self, day: int, style: DayStyle = "long") -> str:
        """Return a calendar day.

        Args:
            day: days since 1970-01-01.
            style: `24 novembre 2026`, the same after its weekday, `24 nov.`, or `24/11/2026`.
                Of a day that no calendar has, whatever the style, the year: `287396`.
        """
        when = _date(day)
        if when is None:
            return _year_alone(day)
        if style == "digits":
            return _left_to_right(f"{when.day:02}/{when.month:02}/{when.year}")
        number = self.language.first_of_month if when.day == 1 else str(when.day)
        if style == "short":
            return f"{number} {self.language.months_short[when.month - 1]}"
        written = f"{number} {self.language.months[when.month - 1]} {when.year}"
        if style == "weekday":
            return f"{self.language.weekdays[when.weekday()]} {written}"
        return written

    def time(self, at: int) -> str:
        """Return the local hour and minute of a moment.

        Args:
            at: Unix time, milliseconds.
        """
        hours, minutes = divmod(local_time.minutes_of(at), 60)
        return f"{hours:02}:{minutes:02}"

    def moment(self, at: int, style: MomentStyle = "long") -> str:
        """Return a moment in local time.

        Args:
            at: Unix time, milliseconds.
            style: `24 novembre 2026 à 10:31`, `24 nov. 10:31`, or `24/11 10:31` for tables.
        """
        day, time = local_time.day_of(at), self.time(at)
        when = _date(day)
        if when is None:
            return _year_alone(day)
        if style == "digits":
            return _left_to_right(f"{when.day:02}/{when.month:02} {time}")
        if style == "short":
            return f"{self.day(day, 'short')} {time}"
        return self.language.moment_long.format(day=self.day(day), time=time)

    def number(self, value: float | Decimal, decimals: int = 0) -> str:
        """Return a number with thousands apart, rounded half up."""
        exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        written = f"{abs(exact):,.{decimals}f}"
        written = written.translate(
            {ord(","): self.language.thousands, ord("."): self.language.decimal}
        )
        if exact >= 0:
            return written
        # In Arabic a bare sign would wander to the other end of the number.
        minus = MINUS + written
        return _left_to_right(minus) if self.language.direction == "rtl" else minus

    def scaled(self, value: int, places: int) -> str:
        """Return a stored decimal: `value` counts units of ten to the power of minus `places`."""
        return self.number(Decimal(value).scaleb(-places), places)

    def percent(self, ratio: float | Decimal, decimals: int = 1) -> str:
        """Return a ratio of 1 as a percentage."""
        return self.number(Decimal(str(ratio)) * 100, decimals) + self.language.percent_sign

    def bytes(self, amount: int) -> str:
        """Return an amount of bytes, in thousands, with a decimal where it tells something."""
        size, unit = Decimal(amount), 0
        while size >= 1000 and unit < len(self.language.byte_units) - 1:
            size, unit = size / 1000, unit + 1
        decimals = 1 if unit >= 2 and size < 10 else 0
        return self.number(size, decimals) + NO_BREAK_SPACE + self.language.byte_units[unit]

    def listed(self, parts: Iterable[str]) -> str:
        """Return several words as one reads them, apart by commas of the language.

        They stand in its direction, also where some are of the other script and a sentence isolates
        them all.
        """
        is_rtl, words = self.language.direction == "rtl", list(parts)
        comma, mark = ("، ", RIGHT_TO_LEFT) if is_rtl else (", ", LEFT_TO_RIGHT_MARK)
        found = comma.join(words)
        if len(words) > 1 and self._is_foreign(found):
            return mark + f"{mark}{comma}".join(words)
        return found

    def either(self, parts: Iterable[str]) -> str:
        """Return several words of which one is wanted, each in its quotes."""
        return self.say("words.or").join(self.say("words.quoted", word=word) for word in parts)

    def facts(self, parts: Iterable[object]) -> str:
        """Return short facts on one line, without those that are empty.

        Right to left, none runs into the next: `2G` and `640` beside it would change places.
        """
        mark = RIGHT_TO_LEFT if self.language.direction == "rtl" else ""
        return f" {mark}·{mark} ".join(map(str, filter(None, parts)))

    def phone(self, number: str) -> str:
        """Return a phone as people write it, `06 12 34 56 78`, isolated.

        Args:
            number: E.164; a foreign or short number is returned as it is.
        """
        return _left_to_right(phone_digits(number))

    def code(self, code: str) -> str:
        """Return a code, an identifier or a version, isolated."""
        return _left_to_right(code)

    def _fill(self, message: str, values: Mapping[str, object]) -> str:
        def value_of(found: re.Match[str]) -> str:
            # A value nobody gave stays visible as its name: the sentence still reads.
            return self._write(values[found[1]]) if found[1] in values else found[0]

        # Most words have no place to fill, and a page says hundreds.
        return re.sub(r"\{(\w+)\}", value_of, message) if "{" in message else message

    def _write(self, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return self.number(value)
        written = str(value)
        if written[:1] in (LEFT_TO_RIGHT, FIRST_STRONG):
            return written
        return f"{FIRST_STRONG}{written}{END_ISOLATE}" if self._is_foreign(written) else written

    def _is_foreign(self, text: str) -> bool:
        """Tell whether a text has letters of the other direction, or in Arabic digits alone."""
        if self.language.direction == "ltr":
            return has_arabic(text)
        return has_latin(text) or not has_arabic(text)


def _date(day: int) -> date | None:
    try:
        return EPOCH + timedelta(days=day)
    except OverflowError:  # stored before days had bounds
        return None


def _year_alone(day: int) -> str:
    return _left_to_right(str(EPOCH.year + int(day // _DAYS_PER_YEAR)))


def bare(written: str) -> str:
    """Return what was isolated without its isolate: for an input, which has a direction."""
    return written.strip(LEFT_TO_RIGHT + FIRST_STRONG + END_ISOLATE)


_PAIRS_OF_DIGITS = re.compile("..?")


def phone_digits(number: str) -> str:
    """Return a phone in the national grouping, without an isolate.

    Args:
        number: E.164.
    """
    if match := PHONE_MOROCCO.fullmatch(number):
        national = "0" + match[1]
        return " ".join(_PAIRS_OF_DIGITS.findall(national))
    return number


def has_arabic(text: str) -> bool:
    """Tell whether a text has a letter written from right to left."""
    return any("\u0590" <= letter <= "\u08ff" and letter.isalpha() for letter in text)


def has_latin(text: str) -> bool:
    """Tell whether a text has a Latin letter."""
    return any(letter.isalpha() and letter <= "\u024f" for letter in text)


def _left_to_right(text: str) -> str:
    return f"{LEFT_TO_RIGHT}{text}{END_ISOLATE}"
