"""What is offered: what everybody may see of it, and what its enterprise does with it."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.accounts import proxies
from server.accounts.visitors import Visitor
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.exchange import publishing
from server.exchange.stepping import Step, take
from server.media.queries import named_hash
from server.photos.queries import arrived
from server.portal.queries import enterprise_of
from server.web.asked import Asked
from server.web.forms import Reading, RecordForm, changed
from server.web.reader import name_of
from server.web.seen import read_id
from sync import local_time
from sync.checks import Missing
from sync.entities.offer import OFFER
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.reading import read_typed
from sync.rules.applications import FILED, GRANTED, Actor
from sync.spec import Value, Values
from sync.wording import in_words

URL = "/portal/market"
SERVICE = "market"
TEXT_VERSION = "market-1"
"""Of the sentence `market.publish.text`; raised with every change of its meaning."""
EDITED = ("product", "about", "price_mad", "unit", "quantity", "place", "photo_id", "ends_on")
DAYS, DAYS_MOST = 30, 90
"""How long an offer is shown, if nothing is said, and at most: what is old is sold by then."""
OFFERS_MOST, PAGE = 50, 24
_NEEDED = ("product", "price_mad", "unit", "quantity", "place")
_PHOTO = "PRODUCT_PHOTOS"
_AUTHOR = Author(None, source="portal")


class TooManyOffers(Refusal):
    """One enterprise has so many offers that nobody could tell them apart."""

    code = "too_many_offers"


class OfferTooLong(Refusal):
    """An offer ends within some days: what is shown is what there is."""

    code = "offer_too_long"


class NotPublished(Refusal):
    """Nothing is shown of an enterprise that has not agreed to it."""

    code = "not_published"


def is_public(records: Records, now_ms: int) -> sa.ColumnElement[bool]:
    """Return the condition that everybody may see an offer now."""
    offer = records.tables.records["offer"]
    return sa.and_(
        offer.c.deleted_at.is_(None),
        offer.c.state == "shown",
        offer.c.taken_down_at.is_(None),
        offer.c.ends_on >= local_time.day_of(now_ms),
        publishing.is_standing(records, offer.c.enterprise_id),
        publishing.is_agreed(records, "enterprise", offer.c.enterprise_id, publishing.MARKET),
    )


def find_public(records: Records, text: str, now_ms: int) -> Stored:
    """Return an offer that everybody may see. Raises NotFound: any other."""
    table = records.tables.records["offer"]
    is_it = table.c.id == read_id("offer", text)
    found = records.list("offer", is_it, is_public(records, now_ms), limit=1)
    if not found:
        raise NotFound("offer: none that is shown", entity="offer")
    return found[0]


def list_public(records: Records, asked: Asked, now_ms: int) -> tuple[list[Stored], bytes | None]:
    """Return a page of what is offered, the newest first, and after which offer it goes on.

    Args:
        asked: `q`: a product; `region`: a region's code; `after`: an offer.
    """
    table, within = records.tables.records["offer"], is_public(records, now_ms)
    if region := asked.get("region"):
        within = sa.and_(within, table.c.commune_code.startswith(f"{region}.", autoescape=True))
    if text := asked.get("q"):
        return lookup.search(records, "offer", lookup.Sought(text[:120]), within, limit=PAGE), None
    if (after := asked.record_id("after")) is not None:
        within = sa.and_(within, table.c.id < after)
    found = records.list("offer", within, order=(table.c.id.desc(),), limit=PAGE + 1)
    return found[:PAGE], found[PAGE - 1].record_id if len(found) > PAGE else None


def rows_of(records: Records, found: list[Stored], phrases: Phrases) -> list[dict[str, Any]]:
    """Return offers as everybody sees them: trade name and commune, nobody's name or phone."""
    language = phrases.language.code
    places = lookup.commune_names(records, language) if found else {}
    sellers = records.load("enterprise", {_id(one, "enterprise_id") for one in found})
    photos, left = _photos(records, found), left_of(records, found)
    return [
        {
            **facts_of(phrases, one),
            "url": f"{URL}/{UUID(bytes=one.record_id)}",
            "seller": name_of(sellers.get(_id(one, "enterprise_id")), language),
            "commune": places.get(str(one.values["commune_code"]), ""),
            "photo": f"{URL}/photos/{UUID(bytes=one.record_id)}" if one.record_id in photos else "",
            "left": left[one.record_id],
            "left_words": amount_words(phrases, left[one.record_id], one.values["unit"]),
        }
        for one in found
    ]


def facts_of(phrases: Phrases, offer: Stored) -> dict[str, Any]:
    """Return what an offer says of itself, in words."""
    values = offer.values
    return {
        "id": str(UUID(bytes=offer.record_id)),
        "product": str(values["product"] or ""),
        "about": str(values["about"] or ""),
        "price": price_words(phrases, values["price_mad"], values["unit"]),
        "unit": in_words(phrases, OFFER, "unit", values["unit"]),
        "place": str(values["place"] or ""),
        "ends_on": values["ends_on"],
    }


def price_words(phrases: Phrases, price: Value, unit: Value) -> str:
    """Return a price of one unit."""
    sum_of = phrases.scaled(price, 2) if isinstance(price, int) else ""
    return phrases.say("market.price", sum=sum_of, unit=in_words(phrases, OFFER, "unit", unit))


def amount_words(phrases: Phrases, amount: int, unit: Value) -> str:
    """Return how much of a unit."""
    number = phrases.number(amount)
    return phrases.say("market.amount", n=number, unit=in_words(phrases, OFFER, "unit", unit))


def left_of(records: Records, found: list[Stored]) -> dict[bytes, int]:
    """Return how much of each offer nobody was promised yet."""
    table = records.tables.purchase
    query = (
        sa.select(table.c.offer_id, sa.func.sum(table.c.quantity))
        .where(
            table.c.offer_id.in_([one.record_id for one in found]),
            table.c.state.in_(("accepted", "handed_over")),
        )
        .group_by(table.c.offer_id)
    )
    promised = {bytes(row[0]): int(row[1]) for row in records.connection.execute(query)}
    return {
        one.record_id: max(0, quantity - promised.get(one.record_id, 0))
        for one in found
        if isinstance(quantity := one.values["quantity"] or 0, int)
    }


def _photos(records: Records, found: list[Stored]) -> set[bytes]:
    """Return the ids of those offers whose photo is here."""
    wanted = {one.record_id: one.values["photo_id"] for one in found}
    ids = {one for one in wanted.values() if isinstance(one, bytes)}
    here = arrived(records, list(records.load("document", ids).values())) if ids else set()
    return {offer_id for offer_id, photo_id in wanted.items() if photo_id in here}


def photo_of(records: Records, text: str, now_ms: int) -> bytes:
    """Return the hash of the photo of an offer that everybody may see. Raises NotFound."""
    offer = find_public(records, text, now_ms)
    photo = records.find("document", _id(offer, "photo_id"))
    is_own = photo is not None and photo.values["enterprise_id"] == offer.values["enterprise_id"]
    if photo is None or not is_own or photo.values["type"] != _PHOTO:
        raise NotFound("offer: no photo", entity="photo")
    sha256 = named_hash(photo) if arrived(records, [photo]) else None
    if sha256 is None:
        raise NotFound("offer: photo not here", entity="photo")
    return sha256


# What an enterprise does


def offers_of(records: Records, enterprise: Stored) -> list[Stored]:
    """Return the offers of an enterprise, the newest first."""
    table = records.tables.records["offer"]
    where = table.c.enterprise_id == enterprise.record_id
    return records.list("offer", where, order=(table.c.id.desc(),), limit=OFFERS_MOST)


def own(records: Records, visitor: Visitor, text: str) -> tuple[Stored, Stored]:
    """Return an offer of the visitor's phone, and its enterprise. Raises NotFound: any other."""
    offer = records.find("offer", read_id("offer", text))
    if offer is None or offer.deleted_at is not None:
        raise NotFound("offer: not found", entity="offer")
    return offer, enterprise_of(records, visitor, _id(offer, "enterprise_id"))


def state_of(offer: Stored, now_ms: int, *, is_published: bool) -> str:
    """Return where an offer stands: a code of `market.state.CODE`."""
    ends_on = offer.values["ends_on"]
    if offer.values["taken_down_at"] is not None:
        return "taken_down"
    if offer.values["state"] != "shown":
        return "paused"
    if not isinstance(ends_on, int) or ends_on < local_time.day_of(now_ms):
        return "over"
    return "shown" if is_published else "unpublished"


def form_of(records: Records, enterprise: Stored, phrases: Phrases) -> RecordForm:
    """Return the form of an offer; its photo is one that an agent took of the products."""
    photos = [
        (str(UUID(bytes=one.record_id)), phrases.moment(at, "short"))
        for one in _photos_to_choose(records, enterprise)
        if isinstance(at := one.values["taken_at"] or one.received_at, int)
    ]
    names = tuple(name for name in EDITED if photos or name != "photo_id")
    return RecordForm(OFFER, names, {"photo_id": photos}, required=_NEEDED)


def _photos_to_choose(records: Records, enterprise: Stored) -> list[Stored]:
    table = records.tables.records["document"]
    found = records.list(
        "document",
        table.c.enterprise_id == enterprise.record_id,
        table.c.type == _PHOTO,
        order=(table.c.taken_at.desc(), table.c.id),
        limit=OFFERS_MOST,
    )
    here = arrived(records, found)
    return [one for one in found if one.record_id in here]


def add(work: Work, visitor: Visitor, enterprise_id: bytes, form: Asked) -> Stored:
    """Store a new offer, shown at once if that was agreed to.

    Raises:
        NotFound: no enterprise of this phone.
        TooManyOffers: the enterprise has as many as are shown.
        Missing, OfferTooLong, NumberWrong, ...: of the form.
    """
    enterprise = enterprise_of(work, visitor, enterprise_id)
    work.lock("enterprise", enterprise.record_id)  # two taps wait for one another
    known = offers_of(work, enterprise)
    if len(known) >= OFFERS_MOST:
        raise TooManyOffers("offers: as many as are shown", n=OFFERS_MOST)
    today = local_time.day_of(work.now_ms)
    values: Values = {"ends_on": today + DAYS, **_read(work, enterprise, form, {})}
    for one in known:  # the same form, sent twice
        if all(one.values[name] == value for name, value in values.items()):
            return one
    offer = work.insert(
        "offer",
        {
            **values,
            "commune_code": enterprise.values["commune_code"],
            "enterprise_id": enterprise.record_id,
            "state": "shown",
        },
        _AUTHOR,
    )
    note_shown(work, enterprise)
    proxies.note(work, visitor.phone, enterprise, "offer", offer.record_id)
    return offer


def change(work: Work, visitor: Visitor, text: str, form: Asked) -> Stored:
    """Store what a form changed of an offer. Returns its enterprise. Raises as `add` does."""
    offer, enterprise = own(work, visitor, text)
    values = _read(work, enterprise, form, offer.values)
    if values:
        base_rev = form.number("base_rev") or offer.rev
        work.change("offer", offer.record_id, values, _AUTHOR, base_rev=base_rev)
        proxies.note(work, visitor.phone, enterprise, "offer", offer.record_id)
    return enterprise


def show(work: Work, visitor: Visitor, text: str, *, is_shown: bool) -> Stored:
    """Show an offer again, for as long as a new one, or pause it. Returns its enterprise."""
    offer, enterprise = own(work, visitor, text)
    values: Values = {"state": "shown" if is_shown else "paused"}
    if is_shown:
        values["ends_on"] = local_time.day_of(work.now_ms) + DAYS
    work.change("offer", offer.record_id, values, _AUTHOR)
    if is_shown:  # the first time perhaps, of what an agent wrote down
        note_shown(work, enterprise)
    proxies.note(work, visitor.phone, enterprise, "offer", offer.record_id)
    return enterprise


def publish(work: Work, visitor: Visitor, enterprise_id: bytes, form: Asked, language: str) -> None:
    """Store that an enterprise agrees to be shown, or does not any more.

    Raises:
        NotFound: no enterprise of this phone.
        NotPublished: the box was not ticked.
    """
    enterprise = enterprise_of(work, visitor, enterprise_id)
    work.lock("enterprise", enterprise.record_id)
    if form.get("act") == "withdraw":
        publishing.withdraw(work, enterprise, publishing.MARKET)
        proxies.note(work, visitor.phone, enterprise, "unpublish", enterprise.record_id)
        return
    if form.get("publish") != "yes":
        raise NotPublished("market: not agreed", field="publish")
    publishing.agree(
        work, enterprise, publishing.MARKET, text_version=TEXT_VERSION, language=language
    )
    note_shown(work, enterprise, is_agreed=True)
    proxies.note(work, visitor.phone, enterprise, "publish", enterprise.record_id)


def note_shown(work: Work, enterprise: Stored, *, is_agreed: bool = False) -> None:
    """Say granted the request to sell, once something of the enterprise can be seen."""
    mine = [
        one for one in work.changed("offer") if one.values["enterprise_id"] == enterprise.record_id
    ]
    has_offer = bool(mine) or bool(offers_of(work, enterprise))
    if has_offer and (is_agreed or publishing.find(work, enterprise, publishing.MARKET)):
        lead_on(work, enterprise.record_id, FILED, GRANTED)


def lead_on(work: Work, enterprise_id: bytes, start: str, end: str) -> None:
    """Take the step of the enterprise's request to sell that what it did amounts to, if it can."""
    table = work.tables.records["application"]
    found = work.list(
        "application",
        table.c.enterprise_id == enterprise_id,
        table.c.service == SERVICE,
        table.c.state == start,
    )
    for one in found:
        request = work.lock("application", one.record_id)
        if request is not None and request.values["state"] == start:
            take(work, request, Step(end, Actor.APPLICANT, source="portal"))


def _read(work: Work, enterprise: Stored, form: Asked, known: Values) -> Values:
    photos = {one.record_id for one in _photos_to_choose(work, enterprise)}
    today = local_time.day_of(work.now_ms)

    def read(name: str, text: str) -> Value:
        if name == "photo_id":
            photo_id = read_id("document", text) if text else None
            if photo_id not in {None, *photos}:
                raise NotFound("offer: another's photo", entity="offer", field=name)
            return photo_id
        value = read_typed(OFFER, name, text)
        if name == "ends_on" and isinstance(value, int) and not 0 <= value - today <= DAYS_MOST:
            raise OfferTooLong("offer: ends_on", field=name, days=DAYS_MOST)
        return value

    reading = Reading()
    values = reading.take(partial(changed, OFFER, EDITED, form, read)) or Values()
    # What was typed and cannot be read has a sentence of its own.
    lacking = [
        name
        for name in _NEEDED
        if not form.get(name) and {**known, **values}.get(name) in (None, "")
    ]
    for name in lacking:
        reading.take(partial(_lacks, name))
    reading.end()
    return {name: value for name, value in values.items() if name != "ends_on" or value is not None}


def _lacks(name: str) -> None:
    raise Missing(f"offer: no {name}", entity="offer", field=name)


def _id(record: Stored, name: str) -> bytes:
    value = record.values[name]
    return value if isinstance(value, bytes) else bytes(16)
