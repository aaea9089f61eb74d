"""What screens ask for beside their own: a choice, a call, a photo, a voice, a planned visit.

A part of the app (`mobile_app/app.py`).
"""

from __future__ import annotations

import threading

from kivy.clock import Clock
from kivy.core.audio import SoundLoader

from mobile_app.device import handed
from mobile_app.device.storage import write_private
from mobile_app.navigation import presenter_of
from mobile_app.part import Part
from mobile_app.screens.more.update import INSTALL, UpdatePresenter
from mobile_app.store import room, undo
from mobile_app.ui.kit import ActButton, Heading, Row, Rows, SearchBox, Sheet, Stack, Text
from mobile_app.ui.metrics import dp
from mobile_app.ui.settle import settle
from mobile_app.ui.theme import ASSETS
from sync import typed
from sync.errors import Refusal
from sync.phrases import has_arabic

_FILTERED_FROM = 12
_CHOICES_MAX = 80
_LOOK_S = 2
_AUDIO = ASSETS / "audio"
"""Recorded texts, `NAME.LANGUAGE.ogg`; what is not recorded is read aloud by the agent."""


class Means(Part):
    """What is done over or beside a screen, for any of them."""

    def choose(self, title, options, on_pick, about=""):
        """Ask for one of `options`, each `(code, words)` or `(code, words, sign)`; say why."""
        content = Stack(spacing=10, padding=(0, 4))
        content.add_widget(Heading(title))
        if about:
            content.add_widget(Text(about, color="muted"))
        rows = Rows()

        def pick(code):
            self._dismiss()
            on_pick(code)

        def fill(text=""):
            rows.clear_widgets()
            wanted = text.casefold()
            found = [one for one in options if wanted in str(one[1]).casefold()]
            for code, words, *_sign in found[:_CHOICES_MAX]:
                row = Row(words, done=lambda code=code: pick(code))
                row.height = dp(56)
                rows.add(row)

        if len(options) > _FILTERED_FROM:
            hint = self.context.say("tablet.choose.filter")
            content.add_widget(SearchBox("", hint, fill, self.context.say("tablet.clear")))
        fill()
        content.add_widget(rows)
        content.add_widget(ActButton(self.context.say("tablet.cancel"), self._dismiss, "plain"))
        self.sheet = Sheet(content, self._dismiss)
        self.root_box.add_widget(self.sheet)
        settle(self.root_box)

    def ask_notices(self):
        """Ask to let the system show that the service sends, and say why: once, whatever comes."""
        if self.settings.notices_asked or not self.device.notices.is_leave_missing():
            return
        self.settings.notices_asked = True
        self.save_settings()
        say = self.context.say
        options = [("allow", say("tablet.notices.allow"))]
        self.choose(
            say("tablet.notices"),
            options,
            lambda _code: self.device.notices.ask(),
            say("tablet.notices.why"),
        )

    def _dismiss(self):
        if self.sheet is not None:
            self.root_box.remove_widget(self.sheet)
            self.sheet = None

    def saved(self, presenter, screen, arguments=()):
        """Say that something is stored; for a moment a touch takes it back to where it was made."""
        record_id = presenter.saved_id
        words = self.context.say("tablet.saved.undo")
        self.tell(words, done=lambda: self.take_back(record_id, screen, arguments))

    def take_back(self, record_id, screen, arguments):
        """Undo a save, and go on where it was made; say so if it is too late."""
        if undo.take_back_save(self.context.opened, record_id):
            self.tell(self.context.say("tablet.undone"))
            self.swap(screen, arguments)
        else:
            self.say_now(self.context.say("tablet.undo.late"))

    def drop_draft(self, screen, arguments):
        """Ask whether a draft is to be dropped, and drop it with all that belongs to it."""

        def drop(_code):
            if self.allowed(presenter_of(screen)(self.context, *arguments).discard):
                self.show(keep_scroll=True)

        options = [("drop", self.context.say("tablet.draft.drop"))]
        self.choose(self.context.say("tablet.draft.drop.ask"), options, drop)

    def call(self, phone):
        """Open the dialler with a number."""
        try:
            self.device.dialer.dial(phone)
        except Refusal:
            number = self.context.phrases.phone(phone)
            self.say_now(self.context.say("tablet.call.no_dialer", phone=number))

    def photograph(self, on_photo):
        """Take a photo and hand it on, shrunk; say why if there is none."""
        path, whose = handed.fresh(self.folder, handed.PICTURE), self.context.store

        def end(done):
            if self.context.store is whose:  # else the tablet was locked meanwhile
                done()

        def shrink(taken):
            # About a second: beside the window. Pillow is read then, not at the start.
            from mobile_app.device import photo

            try:
                if taken is None:  # turned back, or the camera app had no room
                    Clock.schedule_once(lambda _dt: end(lambda: self.allowed(require_room)))
                else:
                    made = photo.shrink(taken)
                    Clock.schedule_once(lambda _dt: end(lambda: on_photo(made)))
            except Refusal as refusal:
                Clock.schedule_once(lambda _dt, why=refusal: end(lambda: self.refused(why)))
            finally:
                path.unlink(missing_ok=True)

        def came(taken):
            self.is_aiming = False
            self.idle.touched()  # who aims is not away
            threading.Thread(target=shrink, args=(taken,)).start()

        def require_room():
            room.require(self.context.opened, self.device.storage)

        def take():
            require_room()
            self.is_aiming = True
            try:
                self.device.camera.take(path, came)
            except Refusal:
                self.is_aiming = False
                raise

        self.allowed(take)

    def speak(self, name, language):
        """Play a recorded text, where there is a recording in that language."""
        path = _AUDIO / f"{name}.{language}.ogg"
        sound = SoundLoader.load(str(path)) if path.exists() else None
        if sound is None:
            self.say_now(self.context.say("tablet.audio.none"))
        else:
            sound.play()

    def play(self, content):
        """Let a recording be heard; say so where it is not here or cannot be played."""
        path = handed.fresh(self.folder, ".aac")
        write_private(path, content)
        # The player holds the file open: no recording stays readable beside the store.
        self._sound = SoundLoader.load(str(path)) if content else None
        path.unlink()
        if self._sound is None:
            self.say_now(self.context.say("tablet.voice.unplayable"))
        else:
            self._sound.play()

    def plan(self, where):
        """Plan a visit to someone: ask for the day."""
        entity, record_id = where
        say, made_id = self.context.say, self.context.opened.ids()

        def planned(day):
            store = self.context.opened
            subject = store.get(entity, record_id)
            values = {
                f"{entity}_id": record_id,
                "commune_code": subject.values["commune_code"],
                "agent_id": store.kept.agent_id,
                "state": "planned",
                "planned_on": int(day),
            }
            try:
                store.put("visit", values, made_id)
            except Refusal as refusal:
                self.tell(self.context.sentence(refusal), "attention")
            else:
                words = self.context.phrases.day(int(day), "weekday")
                self.tell(say("tablet.planned", day=words))
            self.show()

        self.choose(say("tablet.plan.day"), self.context.days_ahead(), planned)

    def update_quietly(self):
        """Look for a newer version of the app, or go on with it, where that costs nothing."""
        if self.context.store is not None and not self.is_practice and self._is_automatic:
            update = UpdatePresenter.of_session(self.context)
            if update.is_wanted():
                self._update(update, is_asked=False)

    def update(self, act):
        """Do what the row of the newer version offers."""
        update = UpdatePresenter.of_session(self.context)
        if act == INSTALL:
            if self._leave_now():  # the app ends while it is replaced
                self.tell(self.context.say("tablet.update.installing"))
                update.prepare()
                threading.Thread(target=update.install, args=(self._installed,)).start()
        elif not update.is_running:
            self._update(update, is_asked=True)

    def _update(self, update, *, is_asked):
        update.is_running = True

        def work():
            update.run(is_asked=is_asked)
            Clock.schedule_once(lambda _dt: self.refresh())

        def look(_dt):
            if update.is_running:
                self.refresh()
            return update.is_running

        threading.Thread(target=work, daemon=True).start()
        if is_asked:
            Clock.schedule_interval(look, _LOOK_S)
            self.refresh()

    def _installed(self, refusal):
        if refusal is not None:
            Clock.schedule_once(lambda _dt: (self.refused(refusal), self.refresh()))

    def named(self, key):
        """Return what was typed to look for somebody as the beginning of a new record."""
        text = typed.text(self.typed.get(key, ""))
        if not text or any(one.isdigit() for one in text):
            return {}
        return {"name_ar" if has_arabic(text) else "name_fr": text}
