"""What every presenter is given: the store, the words, the receiver, and how to exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobile_app import seats
from mobile_app.device.adapters import Adapters
from mobile_app.device.gps import Gps
from mobile_app.exchange import connection, metering, orders, relay
from mobile_app.exchange.contact import Contact, make_contact
from mobile_app.exchange.orders import WipeOrdered
from mobile_app.settings import Settings
from mobile_app.store import drafts, media, room
from mobile_app.store.records import Record, Store
from mobile_app.store.reference import Reference
from sync import local_time, scopes
from sync.entities.authorisation import AUTHORISATION
from sync.entities.forms import NATIONAL_CARD
from sync.errors import Refusal, SyncError
from sync.phrases import Phrases
from sync.rules.codes import reference_id
from sync.rules.collation import order_of
from sync.rules.editions import Catalogue, Edition, unknown
from sync.spec import Values

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport


@dataclass(slots=True)
class Context:
    """Passed to presenters; a test passes its own.

    `folder`: of the agent whose turn it is; `root`: of the app, with all who share the tablet.
    """

    folder: Path
    phrases: Phrases
    gps: Gps
    reference: Reference
    settings: Settings = field(default_factory=Settings)
    device: Adapters | None = None
    store: Store | None = None
    connect: Callable[[Store], Transport] = connection.connect
    root: Path = Path()
    sessions: dict[str, Any] = field(default_factory=dict)
    """What lasts from unlocking to locking, by the name of its screen."""

    @property
    def opened(self) -> Store:
        """Return the store; screens behind the PIN may rely on it."""
        assert self.store is not None
        return self.store

    @property
    def ports(self) -> Adapters:
        """Return the device; whatever has a window may rely on it."""
        assert self.device is not None
        return self.device

    def say(self, code: str, /, **values: object) -> str:
        """Return the words of a code."""
        return self.phrases.say(code, **values)

    def choice(self, entity: str, name: str, value: object) -> str:
        """Return the word of a choice, or that a newer version has it; empty for none."""
        if value is None:
            return ""
        code = f"{entity}.{name}.{value!s}"
        return self.say(code if code in self.phrases.messages else "tablet.newer_choice")

    def listed(self, parts: Iterable[str]) -> str:
        """Return several words as one reads them, apart by commas of the language."""
        return self.phrases.listed(parts)

    def facts(self, *parts: object) -> str:
        """Return short facts on one line, without those that are empty."""
        return self.phrases.facts(parts)

    def sentence(self, fault: Refusal | SyncError) -> str:
        """Return what to tell a person of a refusal or an outage."""
        values = dict(fault.values) if isinstance(fault, Refusal) else {}
        return self.phrases.sentence(fault.code, values)

    def name(self, record: Record) -> tuple[str, str]:
        """Return a record's name in the reader's script, and the other."""
        arabic = str(record.values.get("name_ar") or "")
        latin = str(record.values.get("name_fr") or "")
        first, second = (arabic, latin) if self.script == "ar" else (latin, arabic)
        return (first, second) if first else (second, "")

    @property
    def language(self) -> str:
        """Return the code of the reader's language."""
        return self.phrases.language.code

    @property
    def script(self) -> str:
        """Return the script in which the reader reads names: `ar` or `fr`."""
        return "ar" if self.language == "ar" else "fr"

    def commune(self, code: object) -> str:
        """Return a commune's name in the reader's script."""
        return self.reference.name("communes", code, self.script)

    @property
    def catalogue(self) -> Catalogue:
        """Return the catalogue of services, as far as this tablet has heard of it."""
        return self.reference.catalogue(self.opened)

    def service(self, code: object) -> str:
        """Return a service's name in the reader's script, as it is called today."""
        today = local_time.day_of(self.now_ms())
        edition = self.catalogue.holding(str(code), today) or self.catalogue.of(code)
        return edition.name(self.script) if edition else str(code)

    def terms(self, service: str, commune_code: object) -> Edition:
        """Return the edition of a service that holds today in a commune; else an empty one."""
        today, region = local_time.day_of(self.now_ms()), scopes.region_of(str(commune_code))
        return self.catalogue.holding(service, today, region) or unknown(service)

    def terms_of(self, request: Values) -> Edition:
        """Return the edition that a request was filed under; an empty one, if nobody knows it."""
        service = request["service"]
        found = self.catalogue.of(service, request["service_version"])
        return found or unknown(str(service))

    def now_ms(self) -> int:
        """Return what time it is, as well as this tablet knows."""
        return self.opened.true_clock.wall_ms()

    def state(self, record: Record) -> str:
        """Return how far a record has come: its way here, then what a person said of it."""
        verdict = record.values.get("review_state")
        if record.state != "received" or verdict not in ("accepted", "returned"):
            return record.state
        return "reviewed" if verdict == "accepted" else "attention"

    def state_word(self, record: Record) -> str:
        """Return the word of a state, agreeing with what the record is."""
        state = self.state(record)
        own = f"tablet.state.{state}.{record.entity.name}"
        return self.say(own if own in self.phrases.messages else f"tablet.state.{state}")

    def last_contact(self) -> str:
        """Return when this tablet last heard the server, in words; empty for never."""
        at = self.opened.kept.after_sync_ms
        if not isinstance(at, int):
            return ""
        today, day = local_time.day_of(self.now_ms()), local_time.day_of(at)
        recent = {today: "tablet.last.today", today - 1: "tablet.last.yesterday"}.get(day)
        if recent:
            return self.say(recent, time=self.phrases.time(at))
        return self.say("tablet.last.day", day=self.phrases.day(day, "short"))

    def is_awaited(self) -> bool:
        """Whether this tablet is linked to a server and nothing has come from it yet."""
        return bool(self.opened.kept.url) and not self.opened.kept.epoch

    def arriving(self) -> str:
        """Return how many communes have come, in words, while others are to come; else empty."""
        later = {scopes.commune_of(name) for _, name in self.opened.kept.later}
        if not later:
            return ""
        here = self.opened.db.execute("SELECT name FROM scope").fetchall()
        complete = {scopes.commune_of(name) for (name,) in here} - later - {""}
        return self.say("tablet.arriving", done=len(complete), of=len(complete | later))

    def truth(self) -> tuple[str, int]:
        """Return, in words, how much of this tablet's work is not sent yet, and the count."""
        count, photos = self.opened.outbox.pending_count(), media.pending_count(self.opened)
        counts = [
            self.phrases.count(code, number)
            for code, number in (("tablet.pending", count), ("tablet.photos.pending", photos))
            if number
        ]
        if counts:
            return self.facts(*counts), count + photos
        is_new = not self.opened.position().epoch
        return self.say("tablet.sync.never" if is_new else "tablet.sync.none"), count

    def contact(
        self,
        tell: Callable[[int, int], None] = lambda _up, _down: None,
        may_send_media: Callable[[], bool] = lambda: True,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> Contact:
        """Send and receive, then photos; may be called on another thread than the window's.

        Raises:
            Unreachable, Refused, Paused, SyncError: as `make_contact`.
            WipeOrdered: the folder is empty by now; the window's store is to be closed.
        """
        shown, folder = self.opened, self.folder
        with shown.beside() as store:
            transport = self.connect(store)
            try:
                with metering.counted(store, transport):
                    done = make_contact(
                        store,
                        transport,
                        tell=tell,
                        may_send_media=may_send_media,
                        may_go_on=may_go_on,
                        storage=self.device.storage if self.device else None,
                        power=self.device.power if self.device else None,
                    )
                    if may_go_on():
                        relay.carry(transport, seats.others(self.root, folder))
            except WipeOrdered:
                seats.empty(folder, lambda: orders.confirm(transport))
                raise
            else:
                return done
            finally:
                transport.close()

    def month_bytes(self) -> int:
        """Return the bytes of this month, both ways."""
        return metering.month_bytes(self.opened)

    def network(self) -> str:
        """Return `none`, `mobile`, `wifi`, or "" where nobody can tell."""
        return self.device.network.line().kind if self.device else ""

    def free_bytes(self) -> int:
        """Return how many bytes may still be captured here."""
        return room.left(self.opened, self.device.storage) if self.device else 0

    def has_draft(self, kind: str, key: str) -> bool:
        """Whether something of this kind was begun and not finished."""
        return drafts.load(self.opened, kind, key) is not None

    # Choices that forms offer

    def communes(self) -> list[tuple[str, str]]:
        """Return the communes of this tablet's provinces, its own first: code and name."""
        own = self.own_communes()
        provinces = {self.reference.parent("communes", code) for code in own}
        others = [
            commune.code
            for commune in self.reference.all("communes")
            if commune.parent in provinces and commune.code not in own
        ]
        order = order_of(self.language)
        others.sort(key=lambda code: order(self.commune(code)))
        return [(code, self.commune(code)) for code in (*own, *others)]

    def own_communes(self) -> list[str]:
        """Return the communes that this tablet holds, by how many people live in its records."""
        rows = self.opened.db.execute(
            "SELECT commune_code, count(*) FROM person GROUP BY commune_code"
            " ORDER BY count(*) DESC, commune_code"
        ).fetchall()
        return [code for code, _ in rows if code]

    def card_authorisation(self) -> str:
        """Return by what authorisation national cards may be asked for; "" while they may not."""
        record_id = reference_id(AUTHORISATION.name, NATIONAL_CARD)
        authorisation = self.opened.find(AUTHORISATION.name, record_id)
        values, today = (
            authorisation.values if authorisation else {},
            local_time.day_of(self.now_ms()),
        )
        is_in_force = local_time.is_between(today, values.get("given_on"), values.get("ends_on"))
        return str(values.get("reference") or "") if is_in_force else ""

    def usual_commune(self) -> str | None:
        """Return where the agent wrote last, or the largest commune here."""
        row = self.opened.db.execute(
            "SELECT commune_code FROM visit WHERE agent_id = ? ORDER BY started_at DESC LIMIT 1",
            (self.opened.kept.agent_id,),
        ).fetchone()
        if row:
            return str(row[0])
        own = self.own_communes()
        return own[0] if own else None

    def days_ahead(self, most: int = 60) -> list[tuple[str, str]]:
        """Return the days one can plan for, today first: the day as text, and its words."""
        today = local_time.day_of(self.now_ms())
        named = {0: self.say("tablet.day.today"), 1: self.say("tablet.day.tomorrow")}
        days = []
        for ahead in range(most):
            words = self.phrases.day(today + ahead, "weekday")
            days.append((str(today + ahead), named.get(ahead, words)))
        return days
