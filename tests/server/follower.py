"""A device as the feed sees it: cursors, and the rows it was told of; and what must hold of it.

It reads through `server.exchange.pull`, as an exchange does, and remembers like a tablet: pages
are staged, and applied when the last one has come.
"""

from __future__ import annotations

from types import SimpleNamespace

import sqlalchemy as sa

from server.db.feed import PUT
from server.db.records import Records
from server.exchange import pull, view
from server.exchange.view import Stated
from sync import digest
from sync.messages import Progress

NOBODY = SimpleNamespace(id=0, inc=0)
"""A device that pushed nothing, so nothing of the feed is its own."""


class Follower:
    """Cursors of some scopes, and {scope: {row number: (entity, id, rev, values)}}."""

    def __init__(self, database, names):
        self.database = database
        self.names = list(names)
        self.vector: list[tuple[int, int]] = []
        self.progress: list[Progress] = []
        self.rows: dict[int, dict] = {}
        self._staged: list = []

    def pull(self, rows_max=2_000):
        """Fetch a page; return whether it was the last."""
        seen, page = self.database.read(lambda records: self._page(records, rows_max))
        assert not seen.dropped, "a cursor lost its meaning"
        self._staged.append((seen, page))
        applied = dict(self.vector)
        self.progress = [
            Progress(
                scope_id=seen.scope_ids[place],
                base=applied.get(seen.scope_ids[place], 0),
                page=cursor,
            )
            for place, cursor in page.progress
        ]
        if page.is_done:
            self._apply()
        return page.is_done

    def _page(self, records, rows_max):
        heads = view.scope_heads(records, self.names)
        seen = view.compare(heads, self.names, Stated(self.vector, self.progress))
        return seen, pull.page(records, NOBODY, seen, rows_max=rows_max)

    def _apply(self):
        for seen, page in self._staged:
            for block in page.blocks:
                for row in block.rows:
                    rows = self.rows.setdefault(seen.scope_ids[row.place], {})
                    if block.is_whole:
                        # It may have come back under a new number.
                        stale = [at for at, one in rows.items() if one[1] == row.record_id]
                        for number in stale:
                            del rows[number]
                        rows[row.number] = (block.entity, row.record_id, row.rev, dict(row.values))
                    else:
                        entity, record_id, _, values = rows[row.number]
                        rows[row.number] = (entity, record_id, row.rev, {**values, **row.values})
            for place, number in page.gone:
                self.rows.get(seen.scope_ids[place], {}).pop(number, None)
        self._staged = []
        self.vector = sorted((scope_id, head.head) for scope_id, head in seen.heads.items())


def faults(database, follower):
    """Say what a follower that has read to the end holds otherwise than the tables do.

    Counts and digests are formed anew from the records.
    """
    tables = database.tables
    found = []
    with database.engines.read() as connection:
        records = Records(connection, tables)
        scopes = connection.execute(
            sa.select(tables.scope).where(tables.scope.c.name.in_(follower.names))
        ).all()
        for scope in scopes:
            entries = connection.execute(
                sa.select(tables.feed).where(tables.feed.c.scope_id == scope.id)
            ).all()
            total, here = 0, {}
            for number in {entry.entity for entry in entries}:
                entity = tables.entities[number]
                present = [one for one in entries if one.entity == number and one.op == PUT]
                stored = records.load(entity.name, [one.record_id for one in present])
                for entry in present:
                    row = stored[entry.record_id]
                    values = {k: v for k, v in row.values.items() if v is not None}
                    here[entry.number] = (entity.name, row.record_id, row.rev, values)
                    hashed = (number, row.record_id, entry.number, row.era, row.rev)
                    total = digest.replaced(total, 0, digest.row_hash(*hashed))
            if (scope.record_count, scope.digest) != (len(here), total):
                found.append(f"{scope.name}: its count or digest is not that of its rows")
            if any(entry.seq > scope.head for entry in entries):
                found.append(f"{scope.name}: an entry beyond the head {scope.head}")
            there = {
                number: (name, record_id, rev, {k: v for k, v in values.items() if v is not None})
                for number, (name, record_id, rev, values) in follower.rows.get(
                    scope.id, {}
                ).items()
            }
            found += [
                f"{scope.name} {number}: {there.get(number)}, not {here.get(number)}"
                for number in sorted(here.keys() | there.keys())
                if here.get(number) != there.get(number)
            ]
    return found
