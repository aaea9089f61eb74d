"""Number the outbox so that it fits the server again, after a fork or a restored server.

A fork: a tablet's file was copied, and both copies numbered on from 7. One of them sent its 8 to 10
first, under incarnation 1; now the server has 10, and this one's 8 is another change. It is told to
go on as incarnation 2, in which the server has nothing yet (`renumber`).

A restored server: it had acknowledged up to 10, and its backup ends at 6. It asks for all after 6
again (`go_back_to`). If this tablet has let go of some of 7 to 10, it takes an incarnation of its
own for what is left, since numbers without a gap are all that a server can check.

Nothing is taken out of the outbox here, and nothing that a person sees changes: what is to be sent
is what has a number beyond the last acknowledgement kept, whatever became of it before.
"""

from __future__ import annotations

from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from sync import changes
from sync.changes import CHAIN_START
from sync.messages import Proof


def renumber(store: Store, inc: int) -> None:
    """Go on under another incarnation: all that is kept is sent again, as captured.

    Changes keep the incarnation and sequence of their capture, so the server knows those again
    that had arrived.

    An example: incarnation 1 holds change 5, acknowledged, and 7 and 8, one group that waits. Under
    incarnation 2 they are 1, and 2 and 3 with 2 as their group; each was born as (1, 5), (1, 7),
    (1, 8). A change's id is made of where it was born, so 5 is told from all others, and is
    answered as a duplicate. The chain begins anew, over the same ids.
    """
    db, device_id, inc_now = store.db, store.kept.require_device_id(), store.kept.inc
    with transaction(db):
        rows = db.execute(
            "SELECT seq, first_seq, content, born_inc, born_seq FROM outbox ORDER BY seq"
        ).fetchall()
        chain, first, group = CHAIN_START, 0, 0
        moved = []
        for number, (seq, first_seq, content, born_inc, born_seq) in enumerate(rows, 1):
            if first_seq != group:
                group, first = first_seq, number
            born = (born_inc or inc_now, born_seq or seq)
            chain = changes.link(chain, changes.change_id(device_id, *born, content))
            moved.append((-number, first, *born, chain, seq))
        # Below zero first: a new number may be another's old one.
        db.executemany(
            "UPDATE outbox SET seq = ?, first_seq = ?, born_inc = ?, born_seq = ?, chain = ?"
            " WHERE seq = ?",
            moved,
        )
        db.execute("UPDATE outbox SET seq = -seq WHERE seq < 0")
        db.execute("DELETE FROM stage")
        store.kept.inc = inc
        store.kept.next_seq = len(rows) + 1
        store.kept.acknowledged_seq = 0
        store.kept.in_doubt_seq = 0
        store.kept.chain = CHAIN_START
        store.kept.chain_seq = 0


def go_back_to(store: Store, last_seq: int) -> bool:
    """Send everything after `last_seq` again, under the same numbers.

    Of 7 to 10, which the server had and lost, four have to be here. Acknowledged ones stay in the
    outbox until no backup can lack them, so they are, but for a server restored from further back
    than it ever said to keep.

    Returns:
        False, and nothing is changed, if some of it is no longer here.
    """
    with transaction(store.db):
        acknowledged = store.kept.acknowledged_seq
        kept = store.db.execute(
            "SELECT count(*) FROM outbox WHERE seq > ? AND seq <= ?", (last_seq, acknowledged)
        ).fetchone()[0]
        if kept < acknowledged - last_seq:
            return False
        store.db.execute("DELETE FROM stage")
        store.kept.acknowledged_seq = last_seq
        store.kept.in_doubt_seq = 0
    return True


def proof(store: Store) -> Proof | None:
    """Return the server's last signed word of its present epoch, as far as we know that."""
    row = store.db.execute(
        "SELECT inc, last_seq, chain, content, server_ms, signature FROM signed_acknowledgement"
        " WHERE epoch = ? ORDER BY inc DESC, last_seq DESC LIMIT 1",
        (store.kept.epoch,),
    ).fetchone()
    return Proof.of(row) if row else None
