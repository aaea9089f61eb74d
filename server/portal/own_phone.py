"""Somebody changes their phone: two codes prove that the old one and the new one are theirs.

A session alone would not do: it stays open on a telephone that was lent, or at the point. Who lost
the old phone is known by their card, to an agent or a coordinator
(docs/decisions/0025-who-speaks.md).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from server.accounts import visitors
from server.accounts.visitors import Entered, PortalCodeOver, Visitor
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Database, Work
from server.messages import Messages
from server.portal.proxies import read_phone
from server.portal.queries import own_of
from server.web.asked import Asked
from server.web.forms import FormWrong
from server.web.reader import name_of
from sync.checks import Missing
from sync.errors import Refusal

FIELDS = ("code_old", "code_new")
"""The fields of the codes, in the order of their phones."""
_OWN_MAX = 100


class PhoneSame(Refusal):
    """The phone that is to be the new one is the old one."""

    code = "phone_same"


def own_phone_page(
    records: Records, visitor: Visitor, of: bytes, kept: str, language: str
) -> dict[str, Any]:
    """Return what the page shows: `new`, the phone that a code was sent to, "" before; `people`.

    Args:
        kept: the cookie, as `send_codes` returned it.

    Raises:
        NotFound: not of this phone itself.
    """
    own = own_of(records, visitor.phone)
    if of not in {one.record_id for one in own}:
        raise NotFound("portal: not the own one", entity="person")
    old, new = (visitors.phone_of(records, one, now_ms=visitor.at) for one in _tokens(kept))
    return {
        "new": new if old == visitor.phone else "",
        "people": [(str(UUID(bytes=one.record_id)), name_of(one, language)) for one in own],
    }


def send_codes(
    database: Database,
    messages: Messages,
    visitor: Visitor,
    form: Asked,
    **how: str,
) -> str:
    """Send a code to the old phone and one to the new. Returns what the browser's cookie keeps.

    Args:
        how: `words`, `address` and `known` of `visitors.send_code`.

    Raises:
        PhoneSame: the new one is the old one.
        PhoneWrong, TooManyTries, MessageUnsent: as `visitors.send_code`.
    """
    new = read_phone(form, "phone")
    if new == visitor.phone:
        raise PhoneSame("portal: the same phone", field="phone")
    return ".".join(
        visitors.send_code(database, messages, phone, **how) for phone in (visitor.phone, new)
    )


def change(work: Work, visitor: Visitor, kept: str, form: Asked) -> Entered | Refusal:
    """Give those whom a form names (`who`) the new phone, and open its session.

    All sessions of the old phone end. What others let the old phone do stays with it.

    Args:
        kept: the cookie, as `send_codes` returned it.

    Returns:
        The tokens of the session; or what is wrong with the codes, so that its count is stored.

    Raises:
        Missing: nobody is named.
        NotFound: not of this phone itself.
    """
    own = {one.record_id: one for one in own_of(work, visitor.phone)}
    wanted = form.record_ids("who", _OWN_MAX)
    if not wanted:
        raise Missing("portal: nobody", entity="person", field="who")
    if not own.keys() >= set(wanted):
        raise NotFound("portal: not the own one", entity="person")
    tokens, phones, wrong = _tokens(kept), [], []
    for name, token in zip(FIELDS, tokens, strict=True):
        found = visitors.proved(work, token, form.get(name))
        if isinstance(found, Refusal):
            found.values["field"] = name
            wrong.append(found)
        else:
            phones.append(found)
    if wrong:
        return FormWrong(wrong)
    old, new = phones
    if old != visitor.phone:
        return PortalCodeOver("portal: codes of another's phone", field=FIELDS[0])
    for record_id in sorted(wanted):
        _give(work, own[record_id], new)
    visitors.sign_out_everywhere(work, old)
    return visitors.enter(work, new, tokens)


def _tokens(kept: str) -> tuple[str, str]:
    old, _, new = kept.partition(".")
    return old, new


def _give(work: Work, subject: Stored, phone: str) -> None:
    entity = subject.entity.name
    work.lock(entity, subject.record_id)
    work.change(entity, subject.record_id, {"phone": phone}, Author(None, source="portal"))
