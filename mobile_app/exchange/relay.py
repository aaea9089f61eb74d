"""Several agents on one tablet: who has a line takes along what the others left unsent.

When an agent's file is closed with work in it, a letter to the server (`exchange.courier`) is left
in its folder, sealed. Another agent's contact carries it and leaves the answer, which only its
writer can read, at the next unlocking. Photos wait for their own agent.

    letter         sealed, and gone nowhere yet
    letter.sent    offered to the server: it may have arrived
    letter.answer  what the server said to it
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mobile_app.device.storage import write_private
from mobile_app.exchange import courier
from mobile_app.exchange.calls import BodyTooLarge, Refused, Unreachable
from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from sync.errors import Refusal, RemoteSyncError

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport

_LETTER, _SENT, _ANSWER = "letter", "letter.sent", "letter.answer"


def is_waiting(folder: Path) -> bool:
    """Whether a letter lies there that no server has answered."""
    return (folder / _LETTER).exists() or (folder / _SENT).exists()


def leave(store: Store, folder: Path) -> None:
    """Leave a letter, if something waits here; the store is about to be closed."""
    if store.outbox.pending_count() and store.kept.device_id is not None:
        before = store.kept.in_doubt_seq
        write_private(folder / _LETTER, courier.export(store))
        if not (folder / _SENT).exists():
            with transaction(store.db):
                store.kept.doubt_before_letter = before


def take_back(store: Store, folder: Path) -> None:
    """The file is open again: learn what became of the letter."""
    letter, sent, answer = (folder / name for name in (_LETTER, _SENT, _ANSWER))
    if letter.exists():
        letter.unlink()
        if not sent.exists():
            with transaction(store.db):  # it went nowhere, so nothing is in doubt by it
                store.kept.in_doubt_seq = store.kept.doubt_before_letter
    if answer.exists():
        with suppress(Refusal, RemoteSyncError):  # the next exchange asks
            courier.accept(store, answer.read_bytes())
        answer.unlink()
        sent.unlink(missing_ok=True)


def carry(line: Transport, folders: Iterable[Path]) -> int:
    """Bring the letters that lie in these folders. Returns how many were answered.

    A line that breaks leaves the rest for the next contact: nothing depends on it.
    """
    answered = 0
    for folder in folders:
        letter, sent = folder / _LETTER, folder / _SENT
        if letter.exists():
            # Renamed before it is sent: after a kill in between it may have arrived, and
            # `take_back` must not say that it went nowhere.
            letter.replace(sent)
        if not sent.exists() or (folder / _ANSWER).exists():
            continue
        try:
            answer = courier.carry(line, sent.read_bytes())
        except BodyTooLarge:  # another way may carry it; this one carries the others
            continue
        except Unreachable:
            return answered
        except Refused:  # taken before, or of a tablet that is known no more: its writer will ask
            sent.unlink()
        else:
            write_private(folder / _ANSWER, answer)
            answered += 1
    return answered
