"""Check that a push holds whole groups, however little of the outbox it may send."""

from collections.abc import Sequence

import pytest

from sync import limits
from sync.changes import Change, Moment, Op
from sync.exchange import Exchange, Position

AT = Moment(0, 0, 0, 0)


class Captured:
    """An outbox of groups of the sizes given."""

    def __init__(self, sizes: Sequence[int]) -> None:
        firsts = [1 + sum(sizes[:index]) for index in range(len(sizes))]
        self._changes = [
            Change(
                seq=first + index,
                group=first,
                op=Op.INSERT,
                entity="visit",
                record_id=bytes(16),
                base_rev=0,
                base_era=0,
                values={},
                at=AT,
            )
            for first, size in zip(firsts, sizes, strict=True)
            for index in range(size)
        ]

    def after(self, seq: int, limit: int) -> Sequence[Change]:
        return [change for change in self._changes if change.seq > seq][:limit]

    def chain_at(self, seq: int) -> bytes:
        return bytes(8)

    def count_after(self, seq: int) -> int:
        return len(self.after(seq, limits.CHANGES_PER_PUSH_MAX))

    def buckets(self, scope_id: int) -> Sequence[int]:
        return ()


def _pushed(exchange: Exchange) -> int:
    push = exchange.request(AT).push
    assert push is not None
    return len(push.changes)


@pytest.mark.parametrize("size", [17, 20, limits.CHANGES_PER_GROUP_MAX])
def test_a_group_larger_than_a_push_may_be_goes_whole(size: int) -> None:
    position = Position(b"", 1, [], bytes(8), 0)
    exchange = Exchange(position, Captured([size, 3]), bytes_max=4_096)
    assert _pushed(exchange) == size


def test_half_of_a_push_ends_where_a_group_ends() -> None:
    position = Position(b"", 1, [], bytes(8), 0)
    exchange = Exchange(position, Captured([30, 10]), bytes_max=limits.PAGE_BYTES)
    assert _pushed(exchange) == 40
    assert exchange.send_less()
    assert _pushed(exchange) == 30
