"""An order of what is offered: asked for, accepted or declined, handed over; nobody pays here.

Buyer and seller see the same history. Who buys is told to the seller alone, and the seller's phone
to the buyer once an order is accepted: the two agree on the rest by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.accounts import proxies, throttle
from server.accounts.visitors import Visitor
from server.db.records import NotFound, Records, Stored
from server.db.work import Work
from server.exchange.notices import Recipient, recipient_for, stopped_since
from server.market.offers import (
    URL,
    amount_words,
    find_public,
    lead_on,
    left_of,
    price_words,
)
from server.portal.queries import registrations_of
from server.sms import outbox
from server.sms.outbox import Kind
from server.sms.templates import compose, phrases_of
from server.web.asked import Asked
from server.web.forms import Reading
from server.web.reader import name_of
from server.web.seen import read_id
from sync import local_time, typed
from sync.checks import Missing, TooLong
from sync.entities.offer import OFFER
from sync.errors import Refusal
from sync.limits import LINE_CHARS_MAX, NAME_CHARS_MAX
from sync.phrases import Phrases
from sync.reading import read_typed
from sync.rules.applications import GRANTED
from sync.rules.codes import short_code

ORDERS_URL = f"{URL}/orders"
OPEN_MOST = 5
"""Orders of one phone that wait for an answer at once."""
ANSWER_DAYS, FETCH_DAYS, KEPT_DAYS = 7, 30, 365
"""Days in which a seller answers, in which what was promised is fetched, and an order is kept."""
_SHOWN_MOST = 100


class State(StrEnum):
    """Where an order is. Words: `market.order.STATE`."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by the buyer
    CANCELLED = "cancelled"  # by the seller, who had accepted
    EXPIRED = "expired"


BUYER, SELLER, CLOCK = "buyer", "seller", "clock"
WAYS: Mapping[tuple[State, str], tuple[State, ...]] = {
    (State.ASKED, SELLER): (State.ACCEPTED, State.DECLINED),
    (State.ASKED, BUYER): (State.WITHDRAWN,),
    (State.ASKED, CLOCK): (State.EXPIRED,),
    (State.ACCEPTED, SELLER): (State.HANDED_OVER, State.CANCELLED),
    (State.ACCEPTED, BUYER): (State.WITHDRAWN,),
    (State.ACCEPTED, CLOCK): (State.EXPIRED,),
}
"""State, who -> where they may lead an order; buttons stand in this order."""
OPEN = (State.ASKED, State.ACCEPTED)


class OrderOfOwn(Refusal):
    """Nobody orders of themselves."""

    code = "order_of_own"


class OrderWaits(Refusal):
    """This phone has an order of this offer already, or too many that wait."""

    code = "order_waits"


class OrderTooLarge(Refusal):
    """More than is left of an offer."""

    code = "order_too_large"


class OrderGone(Refusal):
    """The order stands elsewhere by now: the page was old."""

    code = "order_gone"


@dataclass(frozen=True, slots=True)
class Found:
    """An order as its visitor sees it. `side`: BUYER or SELLER; `seller`: None if it is gone."""

    row: Any
    side: str
    seller: Stored | None


def order(work: Work, visitor: Visitor, text: str, form: Asked, language: str) -> str:
    """Order of an offer. Returns the address of the order. The same, sent twice, is one.

    Raises:
        NotFound: no such offer is shown.
        TooManyTries: this phone has ordered too often today.
        OrderOfOwn, OrderWaits, OrderTooLarge: as they say.
        Missing, TooLong, NumberWrong, ...: of the form.
    """
    offer = find_public(work, text, work.now_ms)
    work.lock("offer", offer.record_id)  # two who order at once wait for one another
    sellers = registrations_of(work, visitor)
    if offer.values["enterprise_id"] in {one.record_id for one in sellers}:
        raise OrderOfOwn("order: of one's own", field="quantity")
    reading = Reading()
    quantity = reading.take(partial(_quantity, work, offer, form))
    buyer = reading.take(partial(_line, form, "buyer", NAME_CHARS_MAX, is_needed=True))
    words = reading.take(partial(_line, form, "words", LINE_CHARS_MAX, is_needed=False))
    reading.end()
    table = work.tables.purchase
    work.lock_name("orders", visitor.phone)  # two of one buyer too: both count
    waiting = work.connection.execute(
        sa.select(table.c.id, table.c.offer_id)
        .where(table.c.phone == visitor.phone, table.c.state.in_(OPEN))
        .limit(OPEN_MOST)
    ).all()
    for row in waiting:
        if row.offer_id == offer.record_id:
            return f"{ORDERS_URL}/{UUID(bytes=row.id)}"
    if len(waiting) >= OPEN_MOST:
        raise OrderWaits("order: too many wait", field="quantity", n=OPEN_MOST)
    throttle.take(work, [throttle.Count(throttle.Limit.PURCHASE_BY, visitor.phone)])
    purchase_id = work.ids()
    work.connection.execute(
        sa.insert(table).values(
            id=purchase_id,
            offer_id=offer.record_id,
            phone=visitor.phone,
            buyer=buyer,
            language=language,
            product=offer.values["product"] or "",
            unit=offer.values["unit"] or "",
            price_mad=offer.values["price_mad"] or 0,
            quantity=quantity,
            state=State.ASKED,
            created_at=work.now_ms,
            changed_at=work.now_ms,
        )
    )
    _note(work, purchase_id, State.ASKED, BUYER, words or "")
    row = work.connection.execute(sa.select(table).where(table.c.id == purchase_id)).one()
    _tell_seller(work, row, State.ASKED)
    return f"{ORDERS_URL}/{UUID(bytes=purchase_id)}"


def _quantity(work: Work, offer: Stored, form: Asked) -> int:
    value = read_typed(OFFER, "quantity", form.get("quantity"))
    if not isinstance(value, int) or value < 1:
        raise Missing("order: no quantity", entity="offer", field="quantity")
    left = left_of(work, [offer])[offer.record_id]
    if value > left:
        raise OrderTooLarge("order: more than is left", field="quantity", n=left)
    return value


def _line(form: Asked, name: str, most: int, *, is_needed: bool) -> str:
    words = typed.text(form.get(name))
    if is_needed and not words:
        raise Missing(f"order: no {name}", entity="purchase", field=name)
    if (over := len(words) - most) > 0:
        raise TooLong(f"order: {name}", field=name, most=most, over=over)
    return words


def find(records: Records, visitor: Visitor, text: str, *, lock: bool = False) -> Found:
    """Return an order that a visitor made, or that is made of them. Raises NotFound: any other."""
    table = records.tables.purchase
    query = sa.select(table).where(table.c.id == read_id("purchase", text))
    row = records.connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound("order: not found", entity="purchase")
    seller = _seller_of(records, row)
    if row.phone == visitor.phone:
        return Found(row, BUYER, seller)
    known = {one.record_id for one in registrations_of(records, visitor)}
    if seller is None or seller.record_id not in known:
        raise NotFound("order: of others", entity="purchase")
    return Found(row, SELLER, seller)


def _seller_of(records: Records, row: Any) -> Stored | None:
    offer = records.load("offer", [row.offer_id]).get(row.offer_id)
    enterprise_id = offer.values["enterprise_id"] if offer else None
    return records.find("enterprise", enterprise_id) if isinstance(enterprise_id, bytes) else None


def step_on(work: Work, visitor: Visitor, text: str, form: Asked) -> str:
    """Lead an order on, as buyer or seller. Returns its address.

    Raises:
        NotFound: not of this phone.
        OrderGone: it stands elsewhere by now.
        OrderTooLarge: so much is not left any more.
        TooLong: of the words.
    """
    found = find(work, visitor, text, lock=True)
    row, wanted = found.row, form.one_of("state", tuple(State))
    if wanted not in WAYS.get((State(row.state), found.side), ()):
        raise OrderGone(f"order: {row.state} to {wanted or 'nothing'}")
    words = _line(form, "words", LINE_CHARS_MAX, is_needed=False)
    if wanted == State.ACCEPTED:
        offer = work.lock("offer", row.offer_id)  # two that are accepted at once
        left = left_of(work, [offer])[offer.record_id] if offer else 0
        if row.quantity > left:
            raise OrderTooLarge("order: more than is left", n=left)
    lead(work, row, State(wanted), found.side, words)
    if found.side == SELLER:
        tell_buyer(work, row, State(wanted))
        if found.seller is not None:
            proxies.note(work, visitor.phone, found.seller, "order", row.offer_id)
    else:
        _tell_seller(work, row, State(wanted))
    if wanted == State.HANDED_OVER and found.seller is not None:
        lead_on(work, found.seller.record_id, GRANTED, "delivered")
    return f"{ORDERS_URL}/{UUID(bytes=row.id)}"


def lead(work: Work, row: Any, state: State, actor: str, words: str) -> None:
    """Store where an order is now, and add it to its history."""
    table = work.tables.purchase
    work.connection.execute(
        sa.update(table).where(table.c.id == row.id).values(state=state, changed_at=work.now_ms)
    )
    _note(work, row.id, state, actor, words)


def _note(work: Work, purchase_id: bytes, state: State, actor: str, words: str) -> None:
    table = work.tables.purchase_step
    last = sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0)).where(
        table.c.purchase_id == purchase_id
    )
    work.connection.execute(
        sa.insert(table).values(
            purchase_id=purchase_id,
            number=int(work.connection.scalar(last) or 0) + 1,
            state=state,
            at=work.now_ms,
            actor=actor,
            words=words,
        )
    )


def _tell_seller(work: Work, row: Any, state: State) -> None:
    recipient = recipient_for(work, _seller_of(work, row))
    _tell(work, row, f"seller.{state}", recipient)


def tell_buyer(work: Work, row: Any, state: State) -> None:
    """Order the message to who bought of what became of it."""
    # Who orders asks to be answered; a STOP of the phone holds all the same.
    why = "stopped" if stopped_since(work, row.phone) is not None else ""
    _tell(work, row, f"buyer.{state}", Recipient(row.phone, phrases_of(row.language), why))


def _tell(work: Work, row: Any, code: str, to: Recipient) -> None:
    amount, ref = amount_words(to.phrases, row.quantity, row.unit), short_code(row.id)
    values = {"ref": ref, "amount": amount, "product": row.product}
    body = compose(to.phrases, f"notice.order.{code}", **values)
    outbox.order(work, Kind.PURCHASE, to.phone, body, why=to.why)


# What pages show


def of_buyer(records: Records, visitor: Visitor) -> list[Any]:
    """Return what a phone has ordered, the newest first."""
    table = records.tables.purchase
    query = sa.select(table).where(table.c.phone == visitor.phone)
    query = query.order_by(table.c.created_at.desc(), table.c.id).limit(_SHOWN_MOST)
    return list(records.connection.execute(query))


def of_seller(records: Records, enterprise: Stored) -> list[Any]:
    """Return what was ordered of an enterprise: what waits first, then the newest."""
    table, offer = records.tables.purchase, records.tables.records["offer"]
    query = (
        sa.select(table)
        .join(offer, offer.c.id == table.c.offer_id)
        .where(offer.c.enterprise_id == enterprise.record_id)
        .order_by(table.c.state != State.ASKED, table.c.created_at.desc(), table.c.id)
        .limit(_SHOWN_MOST)
    )
    return list(records.connection.execute(query))


def row_of(phrases: Phrases, row: Any) -> dict[str, Any]:
    """Return an order as a line of a list."""
    return {
        "url": f"{ORDERS_URL}/{UUID(bytes=row.id)}",
        "title": phrases.say(
            "market.order.title",
            product=row.product,
            amount=amount_words(phrases, row.quantity, row.unit),
        ),
        "number": short_code(row.id),
        "at": row.created_at,
        "state": phrases.say(f"market.order.{row.state}"),
        "is_waiting": row.state == State.ASKED,
    }


def order_page(records: Records, visitor: Visitor, text: str, phrases: Phrases) -> dict[str, Any]:
    """Return what the page of an order shows to buyer or seller. Raises NotFound."""
    found = find(records, visitor, text)
    row, is_seller = found.row, found.side == SELLER
    seller_phone = str(found.seller.values["phone"] or "") if found.seller else ""
    is_promised = row.state in (State.ACCEPTED, State.HANDED_OVER)
    return {
        **row_of(phrases, row),
        "is_seller": is_seller,
        "of": str(UUID(bytes=found.seller.record_id)) if found.seller else "",
        "price": price_words(phrases, row.price_mad, row.unit),
        "sum": phrases.say("market.sum", sum=phrases.scaled(row.price_mad * row.quantity, 2)),
        "seller": name_of(found.seller, phrases.language.code),
        "buyer": row.buyer,
        "phone": row.phone if is_seller else seller_phone if is_promised else "",
        "steps": _history(records, row, phrases),
        "acts": [(one.value, phrases.say(f"market.act.{one}")) for one in _ways(row, found.side)],
        "until": local_time.day_of(row.changed_at) + ANSWER_DAYS
        if row.state == State.ASKED
        else None,
    }


def _ways(row: Any, side: str) -> tuple[State, ...]:
    return WAYS.get((State(row.state), side), ())


def _history(records: Records, row: Any, phrases: Phrases) -> list[dict[str, str]]:
    table = records.tables.purchase_step
    query = sa.select(table).where(table.c.purchase_id == row.id).order_by(table.c.number)
    steps = list(records.connection.execute(query))
    return [
        {
            "title": phrases.say(f"market.order.{one.state}"),
            "detail": phrases.facts(
                (phrases.say(f"market.by.{one.actor}"), phrases.moment(one.at, "short"))
            ),
            "said": one.words,
            "state": "now" if one is steps[-1] and one.state in OPEN else "done",
        }
        for one in steps
    ]
