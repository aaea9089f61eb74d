"""A request for a service: opened, its papers collected page by page, carried on state by state.

The programme holds the file, the receipt and the answer; it never decides for a bank or an
administration. Papers once collected serve every later request.

A page that is taken back is as if it had never been while nothing was saved or sent after it.
Otherwise its record stays, with the person whose it is, but is a page of no paper any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from mobile_app.device.photo import NO_PICTURE, Photo
from mobile_app.screens.consent import answered
from mobile_app.screens.consenting import Consenting
from mobile_app.screens.context import Context
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.request import eligible
from mobile_app.screens.request.eligible import Told
from mobile_app.store import media, undo
from mobile_app.store.database import transaction
from mobile_app.store.records import Record
from mobile_app.store.visits import put_with_parts
from sync import typed
from sync.errors import Refusal
from sync.rules import applications
from sync.rules.eligibility import Verdict
from sync.spec import Values

_SHARES = {
    "bank": "share_bank",
    "insurer": "share_administration",
    "administration": "share_administration",
    "operator": "share_administration",
}
"""Who decides -> the consent without which nothing is passed on."""
_ANSWERED = ("info_requested", "rejected")
"""States out of which the applicant goes: by the papers asked for, by an appeal."""
_BY_AGENT = ("ready", "submitted", "withdrawn", "in_review", "delivered")
"""States that an agent leads to; what the office answers comes with the exchange."""
_EVER_MS = 10**12
_THUMBNAIL_PIXELS = 160


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A page of a paper, as it was photographed. `is_sent`: the server has it."""

    record_id: bytes
    number: int
    size_bytes: int
    is_blurred: bool
    is_sent: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper that a service takes. `pages`: collected; `is_blurred`: one of them is."""

    code: str
    name: str
    pages: int
    is_blurred: bool


class RequestPresenter:
    """One request, or the choice of a service for a new one.

    `wanted`: the service that was chosen and is not asked for yet: nothing is stored until `open`.
    """

    def __init__(
        self, context: Context, entity: str, subject_id: bytes, record_id: bytes = b""
    ) -> None:
        """Read the applicant and the request. Raises NotFound."""
        self.context = context
        self.entity = entity
        self.subject = context.opened.get(entity, subject_id)
        self.title, self.other = context.name(self.subject)
        self.record_id = record_id
        self.problem = ""
        self.warning = ""
        self.wanted = ""
        self._sharing: Consenting | None = None
        self.inputs = Inputs(context, context.opened.entity("application"))
        self._thumbnails: dict[bytes, bytes] = {}
        if record_id:
            self.inputs.values = dict(self.record.values)

    @property
    def record(self) -> Record:
        """Return the request as it stands. Raises NotFound."""
        return self.context.opened.get("application", self.record_id)

    def services(self) -> list[tuple[str, str]]:
        """Return the services for this applicant, as they are shown: code and name."""
        return [(code, name) for _, rows in self.offered() for code, name, _ in rows]

    def offered(self) -> list[tuple[Verdict, list[tuple[str, str, str]]]]:
        """Return the services by what is known of their conditions: code, name, why not yet."""
        found = eligible.answers_of(self.context, self.subject)
        return [
            (
                verdict,
                [
                    (
                        one.edition.code,
                        self.context.service(one.edition.code),
                        eligible.gist_of(self.context, one),
                    )
                    for one in found
                    if one.verdict is verdict
                ],
            )
            for verdict in eligible.GROUPS
        ]

    def conditions(self) -> tuple[Verdict, list[Told]]:
        """Return what the conditions of the wanted service come to, and each in words."""
        found = eligible.answer_of(self.context, self.subject, self.wanted)
        return found.verdict, eligible.told_of(self.context, found)

    def choose(self, service: str) -> None:
        """Say which service is wanted; nothing for another choice."""
        self.wanted, self.problem = service, ""

    def terms(self) -> list[tuple[str, str]]:
        """Return what a request for the wanted service means: what, and value in words."""
        say, terms = self.context.say, self.context.reference.edition(self.wanted)
        names = (
            self.context.reference.name("documents", code, self.context.script)
            for code in terms.documents
        )
        papers = self.context.listed(names) or say("tablet.request.no_papers")
        who = self.context.facts(
            self.title, self.other, self.context.commune(self.subject.values["commune_code"])
        )
        decides = say(f"tablet.request.decided_by.{terms.decided_by or 'programme'}")
        return [
            (say("tablet.request.for"), who),
            (say("tablet.request.papers"), papers),
            (say("tablet.request.decides"), decides),
        ]

    def going(self) -> bytes:
        """Return the request for the wanted service that is on its way already; empty for none."""
        found = self.context.opened.list(
            "application",
            f"{self.entity}_id = ? AND service = ?",
            (self.subject.record_id, self.wanted),
            order="id DESC",
        )
        going = (one for one in found if one.values["state"] not in applications.ENDED)
        return next((one.record_id for one in going), b"")

    def open(self, service: str) -> bool:
        """Open a request, once. Returns whether it is on disk; else `problem` says why not."""
        if self.record_id:
            return True
        values: Values = {
            f"{self.entity}_id": self.subject.record_id,
            "commune_code": self.subject.values["commune_code"],
            "service": service,
            "service_version": self.context.reference.edition(service).number or None,
            "agent_id": self.context.opened.kept.agent_id,
            "state": applications.DRAFT,
        }
        return self._put("application", values)

    def _put(self, entity: str, values: Values, record_id: bytes = b"") -> bool:
        try:
            kept = self.context.opened.put(entity, values, record_id)
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        if entity == "application":
            self.record_id = kept.record_id
            self.inputs.values = dict(kept.values)
        self.problem = ""
        return True

    @property
    def is_dirty(self) -> bool:
        """Whether a receipt's number stands here that is not stored."""
        if not self.record_id:
            return False
        return self._receipt() != (self.record.values["receipt_number"] or "")

    def keep(self) -> None:
        """Store the receipt's number: who leaves without a step has typed it all the same.

        Raises TooLong, StoreFull.
        """
        number = {"receipt_number": self._receipt() or None}
        self.context.opened.put("application", number, self.record_id)

    def _receipt(self) -> str:
        return typed.line(self.inputs.text("receipt_number"))

    def service(self) -> str:
        """Return the service's name."""
        code = self.record.values["service"]
        return self.context.service(code)

    def state(self) -> str:
        """Return where the request stands, in words."""
        state = self.record.values["state"] or applications.DRAFT
        return self.context.choice("application", "state", state)

    def papers(self) -> list[Paper]:
        """Return the papers that the service takes, with the pages that are there."""
        terms = self.context.reference.edition(self.record.values["service"])
        papers = []
        for code in terms.documents:
            pages = self.pages(code)
            name = self.context.reference.name("documents", code, self.context.script)
            papers.append(Paper(code, name, len(pages), any(one.is_blurred for one in pages)))
        return papers

    def pages(self, paper: str) -> list[PaperPage]:
        """Return the pages of a paper as they stand, in the order they were taken."""
        found = self.context.opened.list(
            "document",
            f"{self.entity}_id = ? AND type = ?",
            (self.subject.record_id, paper),
            order="taken_at, id",
        )
        return [
            PaperPage(
                photo.record_id,
                number,
                int(str(photo.values["size_bytes"] or 0)),
                photo.values["quality"] == "blurred",
                photo.state != "on_tablet",
            )
            for number, photo in enumerate(found, 1)
        ]

    def thumbnail(self, page_id: bytes) -> bytes:
        """Return a small picture of a page, PNG; empty where its bytes are not here."""
        if page_id not in self._thumbnails:
            self._thumbnails[page_id] = _thumbnail(self._content(page_id))
        return self._thumbnails[page_id]

    def _content(self, page_id: bytes) -> bytes:
        store = self.context.opened
        blob = media.find(store, page_id)
        return media.read(store, blob, 0, blob.size_bytes) if blob else b""

    def add_page(self, paper: str, photo: Photo, instead_of: bytes = b"") -> None:
        """Store a page of a paper; one that is not sharp is stored and said.

        Args:
            instead_of: the page that it replaces; both or neither.
        """
        store = self.context.opened
        values: Values = {
            f"{self.entity}_id": self.subject.record_id,
            "application_id": self.record_id,
            "commune_code": self.subject.values["commune_code"],
            "type": paper,
            "pages": 1,
            "quality": photo.quality,
            "taken_at": self.context.now_ms(),
        }
        self.problem = self.warning = ""
        try:
            with transaction(store.db):
                if instead_of:
                    self._take_back(instead_of)
                media.capture(store, "document", values, photo.content)
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return
        if photo.quality == "blurred":
            self.warning = self.context.say("tablet.request.blurred")

    def drop_page(self, page_id: bytes) -> None:
        """Take back a page that was not sent yet."""
        self.problem = self.warning = ""
        try:
            self._take_back(page_id)
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)

    def _take_back(self, page_id: bytes) -> None:
        store = self.context.opened
        if not undo.take_back(store, page_id, _EVER_MS):
            store.put("document", {"type": None, "application_id": None}, page_id)

    def share(self) -> str:
        """Return the purpose whose consent is still to be asked before it goes on; or nothing."""
        terms = self.context.reference.edition(self.record.values["service"])
        purpose = _SHARES.get(terms.decided_by, "")
        known = self.context.opened.count(
            "consent",
            f"{self.entity}_id = ? AND purpose = ? AND withdrawn_at IS NULL",
            (self.subject.record_id, purpose),
        )
        return "" if known else purpose

    def answer(self, purpose: str, *, is_given: bool) -> None:
        """Store the answer to a share, if it is still asked for."""
        if self.share() != purpose:
            return
        values: Values = {
            f"{self.entity}_id": self.subject.record_id,
            "commune_code": self.subject.values["commune_code"],
            **answered(
                self.context,
                purpose,
                is_given=is_given,
                language=self.subject.values.get("service_language"),
                read_aloud=self.subject.values.get("reading") == "none",
            ),
        }
        self._put("consent", values)

    def sharing(self) -> Consenting | None:
        """Return the question whether the papers may be passed on; None once it is answered."""
        purpose = self.share()
        if not purpose:
            return None
        if self._sharing is None or self._sharing.purpose != purpose:
            who = Inputs(self.context, self.subject.entity, dict(self.subject.values))
            key = f"{purpose}:{self.context.opened.ids().hex()}"  # it may be asked once more
            self._sharing = Consenting(self.context, who, purpose, key)
        return self._sharing

    def store_sharing(self) -> bool:
        """Store the answer, signed. Returns whether it is on disk; else `problem` says why not."""
        asked = self.sharing()
        if asked is None or asked.given is None:
            return False
        self.problem = asked.problem()
        if self.problem:
            return False
        try:
            put_with_parts(
                self.context.opened, "application", {}, asked.parts(), record_id=self.record_id
            )
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        self._sharing = None
        return True

    def ways_on(self) -> list[tuple[str, str]]:
        """Return where an agent can lead the request from here: state, and what one does."""
        now = str(self.record.values["state"] or applications.DRAFT)
        return [
            (state, self._act(now, state)) for state in applications.NEXT[now] if state in _BY_AGENT
        ]

    def _act(self, now: str, state: str) -> str:
        """Return the act that leads from a state to another: to whom, or in answer to what."""
        decided_by = self.context.reference.edition(self.record.values["service"]).decided_by
        act = f"tablet.request.act.{state}"
        if state == "submitted" and decided_by in _SHARES:
            act += f".{decided_by}"
        if state == "in_review" and now in _ANSWERED:
            act += f".{now}"
        return self.context.say(act)

    def go_to(self, state: str) -> bool:
        """Lead the request on. Returns whether it is on disk; else `problem` says what lacks."""
        self.problem = self.inputs.unread()
        if self.problem:
            return False
        terms = self.context.reference.edition(self.record.values["service"])
        values: Values = {"receipt_number": self.inputs.values.get("receipt_number")}
        try:
            if state == "ready":
                present = [paper.code for paper in self.papers() if paper.pages]
                applications.require_papers(terms.documents, present)
            if state == "submitted" and self._is_share_refused(terms.decided_by):
                self.problem = self.context.say("tablet.request.share_refused")
                return False
            applications.check_step(
                {**self.record.values, **values}, state, decided_by=terms.decided_by
            )
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        values["state"] = state
        if state == "submitted":
            values["submitted_at"] = self.context.now_ms()
        return self._put("application", values, self.record_id)

    def _is_share_refused(self, decided_by: str) -> bool:
        purpose = _SHARES.get(decided_by)
        if purpose is None:
            return False
        return not self.context.opened.count(
            "consent",
            f"{self.entity}_id = ? AND purpose = ? AND given = 1 AND withdrawn_at IS NULL",
            (self.subject.record_id, purpose),
        )


def _thumbnail(content: bytes) -> bytes:
    """Return a picture small enough for a row, PNG; empty for what is none."""
    try:
        with Image.open(BytesIO(content)) as image:
            image.thumbnail((_THUMBNAIL_PIXELS, _THUMBNAIL_PIXELS))
            made = BytesIO()
            image.convert("RGB").save(made, "PNG")
    except NO_PICTURE:
        return b""
    return made.getvalue()
