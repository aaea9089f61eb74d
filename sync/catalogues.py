"""Catalogues: PO files whose msgid is a code (`visit.outcome.done`) and whose msgstr the words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sync.languages import NARROW_SPACE, NO_BREAK_SPACE

Message = str | tuple[str, ...]
Catalogue = dict[str, Message]


class CatalogueFault(ValueError):
    """A PO file cannot be read, or says one code twice. Raised while the program starts."""


def merge_catalogues(catalogues: Iterable[Catalogue]) -> Catalogue:
    """Return one catalogue of several.

    Raises:
        CatalogueFault: two of them word the same code.
    """
    merged: Catalogue = {}
    for catalogue in catalogues:
        if twice := sorted(merged.keys() & catalogue.keys()):
            raise CatalogueFault(f"{twice[0]}: worded in two files")
        merged |= catalogue
    return merged


def read_catalogue(texts: Iterable[str], language: str) -> Catalogue:
    """Return the catalogue of a language from its PO files, as it is shown.

    In French a sign of two parts and a quote stay on the line of their word: the files have common
    spaces there, as people type them.

    Raises:
        CatalogueFault: as `parse_po` and `merge_catalogues`.
    """
    catalogue = merge_catalogues(parse_po(text) for text in texts)
    if language != "fr":
        return catalogue
    return {code: _kept_together(message) for code, message in catalogue.items()}


_BEFORE_A_SIGN = re.compile("[ \u00a0](?=[:;?!])")
_WITHIN_QUOTES = re.compile("(?<=«) | (?=»)")


def _kept_together(message: Message) -> Message:
    if isinstance(message, tuple):
        return tuple(_with_its_signs(form) for form in message)
    return _with_its_signs(message)


def _with_its_signs(words: str) -> str:
    return _WITHIN_QUOTES.sub(NO_BREAK_SPACE, _BEFORE_A_SIGN.sub(NARROW_SPACE, words))


def parse_po(text: str) -> Catalogue:
    """Return the messages of one PO file.

    Obsolete and fuzzy entries are left out, as gettext does: a doubtful translation is not shown.

    Raises:
        CatalogueFault: a line is not PO, a code appears twice, or plural forms are not in order.
    """
    messages: Catalogue = {}
    for entry in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        if plain := _PLAIN.fullmatch(entry):
            code, message = plain.groups()
        else:
            code, message = _parse_entry(entry)
        if not code:  # the header, comments alone, or a doubtful translation
            continue
        if code in messages:
            raise CatalogueFault(f"{code}: appears twice")
        if message and all(message):
            messages[code] = message
    return messages


_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr|msgstr\[\d\]|msgctxt) )?"((?:[^"\\]|\\.)*)"')
_PLAIN = re.compile(r'\s*(?:#(?:[^,~\n].*)?\n)*msgid "([^"\\\n]*)"\nmsgstr "([^"\\\n]*)"\s*')
"""Most entries, in a line each: a start has no time to look at their lines one by one."""


def _parse_entry(entry: str) -> tuple[str, Message]:
    lines = [line.strip() for line in entry.split("\n")]
    if any(line.startswith("#,") and "fuzzy" in line for line in lines):
        return "", ""
    return _parse_lines(line for line in lines if line and line[0] != "#")


def _parse_lines(lines: Iterable[str]) -> tuple[str, Message]:
    parts: dict[str, str] = {}
    keyword = ""
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or not (match[1] or keyword):
            raise CatalogueFault(f"not a line of a PO file: {line}")
        if match[1] in parts:
            raise CatalogueFault(f"{parts.get('msgid', '?')}: {match[1]} twice; a blank line lacks")
        keyword = match[1] or keyword
        words = re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), match[2])
        parts[keyword] = parts.get(keyword, "") + words
    code = parts.get("msgid", "")
    if "msgid_plural" not in parts:
        return code, parts.get("msgstr", "")
    forms = [parts[key] for key in parts if key.startswith("msgstr[")]
    if any(f"msgstr[{form}]" not in parts for form in range(len(forms))):
        raise CatalogueFault(f"{code}: its plural forms are not numbered from 0")
    return code, tuple(parts[f"msgstr[{form}]"] for form in range(len(forms)))
