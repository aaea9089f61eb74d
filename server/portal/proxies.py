"""Who may speak for somebody: the form that says so, on the portal and at the desk."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from server.accounts import proxies
from server.accounts.proxies import Proxy, Wanted
from server.web.asked import Asked
from server.web.forms import Reading
from sync import local_time, typed
from sync.checks import Missing, OutOfRange, TooLong
from sync.entities.forms import PHONE
from sync.errors import Refusal
from sync.limits import NAME_CHARS_MAX
from sync.phrases import Phrases


class ProxyRefused(Refusal):
    """Nobody speaks for another without their word, or the paper that says so."""

    code = "proxy_refused"


def read_proxy(form: Asked, now_ms: int) -> Wanted:
    """Return what a form says: `proxy_name`, `_phone`, `_role`, `_until` and `_sure`.

    Raises:
        Missing, TooLong, PhoneWrong, OutOfRange, ProxyRefused: as they say.
        FormWrong: several of them.
    """
    reading, today = Reading(), local_time.day_of(now_ms)
    name = reading.take(partial(_name, form))
    phone = reading.take(partial(read_phone, form, "proxy_phone"))
    role = reading.take(partial(_role, form))
    until = reading.take(partial(_until, form, today))
    reading.take(partial(_sure, form))
    reading.end()
    return Wanted(name or "", phone or "", role or "", until)


def _name(form: Asked) -> str:
    given = typed.line(form.get("proxy_name"))
    if not given:
        raise Missing("proxy: no name", entity="person", field="proxy_name")
    if (over := len(given) - NAME_CHARS_MAX) > 0:
        raise TooLong("proxy: name", field="proxy_name", most=NAME_CHARS_MAX, over=over)
    return given


def read_phone(form: Asked, name: str) -> str:
    """Return the phone that a form has at a field. Raises PhoneWrong, which names it."""
    try:
        return PHONE.read(form.get(name))
    except Refusal as refusal:
        refusal.values |= {"entity": "person", "field": name}
        raise


def _role(form: Asked) -> str:
    role = form.one_of("proxy_role", proxies.ROLES)
    if not role:
        raise Missing("proxy: no role", entity="person", field="proxy_role")
    return role


def _until(form: Asked, today: int) -> int | None:
    text = typed.line(form.get("proxy_until"))
    try:
        day = typed.day(text) if text else None
    except Refusal as refusal:
        refusal.values |= {"entity": "person", "field": "proxy_until"}
        raise
    if day is not None and day < today:
        raise OutOfRange("proxy: until", entity="person", field="proxy_until")
    return day


def _sure(form: Asked) -> None:
    if form.get("proxy_sure") != "yes":
        raise ProxyRefused("proxy: not sure", field="proxy_sure")


def roles(phrases: Phrases) -> list[tuple[str, str]]:
    """Return what somebody may be to whom they speak for, as (code, words)."""
    return [(one, phrases.say(f"portal.proxy.role.{one}")) for one in proxies.ROLES]


def row_of(phrases: Phrases, proxy: Proxy) -> dict[str, Any]:
    """Return one as pages show it."""
    return {
        "id": str(UUID(bytes=proxy.id)),
        "name": proxy.name,
        "phone": proxy.phone,
        "role": phrases.say(f"portal.proxy.role.{proxy.role}"),
        "evidence": phrases.say(f"portal.proxy.evidence.{proxy.evidence}"),
        "until": phrases.say("portal.proxy.until", day=phrases.day(proxy.valid_to))
        if proxy.valid_to is not None
        else phrases.say("portal.proxy.until.revoked"),
    }
