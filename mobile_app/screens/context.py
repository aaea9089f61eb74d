"""What every presenter is given: the store, the words, the receiver, and how to exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mobile_app.device.gps import Gps
from mobile_app.exchange import runner
from mobile_app.exchange.contact import Contact, make_contact
from mobile_app.exchange.transport import Transport
from mobile_app.store import media
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
    connect: Callable[[Store], Transport] = runner.connect
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
        count, photos = self.opened.pending_count(), media.pending_count(self.opened)
        said = [
            self.phrases.count(code, number)
            for code, number in (("tablet.pending", count), ("tablet.photos.pending", photos))
            if number
        ]
        if said:
            return " · ".join(said), count + photos
        is_new = not self.opened.position().epoch
        return self.say("tablet.sync.never" if is_new else "tablet.sync.none"), count

    def contact(self) -> Contact:
        """Send and receive, then photos. Raises Unreachable, Refused, SyncError."""
        transport = self.connect(self.opened)
        try:
            return make_contact(self.opened, transport)
        finally:
            transport.close()
