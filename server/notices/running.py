"""The sender of the jobs' process, as an operator has set it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from server.db.work import Database
from server.notices.inbound import receive
from server.settings import Settings
from server.sms.command import ProgramLine
from server.sms.outbox import Caps
from server.sms.sender import Sender
from server.sms.smpp import Centre, Connection, Line


def sender_of(settings: Settings, database: Database) -> AbstractContextManager[object]:
    """Return who sends while its context is open; where no message can be sent, nobody."""
    limits = settings.limits
    connect: Callable[[], Line]
    if settings.is_demo:
        return nullcontext()
    if sms := settings.sms:
        centre = Centre(sms.host, sms.port, sms.system_id, str(sms.password), sms.source)
        connect = partial(Connection, centre)
    elif settings.message_command:
        connect = partial(ProgramLine, settings.message_command)
    else:
        return nullcontext()
    return Sender(database, connect, Caps(limits.a_day), limits.per_second, receive)
