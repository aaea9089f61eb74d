"""A sender of the tests, and a process of it: `python -m tests.server.message_sender URL PORT`."""

import sys
import time
from functools import partial

from server.db.engine import Engines
from server.db.tables import TABLES
from server.db.work import Database
from server.sms import outbox
from server.sms.sender import Sender
from server.sms.smpp import Centre, Connection
from tests.places import START

DAY = START // 86_400_000 * 86_400_000 + 10 * 3_600_000
"""Ten in the morning: nobody sleeps."""


def connect(port):
    return Connection(Centre("127.0.0.1", port, "nuqta", "secret", "NUQTA"))


def sender_of(database, port, *, a_day=10_000, per_second=1000, receive=lambda *_: None):
    return Sender(database, partial(connect, port), outbox.Caps(a_day), per_second, receive)


if __name__ == "__main__":
    began = time.monotonic()
    database = Database(
        Engines(sys.argv[1]),
        TABLES,
        clock=lambda: DAY + int(1000 * (time.monotonic() - began)),
        ids=lambda: b"",
    )
    sender = sender_of(database, int(sys.argv[2]))
    while True:
        sender.round()
