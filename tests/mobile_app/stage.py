"""The shell without a window: what is drawn is noted down, the loop is turned by hand."""

from __future__ import annotations

from mobile_app.shell.contact import Contact
from mobile_app.shell.drafts import Drafts, Typing
from mobile_app.shell.navigator import Navigator
from mobile_app.shell.session import Session
from mobile_app.shell.updating import Updating


class HandLoop:
    """Does nothing by itself. `due`: what was put off, with its seconds; `turns`: what repeats."""

    def __init__(self):
        self.due, self.turns = [], []

    def after(self, seconds, act):
        entry = (seconds, act)
        self.due.append(entry)
        return lambda: self.due.remove(entry) if entry in self.due else None

    def every(self, _seconds, act):
        self.turns.append(act)

    def beside(self, work, then):
        self.due.append((0, lambda: (work(), then())))

    def run(self):
        """Do what is due."""
        due, self.due = self.due, []
        for _, act in due:
            act()

    def turn(self):
        """Do once what repeats."""
        self.turns = [act for act in self.turns if act() is not False]


class NotedStage:
    """Draws nothing. `shown`: how often; `kept_scroll`, `at`: of the last time; `told`: what."""

    def __init__(self):
        self.shown, self.refreshed, self.kept_scroll, self.at = 0, 0, False, 1.0
        self.told, self.done, self.is_asking, self.scroll = "", None, False, 1.0

    def show(self, *, keep_scroll=False, at=1.0):
        self.shown += 1
        self.kept_scroll, self.at = keep_scroll, at

    def refresh(self):
        self.refreshed += 1

    def scrolled(self):
        return self.scroll

    def dismiss(self):
        was, self.is_asking = self.is_asking, False
        return was

    def after_touch(self, act):
        act()

    def tell(self, words, tone="received", done=None):
        self.told, self.done = words, done

    def say_now(self, words, tone="attention"):
        self.tell(words, tone)
        self.show(keep_scroll=True)

    def refused(self, refusal):
        self.say_now(refusal.code)

    def show_notice(self):
        pass


class Shell:
    """The shell's parts that need no window, over a context."""

    def __init__(self, context, clock, *, is_automatic=False):
        self.context, self.loop, self.stage = context, HandLoop(), NotedStage()
        self.opened = 0
        self.drafts = Drafts(context, self.loop, self.stage)
        self.typing = Typing(context, self.loop, self.stage)
        self.navigator = Navigator(context, self.drafts, self.stage)
        self.session = Session(
            context,
            self.navigator,
            self.drafts,
            self.typing,
            self.stage,
            clock=clock,
            is_automatic=is_automatic,
            on_open=self._opened,
        )
        self.updating = Updating(
            context,
            self.navigator,
            self.drafts,
            session=self.session,
            loop=self.loop,
            stage=self.stage,
        )
        self.contact = Contact(
            context,
            self.navigator,
            session=self.session,
            updating=self.updating,
            loop=self.loop,
            stage=self.stage,
        )

    def _opened(self):
        self.opened += 1
