"""Something guided, one step after another: forward only where the step is whole, back always."""

from __future__ import annotations

from collections.abc import Container, Iterable
from copy import deepcopy
from typing import Any

from mobile_app.screens.context import Context
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.voice import VoiceNotes
from mobile_app.store import drafts


class Guided:
    """What forms and visits share. `number`: of the step one is at, from 1.

    `draft_kind`, `draft_key`: of its draft. `kept_ms`: when that was last kept, 0 for never.
    """

    context: Context
    draft_kind = ""
    number = 1
    kept_ms = 0
    _kept: Any = None
    inputs: Inputs
    remark = ""
    """What somebody says of all of it; of one field it stands beside that."""
    leads_to = ""
    voice: VoiceNotes
    """What is said beside the texts. One who goes on has ended speaking."""

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

    @property
    def draft_key(self) -> str:
        """Return which draft of its kind this is."""
        raise NotImplementedError

    def drafted(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        raise NotImplementedError

    def begin(self) -> None:
        """What stands now is where one begins: left so, no draft is made of it."""
        self._kept = deepcopy(self.drafted())

    @property
    def is_dirty(self) -> bool:
        """Whether something was entered, or said, that no draft has."""
        return self.drafted() != self._kept or (not self.kept_ms and bool(self.voice.drafts()))

    def keep(self) -> None:
        """Store the draft, on disk. Raises StoreFull, StoreBusy: it stays in memory."""
        now, drafted = self.context.now_ms(), self.drafted()
        kept = {**drafted, "kept_ms": now}
        drafts.save(self.context.opened, self.draft_kind, self.draft_key, kept)
        self.kept_ms, self._kept = now, deepcopy(drafted)

    def go_on(self) -> bool:
        """Take the next step. Returns False where something is missing or wrong."""
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
