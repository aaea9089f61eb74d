"""Whose tablets and whose held work are a reader's business: the agents of the own communes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.db.among import among
from server.db.records import Records
from server.rights import Reach, Right, bearers
from server.web.order import by_name
from server.web.reader import Reader, name_in
from sync.errors import Refusal


class AgentNotChosen(Refusal):
    """Of the team's agents none was chosen, or one who is of it no more."""

    code = "agent_not_chosen"


def chosen(records: Records, reader: Reader, right: Right, text: str) -> tuple[bytes, str]:
    """Return the id and name of one of the team, by the id as a form has it.

    Raises:
        AgentNotChosen: nobody of the team.
    """
    for agent_id, name in team(records, reader, right).items():
        if agent_id.hex() == text:
            return agent_id, name
    raise AgentNotChosen("agent: not of this team", field="agent")


def team(records: Records, reader: Reader, right: Right) -> dict[bytes, str]:
    """Return the names of those who carry a tablet and have a commune that a right reaches, now."""
    return _named(records, reader, team_ids(records, reader, right))


def team_ids(records: Records, reader: Reader, right: Right) -> sa.Select[Any]:
    """Ask for those of the team, for a condition within a query."""
    account = records.tables.account
    return sa.select(account.c.agent_id).where(
        account.c.status == "active",
        account.c.role.in_(bearers(Right.CARRY_TABLET)),
        account.c.agent_id.in_(_granted(records, reader, right)),
    )


def is_held_by(records: Records, reader: Reader, right: Right) -> sa.ColumnElement[bool]:
    """Return the condition that a tablet is the reader's business.

    The team's; and of those who have no commune any more, who had one that the right reaches: their
    tablets are out there still.
    """
    grant, device = records.tables.grant, records.tables.device
    have_some = sa.select(grant.c.agent_id).where(_is_now(grant, reader))
    had = _granted(records, reader, right, at_any_time=True)
    return sa.or_(
        device.c.agent_id.in_(_granted(records, reader, right)),
        sa.and_(device.c.agent_id.not_in(have_some), device.c.agent_id.in_(had)),
    )


def _granted(
    records: Records, reader: Reader, right: Right, *, at_any_time: bool = False
) -> sa.Select[tuple[bytes]]:
    """Ask for those who have, or ever had, a commune that a right reaches."""
    grant, standing = records.tables.grant, reader.session.standing
    query, reach = sa.select(grant.c.agent_id), standing.reach(right)
    if reach is not Reach.ALL:
        own = standing.communes if reach is Reach.REGIONS else ()
        query = query.where(among(grant.c.commune_code, own))
    if not at_any_time:
        query = query.where(_is_now(grant, reader))
    return query


def _is_now(grant: sa.Table, reader: Reader) -> sa.ColumnElement[bool]:
    return sa.or_(grant.c.valid_to.is_(None), grant.c.valid_to > reader.now_ms)


def _named(records: Records, reader: Reader, ids: sa.Select[Any]) -> dict[bytes, str]:
    # Their names alone: to build a hundred records of it takes longer than all else of a list.
    agent = records.tables.records["agent"]
    query = sa.select(agent.c.id, agent.c.name_fr, agent.c.name_ar).where(agent.c.id.in_(ids))
    found = records.connection.execute(query).all()
    language = reader.language
    names = {row.id: name_in(language, row.name_fr, row.name_ar) for row in found}
    return dict(by_name(language, names))
