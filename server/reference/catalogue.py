"""The catalogue of services as it stands: the editions that ship, over them those published.

Each process keeps it whole, and asks at the beginning of a transaction, once a second at most,
whether there is news: so what is published holds everywhere within a second, whichever process
draws the next page or takes the next step.
"""

from __future__ import annotations

import time
from functools import cache, partial
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.work import Database
from server.reference import files
from sync.entities.service_edition import SERVICE_EDITION, WITHDRAWN
from sync.rules.delays import NO_DELAY, Delay
from sync.rules.editions import Catalogue, Edition, read_edition
from sync.spec import Values

_ASKED_EVERY_SECONDS = 1.0


class _Process:
    """What this process knows: a server has one database."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Know nothing yet."""
        self.published: Catalogue | None = None
        self.mark: tuple[int, int] = (0, 0)
        self.asked_at = 0.0


_HERE = _Process()


def catalogue() -> Catalogue:
    """Return the catalogue as this process knows it."""
    return _HERE.published or _shipped()


def edition_of(request: Values) -> Edition | None:
    """Return the edition that a request was filed under; None of a service nobody knows."""
    return catalogue().of(request.get("service"), request.get("service_version"))


def name_of(request: Values, language: str) -> str:
    """Return what is asked for, as the edition of the request calls it; an unknown one its code."""
    edition = edition_of(request)
    return edition.name(language) if edition else str(request.get("service"))


def names(language: str) -> dict[str, str]:
    """Return what the services are called, by code, as the newest edition of each says."""
    return {one.code: one.name(language) for one in catalogue().newest()}


def delay_of(request: Values) -> Delay:
    """Return how long an answer to a request may take; of an unknown service nothing is known."""
    edition = edition_of(request)
    return edition.delay if edition else NO_DELAY


def decider_of(request: Values) -> str:
    """Return who decides a request, as a kind; of an unknown service nobody."""
    edition = edition_of(request)
    return edition.decided_by if edition else ""


def follow(database: Database) -> None:
    """Know from now on what is published in a database."""
    begun = partial(_learn, database.tables.records[SERVICE_EDITION.name])
    _HERE.begin()
    for engine in (database.engines.reading, database.engines.writing):
        sa.event.listen(engine, "begin", begun)


def forget() -> None:
    """Ask anew at the next transaction: something was published here."""
    _HERE.asked_at = 0.0


@cache
def _shipped() -> Catalogue:
    return Catalogue(files.services())


def _learn(table: sa.Table, connection: sa.Connection) -> None:
    now = time.monotonic()
    if _HERE.asked_at and now - _HERE.asked_at < _ASKED_EVERY_SECONDS:
        return
    if not _HERE.asked_at and not sa.inspect(connection).has_table(table.name):
        return  # it is about to be made
    _HERE.asked_at = now
    count, revs = connection.execute(_mark(table)).one()
    if (count, int(revs or 0)) != _HERE.mark:
        _HERE.mark = (count, int(revs or 0))
        rows = connection.execute(sa.select(table.c.content, table.c.state)).all()
        _HERE.published = merged(rows)


@cache
def _mark(table: sa.Table) -> sa.Select[int, int]:
    # A published edition is never deleted, and its rev only grows.
    return sa.select(sa.func.count(), sa.func.sum(table.c.rev)).select_from(table)


def merged(rows: Any) -> Catalogue:
    """Return the catalogue of the editions that ship and of rows: content and state of each."""
    read = [
        (read_edition(msgspec.json.decode(content, type=dict[str, Any])), state)
        for content, state in rows
    ]
    withdrawn = [(one.code, one.number) for one, state in read if state == WITHDRAWN]
    return Catalogue([*files.services(), *(one for one, _ in read)], withdrawn)
