"""What an enterprise offers for sale, as rows of its screen; the enterprise itself shows it."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.store.records import Record
from sync.entities.offer import OFFER
from sync.spec import Values
from sync.wording import in_words

_PAUSED = "paused"


def rows_of(context: Context, enterprise_id: bytes) -> list[tuple[bytes, str, str]]:
    """Return each offer, the newest first: id, product, and price, quantity and state."""
    found = context.opened.list(OFFER.name, "enterprise_id = ?", (enterprise_id,), order="id DESC")
    return [(one.record_id, str(one.values["product"] or ""), _told(context, one)) for one in found]


def _told(context: Context, offer: Record) -> str:
    def said(name: str) -> str:
        return in_words(context.phrases, OFFER, name, offer.values[name])

    amount = " ".join(filter(None, (said("quantity"), said("unit"))))
    price = context.say("tablet.person.offer.price", sum=said("price_mad"), unit=said("unit"))
    taken = offer.values["taken_down_at"] is not None
    state = context.say("tablet.person.offer.taken_down") if taken else said("state")
    return context.facts(amount, price, state)


def given_of(enterprise: Record) -> Values:
    """Return what a new offer begins with: not shown, as nobody agreed to that on this tablet."""
    return {
        "enterprise_id": enterprise.record_id,
        "commune_code": enterprise.values["commune_code"],
        "state": _PAUSED,
    }
