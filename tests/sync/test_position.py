"""Where a device stands between two replies: what it asks for next."""

from sync.exchange import Position, advance
from sync.messages import Outcome, Repair, Reply, ScopeChanges

VECTOR = [(3, 35), (5, 9)]


def a_position():
    return Position(b"epoch--1", 1, list(VECTOR), bytes(8), 0)


def a_reply(epoch=b"", progress=(), repairs=(), **scopes):
    return Reply(
        outcome=Outcome.DONE,
        epoch=epoch,
        server_ms=0,
        last_seq=0,
        stable_seq=0,
        scopes=ScopeChanges(**scopes),
        progress=progress,
        repairs=repairs,
        is_done=False,
    )


def test_a_scope_that_comes_whole_goes_on_where_it_was_when_it_is_lost_and_given_back():
    position = a_position()
    advance(position, a_reply(restarted=[0], progress=[(0, 8)]))

    advance(position, a_reply(dropped=[0], progress=[(1, 10)]))
    while_lost = dict(position.bases)
    advance(position, a_reply(progress=[(0, 12), (1, 10)]))

    assert while_lost == {3: (0, 8), 5: (9, 10)}
    assert position.bases == {3: (0, 12), 5: (9, 10)}


def test_a_scope_repaired_goes_on_from_there_when_it_is_lost_and_given_back():
    position = a_position()
    advance(
        position,
        a_reply(repairs=[Repair(place=0, bucket_count=16, buckets=[])], progress=[(0, 40)]),
    )

    advance(position, a_reply(dropped=[0], progress=[(1, 10)]))

    assert position.bases[3] == (40, 40)


def test_a_scope_to_be_compared_still_is_when_it_is_lost_and_given_back():
    position = a_position()
    advance(position, a_reply(reconcile=[0, 1]))

    advance(position, a_reply(dropped=[0], progress=[(1, 9)]))

    assert position.doubtful == [3]


def test_a_scope_lost_as_the_epoch_changes_is_compared_when_it_is_given_back():
    position = a_position()
    first = a_reply(epoch=b"epoch--2", dropped=[1], reconcile=[0])

    advance(position, first)

    assert position.doubtful == [3, 5]


def test_a_new_scope_that_is_lost_before_the_end_comes_whole_when_it_is_given_back():
    position = a_position()
    advance(position, a_reply(added=[(7, "t/1/core")], progress=[(2, 4)]))

    advance(position, a_reply(progress=[(1, 10)]))

    assert 7 not in position.bases
