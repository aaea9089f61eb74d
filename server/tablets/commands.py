"""Make a code for a new tablet; order one to be emptied, or take it out of service."""

from __future__ import annotations

from server.accounts import devices, enrolment
from server.accounts.devices import Status
from server.db.work import Work
from server.rights import Right
from server.tablets.queries import get_tablet
from server.web.asked import Asked
from server.web.reader import Reader
from server.web.team import chosen
from sync import typed
from sync.errors import Refusal

_STATES = {
    "leave": Status.LEAVING,
    "wipe": Status.WIPING,
    "withdraw": Status.ACTIVE,
    "revoke": Status.REVOKED,
}
"""What a coordinator may order, by the name of its button."""
_RESCUE_NUMBERS = range(1, 10_000)


class ConfirmationWrong(Refusal):
    """What cannot be undone is confirmed by the tablet's number."""

    code = "confirmation_wrong"


class RescueNumberWrong(Refusal):
    """The number that the tablet's screen shows is a small one, from 1."""

    code = "rescue_number_wrong"


def make_code(work: Work, reader: Reader, form: Asked) -> tuple[str, str, int]:
    """Make the one-time code that links a new tablet to one of the team, or find the unused one.

    Returns name, code, and when it ends (Unix ms).

    Raises:
        AgentNotChosen: nobody of the team.
        AboveOwnRights: one who may see more than the reader.
    """
    agent_id, name = chosen(work, reader, Right.OPEN_TABLETS, form.get("agent"))
    session = reader.session
    return name, *enrolment.make_code(work, agent_id, session.standing, session.agent_id)


def order(work: Work, reader: Reader, device_id: int, form: Asked) -> None:
    """Order what a form's button says; the tablet hears of it at its next contact.

    Raises:
        NotFound: a tablet of others.
        ConfirmationWrong: no order; or what cannot be undone, without the tablet's number.
    """
    get_tablet(work, reader, device_id)  # within this transaction: reach may have ended since
    act = form.get("act")
    if act not in _STATES:
        raise ConfirmationWrong(f"device: {act!r}")
    if act == "wipe" and typed.counted(form.get("confirm")) != device_id:
        raise ConfirmationWrong("device: to be confirmed by its number")
    devices.set_status(work, device_id, _STATES[act], by=reader.session.agent_id)


def read_rescue_number(form: Asked) -> int:
    """Return the number that the tablet's screen shows beside its request. Raises as it says."""
    number = typed.counted(form.get("number"))
    if number not in _RESCUE_NUMBERS:
        raise RescueNumberWrong("device: number of the code")
    return number
