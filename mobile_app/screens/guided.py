"""Something guided, one step after another: forward only where the step is whole, back always."""

from __future__ import annotations

from collections.abc import Container, Iterable

from mobile_app.screens.drafted import Drafted
from mobile_app.screens.inputs import Inputs


class Guided(Drafted):
    """What forms and visits share. `number`: of the step one is at, from 1."""

    number = 1
    inputs: Inputs
    remark = ""
    """What somebody says of all of it; of one field it stands beside that."""
    leads_to = ""

    def begin_at(self, field: str, remark: str, fields_by_step: Iterable[Container[str]]) -> None:
        """Begin at the step that asks a field, with what somebody says of it beside it."""
        self.leads_to, self.remark = field, remark
        for number, names in enumerate(fields_by_step, 1):
            if field in names:
                self.number, self.remark = number, ""
                self.inputs.remarks[field] = remark

    def is_whole(self) -> bool:
        """Whether the step one is at may be left; what lacks is said in the inputs."""
        raise NotImplementedError

    def go_on(self) -> bool:
        """Take the next step; one who goes on has ended speaking.

        Returns False where something is missing or wrong.
        """
        self.voice.stop()
        if not self.is_whole():
            return False
        self.number += 1
        self.keep()
        return True

    def go_back(self) -> bool:
        """Take the step before. Returns whether there was one."""
        self.voice.stop()
        if self.number == 1:
            return False
        self.number -= 1
        self.keep()
        return True
