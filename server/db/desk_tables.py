"""Tables of what coordinators do at the desk: judged visits, and acts that can be undone."""

from __future__ import annotations

import sqlalchemy as sa

from server.db.columns import RowId


def visit_flag(meta: sa.MetaData) -> sa.Table:
    """Return the table of what makes one look at a visit twice (`server.exchange.flags`)."""
    return sa.Table(
        "visit_flag",
        meta,
        sa.Column("visit_id", RowId(), primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),  # of `sync.rules.flags`
        sa.Column("figure", sa.BigInteger),  # metres, seconds, visits, as the code says
        sa.Column("other_id", RowId()),  # the visit that it meets, where there is one
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def declared_interest(meta: sa.MetaData) -> sa.Table:
    """Return the table of whom somebody said to be of their family: they do not judge that work."""
    return sa.Table(
        "declared_interest",
        meta,
        sa.Column("agent_id", RowId(), primary_key=True),
        sa.Column("record_id", RowId(), primary_key=True),
        sa.Column("entity", sa.Text, nullable=False),  # person, enterprise
        sa.Column("declared_at", sa.BigInteger, nullable=False),
    )


def act(meta: sa.MetaData) -> sa.Table:
    """Return the table of what somebody did by one press, to be undone (`server.web.acts`)."""
    return sa.Table(
        "act",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("done_by", RowId(), nullable=False),
        sa.Column("done_at", sa.BigInteger, nullable=False),
        sa.Column("undone_at", sa.BigInteger),
        sa.Index(None, "done_by", "done_at"),
    )


def act_record(meta: sa.MetaData) -> sa.Table:
    """Return the table of the records that an act changed."""
    return sa.Table(
        "act_record",
        meta,
        sa.Column("act_id", RowId(), primary_key=True),
        sa.Column("record_id", RowId(), primary_key=True),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("rev", sa.Integer, nullable=False),  # that the act gave it
        sa.Column("was", sa.LargeBinary, nullable=False),  # {field: value}, MessagePack
    )


def answer_file(meta: sa.MetaData) -> sa.Table:
    """Return the table of answers that an office brought as a file (`server.answer_files`)."""
    return sa.Table(
        "answer_file",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("brought_by", RowId(), nullable=False),
        sa.Column("brought_at", sa.BigInteger, nullable=False),
        sa.Column("job_id", RowId()),  # that applies its rows
        sa.Column("unanswered", sa.Integer, nullable=False),  # rows without a decision
        sa.Index(None, "brought_by", "brought_at"),
    )


def answer_row(meta: sa.MetaData) -> sa.Table:
    """Return the table of the rows of such files."""
    return sa.Table(
        "answer_row",
        meta,
        sa.Column("file_id", RowId(), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # in the sheet
        sa.Column("stage", sa.Text, nullable=False),  # of `rows.Stage`
        sa.Column("cells", sa.LargeBinary, nullable=False),  # {column: text}, MessagePack
        sa.Column("application_id", RowId()),  # the one request that its reference names
        sa.Column("seen_rev", sa.Integer),  # of the request, as it was looked at
        # Why it is not applied: a refusal's code, and its values, MessagePack.
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("said", sa.LargeBinary, nullable=False),
        sa.Index(None, "file_id", "stage", "number"),
    )


def edition_proposal(meta: sa.MetaData) -> sa.Table:
    """Return the table of what the next edition of a service is to say (`server.services`)."""
    return sa.Table(
        "edition_proposal",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("number", sa.Integer),  # of the edition that it became
        sa.Column("content", sa.Text, nullable=False),  # JSON, as a file of the catalogue has it
        sa.Column("state", sa.Text, nullable=False),  # open, published, dropped, withdrawn
        sa.Column("proposed_by", RowId()),  # None: whoever sits at the server
        sa.Column("proposed_at", sa.BigInteger, nullable=False),
        sa.Column("decided_by", RowId()),
        sa.Column("decided_at", sa.BigInteger),
        sa.Index(None, "service", "proposed_at"),
    )
