"""Voice notes: recorded beside a text that is being typed, kept as drafts, stored with the record.

While one speaks the recorder writes a file beside the store; it goes into the encrypted file when
one stops, or when the app is opened again after a crash. No file outlives that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mobile_app.device.microphone import (
    BYTES_PER_SECOND,
    SECONDS_MAX,
    Microphone,
    NoMicrophone,
)
from mobile_app.exchange import downloads, metering
from mobile_app.screens.context import Context
from mobile_app.store import drafts, media, room
from mobile_app.store.drafts import Draft
from mobile_app.store.records import Store
from mobile_app.store.visits import Part
from sync.errors import Refusal, SyncError

_KIND = "voice"
NOTE, NEED, RETURN = "note", "need", "return"
"""Who speaks: the agent; the person whom the visit is about, who has to agree to it; the office."""


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """A recording in words. `key`: of the draft, or the record's id in hexadecimal."""

    key: str
    words: str
    state: str = ""
    word: str = ""


class VoiceNotes:
    """The recordings of one draft. `owner`: of which."""

    def __init__(self, context: Context, owner: str) -> None:
        """Record nothing yet."""
        self.context, self._owner = context, f"{owner}:"
        self._key = ""
        self._begun_ms = 0

    @property
    def is_recording(self) -> bool:
        """Whether somebody is heard."""
        return bool(self._key)

    @property
    def seconds(self) -> int:
        """Return how long one has been speaking."""
        return (self.context.opened.clock.mono_ms() - self._begun_ms) // 1000

    @property
    def is_full(self) -> bool:
        """Whether a recording has reached its length."""
        return self.is_recording and self.seconds >= SECONDS_MAX

    def start(self, purpose: str) -> None:
        """Begin to record. Raises MicrophoneMissing, SpaceLow, StoreFull."""
        store, device = self.context.opened, self.context.device
        if device:
            room.require(store, device.storage)
        at = self.context.now_ms()
        key = f"{self._owner}{at}-{store.ids().hex()}"  # a clock may say one instant twice
        self._microphone.start(_file(self.context, key))
        self._key, self._begun_ms = key, store.clock.mono_ms()
        drafts.save(store, _KIND, key, {"purpose": purpose, "taken_ms": at})

    @property
    def _microphone(self) -> Microphone:
        device = self.context.device
        return device.microphone if device else NoMicrophone()

    def stop(self) -> bool:
        """End and keep what was said, on disk. Returns whether anything was. Raises StoreFull."""
        if not self.is_recording:
            return False
        key, self._key = self._key, ""
        seconds = self.seconds
        self._microphone.stop()
        return _keep(self.context, key, seconds)

    def drafts(self) -> list[Draft]:
        """Return the recordings that are whole, in the order they were made."""
        kept = drafts.list(self.context.opened, _KIND)
        mine = [one for one in kept if one.key.startswith(self._owner) and "data" in one.values]
        return sorted(mine, key=lambda one: one.key)

    def rows(self) -> list[VoiceNote]:
        """Return them in words: how long, and who speaks where that is not the agent."""
        return [
            VoiceNote(one.key, _words(self.context, one.values["seconds"], one.values["purpose"]))
            for one in self.drafts()
        ]

    def has(self, purpose: str) -> bool:
        """Whether there is a recording of somebody."""
        return any(one.values["purpose"] == purpose for one in self.drafts())

    def content(self, key: str) -> bytes:
        """Return a recording, to be heard; empty if it is gone."""
        kept = drafts.load(self.context.opened, _KIND, key) or {}
        return bytes(kept.get("data", b""))

    def drop(self, key: str) -> None:
        """Drop a recording that is not stored yet."""
        drafts.discard(self.context.opened, _KIND, key)

    def discard(self, purpose: str) -> None:
        """Drop those of somebody."""
        for draft in self.drafts():
            if draft.values["purpose"] == purpose:
                self.drop(draft.key)

    def parts(self, *purposes: str) -> list[Part]:
        """Return what is stored with the record, of whom may be heard."""
        return [
            Part(
                "voice_note",
                {
                    "purpose": draft.values["purpose"],
                    "seconds": draft.values["seconds"],
                    "taken_at": draft.values["taken_ms"],
                },
                draft.values["data"],
                key=draft.key,
            )
            for draft in self.drafts()
            if draft.values["purpose"] in purposes
        ]


def recover(context: Context) -> None:
    """Take in what was being recorded when the app ended; to be called when it opens again."""
    for draft in drafts.list(context.opened, _KIND):
        if "data" not in draft.values:
            _keep(context, draft.key)
    for path in context.folder.glob("voice-*"):
        path.unlink()


def _keep(context: Context, key: str, seconds: int = 0) -> bool:
    """Move a recording from its file into the store; without a word it is forgotten."""
    store = context.opened
    values = drafts.load(store, _KIND, key) or {}
    path = _file(context, key)
    data = path.read_bytes() if path.exists() else b""
    if data:
        length = seconds or len(data) // BYTES_PER_SECOND
        whole = {**values, "data": data, "seconds": max(1, min(length, SECONDS_MAX))}
        drafts.save(store, _KIND, key, whole)
    else:
        drafts.discard(store, _KIND, key)
    path.unlink(missing_ok=True)
    return bool(data)


def _file(context: Context, key: str) -> Path:
    return context.folder / f"voice-{key.rpartition(':')[2]}.aac"


class Heard:
    """Recordings of one entity, by their keys. `problem`: why one could not be fetched."""

    def __init__(self, context: Context, recorded: str) -> None:
        """Read nothing yet. `recorded`: the entity whose records name the bytes."""
        self.context, self._recorded = context, recorded
        self.problem = ""

    def content(self, key: str) -> bytes:
        """Return a recording, to be heard; empty where its bytes are not on this tablet."""
        store = self.context.opened
        blob = media.find(store, bytes.fromhex(key))
        is_here = blob is not None and blob.state != media.COMING
        return media.read(store, blob, 0, blob.size_bytes) if blob and is_here else b""

    def fetch(self, key: str) -> None:
        """Ask the server for a recording of another; may be called on another thread."""
        self.problem = ""
        try:
            with self.context.opened.beside() as store:
                line = self.context.connect(store)
                try:
                    with metering.counted(store, line):
                        downloads.fetch(store, line, self._recorded, bytes.fromhex(key))
                finally:
                    line.close()
        except (Refusal, SyncError) as fault:
            self.problem = self.context.sentence(fault)


class Spoken(Heard):
    """What was said beside a stored record."""

    def __init__(self, context: Context, entity: str, record_id: bytes, purpose: str = "") -> None:
        """Read nothing yet. `purpose`: only what was said for it; empty: all."""
        super().__init__(context, "voice_note")
        self._given = (record_id, purpose, purpose)
        named = "visit_id" if entity == "visit" else "record_id"
        self._where = f"{named} = ? AND (? = '' OR purpose = ?)"

    def rows(self) -> list[VoiceNote]:
        """Return the recordings, and how far each has come."""
        store, say = self.context.opened, self.context.say
        found = store.list("voice_note", self._where, self._given, order="taken_at, id")
        return [
            VoiceNote(
                record.record_id.hex(),
                _words(self.context, record.values["seconds"], record.values["purpose"]),
                state := _arrival(store, record.record_id, record.state),
                say(f"tablet.state.{state}"),
            )
            for record in found
        ]


def _arrival(store: Store, record_id: bytes, state: str) -> str:
    """Return how far a recording has come: it has arrived when its bytes have."""
    blob = media.find(store, record_id)
    waits = blob is not None and blob.state not in (media.VERIFIED, media.COMING)
    return "on_tablet" if state == "received" and waits else state


def _words(context: Context, seconds: object, purpose: object) -> str:
    length = context.say("tablet.voice.note", n=seconds or 0)
    speaker = context.say(f"tablet.voice.who.{purpose}") if purpose in (NEED, RETURN) else ""
    return context.facts(length, speaker)


def summed(context: Context, notes: Iterable[VoiceNote]) -> str:
    """Return several in one line."""
    return context.listed(one.words for one in notes)
