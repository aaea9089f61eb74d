"""A code that an enterprise has from the portal leads to what it began there, offline too."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.store.database import transaction
from mobile_app.store.records import Record
from sync import local_time, typed
from sync.errors import Refusal
from sync.phrases import has_arabic
from sync.rules import codes
from sync.spec import Values

WRONG_MAX, WAIT_MS = 5, 15 * 60_000
"""After so many codes that led nowhere one waits, counted from the first of them."""
_MINUTE_MS = 60_000


class ClaimPresenter:
    """What was typed, and what it leads to.

    `code`: as it is printed, once it was read; "" before. `found`: the enterprise, if it is here.
    `used`: who used the code before, and when, in words; "" if nobody did.
    """

    def __init__(self, context: Context) -> None:
        """Begin with nothing typed."""
        self.context = context
        self.code = ""
        self.problem = ""
        self.name_problem = ""
        self.found: Record | None = None
        self.used = ""
        self._mark = ""

    @property
    def is_unknown(self) -> bool:
        """Whether the code was read, and nothing of it is on this tablet."""
        return bool(self.code) and self.found is None

    def minutes_to_wait(self) -> int:
        """Return for how many minutes no code is taken; 0: one may type."""
        now, wrong = self.context.now_ms(), self._wrong()
        if len(wrong) < WRONG_MAX:
            return 0
        return max(1, -(-(wrong[-1] + WAIT_MS - now) // _MINUTE_MS))

    def look(self, text: str) -> None:
        """Look for what a code leads to."""
        self.code, self.problem, self.found, self.used = "", "", None, ""
        if minutes := self.minutes_to_wait():
            self.problem = self.context.say("refusal.too_many_tries", minutes=minutes)
            return
        try:
            code = codes.parse_short_code(text)
        except Refusal as refusal:
            self._count()
            self.problem = self.context.sentence(refusal)
            return
        self.code, self._mark = code, codes.claim_mark(code)
        claims = self.context.opened.list("claim", "mark = ?", (self._mark,), order="created_at")
        for claim in claims:
            if claim.values["kind"] == "typed":
                self.used = self._by(claim)
            elif self._is_open(claim):
                self.found = self._enterprise(claim.values["enterprise_id"])
        if self.found is None and not self.used:
            self._count()

    def title(self) -> tuple[str, str]:
        """Return the names of what was found."""
        return self.context.name(self.found) if self.found else ("", "")

    def begun(self) -> list[tuple[str, str]]:
        """Return the services that it asked for: each in words, and how far it is."""
        if self.found is None:
            return []
        where, given = "enterprise_id = ?", (self.found.record_id,)
        return [
            (
                self.context.service(one.values["service"]),
                self.context.choice("application", "state", one.values["state"] or "draft"),
            )
            for one in self.context.opened.list("application", where, given)
        ]

    def take(self) -> bytes:
        """Note that the code was used for what it leads to. Returns the enterprise."""
        assert self.found is not None
        values = self.found.values
        self._claim(self.found.record_id, values["commune_code"])
        return self.found.record_id

    def keep(self, name: str) -> bytes:
        """Write down an enterprise under a code that is not known here. Returns it; empty: no name.

        Once the server knows both, they are one.
        """
        name = typed.line(name)
        self.name_problem = ""
        if not name:
            self.name_problem = self.context.say("tablet.claim.name.missing")
            return b""
        commune = next(iter(self.context.own_communes()), self.context.usual_commune())
        if not commune:
            self.name_problem = self.context.say("tablet.claim.early")
            return b""
        field = "name_ar" if has_arabic(name) else "name_fr"
        enterprise = Values({field: name, "commune_code": commune, "status": "draft"})
        with transaction(self.context.opened.db):  # both, or neither
            made = self.context.opened.put("enterprise", enterprise)
            self._claim(made.record_id, commune)
        return made.record_id

    def _claim(self, enterprise_id: bytes, commune: object) -> None:
        values = Values(
            commune_code=str(commune), enterprise_id=enterprise_id, mark=self._mark, kind="typed"
        )
        self.context.opened.put("claim", values)

    def _is_open(self, claim: Record) -> bool:
        until = claim.values["expires_at"]
        return not isinstance(until, int) or until > self.context.now_ms()

    def _enterprise(self, record_id: object) -> Record | None:
        return (
            self.context.opened.find("enterprise", record_id)
            if isinstance(record_id, bytes)
            else None
        )

    def _by(self, claim: Record) -> str:
        by, at = claim.values["created_by"], claim.values["created_at"]
        author = self.context.opened.find("agent", by) if isinstance(by, bytes) else None
        is_own = by == self.context.opened.kept.agent_id
        who = self.context.say("tablet.request.you") if is_own else ""
        if author and not is_own:
            who = self.context.name(author)[0]
        day = self.context.phrases.day(local_time.day_of(at)) if isinstance(at, int) else ""
        return self.context.facts(who, day)

    def _wrong(self) -> list[int]:
        since = self.context.now_ms() - WAIT_MS
        return [at for at in self.context.opened.kept.claims_wrong if at > since]

    def _count(self) -> None:
        with transaction(self.context.opened.db):
            kept = self.context.opened.kept
            kept.claims_wrong = [self.context.now_ms(), *self._wrong()][:WRONG_MAX]
