"""Tables of records that may be one: pairs, what is to be compared, merges and what they wrote."""

from __future__ import annotations

import sqlalchemy as sa

from server.db.columns import RowId, Serial


def duplicate_pair(meta: sa.MetaData) -> sa.Table:
    """Return the table of two that may be one; `low` and `high` by id: a pair is one row."""
    return sa.Table(
        "duplicate_pair",
        meta,
        sa.Column("id", Serial, primary_key=True),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("low_id", RowId(), nullable=False),
        sa.Column("high_id", RowId(), nullable=False, index=True),
        sa.Column("low_commune", sa.Text, nullable=False),
        sa.Column("high_commune", sa.Text, nullable=False),
        sa.Column("score", sa.SmallInteger, nullable=False),  # percent
        sa.Column("reasons", sa.Text, nullable=False),  # codes of `Reason`, by a space
        sa.Column("rests_on", sa.LargeBinary(8), nullable=False),  # of the values compared
        # open, asked (an agent), dismissed (not the same), merged
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
        sa.Column("decided_by", RowId()),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("shared_at", sa.BigInteger),  # the other region was asked, and shows its own
        sa.Column("shared_by", RowId()),
        sa.Column("wanted_at", sa.BigInteger),  # since when the other region is asked
        sa.Column("wanted_by", RowId()),
        sa.UniqueConstraint("low_id", "high_id"),
        sa.Index(None, "state", "low_commune"),
        sa.Index(None, "state", "high_commune"),
    )


def duplicate_due(meta: sa.MetaData) -> sa.Table:
    """Return the table of what came or changed since it was last compared with the others."""
    return sa.Table(
        "duplicate_due",
        meta,
        sa.Column("entity", sa.Text, primary_key=True),
        sa.Column("record_id", RowId(), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def merge(meta: sa.MetaData) -> sa.Table:
    """Return the table of merges (`server.duplicates.merging`)."""
    return sa.Table(
        "merge",
        meta,
        sa.Column("id", Serial, primary_key=True),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("survivor_id", RowId(), nullable=False, index=True),
        sa.Column("loser_id", RowId(), nullable=False, index=True),
        sa.Column("commune_code", sa.Text, nullable=False),
        sa.Column("made_by", RowId()),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("shared_in", sa.Integer),  # scope that the survivor was shown in for it
        sa.Column("undone_by", RowId()),
        sa.Column("undone_at", sa.BigInteger),
        sa.Index(None, "commune_code", "made_at"),
    )


def merge_write(meta: sa.MetaData) -> sa.Table:
    """Return the table of what a merge wrote.

    `before` is put back by an undo, where nobody wrote since `rev`.
    """
    return sa.Table(
        "merge_write",
        meta,
        sa.Column("id", Serial, primary_key=True),
        sa.Column("merge_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("entity", sa.SmallInteger, nullable=False),
        sa.Column("record_id", RowId(), nullable=False),
        sa.Column("field", sa.SmallInteger, nullable=False),
        sa.Column("rev", sa.Integer, nullable=False),
        sa.Column("before", sa.LargeBinary, nullable=False),  # MessagePack
        sa.Column("before_rev", sa.Integer, nullable=False),  # when that was set; 0: never
    )
