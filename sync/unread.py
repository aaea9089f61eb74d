"""A request whose push is not read yet: its row numbers mean something beside the device's vector.

The server looks the vector up first, since a device may send the hash of it alone; then `push`
asks for each row by the place and number that the device knows it by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from sync import blocks, limits
from sync.allowance import Allowance
from sync.changes import Change, from_verbatim
from sync.errors import Malformed
from sync.field_columns import UnknownHere
from sync.messages import Push, Request
from sync.refs import NO_REFS, Resolving
from sync.spec import Entity


class Unread:
    """A request as it arrived: its push is read later, when rows can be looked up."""

    def __init__(
        self, entities: Sequence[Entity], request: Request, raw: Any, verbatim: Any = ()
    ) -> None:
        """Keep what is needed to read the push."""
        self._verbatim = verbatim
        self.request = request
        self._entities = entities
        self._raw = raw

    @property
    def has_push(self) -> bool:
        """Whether changes came along."""
        return self._raw is not None

    def push(
        self, id_at: Callable[[int, int, int], bytes | None], refs: Resolving = NO_REFS
    ) -> Push:
        """Return the changes.

        Args:
            id_at: (entity number, place, row number) -> record id, or None if there is no such row.

        Raises:
            Malformed: the push contradicts itself.
            UnresolvedNumber: a row number that `id_at` does not know.
            UnknownHere: it says what is not known here; verbatim it can be kept.
        """
        first_seq, chain, parts, texts = self._raw
        found: list[Change] = []
        allowance = Allowance()
        allowance.share(texts)
        for number, data in parts:
            entity = _entity(self._entities, number)
            found += blocks.decode_changes(
                entity,
                data,
                first_seq,
                id_at=partial(id_at, number),
                refs=refs,
                allowance=allowance,
            )
            if len(found) > limits.CHANGES_PER_PUSH_MAX:
                raise Malformed(f"push: {len(found)} changes")
        by_name = {entity.name: entity for entity in self._entities}
        for after, back, born_inc, born_seq, content in self._verbatim:
            seq = first_seq + after
            change = from_verbatim(by_name, content, seq=seq, group=seq - back)
            found.append(replace(change, born_inc=born_inc, born_seq=born_seq))
        found.sort(key=lambda change: change.seq)
        if [change.seq for change in found] != list(range(first_seq, first_seq + len(found))):
            raise Malformed("push: its sequences have gaps or repeats")
        for before, after in pairwise(found):
            if after.group not in (before.group, after.seq):
                raise Malformed("push: groups overlap")
        if found and found[0].group != first_seq:
            raise Malformed("push: begins inside a group")
        return Push(first_seq=first_seq, chain=chain, changes=found)


def _entity(entities: Sequence[Entity], number: int) -> Entity:
    if not 0 <= number < len(entities):
        raise UnknownHere(f"push: no entity {number}")
    return entities[number]
