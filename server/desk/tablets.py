"""The desk's pages of tablets: who has one, a new one's code, a forgotten PIN, a lost one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from litestar import Request, get, post

from server.accounts import devices, enrolment
from server.accounts.devices import Status
from server.accounts.standing import require_contained, standing_of, standing_on
from server.db import lookup
from server.db.records import NotFound, Records
from server.db.work import Work
from server.rights import Right
from server.web.asked import Asked
from server.web.shell import DESK
from server.web.site import Reader, Site, name_of, see_other
from server.web.team import holders, team
from sync import limits, scopes, typed
from sync.errors import Refusal

_URL = f"{DESK}/devices"
_SILENT_MS = 7 * scopes.DAY_MS
_WRONG = 422
_ORDERS_SHOWN = 20
_STATES = {
    "leave": Status.LEAVING,
    "wipe": Status.WIPING,
    "withdraw": Status.ACTIVE,
    "revoke": Status.REVOKED,
}
"""What a coordinator may order, by the name of its button."""


class ConfirmationWrong(Refusal):
    """What cannot be undone is confirmed by the tablet's number."""

    code = "confirmation_wrong"


class RescueNumberWrong(Refusal):
    """The number that the tablet's screen shows is a small one, from 1."""

    code = "rescue_number_wrong"


def tablet_routes(site: Site) -> list[Any]:
    """Return the list, the page of one, and what is done there."""

    @get(_URL, right=Right.SEE_TABLETS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        rows, agents = site.read(
            lambda records: (tablets(records, reader), _enrolled_by(records, reader))
        )
        return site.page(reader, "desk/devices.html", "devices", rows=rows, agents=agents)

    @post(f"{_URL}/code", right=Right.OPEN_TABLETS)
    async def coded(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        agent = form.get("agent")

        def make(work: Work) -> tuple[str, str]:
            agent_id, name = _agent(work, reader, agent)
            session = reader.session
            return name, enrolment.make_code(work, agent_id, session.standing, session.agent_id)[0]

        name, code = await site.store(make)
        url = site.settings.public_url or _listening(request)
        return site.page(
            reader,
            "desk/device_code.html",
            "devices",
            agent=name,
            code=code,
            url=url,
            minutes=limits.ENROL_CODE_MINUTES,
        )

    def shown(reader: Reader, device_id: int, **more: Any) -> Any:
        row, orders = site.read(
            lambda records: (
                _tablet(records, reader, device_id),
                _orders(records, reader, device_id),
            )
        )
        more = {"problem": "", "code": "", "number": "", "orders": orders, **more}
        return site.page(reader, "desk/device.html", "devices", row=row, **more)

    @get(f"{_URL}/{{device_id:int}}", right=Right.SEE_TABLETS)
    @site.threaded
    def show(request: Request[Any, Any, Any], device_id: int) -> Any:
        return shown(site.reader(request), device_id)

    @post(f"{_URL}/{{device_id:int}}/pin", right=Right.OPEN_TABLETS)
    async def helped(request: Request[Any, Any, Any], device_id: int) -> Any:
        reader, form = await site.posted(request)

        def answer() -> Any:
            try:
                number = _number(form)
                code = site.read(lambda records: _pin_code(records, reader, device_id, number))
            except RescueNumberWrong as refusal:
                problem = site.sentence(reader.language, refusal)
                return shown(reader, device_id, problem=problem, status=_WRONG)
            return shown(reader, device_id, code=code, number=number)

        return await site.run(answer)

    @post(f"{_URL}/{{device_id:int}}", right=Right.ORDER_TABLETS)
    async def ordered(request: Request[Any, Any, Any], device_id: int) -> Any:
        reader, form = await site.posted(request)

        def order(work: Work) -> None:
            _tablet(work, reader, device_id)
            status = _ordered(form, device_id)
            devices.set_status(work, device_id, status, by=reader.session.agent_id)

        try:
            await site.store(order)
        except ConfirmationWrong as refusal:
            problem = site.sentence(reader.language, refusal)
            return await site.run(lambda: shown(reader, device_id, problem=problem, status=_WRONG))
        return see_other(f"{_URL}/{device_id}")

    return [listed, coded, show, helped, ordered]


def tablets(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return the tablets that are the reader's business, the longest silent first."""
    names, device = holders(records, reader, Right.SEE_TABLETS), records.tables.device
    query = sa.select(device).where(device.c.agent_id.in_(list(names))).order_by(device.c.seen_at)
    return [
        {
            "id": row.id,
            "agent_id": row.agent_id,
            "agent": names[row.agent_id],
            "seen_at": row.seen_at,
            "enrolled_at": row.enrolled_at,
            "ordered_at": row.ordered_at,
            "told_at": row.told_at,
            "pending": row.pending,
            "build": row.build,
            "status": row.status,
            "clock_minutes": abs(row.clock_off_ms) // 60_000,
            "is_silent": reader.now_ms - row.seen_at > _SILENT_MS and row.status == Status.ACTIVE,
        }
        for row in records.connection.execute(query)
    ]


def _tablet(records: Records, reader: Reader, device_id: int) -> dict[str, Any]:
    """Return one of them. Raises NotFound: unknown, or another's."""
    for row in tablets(records, reader):
        if row["id"] == device_id:
            return row
    raise NotFound(f"device {device_id}: not of this team", entity="device")


def _pin_code(records: Records, reader: Reader, device_id: int, number: int) -> str:
    """Return the code that opens a tablet. Raises NotFound, AboveOwnRights."""
    row = _tablet(records, reader, device_id)
    readable = standing_on(records, row["agent_id"], seen_at=row["seen_at"])
    require_contained(reader.session.standing, readable)
    return devices.code_for_pin(records, device_id, number)


def _orders(records: Records, reader: Reader, device_id: int) -> list[tuple[str, str, int]]:
    """Return what was ordered of a tablet, the latest first: status, by whom, when."""
    table = records.tables.device_order
    query = sa.select(table).where(table.c.device_id == device_id).order_by(table.c.id.desc())
    rows = records.connection.execute(query.limit(_ORDERS_SHOWN)).all()
    agents = lookup.agents(records, (row.ordered_by for row in rows))
    operator = reader.phrases.say("desk.devices.operator")
    return [
        (
            row.status,
            name_of(agents.get(row.ordered_by), reader.language) or operator,
            row.ordered_at,
        )
        for row in rows
    ]


def _enrolled_by(records: Records, reader: Reader) -> list[tuple[str, str]]:
    """Return for whom the reader may make a code: (id, name), by name."""
    if not reader.may(Right.OPEN_TABLETS):
        return []
    standing = reader.session.standing
    return [
        (agent_id.hex(), name)
        for agent_id, name in team(records, reader, Right.OPEN_TABLETS).items()
        if standing.contains(standing_of(records, agent_id, now_ms=reader.now_ms))
    ]


def _agent(records: Records, reader: Reader, text: str) -> tuple[bytes, str]:
    for agent_id, name in team(records, reader, Right.OPEN_TABLETS).items():
        if agent_id.hex() == text:
            return agent_id, name
    raise NotFound("agent: not of this team", entity="agent")


def _listening(request: Request[Any, Any, Any]) -> str:
    """Return where this server listens; not the Host that a request names."""
    host, port = request.scope["server"] or ("127.0.0.1", None)
    return f"{request.scope['scheme']}://{host}" + (f":{port}" if port else "")


def _ordered(form: Asked, device_id: int) -> Status:
    act = form.get("act")
    if act not in _STATES:
        raise ConfirmationWrong(f"device: {act!r}")
    if act == "wipe" and typed.counted(form.get("confirm")) != device_id:
        raise ConfirmationWrong("device: to be confirmed by its number")
    return _STATES[act]


def _number(form: Asked) -> int:
    number = typed.counted(form.get("number"))
    if not 1 <= number < 10_000:
        raise RescueNumberWrong("device: number of the code")
    return number
