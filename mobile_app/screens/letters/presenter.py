"""Without a network: letters that others carry, their answers, and bundles from the depot.

A file says itself what it is, so there is one act to take whatever was brought. What runs may be
called on another thread: it reads and writes on a connection of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from mobile_app.device.files import Place
from mobile_app.exchange import courier
from mobile_app.exchange.contact import in_turn
from mobile_app.screens.context import Context
from mobile_app.screens.lasting import Lasting
from mobile_app.store import bundle
from mobile_app.store.records import Store
from sync import bundle as bundles
from sync import courier as letters
from sync import limits, local_time
from sync.errors import Refusal, SyncError
from sync.phrases import EPOCH


class FileUnknown(Refusal):
    """A file that is neither letter nor answer nor bundle."""

    code = "file_unknown"


class LettersPresenter(Lasting):
    """What waits, what was done with a file, and the answer that is to go back."""

    lasts_as = "letters"

    def __init__(self, context: Context) -> None:
        """Nothing has been tried yet."""
        super().__init__(context)
        self.answer = b""
        """To somebody's letter, until it is in a file."""

    def waiting(self) -> str:
        """Return what a letter would carry, in words; empty for nothing."""
        store, phrases = self.context.opened, self.context.phrases
        count = store.outbox.pending_count()
        if not count:
            return ""
        carried = min(count, limits.CHANGES_PER_PUSH_MAX)
        waiting = self.context.facts(
            self._records(carried), phrases.bytes(store.outbox.pending_bytes())
        )
        if carried < count:
            more = self._records(count - carried)
            waiting = self.context.facts(
                waiting, self.context.say("tablet.letters.later", count=more)
            )
        return waiting

    def _records(self, count: int) -> str:
        return self.context.phrases.count("tablet.records", count)

    def file_name(self, kind: str) -> str:
        """Return what to call a letter (`nql`) or an answer (`nqa`): whose, of which day and time.

        An answer is not named for whom it is: its carrier need not know.
        """
        now = self.context.now_ms()
        day = (EPOCH + timedelta(days=local_time.day_of(now))).strftime("%Y%m%d")
        hour, minute = divmod(local_time.minutes_of(now), 60)
        return f"nuqta-{self.context.opened.kept.login}-{day}-{hour:02}{minute:02}.{kind}"

    def write_letter(self, place: Place) -> None:
        """Seal what waits and write it into a file; it waits on, until an answer says it came."""

        def write(store: Store) -> str:
            count = min(store.outbox.pending_count(), limits.CHANGES_PER_PUSH_MAX)
            letter = courier.export(store)
            place.write(letter)
            return self._say(
                "written", count=self._records(count), **_file(self.context, place, letter)
            )

        self._run(write)

    def write_answer(self, place: Place) -> None:
        """Write down the answer to the letter that was carried."""

        def write(_store: Store) -> str:
            place.write(self.answer)
            written = self._say("answer", **_file(self.context, place, self.answer))
            self.answer = b""
            return written

        self._run(write)

    def take(self, place: Place) -> None:
        """Take a file: carry a letter, accept an answer, install a bundle."""

        def take(store: Store) -> str:
            data = place.read()
            if letters.is_letter(data):
                return self._carry(store, data)
            if letters.is_answer(data):
                return self._accept(store, data)
            if bundles.is_bundle(data):
                received = bundle.install(store, data).received
                return self._say("installed", received=self._records(received))
            raise FileUnknown(f"file: {len(data)} bytes of another kind", file=place.name)

        self._run(take)

    def _carry(self, store: Store, letter: bytes) -> str:
        transport = self.context.connect(store)
        try:
            self.answer = courier.carry(transport, letter)
        finally:
            transport.close()
        return self._say("carried")

    def _accept(self, store: Store, data: bytes) -> str:
        done = courier.accept(store, data)
        return self._say(
            "accepted",
            acknowledged=self._records(done.acknowledged),
            received=self._records(done.received),
        )

    def _say(self, code: str, **values: object) -> str:
        return self.context.say(f"tablet.letters.{code}", **values)

    def _run(self, act: Callable[[Store], str]) -> None:
        """Do something in turn with an exchange, never raising what a person can be told."""
        self.prepare()
        try:
            with self.context.opened.beside() as store, in_turn(store):
                self.result = act(store)
        except (Refusal, SyncError) as fault:
            self.problem = self.context.sentence(fault)
        finally:
            self.is_running = False


def _file(context: Context, place: Place, content: bytes) -> dict[str, object]:
    return {"file": place.name, "bytes": context.phrases.bytes(len(content))}
