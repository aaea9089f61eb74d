"""Send and receive: what waits and what it will cost, how far it is, what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.device.storage import PHOTO_ROOM_BYTES
from mobile_app.exchange import orders, pausing
from mobile_app.exchange.calls import Unreachable
from mobile_app.exchange.contact import Paused
from mobile_app.exchange.orders import WipeOrdered
from mobile_app.screens.context import Context
from mobile_app.screens.lasting import Lasting
from mobile_app.screens.today.presenter import about
from mobile_app.store import media, room
from sync.errors import Refusal, SyncError

_LINE_BYTES_S = 12_500
"""Of a line nobody has measured yet: EDGE, 100 kbit/s."""
_TRIP_S, _PACKED, _HEAD_BYTES = 1.2, 0.5, 300
"""A round trip; what packing leaves of a change; what a request costs besides."""
_ROWS_MAX = 20
_BYTES_OF_VISITS = ("photo", "voice_note")
"""What has no row of its own: the visit says whether its bytes are there."""


@dataclass(frozen=True, slots=True)
class Price:
    """What waits, and what sending it will cost. Bytes are estimates, seconds too."""

    text_count: int
    text_bytes: int
    photo_count: int
    photo_bytes: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """A record of this tablet and how far it has come, in words."""

    title: str
    detail: str
    state: str
    word: str


class SyncPresenter(Lasting):
    """What waits, an exchange, and what came of it; it goes on while other screens are shown."""

    lasts_as = "sync"

    def __init__(self, context: Context) -> None:
        """Nothing has been tried yet."""
        super().__init__(context)
        self.is_paused = False
        self.is_emptied = False
        self.is_unreached = False
        self.begun: Price | None = None
        self._bytes = 0

    def price(self) -> Price:
        """Return what waits and what it will cost."""
        store = self.context.opened
        texts = store.outbox.pending_count()
        text_bytes = int(store.outbox.pending_bytes() * _PACKED) + _HEAD_BYTES
        photos = media.pending_count(store)
        size, arrived = media.bytes_pending(store)
        sent = 0 if self._is_held_back() else size - arrived
        speed = store.kept.line_bytes_s or _LINE_BYTES_S
        seconds = (text_bytes + sent) / speed + _TRIP_S * (1 + (photos if sent else 0))
        return Price(texts, text_bytes, photos, size - arrived, max(1, round(seconds)))

    def price_words(self) -> str:
        """Return the price as a sentence; empty when nothing waits."""
        price, phrases = self.price(), self.context.phrases
        parts = []
        if price.text_count:
            count = phrases.count("tablet.records", price.text_count)
            parts.append(f"{count} {phrases.bytes(price.text_bytes)}")
        if price.photo_count:
            count = phrases.count("tablet.photos", price.photo_count)
            parts.append(f"{count} {phrases.bytes(price.photo_bytes)}")
        if not parts:
            return ""
        parts.append(self.seconds_words(price.seconds))
        return self.context.listed(parts)

    def seconds_words(self, seconds: int) -> str:
        """Return about how long something takes."""
        if seconds < 90:
            return self.context.say("tablet.sync.seconds", n=seconds)
        return self.context.say("tablet.sync.minutes", n=round(seconds / 60))

    def _is_held_back(self) -> bool:
        return not self.context.settings.may_send_photos(self.context.network())

    def lanes(self) -> list[tuple[str, str, float]]:
        """Return each lane: its code, how far in words, and the ratio done."""
        store, phrases = self.context.opened, self.context.phrases
        begun = self.begun or self.price()
        texts_left = store.outbox.pending_count()
        done = max(0, begun.text_count - texts_left)
        progress = self.context.say("tablet.sync.of", done=done, of=begun.text_count)
        lanes = [("text", progress, done / begun.text_count if begun.text_count else 1.0)]
        size, arrived = media.bytes_pending(store)
        left = size - arrived
        sent = max(0, begun.photo_bytes - left)
        amount = f"{phrases.bytes(sent)} / {phrases.bytes(begun.photo_bytes)}"
        if begun.photo_bytes:
            progress = (
                self.context.say("tablet.sync.wifi_waits") if self._is_held_back() else amount
            )
            lanes.append(("photos", progress, sent / begun.photo_bytes))
        if self.is_running:
            is_here = not texts_left and not store.kept.later
            lanes.append(("news", phrases.bytes(self._bytes), 1.0 if is_here else 0.0))
        return lanes

    def steps_left(self) -> int:
        """Return how many parts of a first exchange are to come; -1 before the first of them."""
        store = self.context.opened
        return -1 if self.context.is_awaited() else len(store.kept.later)

    def leaving(self) -> str:
        """Return that this tablet is to be emptied, and what still stands against it."""
        store = self.context.opened
        if not orders.is_to_leave(store):
            return ""
        return self.context.phrases.count("tablet.leaving", orders.unsent(store))

    def room(self) -> tuple[str, str, bool]:
        """Return what is free, what received photos would give, and whether there is too little.

        Both in words; the second is empty where nothing can be given up.
        """
        free, phrases = self.context.free_bytes(), self.context.phrases
        gives = room.evictable_bytes(self.context.opened)
        is_low = self.context.device is not None and free < PHOTO_ROOM_BYTES
        return phrases.bytes(free), phrases.bytes(gives) if gives else "", is_low

    def free_up(self) -> str:
        """Give up all received photos' bytes. Returns what that gave, in words."""
        store = self.context.opened
        freed = room.evict(store, room.evictable_bytes(store))
        return self.context.say("tablet.room.freed", bytes=self.context.phrases.bytes(freed))

    def asleep(self) -> tuple[str, bool]:
        """Return what becomes of the rest when the screen goes off, and whether to act on it."""
        device = self.context.device
        battery = device.power.battery() if device and self.price_words() else None
        if battery and battery.is_saving:
            return self.context.say("tablet.sync.saver"), True
        return self.context.say(
            "tablet.sync.asleep"
        ) if battery and battery.may_sleep else "", False

    def pause(self) -> None:
        """Stop after what is on its way, the service too; what has arrived has arrived."""
        self.is_paused = True
        pausing.pause(self.context.opened)

    def prepare(self) -> None:
        """Say that an exchange begins, and what it is about; on the window's thread."""
        super().prepare()
        self.is_paused, self.is_unreached, self._bytes = False, False, 0
        pausing.resume(self.context.opened)
        self.begun = self.price()

    def run(self) -> None:
        """Exchange, then send photos; never raises for what a person can only wait out.

        On another thread it is prepared first: nothing here reads on the window's connection.
        """
        if not self.is_running:
            self.prepare()
        try:
            done = self.context.contact(self._tell, self._may_send_media, self._may_go_on)
        except WipeOrdered:
            self.is_emptied = True
        except (Refusal, SyncError) as fault:
            self.problem = self._outage(fault)
            self.is_unreached = isinstance(fault, Unreachable)
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
                self.result = self.context.facts(self.result, photos)
            code = done.exchange.code or done.media.code
            self.is_unreached = code == Unreachable.code
            if code and not self.is_paused:
                # The rest stays here and goes next time; what arrived, arrived.
                self.problem = phrases.say(f"refusal.{code}")
            if self.is_paused:
                self.problem = phrases.say(f"refusal.{Paused.code}")
        finally:
            self.is_running = False

    def _tell(self, up: int, down: int) -> None:
        self._bytes = up + down

    def _may_go_on(self) -> bool:
        return not self.is_paused

    def _may_send_media(self) -> bool:
        return self._may_go_on() and not self._is_held_back()

    def _outage(self, fault: Refusal | SyncError) -> str:
        """Say what happened, then what to do."""
        return self.context.sentence(fault)

    def receipts(self) -> list[Receipt]:
        """Return the latest records of this tablet, each with how far it has come."""
        context, store = self.context, self.context.opened
        rows, seen = [], set()
        for entity, record_id, _state, at in store.outbox.last_changes(4 * _ROWS_MAX):
            if record_id in seen or entity in _BYTES_OF_VISITS:
                continue
            seen.add(record_id)
            record = store.find(entity, record_id)
            if record is None:
                continue
            kind = context.say(f"desk.entity.{entity}")
            title = self.context.facts(kind, about(context, record))
            state, word = context.state(record), context.state_word(record)
            if entity == "visit" and state == "received" and self._photos_of(record_id):
                state, word = "on_tablet", context.say("tablet.state.text_only")
            rows.append(Receipt(title, context.phrases.moment(at, "short"), state, word))
            if len(rows) == _ROWS_MAX:
                break
        return rows

    def _photos_of(self, visit_id: bytes) -> int:
        """Return how many photos and recordings of a visit are not verified yet."""
        row = self.context.opened.db.execute(
            "SELECT count(*) FROM blob WHERE state NOT IN ('verified', 'coming') AND record_id IN"
            " (SELECT id FROM photo WHERE visit_id = ?1"
            " UNION ALL SELECT id FROM voice_note WHERE visit_id = ?1)",
            (visit_id,),
        ).fetchone()
        return int(row[0])
