"""Accounts of people who work in the programme: make one, change its role, disable it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.accounts import sessions, territories
from server.accounts.passwords import PasswordHash
from server.db.events import Action
from server.db.records import NotFound, Records
from server.db.work import Author, Work
from server.reference.offices import DESK_KINDS, find_office
from server.rights import ACCOUNT_ROLES
from sync import typed
from sync.errors import Refusal
from sync.rules.identifiers import check_phone

ACTIVE, DISABLED = "active", "disabled"


class LoginTaken(Refusal):
    """Another account has this login."""

    code = "login_taken"


class LoginWrong(Refusal):
    """A login has letters, digits, points and hyphens, at most 60."""

    code = "login_wrong"


class RoleUnknown(Refusal):
    """No such role."""

    code = "role_unknown"


class PointMissing(Refusal):
    """Who manages a contact point is told which; nobody else has one."""

    code = "point_missing"


class OrganisationMissing(Refusal):
    """Who answers requests is told for which organisation; nobody else has one."""

    code = "organisation_missing"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the list of them shows it."""

    login: str
    role: str
    status: str
    commune_count: int
    tablet_count: int


def create_user(
    work: Work,
    login: str,
    role: str,
    communes: Sequence[str],
    password: PasswordHash,
    *,
    name_fr: str | None = None,
    name_ar: str | None = None,
    language: str = "fr",
    point_id: bytes | None = None,
    organisation: str = "",
    phone: str = "",
) -> bytes:
    """Make an account and its agent record, and grant communes. Returns the agent's id.

    Args:
        communes: codes of communes, provinces or regions.
        password: hashed by `passwords.hash_password`, before the transaction.
        point_id: the contact point that a point manager manages.
        organisation: the code of the one that a back office answers for.
        phone: by which the office calls them, as it is typed.

    Raises:
        LoginTaken, LoginWrong, PhoneWrong, and what `_check_role` does: nothing is stored.
        NotFound, UnknownTerritory: nor with a point or a territory that there is not.
    """
    login = _free_login(work, login)
    _check_role(work, role, point_id, organisation)
    record = work.insert(
        "agent",
        {
            "login": login,
            "role": role,
            "name_fr": name_fr or login,
            "name_ar": name_ar,
            "status": "active",
        },
        Author(None),
    )
    work.connection.execute(
        sa.insert(work.tables.account).values(
            agent_id=record.record_id,
            login=login,
            role=role,
            password_hash=password,
            language=language,
            status=ACTIVE,
            failed_count=0,
            failed_at=0,
            created_at=work.now_ms,
            point_id=point_id,
            organisation=organisation or None,
            phone=check_phone(phone) if phone else None,
        )
    )
    work.note(Action.GRANT, None, "account", record.record_id, role)
    territories.grant(work, record.record_id, communes, by=None)
    return record.record_id


def agent_of(records: Records, login: str) -> bytes:
    """Return the agent of a login. Raises NotFound."""
    table = records.tables.account
    found = records.connection.scalar(
        sa.select(table.c.agent_id).where(table.c.login == folded(login))
    )
    if found is None:
        raise NotFound(f"no account {login!r}", entity="account", login=login)
    return bytes(found)


def accounts(records: Records) -> list[Account]:
    """Return all accounts by login."""
    table, device = records.tables.account, records.tables.device
    tablets = (
        sa.select(sa.func.count())
        .select_from(device)
        .where(device.c.agent_id == table.c.agent_id)
        .scalar_subquery()
    )
    grant = records.tables.grant
    communes = (
        sa.select(sa.func.count(grant.c.commune_code.distinct()))
        .where(grant.c.agent_id == table.c.agent_id, grant.c.valid_to.is_(None))
        .scalar_subquery()
    )
    query = sa.select(table.c.login, table.c.role, table.c.status, communes, tablets)
    return [Account(*row) for row in records.connection.execute(query.order_by(table.c.login))]


def set_status(work: Work, agent_id: bytes, status: str) -> None:
    """Disable an account, or enable it again. Its sessions end, its tablets receive nothing.

    What its tablets still hold is taken into custody and waits for a coordinator.
    """
    _change(work, agent_id, status=status)
    work.note(Action.GRANT, None, "account", agent_id, status)
    if status != ACTIVE:
        sessions.end_sessions(work, agent_id)


def set_role(
    work: Work,
    agent_id: bytes,
    role: str,
    *,
    point_id: bytes | None = None,
    organisation: str = "",
) -> None:
    """Give an account another role, from the next click on.

    Raises:
        RoleUnknown, PointMissing, OrganisationMissing, NotFound: nothing is stored.
    """
    _check_role(work, role, point_id, organisation)
    # In both: the account is what pages ask, the agent's record what tablets are told.
    _change(work, agent_id, role=role, point_id=point_id, organisation=organisation or None)
    work.note(Action.GRANT, None, "account", agent_id, role)
    work.change("agent", agent_id, {"role": role}, Author(None))


def set_phone(work: Work, agent_id: bytes, phone: str) -> None:
    """Say by which phone the office calls somebody; none takes it away. Raises PhoneWrong."""
    _change(work, agent_id, phone=check_phone(phone) if phone else None)


def set_password(work: Work, agent_id: bytes, password: PasswordHash) -> None:
    """Give an account another password; whoever is signed in with the old one is so no more."""
    _change(work, agent_id, password_hash=password)
    work.note(Action.GRANT, None, "account", agent_id, "password")
    sessions.end_sessions(work, agent_id)


def _change(work: Work, agent_id: bytes, **values: object) -> None:
    table = work.tables.account
    work.connection.execute(sa.update(table).where(table.c.agent_id == agent_id).values(**values))


def _free_login(work: Work, text: str) -> str:
    login, table = folded(text), work.tables.account
    if len(login) > 60 or not re.sub(r"[._-]", "", login).isalnum():
        raise LoginWrong(f"login {login!r}")
    if work.connection.scalar(sa.select(table.c.agent_id).where(table.c.login == login)):
        raise LoginTaken(f"login {login!r} is taken", login=login)
    return login


def _check_role(work: Work, role: str, point_id: bytes | None, organisation: str) -> None:
    if role not in ACCOUNT_ROLES:
        raise RoleUnknown(f"role {role!r}", role=role, roles=", ".join(ACCOUNT_ROLES))
    if (role == "point_manager") != (point_id is not None):
        raise PointMissing(f"role {role}: point {point_id!r}")
    office = find_office(organisation)
    # What the programme decides itself is answered at the coordinators' desk, by no account apart.
    is_told = office is not None and office.kind not in DESK_KINDS
    if (role == "back_office") != is_told or (organisation and not is_told):
        raise OrganisationMissing(f"role {role}: organisation {organisation!r}")
    if point_id is not None:
        work.get("contact_point", point_id)


def folded(login: str) -> str:
    """Return a login as accounts have it, from what was typed."""
    return typed.line(login).lower()
