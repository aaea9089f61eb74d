"""What an exchange begins with: what the file says of where this tablet is, read at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mobile_app.store import contents, sending, stage
from mobile_app.store.kept import BrokenReply
from mobile_app.store.records import Store
from sync.exchange import Position, advance


@dataclass(frozen=True, slots=True)
class Gathered:
    """Where this tablet is as an exchange begins.

    Args:
        position: with what is staged of an exchange that broke off.
        epoch: of what is applied, which the numbers of records here belong to.
        in_steps: whether a part of the scopes will do now.
        page_bytes: what the line carried last of a reply; 0: it never broke.
        broken: the beginning of a reply, to be gone on with.
        uploads: the records whose bytes the server has in part.
        compared: the scopes whose contents are to be compared.
    """

    position: Position
    epoch: bytes
    in_steps: bool
    page_bytes: int
    broken: BrokenReply | None
    uploads: Sequence[bytes]
    compared: Sequence[int]


def gather(store: Store) -> Gathered:
    """Return what the file says."""
    position = store.position()
    for reply in stage.replies(store, is_whole=False):
        advance(position, reply)
    return Gathered(
        position=position,
        epoch=store.kept.epoch,
        in_steps=_goes_in_steps(store),
        page_bytes=store.kept.page_bytes,
        broken=store.kept.part,
        uploads=sending.under_way(store),
        compared=contents.due(store),
    )


def _goes_in_steps(store: Store) -> bool:
    """Whether a part of the scopes will do now: those that are missing were never here.

    Where they were, as before an upgrade, their records are seen until all have come again.
    """
    held = store.db.execute("SELECT 1 FROM scope UNION ALL SELECT 1 FROM place LIMIT 1").fetchone()
    return bool(store.kept.later) or held is None
