"""What a request says, typed and bounded before any work: the one reader of addresses and forms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from urllib.parse import parse_qsl
from uuid import UUID

from sync import limits, typed
from sync.errors import Malformed

FORM_BYTES_MAX = 256 * 1024
"""The longest form, a contact point that serves every commune, has a third of it."""
_FIELDS_MAX = 4_000
_QUERY_CHARS_MAX = 4_096
_QUERY_FIELDS_MAX = 50
_DIGITS_MAX = 19


class RequestWrong(Malformed):
    """A request that no page of ours would make. Not a refusal: no form is shown again for it."""

    code = "request_wrong"


class Asked:
    """The values of a request by name."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """Take names and values as they came. Raises RequestWrong: one holds U+0000."""
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if "\0" in value or "\0" in name:
                raise RequestWrong("request: U+0000")
            self._values.setdefault(name, []).append(value)

    def __contains__(self, name: object) -> bool:
        """Whether a name was given."""
        return name in self._values

    def __getitem__(self, name: str) -> str:
        """As `get`, of a name that was given."""
        return self.get(name)

    def get(self, name: str, otherwise: str = "") -> str:
        """Return the one value of a name. Raises RequestWrong: it was given twice."""
        values = self._values.get(name)
        if values is None:
            return otherwise
        if len(values) > 1:
            raise RequestWrong(f"request: {name!r} given {len(values)} times")
        return values[0]

    def several(self, name: str) -> list[str]:
        """Return all values of a name, as boxes that are ticked give them."""
        return self._values.get(name, [])

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield each name with each of its values."""
        for name, values in self._values.items():
            yield from ((name, value) for value in values)

    def first(self) -> dict[str, str]:
        """Return each name with its one value. Raises RequestWrong."""
        return {name: self.get(name) for name in self._values}

    def number(self, name: str, most: int = limits.REV_MAX) -> int | None:
        """Return a whole number from 0 to `most`, or None. Raises RequestWrong."""
        text = self.get(name)
        if not text:
            return None
        is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
        if not is_number or int(text) > most:
            raise RequestWrong(f"request: {name!r} is no number")
        return int(text)

    def day(self, name: str) -> int | None:
        """Return a day written `2026-11-24`, or None. Raises RequestWrong."""
        text = self.get(name)
        try:
            return typed.day(text) if text else None
        except typed.DayWrong as fault:
            raise RequestWrong(f"request: {name!r} is no day") from fault

    def record_id(self, name: str) -> bytes | None:
        """Return a record's id, or None. Raises RequestWrong."""
        text = self.get(name)
        return _id(name, text) if text else None

    def record_ids(self, name: str, most: int) -> list[bytes]:
        """Return the records of boxes that are ticked. Raises RequestWrong: no ids, or too many."""
        texts = self.several(name)
        if len(texts) > most:
            raise RequestWrong(f"request: {name!r} given {len(texts)} times")
        return [_id(name, text) for text in texts]

    def one_of(self, name: str, choices: Collection[str]) -> str:
        """Return one of some words, or "". Raises RequestWrong."""
        text = self.get(name)
        if text and text not in choices:
            raise RequestWrong(f"request: {name!r} is none of the choices")
        return text


def _id(name: str, text: str) -> bytes:
    try:
        return UUID(text).bytes
    except ValueError as fault:
        raise RequestWrong(f"request: {name!r} is no id") from fault


def read_query(raw: bytes) -> Asked:
    """Return what an address asks, from its part after the `?`. Raises RequestWrong."""
    if len(raw) > _QUERY_CHARS_MAX:
        raise RequestWrong("request: the address is too long")
    return _read(raw, _QUERY_FIELDS_MAX)


def read_form(content_type: str, body: bytes) -> Asked:
    """Return what a form of ours sent. Raises RequestWrong."""
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        if not body:
            return Asked()
        raise RequestWrong("request: not a form")
    if len(body) > FORM_BYTES_MAX:
        raise RequestWrong("request: the form is too long")
    return _read(body, _FIELDS_MAX)


def _read(raw: bytes, most: int) -> Asked:
    try:
        text = raw.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=most)
    except ValueError as fault:  # of letters that are no UTF-8, or too many fields
        raise RequestWrong("request: unreadable") from fault
    return Asked(pairs)
