"""Short messages to phones: a port, and its three adapters. Nothing of a message goes into a log.

A message is sent after the transaction that it speaks of, never within it.
"""

from __future__ import annotations

import subprocess
from typing import Protocol

import sqlalchemy as sa

from server.db.work import Database
from server.settings import Settings
from server.sms import command, outbox
from server.sms.outbox import Caps, Kind
from sync.errors import Refusal

_SHOWN_MS = 24 * 3_600_000


class MessageUnsent(Refusal):
    """The message could not be handed over; the phone gets nothing."""

    code = "message_unsent"


class Messages(Protocol):
    """What carries a message to a phone."""

    def send(self, phone: str, body: str) -> None:
        """Hand a message over; `phone` as E.164. Raises MessageUnsent."""


class CommandMessages:
    """A program of the operator's (`server.sms.command`), within what may go in a day."""

    def __init__(self, command: str, database: Database, caps: Caps) -> None:
        """Take the program's path; empty: there is none, and no message can be sent."""
        self._command, self._database, self._caps = command, database, caps

    def send(self, phone: str, body: str) -> None:
        """Run the program once. Raises MessageUnsent."""
        if not self._command:
            raise MessageUnsent("messages: NUQTA_MESSAGE_COMMAND is not set")
        if not self._database.write(lambda work: outbox.spend(work, Kind.CODE, body, self._caps)):
            raise MessageUnsent("messages: no more today")
        try:
            code = command.run(self._command, phone, body)
        except (OSError, subprocess.SubprocessError) as fault:
            # Not chained: its text has the phone.
            raise MessageUnsent(f"messages: {type(fault).__name__}") from None
        if code:
            raise MessageUnsent(f"messages: the program ended with {code}")


class QueuedMessages:
    """The operator's message centre: taken when it is stored, and sent by the jobs' process."""

    def __init__(self, database: Database) -> None:
        """Order them in a table."""
        self._database = database

    def send(self, phone: str, body: str) -> None:
        """Order a message that goes before all others, at any hour."""
        self._database.write(lambda work: outbox.order(work, Kind.CODE, phone, body))


class ShownMessages:
    """The demo's: shown for a day on `/dev/outbox`, where the phone would ring."""

    def __init__(self, database: Database) -> None:
        """Keep them in a table."""
        self._database = database

    def send(self, phone: str, body: str) -> None:
        """Keep a message, and forget yesterday's."""
        table = self._database.tables.outbox
        now = self._database.clock()

        def keep(connection: sa.Connection) -> None:
            connection.execute(sa.delete(table).where(table.c.created_at < now - _SHOWN_MS))
            connection.execute(sa.insert(table).values(phone=phone, body=body, created_at=now))

        self._database.engines.write(keep)


def messages_of(settings: Settings, database: Database) -> Messages:
    """Return what carries messages, as an operator has set it."""
    if settings.is_demo:
        return ShownMessages(database)
    if settings.sms is not None:
        return QueuedMessages(database)
    return CommandMessages(settings.message_command, database, Caps(settings.limits.a_day))
