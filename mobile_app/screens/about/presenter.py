"""About this tablet: which app, linked to what, and whether all of the device works."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

from mobile_app.device.files import Place
from mobile_app.device.finding import FAILS, Check, Finding, report
from mobile_app.device.storage import StoreFull
from mobile_app.screens.context import Context
from mobile_app.screens.lasting import Lasting
from mobile_app.store.records import Store
from sync.errors import Refusal
from sync.versions import APP_BUILD, SCHEMA_NOW


class AboutPresenter(Lasting):
    """What is known of the tablet, and what a check of it finds.

    `findings`: grow while it `is_running`, on another thread than the window's.
    """

    lasts_as = "about"

    def __init__(self, context: Context) -> None:
        """Nothing has been looked at yet."""
        super().__init__(context)
        self.findings: list[Finding] = []

    def facts(self) -> list[tuple[str, str, str]]:
        """Return what is known: its sign, the value, what it is."""
        store, say = self.context.opened, self.context.say
        number, host = store.kept.device_id, urlsplit(store.kept.url).netloc
        facts = [
            ("info-circle", APP_BUILD, "app"),
            ("stack-2", str(SCHEMA_NOW), "schema"),
            ("device-tablet", "" if number is None else str(number), "number"),
            ("world", host, "server"),
            ("database", self.context.phrases.bytes(self.context.free_bytes()), "room"),
        ]
        none = say("tablet.about.none")
        return [(sign, value or none, say(f"tablet.about.{code}")) for sign, value, code in facts]

    def prepare(self) -> None:
        """Say that a check begins; on the window's thread."""
        super().prepare()
        self.findings = []

    def run(self, check: Check) -> None:
        """Check this tablet; may be called on another thread than the window's."""
        assert self.context.device is not None
        shown = self.context.opened  # who is here now, whoever comes while it looks
        is_linked = shown.kept.device_id is not None
        reach = partial(self._reach, shown) if is_linked else None
        try:
            for finding in check(self.context.root, self.context.device, reach):
                self.findings.append(finding)
        except OSError as fault:  # it has no folder to look in; what goes wrong there is a finding
            self.problem = self.context.sentence(StoreFull(f"check: {fault}"))
        finally:
            self.is_running = False

    def _reach(self, shown: Store) -> None:
        with shown.beside() as store:
            line = self.context.connect(store)
            try:
                line.greet()
            finally:
                line.close()

    def rows(self) -> list[tuple[str, str, str]]:
        """Return what was found so far: the words, what to do or its number, the verdict.

        What does not hold comes first.
        """
        say, words = self.context.say, self.context.phrases.messages
        rows = []
        for finding in sorted(self.findings, key=lambda finding: finding.verdict != FAILS):
            todo = f"tablet.check.{finding.code}.todo"
            is_mended_here = finding.verdict == FAILS and todo in words
            detail = (
                say(todo) if is_mended_here else say("tablet.check.number", number=finding.number)
            )
            rows.append((say(f"tablet.check.{finding.code}"), detail, finding.verdict))
        return rows

    def summary(self) -> tuple[str, bool]:
        """Return in words whether all holds, and whether it does; empty before one has ended."""
        if self.is_running or not self.findings:
            return "", True
        count = sum(one.verdict == FAILS for one in self.findings)
        code = "tablet.check.some" if count else "tablet.check.all"
        return self.context.say(code, count=count), not count

    def write_report(self, place: Place) -> None:
        """Write down what was found, for who mends it; nothing of a person stands in it."""
        self.result = self.problem = ""
        try:
            place.write(report(self.findings).encode())
        except Refusal as fault:
            self.problem = self.context.sentence(fault)
        else:
            self.result = self.context.say("tablet.check.written", file=place.name)
