"""Apply what is staged, all at once: records, outbox and cursors in one transaction.

Order within a reply: acknowledgements put the device's own values into the base, then rows
overwrite (`acknowledging` has an example). What is captured and unacknowledged stays visible over
whatever the server says (`overlay`). After the last reply: what left its scopes goes, what the
office decided is shown, and the digests kept on the way are compared with the server's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from mobile_app.store import acknowledging, contents, overlay, resolving, stage
from mobile_app.store.applying import Applying, Result
from mobile_app.store.database import transaction
from mobile_app.store.places import Place, Places
from mobile_app.store.records import Store
from sync.digest import EMPTY_STATE, state_hash
from sync.exchange import advance
from sync.messages import Block, Outcome, Reply
from sync.refs import ShortRef, UnresolvedNumber
from sync.rows import Row

log = logging.getLogger("nuqta")
_MISMATCHES_MAX = 3


def apply(store: Store) -> Result:
    """Apply everything staged, in one transaction, and return what it brought.

    Raises:
        UnresolvedNumber, Malformed: the server's words cannot be true; nothing is changed.
    """
    with transaction(store.db):
        last, applying = None, _begin(store)
        for last in stage.replies(store):
            _apply_reply(applying, last)
        if last is None:
            return applying.result
        later = last.scopes.later
        for scope_id, numbers in applying.came.items():
            applying.places.keep_only(scope_id, numbers)
        # Rows that came ahead of their scope stay until it is there: then all of it has come.
        applying.places.remove_others(
            {*applying.position.scopes, *(scope_id for scope_id, _ in later)}
        )
        resolving.resolve(store)
        _drop_homeless(store)
        if later or store.kept.later:
            store.kept.later = later
        _save(applying, last)
        applying.result.later_count = len(later)
        store.db.execute("DELETE FROM stage")
    return applying.result


def _begin(store: Store) -> Applying:
    position = store.position()
    names = dict(store.db.execute("SELECT id, name FROM scope").fetchall())
    is_in_doubt = position.is_in_doubt or bool(position.doubtful)
    based = store.db.execute(
        "SELECT record_id FROM base"
        " UNION SELECT record_id FROM outbox WHERE state != 'acknowledged'"
    )
    return Applying(
        store,
        position,
        Places(store.db, is_in_doubt=is_in_doubt),
        names,
        {record_id for (record_id,) in based.fetchall()},
    )


def _apply_reply(applying: Applying, reply: Reply) -> None:
    store, position, places = applying.store, applying.position, applying.places
    scope_ids = position.places(reply)
    applied = {scope_id for scope_id, _ in position.vector}
    for scope_id, name in reply.scopes.added:
        applying.names[scope_id] = name
        applying.came.setdefault(scope_id, set())
    for place in reply.scopes.restarted:
        applying.came[scope_ids[place]] = set()
    epoch = reply.epoch or position.epoch
    acknowledging.acknowledge(applying, reply, scope_ids, int.from_bytes(epoch[:4], "big"))
    for snapshot in reply.snapshots:
        # It says what there was at its time: what was acknowledged before it and is not in it comes
        # after it, or was deleted before it and is told by no tombstone.
        applying.came[scope_ids[snapshot.place]] = set()
    repaired: dict[int, set[int]] = {repair.place: set() for repair in reply.repairs}
    touched: set[bytes] = set()
    for block in reply.blocks:
        touched |= _put_block(applying, block, scope_ids, repaired)
    applying.result.received += len(touched)
    for place, number in reply.gone:
        places.remove(scope_ids[place], number)
    for repair in reply.repairs:
        scope_id, numbers = scope_ids[repair.place], repaired[repair.place]
        places.clear_buckets(scope_id, repair.bucket_count, set(repair.buckets), numbers)
        # What was compared lacked them. Were they there still, their buckets would differ.
        for number in applying.placed.pop(scope_id, set()) - numbers:
            places.remove(scope_id, number)
    advance(position, reply)
    # A scope that was new and is lost again before the end: if it returns, it comes whole.
    for scope_id in set(applying.came) - applied - set(position.scopes):
        places.keep_only(scope_id, set())
        del applying.came[scope_id]
    store.kept.epoch = position.epoch
    store.kept.after_sync_ms = reply.server_ms
    store.kept.heard_at = (store.clock.boot_id(), store.clock.mono_ms())


def _put_block(
    applying: Applying, block: Block, scope_ids: Sequence[int], repaired: Mapping[int, set[int]]
) -> set[bytes]:
    """Write the rows of one entity, and return whose records they are.

    Args:
        repaired: place -> numbers, to which those that came are added.
    """
    store, places = applying.store, applying.places
    declared = store.entity_by_name.get(block.entity)
    entity = block.number if declared is None else store.number_by_name[block.entity]
    found: list[tuple[bytes, Row]] = []
    # All have their places before the first is read: one may refer to another of its block, as who
    # was merged does to who stands.
    for row in block.rows:
        scope_id = scope_ids[row.place]
        record_id = row.record_id or places.id_at(scope_id, row.number)
        if record_id is None:  # a patch for a row we lack: the digest will tell
            continue
        for came in (applying.came.get(scope_id), repaired.get(row.place)):
            if came is not None:
                came.add(row.number)
        # Whole, in a scope that is not: it may be new here, since what the server compares.
        may_be_new = row.record_id and scope_id not in applying.came
        if may_be_new and places.id_at(scope_id, row.number) != record_id:
            applying.placed.setdefault(scope_id, set()).add(row.number)
        places.put(scope_id, row.number, Place(entity, record_id, row.rev, row.era))
        if declared is not None:  # else of a newer version: counted, and asked for when upgraded
            found.append((record_id, row))
    for record_id, row in found:
        assert declared is not None
        resolved = _resolved(places, row, scope_ids)
        overlay.update(applying, declared, record_id, resolved, is_whole=block.is_whole)
    return {record_id for record_id, _ in found}


def _resolved(places: Places, row: Row, scope_ids: Sequence[int]) -> Row:
    """Return a row with the ids of what it refers to by number. Raises UnresolvedNumber."""
    short = {
        name: cast("ShortRef", value)
        for name, value in row.values.items()
        if isinstance(value, ShortRef)
    }
    if not short:
        return row
    values = dict(row.values)
    for name, ref in short.items():
        target_id = places.id_at(scope_ids[ref.place], ref.number)
        if target_id is None:
            raise UnresolvedNumber(f"apply: no row {ref.number} at place {ref.place}")
        values[name] = target_id
    return replace(row, values=values)


def _drop_homeless(store: Store) -> None:
    """Forget records that are in no scope any more, but never one with unsent or held work."""
    for declared in store.entities:
        number = store.number_by_name[declared.name]
        gone = store.db.execute(
            f'SELECT id FROM "{declared.name}" AS record WHERE'
            " NOT EXISTS (SELECT 1 FROM place WHERE place.record_id = record.id)"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.record_id = record.id"
            " AND outbox.entity = ? AND outbox.state != 'acknowledged')",
            (number,),
        ).fetchall()
        if not gone:
            continue
        store.db.executemany(f'DELETE FROM "{declared.name}" WHERE id = ?', gone)
        for (record_id,) in gone:
            store.index.remove(record_id)
        store.index.forget_words()
        store.db.executemany("DELETE FROM base WHERE record_id = ?", gone)


def _save(applying: Applying, last: Reply) -> None:
    """Store the cursors, and what the comparison with the server's hash says."""
    store, position, sums = applying.store, applying.position, applying.places.sums
    store.kept.acknowledged_seq = position.acknowledged_seq
    store.kept.in_doubt_seq = 0
    # The server said that all is as it was: there are no cursors and no hashes in that reply.
    if last.outcome is Outcome.SAME:
        return
    vector = sorted(position.heads.items())
    scope_ids = position.places(last)
    doubtful = {
        scope_ids[state.place]
        for state in last.end.states
        if (state.record_count, state.digest) != sums.get(scope_ids[state.place], (0, 0))
    }
    store.db.execute("DELETE FROM scope")
    store.db.executemany(
        "INSERT INTO scope VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                scope_id,
                applying.names[scope_id],
                applied,
                *sums.get(scope_id, (0, 0)),
                scope_id in doubtful,
            )
            for scope_id, applied in vector
        ],
    )
    # The hash of all says only that something differs. Then the next exchange asks for count and
    # digest of each scope (`is_in_doubt`), and the one after it for the buckets of those that
    # differ (`doubtful`): three short questions instead of one long one each time.
    differs = _hash(applying, vector) != last.end.state
    applying.result.is_in_doubt = differs
    store.kept.state = last.end.state
    store.kept.is_in_doubt = differs and not doubtful
    store.kept.mismatches = store.kept.mismatches + 1 if differs else 0
    hashes = {scope_ids[place]: content_hash for place, content_hash in last.end.contents}
    if differing := contents.check(store, hashes, last.server_ms):
        log.warning("scopes %s say other than the server's: fetched anew", differing)
        left = [(scope_id, applied) for scope_id, applied in vector if scope_id not in differing]
        store.kept.state = _hash(applying, left)
        applying.result.is_in_doubt = True
    if store.kept.mismatches > _MISMATCHES_MAX:  # whatever it is, reading all anew ends it
        store.db.execute("DELETE FROM scope")
        store.kept.state = EMPTY_STATE
        store.kept.is_in_doubt = False
        store.kept.mismatches = 0
        store.kept.later = []


def _hash(applying: Applying, vector: Sequence[tuple[int, int]]) -> bytes:
    """Return the hash of what is held of these scopes, to be compared with the server's."""
    sums = applying.places.sums
    return state_hash(
        (scope_id, applied, *sums.get(scope_id, (0, 0))) for scope_id, applied in vector
    )
