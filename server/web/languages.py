"""In which language a page answers, and the address of the same page in another."""

from __future__ import annotations

from collections.abc import Container
from urllib.parse import parse_qsl, quote, urlencode

PARAMETER = COOKIE = "lang"


def choose_language(
    asked: str | None,
    remembered: str | None,
    accepted: str,
    known: Container[str],
    default: str = "ar",
) -> str:
    """Return the language to answer in: what was asked for, else remembered, else preferred.

    Args:
        asked: the parameter of the address.
        remembered: the cookie of an earlier choice, or the account's language.
        accepted: the header Accept-Language, as sent.
    """
    for wanted in (asked, remembered):
        if wanted is not None and wanted in known:
            return wanted
    for wanted in _preferences(accepted):
        if wanted in known:
            return wanted
    return default


def _preferences(accepted: str) -> list[str]:
    weighted: list[tuple[float, int, str]] = []
    for place, offer in enumerate(accepted.split(",")):
        name, _, rest = offer.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        if weight > 0:
            weighted.append((-weight, place, name.partition("-")[0].lower()))
    return [name for _, _, name in sorted(weighted)]


def in_language(address: str, language: str) -> str:
    """Return the address of the same page in another language, within this site."""
    path, _, asked = address.partition("?")
    if not path.startswith("/"):
        path = path.partition("://")[2].partition("/")[2]
    query = [(key, value) for key, value in parse_qsl(asked) if key != PARAMETER]
    # Two slashes, or one and a backslash, would name another host.
    here = "/" + quote(path.lstrip("/\\"), safe="/%:@~")
    return f"{here}?{urlencode([*query, (PARAMETER, language)])}"
