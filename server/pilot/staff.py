"""The pilot's accounts: coordinators, agents, and one of each office."""

from __future__ import annotations

from functools import partial
from zlib import crc32

from server.accounts import commands
from server.db.records import Stored
from server.db.work import Work
from server.pilot.pilot import PROVINCES, Agent, Pilot

_AGENTS_BY_PROVINCE = (17, 3, 4)
_AGENT_COUNT = sum(_AGENTS_BY_PROVINCE)
_ANSWERING = (
    ("banque", "cam"),
    ("banque2", "cam"),
    ("assurance", "mamda"),
    ("dpa.taroudant", "dpa-taroudant"),
    ("dpa.berkane", "dpa-berkane"),
    ("guichet", "idarati"),
    ("cnss", "cnss"),
    ("paiement", "payment"),
    ("conseil", "onca"),
)
"""Login, and the organisation whose requests it answers."""


def make_staff(pilot: Pilot) -> None:
    """Make 4 coordinators and 24 agents, each with some communes of one province."""
    coordinators: list[tuple[str, tuple[str, ...]]] = [
        ("coord.taroudant", PROVINCES[:1]),
        ("coord.berkane", PROVINCES[1:2]),
    ]
    coordinators += [("coord.nador", PROVINCES[2:]), ("coord.pilote", PROVINCES)]
    makers = [
        partial(_account, pilot, login, "regional_coordinator", list(codes))
        for login, codes in coordinators
    ]
    parts: list[list[Stored]] = []
    for province, count in zip(PROVINCES, _AGENTS_BY_PROVINCE, strict=True):
        inside = [one for one in pilot.communes if one.values["province_code"] == province]
        parts += [inside[number::count] for number in range(count)]
    logins = [f"agent{number:02d}" for number in range(1, _AGENT_COUNT + 1)]
    for login, part in zip(logins, parts, strict=True):
        codes = [str(commune.values["code"]) for commune in part]
        makers.append(partial(_account, pilot, login, "field_agent", codes))
    made = pilot.store("staff", makers, pilot.before)
    pilot.agents = [
        Agent(agent_id, part)
        for agent_id, part in zip(made[len(coordinators) :], parts, strict=True)
    ]


def make_offices(pilot: Pilot) -> None:
    """Make an account of each role without communes, of some organisations, and of a branch."""
    makers = [
        partial(_account, pilot, login, role, [])
        for login, role in (
            ("programme", "programme_manager"),
            ("observateur", "ministry_observer"),
            ("protection", "data_protection_officer"),
            ("audit", "auditor"),
            ("admin", "administrator"),
        )
    ]
    makers += [
        partial(_account, pilot, login, "back_office", [], organisation=organisation)
        for login, organisation in _ANSWERING
    ]
    branch = pilot.branches[0]
    makers.append(partial(_account, pilot, "relais", "point_manager", [], point_id=branch))
    pilot.store("offices", makers, pilot.before)


def _account(
    pilot: Pilot,
    login: str,
    role: str,
    codes: list[str],
    work: Work,
    *,
    point_id: bytes | None = None,
    organisation: str = "",
) -> bytes:
    region = codes[0][:2] if codes else PROVINCES[0][:2]
    name_ar, name_fr = pilot.name(pilot.rng.choice(("female", "male")), region)
    return commands.create_user(
        work,
        login,
        role,
        codes,
        pilot.password,
        name_fr=name_fr,
        name_ar=name_ar,
        point_id=point_id,
        organisation=organisation,
        phone=f"+21260002{crc32(login.encode()) % 10_000:04d}",
    )
