"""The sender of the jobs' process, as an operator has set it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial

from server.db.work import Database
from server.notices.inbound import receive
from server.settings import Settings
from server.sms.outbox import Caps
from server.sms.sender import Sender
from server.sms.smpp import Centre, Connection


def sender_of(settings: Settings, database: Database) -> AbstractContextManager[object]:
    """Return who sends while its context is open; where there is no message centre, nobody."""
    sms = settings.sms
    if sms is None or settings.is_demo:
        return nullcontext()
    centre = Centre(sms.host, sms.port, sms.system_id, str(sms.password), sms.source)
    return Sender(database, partial(Connection, centre), Caps(sms.a_day), sms.per_second, receive)
