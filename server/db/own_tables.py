"""Tables of what the server keeps for itself: jobs, audit, uploads, what was asked of agents."""

from __future__ import annotations

import sqlalchemy as sa

from server.db.columns import RowId, Serial


def job(meta: sa.MetaData) -> sa.Table:
    """Return the table of what the server does later (`server.jobs`)."""
    return sa.Table(
        "job",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        # What there may be one of alone, a night for example; any number without.
        sa.Column("once", sa.Text),
        sa.Column("state", sa.Text, nullable=False),  # of `queue.State`
        sa.Column("content", sa.LargeBinary, nullable=False),  # where it is, MessagePack
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger),
        sa.Column("said", sa.LargeBinary, nullable=False),  # {word: number}, MessagePack
        sa.Column("ordered_by", RowId()),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("stop_at", sa.BigInteger),  # when it was asked to stop
        sa.Column("stopped_by", RowId()),
        sa.Column("lease", sa.LargeBinary(16)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),  # of what went wrong last
        sa.Column("reference", sa.Text, nullable=False),  # of a fault, as the log has it
        sa.UniqueConstraint("name", "once"),
        sa.Index(None, "state", "due_at"),
        sa.Index(None, "created_at", "id"),
        sa.Index(None, "ordered_by", "created_at"),
    )


def audit_waiting(meta: sa.MetaData) -> sa.Table:
    """Return the table of events stored with what they changed, until a writer seals them."""
    return sa.Table(
        "audit_waiting",
        meta,
        sa.Column("id", Serial, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        # In the order of `server.db.events.Event`, which is read from them.
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("actor_id", RowId()),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("record_id", RowId()),
        sa.Column("subject_id", RowId()),
        sa.Column("detail", sa.Text, nullable=False),
    )


def audit_event(meta: sa.MetaData) -> sa.Table:
    """Return the table of the chains: nothing personal, never changed (`server.audit`)."""
    return sa.Table(
        "audit_event",
        meta,
        sa.Column("writer", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("values_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.Index(None, "at", "writer", "seq"),
        sa.Index(None, "action", "at"),
    )


def audit_value(meta: sa.MetaData) -> sa.Table:
    """Return the table of who did it and whose record it was: beside the chain, to be erased."""
    return sa.Table(
        "audit_value",
        meta,
        sa.Column("writer", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),  # as the event's, for the lists
        sa.Column("salt", sa.LargeBinary(16)),  # None: erased
        sa.Column("actor_id", RowId()),
        sa.Column("record_id", RowId()),
        sa.Column("subject_id", RowId()),  # the person or enterprise whose record it is
        sa.Column("detail", sa.Text),
        sa.Index(None, "actor_id", "at"),
        sa.Index(None, "record_id", "at"),
        sa.Index(None, "subject_id", "at"),
    )


def held_question(meta: sa.MetaData) -> sa.Table:
    """Return the table of what agents were asked: a task by which the answer comes.

    Of a held record, or of two that may be one: then `record_id` is the lower, `other_id` the
    higher.
    """
    return sa.Table(
        "held_question",
        meta,
        sa.Column("task_id", RowId(), primary_key=True),
        sa.Column("record_id", RowId(), nullable=False, index=True),
        sa.Column("other_id", RowId()),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("asked_by", RowId()),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
    )


def passing(meta: sa.MetaData) -> sa.Table:
    """Return the table of what was passed on to which office, when, under which consent."""
    return sa.Table(
        "passing",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("application_id", RowId(), nullable=False, index=True),
        sa.Column("office", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("consent_id", RowId()),  # None: the programme's own, which needs none
    )


def calendar_edition(meta: sa.MetaData) -> sa.Table:
    """Return the table of the calendars by which ends were computed, each once it was loaded."""
    return sa.Table(
        "calendar_edition",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),  # its day, ISO 8601
        sa.Column("content", sa.LargeBinary, nullable=False),  # the file
        sa.Column("loaded_at", sa.BigInteger, nullable=False, index=True),
    )


def restatement(meta: sa.MetaData) -> sa.Table:
    """Return the table of the ends of requests and complaints that a newer calendar moved."""
    return sa.Table(
        "restatement",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("application_id", RowId(), index=True),
        sa.Column("task_id", RowId(), index=True),  # of a complaint
        sa.Column("calendar_id", RowId(), nullable=False),  # the newer, of `calendar_edition`
        sa.Column("was_on", sa.Integer, nullable=False),
        sa.Column("now_on", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
    )


def proxy(meta: sa.MetaData) -> sa.Table:
    """Return the table of who may speak for whom on the portal (`server.accounts.proxies`)."""
    return sa.Table(
        "proxy",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("subject_id", RowId(), nullable=False, index=True),
        sa.Column("phone", sa.Text, nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),  # code, paper
        sa.Column("given_by", RowId()),  # who saw the paper
        sa.Column("valid_from", sa.Integer, nullable=False),
        sa.Column("valid_to", sa.Integer),
        sa.Column("given_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("text_version", sa.Text, nullable=False),
    )


def proxy_act(meta: sa.MetaData) -> sa.Table:
    """Return the table of what each of them did."""
    return sa.Table(
        "proxy_act",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("proxy_id", RowId(), nullable=False, index=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("record_id", RowId(), nullable=False, index=True),
    )


def upload(meta: sa.MetaData) -> sa.Table:
    """Return the table of uploads: a row for each record and device that sent its bytes.

    Finished rows stay: they say that whoever may read the record had its bytes, not merely their
    hash.
    """
    return sa.Table(
        "upload",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("device_id", sa.Integer),  # none: it came by the portal, cleaned
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("record_id", RowId(), nullable=False, index=True),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("length_bytes", sa.BigInteger, nullable=False),
        sa.Column("offset_bytes", sa.BigInteger, nullable=False),  # on disk for certain
        sa.Column("state", sa.Text, nullable=False),  # of `server.media.queries`
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("touched_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("device_id", "record_id"),
    )


def page_upload(meta: sa.MetaData) -> sa.Table:
    """Return the table of pages of papers on their way from the portal, a row each.

    Of which bytes such a one will be is known when it is whole, and cleaned: then it becomes a
    `document`, and gets its row of `upload`.
    """
    return sa.Table(
        "page_upload",
        meta,
        sa.Column("id", RowId(), primary_key=True),
        sa.Column("phone", sa.Text, nullable=False, index=True),  # whose it is
        sa.Column("application_id", RowId(), nullable=False),
        sa.Column("type", sa.Text, nullable=False),  # of the paper
        sa.Column("length_bytes", sa.BigInteger, nullable=False),
        sa.Column("offset_bytes", sa.BigInteger, nullable=False),  # kept for certain
        sa.Column("document_id", RowId()),  # once it is one
        sa.Column("why", sa.Text),  # it was refused
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("touched_at", sa.BigInteger, nullable=False, index=True),
    )
