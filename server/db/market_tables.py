"""Tables of the market: what was ordered of which offer, and each step of an order.

Of the server alone: who buys is no matter of tablets.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.db.columns import RowId


def purchase(meta: sa.MetaData) -> sa.Table:
    """Return the table of orders, each with the offer as it was when it was ordered."""
    return sa.Table(
        "purchase",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("offer_id", RowId(), nullable=False, index=True),
        sa.Column("phone", sa.Text, nullable=False),  # of the buyer, E.164
        sa.Column("buyer", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("price_mad", sa.BigInteger, nullable=False),  # of one unit, centimes
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),  # of `server.market.purchases.State`
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Index(None, "phone", "created_at"),
        sa.Index(None, "state", "changed_at"),
    )


def purchase_step(meta: sa.MetaData) -> sa.Table:
    """Return the table of what became of orders: never changed, seen by buyer and seller alike."""
    return sa.Table(
        "purchase_step",
        meta,
        sa.Column("purchase_id", RowId(), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),  # buyer, seller, clock
        sa.Column("words", sa.Text, nullable=False),
    )
