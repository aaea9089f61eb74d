"""What is being entered: a draft keeps it while one types, and once more after Save.

A draft stands from the first entry on. Save puts it away with what belongs to it, and who takes
the save back within `undo.WITHIN_MS` finds everything as it was.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from mobile_app.screens.context import Context
from mobile_app.screens.voice import VoiceNotes
from mobile_app.store import drafts
from mobile_app.store.database import transaction


class Drafted:
    """What forms and visits share.

    `draft_kind`, `draft_key`: of the draft. `kept_ms`: when it was last kept, 0 for never.
    `saved_id`: of the record that it became; empty before. `made_id`: of the one it will be.
    `voice`: what is said beside the texts.
    """

    context: Context
    voice: VoiceNotes
    draft_kind = ""
    kept_ms = 0
    saved_id = b""
    _made_id = b""
    _kept: Any = None

    @property
    def made_id(self) -> bytes:
        """Return the id of the new record that this becomes, however often it is saved."""
        self._made_id = self._made_id or self.context.opened.ids()
        return self._made_id

    def save(self) -> bool:
        """Store what was entered, once: a second finger finds it stored.

        Returns whether it is on disk; else `problem` says why not and the draft stands.
        """
        return bool(self.saved_id) or self.store()

    def store(self) -> bool:
        """Store the record, what was said beside it and what belongs to it; drop the draft.

        All or none. Returns whether they are on disk; else `problem` says why not.
        """
        raise NotImplementedError

    @property
    def draft_key(self) -> str:
        """Return which draft of its kind this is."""
        raise NotImplementedError

    def drafted(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        raise NotImplementedError

    def take(self, kept: dict[str, Any]) -> None:
        """Go on with what a draft kept."""
        raise NotImplementedError

    def resume(self) -> bool:
        """Go on from the draft, if there is one. Returns whether there was."""
        kept = drafts.load(self.context.opened, self.draft_kind, self.draft_key)
        if kept is None:
            return False
        self.take(kept)
        self._made_id = kept.get("made_id", b"")
        self.kept_ms = int(kept["kept_ms"])
        return True

    def attached(self) -> dict[str, Any]:
        """Return what a draft keeps too, but makes none by itself, such as a position."""
        return {}

    def begin(self) -> None:
        """What stands now is where one begins: left so, no draft is made of it."""
        self._kept = deepcopy((self.drafted(), self.attached()))

    @property
    def is_dirty(self) -> bool:
        """Whether something was entered, or said, that no draft has."""
        drafted, attached = self._kept
        if self.drafted() != drafted:
            return True
        return self.attached() != attached if self.kept_ms else bool(self.voice.drafts())

    def keep(self) -> None:
        """Store the draft, on disk. Raises StoreFull, StoreBusy: it stays in memory."""
        self.kept_ms = self._save()
        self.begin()

    def _save(self) -> int:
        """Put the draft on disk. Returns when."""
        now = self.context.now_ms()
        kept = {**self.drafted(), **self.attached(), "kept_ms": now, "made_id": self.made_id}
        drafts.save(self.context.opened, self.draft_kind, self.draft_key, kept)
        return now

    def kept_note(self) -> str:
        """Return that the draft is kept, and when; empty before it is."""
        if not self.kept_ms:
            return ""
        return self.context.say("tablet.draft.kept", time=self.context.phrases.time(self.kept_ms))

    def put_away(self) -> None:
        """End the draft; in the transaction of the record that it became."""
        store = self.context.opened
        with transaction(store.db):
            drafts.forget(store)
            self._save()
            for kind, key in self.draft_parts():
                drafts.put_away(store, kind, key)

    def discard(self) -> None:
        """Drop the draft and what belongs to it: nothing was to be stored."""
        store = self.context.opened
        with transaction(store.db):
            for kind, key in self.draft_parts():
                drafts.discard(store, kind, key)

    def draft_parts(self) -> list[tuple[str, str]]:
        """Return kind and key of the draft and of all that belongs to it."""
        recordings = [(recording.kind, recording.key) for recording in self.voice.drafts()]
        return [(self.draft_kind, self.draft_key), *recordings]
