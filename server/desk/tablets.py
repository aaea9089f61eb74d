"""The desk's pages of tablets: who has one, a new one's code, a forgotten PIN, a lost one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from litestar import Request, get, post

from server.accounts import devices
from server.accounts.devices import Status
from server.db.records import NotFound, Records
from server.db.work import Work
from server.desk.waiting import team
from server.web.order import by_name
from server.web.shell import DESK
from server.web.site import Reader, Site, see_other, threaded
from sync import limits, scopes, typed
from sync.errors import Refusal

_URL = f"{DESK}/devices"
_SILENT_MS = 7 * scopes.DAY_MS
_WRONG = 422
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

    @get(_URL)
    @threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        now = site.database.clock()
        rows, agents = site.read(
            lambda records: (tablets(records, reader, now), team(records, reader))
        )
        return site.page(
            reader, "desk/devices.html", "devices", rows=rows, agents=_options(reader, agents)
        )

    @post(f"{_URL}/code")
    async def coded(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        agent = str(form.get("agent", ""))

        def make(work: Work) -> tuple[str, str]:
            agent_id, name = _agent(work, reader, agent)
            return name, devices.make_code(work, agent_id)[0]

        name, code = await site.run(lambda: site.write(make))
        url = site.settings.public_url or str(request.base_url).rstrip("/")
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
        now = site.database.clock()
        row = site.read(lambda records: _tablet(records, reader, now, device_id))
        more = {"problem": "", "code": "", "number": "", **more}
        return site.page(reader, "desk/device.html", "devices", row=row, **more)

    @get(f"{_URL}/{{device_id:int}}")
    @threaded
    def show(request: Request[Any, Any, Any], device_id: int) -> Any:
        return shown(site.reader(request), device_id)

    @post(f"{_URL}/{{device_id:int}}")
    async def done(request: Request[Any, Any, Any], device_id: int) -> Any:
        reader, form = await site.posted(request)

        def answer() -> Any:
            now = site.database.clock()
            site.read(lambda records: _tablet(records, reader, now, device_id))
            try:
                if form.get("act") == "code":
                    number = _number(form)
                    code = site.read(
                        lambda records: devices.code_for_pin(records, device_id, number)
                    )
                    return shown(reader, device_id, code=code, number=number)
                status = _ordered(form, device_id)
                site.write(lambda work: devices.set_status(work, device_id, status))
            except Refusal as refusal:
                problem = reader.phrases.sentence(refusal.code, refusal.values)
                return shown(reader, device_id, problem=problem, status=_WRONG)
            return see_other(f"{_URL}/{device_id}")

        return await site.run(answer)

    return [listed, coded, show, done]


def tablets(records: Records, reader: Reader, now_ms: int) -> list[dict[str, Any]]:
    """Return the tablets of the reader's team, the longest silent first."""
    names, device = team(records, reader), records.tables.device
    query = sa.select(device).where(device.c.agent_id.in_(list(names))).order_by(device.c.seen_at)
    return [
        {
            "id": row.id,
            "agent": names[row.agent_id],
            "seen_at": row.seen_at,
            "enrolled_at": row.enrolled_at,
            "ordered_at": row.ordered_at,
            "told_at": row.told_at,
            "pending": row.pending,
            "build": row.build,
            "status": row.status,
            "clock_minutes": abs(row.clock_off_ms) // 60_000,
            "is_silent": now_ms - row.seen_at > _SILENT_MS and row.status == Status.ACTIVE,
        }
        for row in records.connection.execute(query)
    ]


def _tablet(records: Records, reader: Reader, now_ms: int, device_id: int) -> dict[str, Any]:
    """Return one of the team's. Raises NotFound: unknown, or another team's."""
    for row in tablets(records, reader, now_ms):
        if row["id"] == device_id:
            return row
    raise NotFound(f"device {device_id}: not of this team", entity="device")


def _agent(records: Records, reader: Reader, text: str) -> tuple[bytes, str]:
    for agent_id, name in team(records, reader).items():
        if agent_id.hex() == text:
            return agent_id, name
    raise NotFound("agent: not of this team", entity="agent")


def _options(reader: Reader, agents: Mapping[bytes, str]) -> list[tuple[str, str]]:
    return [(agent_id.hex(), name) for agent_id, name in by_name(reader.language, agents)]


def _ordered(form: Mapping[str, Any], device_id: int) -> Status:
    act = str(form.get("act", ""))
    if act not in _STATES:
        raise ConfirmationWrong(f"device: {act!r}")
    if act == "wipe" and typed.counted(form.get("confirm")) != device_id:
        raise ConfirmationWrong("device: to be confirmed by its number")
    return _STATES[act]


def _number(form: Mapping[str, Any]) -> int:
    number = typed.counted(form.get("number"))
    if not 1 <= number < 10_000:
        raise RescueNumberWrong(f"device: code of number {number}")
    return number
