"""Send and receive: what waits, what came of it, and any outage in a sentence."""

from __future__ import annotations

from mobile_app.screens.context import Context
from sync.errors import Refusal, SyncError


class SyncPresenter:
    """`run` may be called on another thread; the view refreshes when it returns."""

    def __init__(self, context: Context) -> None:
        """Nothing has been tried yet."""
        self.context = context
        self.result = ""
        self.problem = ""
        self.is_running = False

    def run(self) -> None:
        """Exchange until nothing is left; never raises for what a person can only wait out."""
        self.is_running, self.problem, self.result = True, "", ""
        try:
            summary = self.context.exchange()
        except (Refusal, SyncError) as fault:
            self.problem = self.context.sentence(fault)
        else:
            phrases = self.context.phrases
            self.result = phrases.say(
                "tablet.sync.result",
                sent=summary.sent,
                received=summary.received,
                bytes=phrases.bytes(summary.bytes_up + summary.bytes_down),
            )
        finally:
            self.is_running = False
