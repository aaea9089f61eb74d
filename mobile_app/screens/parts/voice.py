"""Speak instead of typing: the recordings beside a text, and those of a stored record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.clock import Clock

from mobile_app.screens.ui import Ui
from mobile_app.screens.voice import Heard, Spoken, VoiceNotes
from mobile_app.ui.kit import ActButton, Column, Icon, IconButton, Row, Rows, Stack, Text, lead
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import MirrorBox

_TICK_S = 0.5


def beside(
    ui: Ui,
    voice: VoiceNotes,
    changed: Callable[..., object],
    speakers: Sequence[tuple[str, str]] = (),
) -> Stack:
    """Return what is recorded and the button that records.

    Args:
        speakers: who may be heard, `(code, words)`, asked before; of one nothing is asked.
    """
    say = ui.context.say
    box = Stack(spacing=8)
    kept = voice.rows()
    if kept:
        box.add_widget(Rows(*(_draft(ui, voice, one, changed) for one in kept)))
    if voice.is_recording:
        box.add_widget(_recording(ui, voice, changed))
        return box

    def start(purpose: str) -> None:
        if ui.allowed(lambda: voice.start(purpose)):
            changed()

    def ask() -> None:
        if len(speakers) > 1:
            ui.choose(say("tablet.voice.who"), speakers, start)
        else:
            start(speakers[0][0])

    box.add_widget(ActButton(say("tablet.voice.record"), ask, "plain", "microphone"))
    return box


def _recording(ui: Ui, voice: VoiceNotes, changed: Callable[..., object]) -> MirrorBox:
    say = ui.context.say
    line = MirrorBox(size_hint_y=None, height=dp(56), spacing=dp(10))
    line.add_widget(Icon("microphone", "attention", 26))
    words = Text(say("tablet.voice.recording", n=voice.seconds), color="attention", bold=True)
    words.pos_hint = {"center_y": 0.5}
    line.add_widget(words)

    def stop() -> None:
        if voice.stop():
            changed()
        else:
            ui.say_now(say("tablet.voice.silent"))

    line.add_widget(ActButton(say("tablet.voice.stop"), stop, "main", "check"))

    def end() -> None:
        if voice.is_recording:  # else the finger that was waited for ended it
            stop()

    def tick(_dt: float) -> bool:
        if not voice.is_recording or line.get_root_window() is None:
            return False
        if voice.is_full:
            ui.after_touch(end)
            return False
        words.words(say("tablet.voice.recording", n=voice.seconds))
        return True

    Clock.schedule_interval(tick, _TICK_S)
    return line


def _draft(ui: Ui, voice: VoiceNotes, note: Any, changed: Callable[..., object]) -> Row:
    say = ui.context.say

    def drop() -> None:
        voice.drop(note.key)
        changed()

    row = Row(note.words, lead=lead("microphone"))
    row.add_widget(
        IconButton(
            "player-play",
            lambda: ui.device.play(voice.content(note.key)),
            say("tablet.voice.play"),
        )
    )
    row.add_widget(IconButton("trash", drop, say("tablet.voice.drop")))
    return row


def tell(ui: Ui, column: Column, spoken: Spoken) -> None:
    """Add what was said beside a record, each with how far it has come; a touch plays it."""
    notes = spoken.rows()
    if notes:
        rows = (
            Row(
                note.words,
                lead=lead("microphone"),
                state=note.state,
                word=note.word,
                done=lambda key=note.key: hear(ui, spoken, key),
            )
            for note in notes
        )
        column.add(Rows(*rows))


def hear(ui: Ui, spoken: Heard, key: str) -> None:
    """Let a recording be heard; one that is not here is fetched before, where there is a line."""
    store = ui.context.store
    if content := spoken.content(key):
        ui.device.play(content)
        return

    def came() -> None:
        if ui.context.store is not store:  # locked meanwhile, and may be another's
            return
        if spoken.problem:
            ui.say_now(spoken.problem)
        else:
            ui.device.play(spoken.content(key))

    ui.say_now(ui.context.say("tablet.voice.coming"), "ontablet")
    ui.beside(lambda: spoken.fetch(key), came)
