"""What every presenter is given: the store, the words, the receiver, and how to exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mobile_app.device.gps import Gps
from mobile_app.exchange import runner
from mobile_app.exchange.runner import Summary
from mobile_app.store.records import Kept, Store
from mobile_app.store.reference import Reference
from sync.errors import Refusal, SyncError
from sync.phrases import Phrases

Listener = Callable[[], None]


@dataclass(slots=True)
class Context:
    """Passed to presenters; a test passes its own."""

    folder: Path
    phrases: Phrases
    gps: Gps
    reference: Reference
    store: Store | None = None
    listeners: list[Listener] = field(default_factory=list)

    @property
    def opened(self) -> Store:
        """Return the store; screens behind the PIN may rely on it."""
        assert self.store is not None
        return self.store

    def say(self, code: str, **values: object) -> str:
        """Return the words of a code."""
        return self.phrases.say(code, **values)

    def sentence(self, fault: Refusal | SyncError) -> str:
        """Return what to tell a person of a refusal or an outage."""
        values = dict(fault.values) if isinstance(fault, Refusal) else {}
        return self.phrases.say(f"refusal.{fault.code}", **values)

    def name(self, record: Kept) -> tuple[str, str]:
        """Return a record's name in the reader's script, and the other."""
        arabic = str(record.values.get("name_ar") or "")
        latin = str(record.values.get("name_fr") or "")
        first, second = (arabic, latin) if self.phrases.language.code == "ar" else (latin, arabic)
        return (first, second) if first else (second, "")

    def truth(self) -> tuple[str, int]:
        """Return, in words, how much of this tablet's work is not sent yet, and the count."""
        count = self.opened.pending_count()
        if count:
            return self.phrases.count("tablet.pending", count), count
        is_new = not self.opened.position().epoch
        return self.say("tablet.sync.never" if is_new else "tablet.sync.none"), count

    def exchange(self) -> Summary:
        """Send and receive. Raises Unreachable, Refused, SyncError."""
        transport = runner.connect(self.opened)
        try:
            return runner.exchange(self.opened, transport)
        finally:
            transport.close()
