"""Tables of short messages (`server.sms`): what is sent, its parts, a day's count."""

from __future__ import annotations

import sqlalchemy as sa

from server.db.columns import RowId


def message(meta: sa.MetaData) -> sa.Table:
    """Return the table of messages: those that wait, went, or are for the portal's inbox alone."""
    return sa.Table(
        "message",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        # What there may be one of alone: of a step, of a day's reminder.
        sa.Column("once", sa.Text, unique=True),
        sa.Column("kind", sa.Text, nullable=False),  # of `outbox.Kind`
        sa.Column("application_id", RowId()),
        sa.Column("task_id", RowId(), index=True),  # of a complaint's reminder
        sa.Column("phone", sa.Text, nullable=False),  # "": the inbox alone
        sa.Column("body", sa.Text, nullable=False),  # of a code "" once it went
        sa.Column("segments", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),  # of `outbox.Stage`
        sa.Column("why", sa.Text, nullable=False),  # it was not sent; a code
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),  # later it is no use any more
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("lease", sa.LargeBinary(16)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("flights", sa.Integer, nullable=False),  # times it may have gone
        sa.Index(None, "state", "due_at"),
        sa.Index(None, "phone", "created_at"),
        sa.Index(None, "application_id", "created_at"),
    )


def message_part(meta: sa.MetaData) -> sa.Table:
    """Return the table of the segments that the centre took, by the id that its reports name."""
    return sa.Table(
        "message_part",
        meta,
        sa.Column("message_id", RowId(), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("centre_id", sa.Text, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False),
    )


def message_day(meta: sa.MetaData) -> sa.Table:
    """Return the table of what each day cost."""
    return sa.Table(
        "message_day",
        meta,
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("segments", sa.Integer, nullable=False),
    )


def message_stop(meta: sa.MetaData) -> sa.Table:
    """Return the table of phones that want no messages, since when; a later consent is newer."""
    return sa.Table(
        "message_stop",
        meta,
        sa.Column("phone", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def message_line(meta: sa.MetaData) -> sa.Table:
    """Return the table that has one row while no line to the centre can be opened."""
    return sa.Table(
        "message_line",
        meta,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("down_since", sa.BigInteger, nullable=False),
    )
