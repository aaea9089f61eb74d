"""The server's tables: one for each synced entity, derived; and the server's own, declared here.

Times are integers, Unix milliseconds UTC, days are days since 1970: one plain value on tablet,
wire and server alike, and the same SQL on both databases. No foreign keys between synced tables:
a parent may lie outside a device's scope, and a violation at commit would fail a whole push.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from server.db import desk_tables, market_tables, merge_tables, message_tables, own_tables
from server.db.columns import REGION, RowId, region_of, values_of
from server.db.columns import Serial as _Serial
from server.db.indexed import INDEXED, OPEN, OPEN_TOO, Indexed, is_open
from sync.entities import ENTITIES
from sync.entities.lenses import LENSES
from sync.lenses import Lens
from sync.spec import Entity, Field, Kind

COLUMN_TYPES: dict[Kind, Any] = {
    Kind.KEY: RowId(),
    Kind.REF: RowId(),
    Kind.REFS: sa.Text(),
    Kind.TEXT: sa.Text(),
    Kind.CODE: sa.Text(),
    Kind.CODES: sa.Text(),
    Kind.CHOICE: sa.Text(),
    Kind.CHOICES: sa.Text(),
    Kind.INTEGER: sa.BigInteger(),
    Kind.DECIMAL: sa.BigInteger(),
    Kind.FLAG: sa.Boolean(),
    Kind.DAY: sa.Integer(),
    Kind.MOMENT: sa.BigInteger(),
}

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}
# Prefixes are looked up as ranges, so the order must be that of the code points.
_Ordered = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


class Tables:
    """All tables for a list of entities; the product's and a benchmark's are made alike."""

    def __init__(
        self,
        entities: Sequence[Entity],
        indexed: Indexed | None = None,
        lenses: Sequence[Lens] = LENSES,
    ) -> None:
        """Build the tables; `entities` in the order of their wire numbers.

        Args:
            indexed: columns that lists page by, entity name -> groups of columns.
            lenses: what turns changes of older schemas into those of `entities`.
        """
        self.lenses = tuple(lenses)
        self._indexed = indexed or {}
        self.entities = tuple(entities)
        self.number_by_entity = {entity.name: n for n, entity in enumerate(entities)}
        # Of each entity the names of a record's values, and those not in their column as they are.
        self.values = {entity.name: values_of(entity) for entity in entities}
        self.metadata = sa.MetaData(naming_convention=_NAMES)
        self.records = {entity.name: self._record_table(entity) for entity in entities}
        self._declare_feed()
        self._declare_history()
        self._declare_devices()
        self._declare_custody()
        self._declare_accounts()
        self._declare_portal()
        self.answer_file = desk_tables.answer_file(self.metadata)
        self.answer_row = desk_tables.answer_row(self.metadata)
        self.upload = own_tables.upload(self.metadata)
        self.page_upload = own_tables.page_upload(self.metadata)
        self.duplicate_pair = merge_tables.duplicate_pair(self.metadata)
        self.duplicate_due = merge_tables.duplicate_due(self.metadata)
        self.merge = merge_tables.merge(self.metadata)
        self.merge_write = merge_tables.merge_write(self.metadata)
        self.held_question = own_tables.held_question(self.metadata)
        self.passing = own_tables.passing(self.metadata)
        self.calendar_edition = own_tables.calendar_edition(self.metadata)
        self.restatement = own_tables.restatement(self.metadata)
        self.proxy = own_tables.proxy(self.metadata)
        self.proxy_act = own_tables.proxy_act(self.metadata)
        self.job = own_tables.job(self.metadata)
        self.audit_waiting = own_tables.audit_waiting(self.metadata)
        self.audit_event = own_tables.audit_event(self.metadata)
        self.audit_value = own_tables.audit_value(self.metadata)
        self.purchase = market_tables.purchase(self.metadata)
        self.purchase_step = market_tables.purchase_step(self.metadata)
        self.message = message_tables.message(self.metadata)
        self.message_part = message_tables.message_part(self.metadata)
        self.message_day = message_tables.message_day(self.metadata)
        self.message_stop = message_tables.message_stop(self.metadata)
        self.message_line = message_tables.message_line(self.metadata)
        self.visit_flag = desk_tables.visit_flag(self.metadata)
        self.declared_interest = desk_tables.declared_interest(self.metadata)
        self.act = desk_tables.act(self.metadata)
        self.act_record = desk_tables.act_record(self.metadata)
        self.edition_proposal = desk_tables.edition_proposal(self.metadata)

    def _record_table(self, entity: Entity) -> sa.Table:
        # The columns in the order in which `Records.from_row` reads them.
        table = sa.Table(
            entity.name,
            self.metadata,
            *(_column(field) for field in entity.fields),
            sa.Column("rev", sa.Integer, nullable=False),
            sa.Column("era", sa.BigInteger, nullable=False),
            sa.Column("scope_id", sa.Integer, nullable=False, index=True),
            sa.Column("effective_at", sa.BigInteger, nullable=False),
            sa.Column("received_at", sa.BigInteger, nullable=False),
            sa.Column("deleted_at", sa.BigInteger),
            # {field number: [rev, device, inc, seq, agent, effective ms]}, MessagePack, for fields
            # changed after insert; 0 stands for the insert. Read by `sync.merge`.
            sa.Column("writers", sa.LargeBinary, nullable=False),
        )
        for group in self._indexed.get(entity.name, ()):
            if REGION in group:
                parts = (region_of(table) if part == REGION else table.c[part] for part in group)
                # SQLite, where a table changed in a migration would lose what is no column's
                # index, is for a pilot: there the country's rows are few.
                index = sa.Index(f"ix_{entity.name}_{'_'.join(group)}", *parts)
                index.ddl_if(dialect="postgresql")
            else:
                sa.Index(None, *(table.c[part] for part in group))
        if self._indexed and entity.name in OPEN:
            index = sa.Index(
                f"ix_{entity.name}_open",
                table.c.commune_code,
                table.c.due_on,
                postgresql_where=is_open(table),
                postgresql_include=OPEN_TOO.get(entity.name, ()),
            )
            index.ddl_if(dialect="postgresql")
        return table

    def pages_by_region(self, entity: str) -> bool:
        """Whether an entity's lists have an index within each region."""
        return any(REGION in group for group in self._indexed.get(entity, ()))

    def _declare_feed(self) -> None:
        meta = self.metadata
        self.scope = sa.Table(
            "scope",
            meta,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.Text, nullable=False, unique=True),
            sa.Column("head", sa.BigInteger, nullable=False),
            sa.Column("floor", sa.BigInteger, nullable=False),
            sa.Column("record_count", sa.BigInteger, nullable=False),
            sa.Column("digest", sa.BigInteger, nullable=False),
            sa.Column("next_number", sa.BigInteger, nullable=False),
        )
        # Not a history: one row for each record of a scope, with its newest sequence.
        self.feed = sa.Table(
            "feed",
            meta,
            sa.Column("scope_id", sa.Integer, primary_key=True),
            sa.Column("entity", sa.SmallInteger, primary_key=True),
            sa.Column("record_id", RowId(), primary_key=True),
            sa.Column("seq", sa.BigInteger, nullable=False),
            sa.Column("op", sa.SmallInteger, nullable=False),
            sa.Column("number", sa.BigInteger, nullable=False),
            sa.Column("born", sa.BigInteger, nullable=False),
            sa.Column("rev", sa.Integer, nullable=False),
            sa.Column("era", sa.BigInteger, nullable=False),
            sa.Column("hash", sa.BigInteger, nullable=False),
            sa.Column("field_seqs", sa.LargeBinary, nullable=False),
            sa.Column("at", sa.BigInteger, nullable=False),
            sa.UniqueConstraint("scope_id", "seq"),
            sa.UniqueConstraint("scope_id", "number"),
            sa.Index(None, "entity", "record_id"),
        )
        self.snapshot = sa.Table(
            "snapshot",
            meta,
            sa.Column("scope_id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("seq", sa.BigInteger, nullable=False),
            # The scope whose rows it names by number, and the sequence of that one's snapshot.
            sa.Column("home_id", sa.Integer, nullable=False),
            sa.Column("home_seq", sa.BigInteger, nullable=False),
            sa.Column("content", sa.LargeBinary, nullable=False),  # `sync.message_blocks`
            sa.Column("made_at", sa.BigInteger, nullable=False),
        )
        self.share = sa.Table(
            "share",
            meta,
            sa.Column("entity", sa.SmallInteger, primary_key=True),
            sa.Column("record_id", RowId(), primary_key=True),
            sa.Column("scope_id", sa.Integer, primary_key=True),
        )

    def _declare_history(self) -> None:
        meta = self.metadata
        self.history = sa.Table(
            "history",
            meta,
            sa.Column("id", _Serial, primary_key=True),
            sa.Column("entity", sa.SmallInteger, nullable=False),
            sa.Column("record_id", RowId(), nullable=False),
            sa.Column("field", sa.SmallInteger, nullable=False),
            sa.Column("value", sa.LargeBinary, nullable=False),
            sa.Column("outcome", sa.Text, nullable=False),  # overwritten, lost
            sa.Column("rev", sa.Integer, nullable=False),  # overwritten: when it was set; lost: 0
            sa.Column("replaced_rev", sa.Integer, nullable=False),
            sa.Column("agent_id", RowId()),
            sa.Column("device_id", sa.Integer),
            sa.Column("effective_at", sa.BigInteger, nullable=False),
            sa.Column("replaced_at", sa.BigInteger, nullable=False),
            sa.Column("change_id", sa.LargeBinary(16)),
            sa.Index(None, "record_id", "entity"),
        )
        self.search_term = sa.Table(
            "search_term",
            meta,
            sa.Column("entity", sa.SmallInteger, primary_key=True),
            # Of the commune that the record lies in (`terms.region_of`): who reads one region's
            # goes through no other's. "" of what lies in none.
            sa.Column("region", _Ordered, primary_key=True, server_default=""),
            sa.Column("term", _Ordered, primary_key=True),
            sa.Column("record_id", RowId(), primary_key=True),
            sa.Index(None, "record_id"),
        )

    def _declare_devices(self) -> None:
        meta = self.metadata
        self.device = sa.Table(
            "device",
            meta,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("agent_id", RowId(), nullable=False, index=True),
            sa.Column("public_key", sa.LargeBinary, nullable=False, unique=True),
            sa.Column("status", sa.Text, nullable=False),  # of `devices.Status`
            sa.Column("newest_inc", sa.Integer, nullable=False),
            sa.Column("counter", sa.BigInteger, nullable=False),
            sa.Column("build", sa.Text, nullable=False),
            sa.Column("schema", sa.Integer, nullable=False),
            sa.Column("pending", sa.Integer, nullable=False),
            sa.Column("clock_off_ms", sa.BigInteger, nullable=False),
            sa.Column("enrolled_at", sa.BigInteger, nullable=False),
            sa.Column("seen_at", sa.BigInteger, nullable=False),
            sa.Column("ordered_at", sa.BigInteger),  # to be emptied
            sa.Column("told_at", sa.BigInteger),  # of that order, the first time
            # As the tablet last said it (`sync.messages.Condition`); all empty before it did.
            sa.Column("condition_at", sa.BigInteger),
            sa.Column("battery_percent", sa.Integer),
            sa.Column("is_charging", sa.Boolean),
            sa.Column("free_mb", sa.Integer),
            sa.Column("app_mb", sa.Integer),
            sa.Column("photos_waiting", sa.Integer),
            sa.Column("photos_mb", sa.Integer),
            sa.Column("oldest_unsent_at", sa.BigInteger),
        )
        # What was ordered of a tablet, and by whom: None is whoever sits at the server.
        self.device_order = sa.Table(
            "device_order",
            meta,
            sa.Column("id", _Serial, primary_key=True),
            sa.Column("device_id", sa.Integer, nullable=False, index=True),
            sa.Column("status", sa.Text, nullable=False),  # of `devices.Status`
            sa.Column("ordered_by", RowId()),
            sa.Column("ordered_at", sa.BigInteger, nullable=False),
        )
        # One line of a device's numbering. A device restored or cloned goes on under a new one.
        self.incarnation = sa.Table(
            "incarnation",
            meta,
            sa.Column("device_id", sa.Integer, primary_key=True),
            sa.Column("inc", sa.Integer, primary_key=True),
            sa.Column("last_seq", sa.BigInteger, nullable=False),
            sa.Column("chain", sa.LargeBinary(8), nullable=False),
            sa.Column("last_effective_at", sa.BigInteger, nullable=False),
        )
        # What a device holds, by the hash it states: the last confirmed and the last offered.
        self.device_vector = sa.Table(
            "device_vector",
            meta,
            sa.Column("device_id", sa.Integer, primary_key=True),
            sa.Column("inc", sa.Integer, primary_key=True),
            sa.Column("state", sa.LargeBinary(8), primary_key=True),
            sa.Column("content", sa.LargeBinary, nullable=False),  # [[scope, cursor]…], MessagePack
        )

    def _declare_custody(self) -> None:
        meta = self.metadata
        self.acknowledgement = sa.Table(
            "acknowledgement",
            meta,
            sa.Column("device_id", sa.Integer, primary_key=True),
            sa.Column("inc", sa.Integer, primary_key=True),
            sa.Column("seq", sa.BigInteger, primary_key=True),
            # A change numbered anew is acknowledged under each of its numbers.
            sa.Column("change_id", sa.LargeBinary(16), nullable=False, index=True),
            sa.Column("chain", sa.LargeBinary(8), nullable=False),
            sa.Column("status", sa.SmallInteger, nullable=False),
            sa.Column("op", sa.SmallInteger, nullable=False),
            sa.Column("entity", sa.SmallInteger, nullable=False),
            sa.Column("record_id", RowId(), nullable=False),
            sa.Column("rev", sa.Integer, nullable=False),
            sa.Column("scope_id", sa.Integer, nullable=False),
            sa.Column("number", sa.BigInteger, nullable=False),
            sa.Column("fields", sa.LargeBinary, nullable=False),  # numbers of the fields it brought
            sa.Column("back", sa.LargeBinary, nullable=False),  # of those not stored as they came
            sa.Column("code", sa.Text, nullable=False),
            sa.Column("at", sa.BigInteger, nullable=False),
        )
        self.held = sa.Table(
            "held",
            meta,
            sa.Column("change_id", sa.LargeBinary(16), primary_key=True),
            sa.Column("device_id", sa.Integer, nullable=False, index=True),
            sa.Column("agent_id", RowId(), nullable=False),
            sa.Column("inc", sa.Integer, nullable=False),
            sa.Column("seq", sa.BigInteger, nullable=False),
            sa.Column("entity", sa.Text, nullable=False),
            sa.Column("record_id", RowId(), nullable=False, index=True),
            sa.Column("commune_code", sa.Text),
            sa.Column("content", sa.LargeBinary, nullable=False),  # canonical bytes of the change
            sa.Column("code", sa.Text, nullable=False),
            sa.Column("detail", sa.Text, nullable=False),
            sa.Column("state", sa.Text, nullable=False),  # open, applied, dismissed
            sa.Column("received_at", sa.BigInteger, nullable=False),
            sa.Column("effective_at", sa.BigInteger, nullable=False),
            # of the first change of its group; 0 from before this was kept
            sa.Column("first_seq", sa.BigInteger, nullable=False, server_default="0"),
            sa.Column("reason", sa.Text, nullable=False, server_default=""),  # why dismissed
            sa.Column("decided_by", RowId()),
            sa.Column("decided_at", sa.BigInteger),
            sa.Index(None, "state", "commune_code"),
        )
        self.installation = sa.Table(
            "installation",
            meta,
            sa.Column("name", sa.Text, primary_key=True),
            sa.Column("value", sa.LargeBinary, nullable=False),
        )

    def _declare_accounts(self) -> None:
        meta = self.metadata
        self.account = sa.Table(
            "account",
            meta,
            sa.Column("agent_id", RowId(), primary_key=True),
            sa.Column("login", sa.Text, nullable=False, unique=True),
            sa.Column("role", sa.Text, nullable=False),
            sa.Column("password_hash", sa.Text, nullable=False),
            sa.Column("language", sa.Text, nullable=False),
            sa.Column("status", sa.Text, nullable=False),  # active, disabled
            sa.Column("failed_count", sa.Integer, nullable=False),
            sa.Column("failed_at", sa.BigInteger, nullable=False),
            sa.Column("created_at", sa.BigInteger, nullable=False),
            sa.Column("point_id", RowId()),  # the contact point that it manages
            sa.Column("organisation", sa.Text),  # the office that it answers for, by code
            # Here and not with the agent, whom every tablet knows: only who sees tablets calls.
            sa.Column("phone", sa.Text),
        )
        # The table is `territory_grant`: GRANT is a word of SQL.
        self.grant = sa.Table(
            "territory_grant",
            meta,
            sa.Column("id", _Serial, primary_key=True),
            sa.Column("agent_id", RowId(), nullable=False),
            sa.Column("commune_code", sa.Text, nullable=False),
            sa.Column("valid_from", sa.BigInteger, nullable=False),
            sa.Column("valid_to", sa.BigInteger),
            sa.Column("granted_by", RowId()),
            sa.Index(None, "agent_id", "commune_code"),
            sa.Index(None, "commune_code", "agent_id"),
        )
        self.enrol_code = sa.Table(
            "enrol_code",
            meta,
            sa.Column("id", _Serial, primary_key=True),
            sa.Column("code_hash", sa.LargeBinary(32), nullable=False, unique=True),
            sa.Column("agent_id", RowId(), nullable=False),
            sa.Column("expires_at", sa.BigInteger, nullable=False),
            sa.Column("device_id", sa.Integer),
            sa.Column("made_by", RowId()),
            # With the server's key it makes the code again; of those made before, none.
            sa.Column("salt", sa.LargeBinary(8)),
        )
        self.web_session = sa.Table(
            "web_session",
            meta,
            sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
            sa.Column("agent_id", RowId(), nullable=False, index=True),
            sa.Column("csrf", sa.Text, nullable=False),
            sa.Column("expires_at", sa.BigInteger, nullable=False),
        )
        # Counts of tries (`server.accounts.throttle`), by a keyed hash of whom or whence.
        self.throttle = sa.Table(
            "throttle",
            meta,
            sa.Column("key", sa.LargeBinary(32), primary_key=True),
            sa.Column("began_at", sa.BigInteger, nullable=False),
            sa.Column("tries", sa.Integer, nullable=False),
        )

    def _declare_portal(self) -> None:
        meta = self.metadata
        # Not used any more: `phone_code` is in its place.
        self.portal_code = sa.Table(
            "portal_code",
            meta,
            sa.Column("phone", sa.Text, primary_key=True),
            sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
            sa.Column("expires_at", sa.BigInteger, nullable=False),
            sa.Column("tries", sa.Integer, nullable=False),
            sa.Column("sent_count", sa.Integer, nullable=False),
            sa.Column("sent_at", sa.BigInteger, nullable=False),
        )
        # A code sent to a phone, for the browser that asked for it alone.
        self.phone_code = sa.Table(
            "phone_code",
            meta,
            sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
            sa.Column("phone", sa.Text, nullable=False),
            sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
            sa.Column("expires_at", sa.BigInteger, nullable=False),
            sa.Column("tries", sa.Integer, nullable=False),
        )
        self.portal_session = sa.Table(
            "portal_session",
            meta,
            sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
            sa.Column("phone", sa.Text, nullable=False, index=True),
            sa.Column("draft", sa.Text, nullable=False),
            sa.Column("csrf", sa.Text, nullable=False),
            sa.Column("expires_at", sa.BigInteger, nullable=False),
        )
        self.outbox = sa.Table(
            "outbox",
            meta,
            sa.Column("id", _Serial, primary_key=True),
            sa.Column("phone", sa.Text, nullable=False),
            sa.Column("body", sa.Text, nullable=False),
            sa.Column("created_at", sa.BigInteger, nullable=False),
        )


def _column(field: Field) -> sa.Column[Any]:
    return sa.Column(
        field.name,
        COLUMN_TYPES[field.kind],
        primary_key=field.kind is Kind.KEY,
        nullable=not field.required,
    )


TABLES = Tables(ENTITIES, INDEXED)
metadata = TABLES.metadata
