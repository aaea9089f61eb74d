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
        """Exchange, then send photos; never raises for what a person can only wait out."""
        self.is_running, self.problem, self.result = True, "", ""
        try:
            done = self.context.contact()
        except (Refusal, SyncError) as fault:
            self.problem = self.context.sentence(fault)
        else:
            phrases = self.context.phrases
            self.result = phrases.say(
                "tablet.sync.result",
                sent=done.exchange.sent,
                received=done.exchange.received,
                bytes=phrases.bytes(done.exchange.bytes_up + done.exchange.bytes_down),
            )
            if done.media.verified:
                photos = phrases.count("tablet.photos.sent", done.media.verified)
                self.result = f"{self.result} · {photos}"
            if done.media.code:
                # The rest stays here and goes next time; what arrived, arrived.
                self.problem = phrases.say(f"refusal.{done.media.code}")
        finally:
            self.is_running = False
