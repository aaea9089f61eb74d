"""A request for a service: opened, its papers collected page by page, carried on state by state.

The programme holds the file, the receipt and the answer; it never decides for a bank or an
administration. Papers once collected serve every later request.

A page that is taken back is as if it had never been while nothing was saved or sent after it.
Otherwise its record stays, with the person whose it is, but is a page of no paper any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from mobile_app.device.photo import NO_PICTURE, Photo
from mobile_app.screens.consent import answered
from mobile_app.screens.consenting import Consenting
from mobile_app.screens.context import Context
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.request import eligible
from mobile_app.screens.request.asking import AskedPaper, Asking
from mobile_app.screens.request.delivering import Delivering
from mobile_app.screens.request.eligible import Offered, Told
from mobile_app.screens.request.following import Following
from mobile_app.store import media, undo
from mobile_app.store.database import transaction
from mobile_app.store.records import Record
from mobile_app.store.visits import Part, put_with_parts
from sync import typed
from sync.errors import Refusal
from sync.rules import applications
from sync.rules.applications import Actor, Way
from sync.rules.codes import short_code
from sync.rules.eligibility import Verdict
from sync.rules.offices import Office
from sync.spec import Values

_ANSWERED = (applications.ASKED, applications.REJECTED)
"""States out of which the applicant goes: by the papers asked for, by an appeal."""
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
        self.delivering: Delivering | None = None
        self._sharing: Consenting | None = None
        self.inputs = Inputs(context, context.opened.entity("application"))
        self._thumbnails: dict[bytes, bytes] = {}
        if record_id:
            self.inputs.values = dict(self.record.values)

    @property
    def record(self) -> Record:
        """Return the request as it stands. Raises NotFound."""
        return self.context.opened.get("application", self.record_id)

    def following(self) -> Following:
        """Return where the request stands now: its steps, its clock, what is asked."""
        return Following(self.context, self.record)

    def services(self) -> list[tuple[str, str]]:
        """Return the services for this applicant, as they are shown: code and name."""
        return [(code, name) for _, rows in self.offered() for code, name, _ in rows]

    def offered(self) -> Offered:
        """Return the services by what is known of their conditions: code, name, why not yet."""
        return eligible.offered_to(self.context, self.subject)

    def conditions(self) -> tuple[Verdict, list[Told]]:
        """Return what the conditions of the wanted service come to, and each in words."""
        return eligible.told_of(self.context, self.subject, self.wanted)

    def choose(self, service: str) -> None:
        """Say which service is wanted; nothing for another choice."""
        self.wanted, self.problem = service, ""

    def terms(self) -> list[tuple[str, str]]:
        """Return what a request for the wanted service means: what, and value in words."""
        say = self.context.say
        terms = self.context.terms(self.wanted, self.subject.values["commune_code"])
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
            "service_version": self.context.terms(
                service, self.subject.values["commune_code"]
            ).number
            or None,
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

    def own_receipt(self) -> str:
        """Return the number of our own receipt: of what is passed on here, no desk gives another.

        It is the request's code, which is printed on it; empty where no receipt is due.
        """
        decided_by = self.context.terms_of(self.record.values).decided_by
        return short_code(self.record_id) if decided_by in applications.RECEIPTED else ""

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
        terms = self.context.terms_of(self.record.values)
        papers = []
        for code in terms.documents:
            pages = self.pages(code)
            name = self.context.reference.name("documents", code, self.context.script)
            papers.append(Paper(code, name, len(pages), any(one.is_blurred for one in pages)))
        return papers

    def pages(self, paper: str) -> list[PaperPage]:
        """Return the pages of a paper as they stand, in the order they were taken."""
        return [
            PaperPage(
                photo.record_id,
                number,
                int(str(photo.values["size_bytes"] or 0)),
                photo.values["quality"] == "blurred",
                photo.state != "on_tablet",
            )
            for number, photo in enumerate(self._photos(paper), 1)
        ]

    def _photos(self, paper: str) -> Sequence[Record]:
        """Return the records of a paper's pages: one copy serves several requests."""
        return self.context.opened.list(
            "document",
            f"{self.entity}_id = ? AND type = ?",
            (self.subject.record_id, paper),
            order="taken_at, id",
        )

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
        office = self.office()
        if office is None or not office.share or self._words_on(office):
            return ""
        return office.share

    def office(self) -> Office | None:
        """Return who answers the request; None where nobody decides it but who asks."""
        values = self.record.values
        return self.context.reference.office(self.context.terms_of(values), values["commune_code"])

    def _words_on(self, office: Office) -> list[Record]:
        """Return what was answered, and not withdrawn, when asked whether an office may know."""
        found = self.context.opened.list(
            "consent",
            f"{self.entity}_id = ? AND purpose = ? AND withdrawn_at IS NULL",
            (self.subject.record_id, office.share),
            order="given_at, id",
        )
        return [one for one in found if office.is_named_by(one.values["recipient"])]

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
                recipient=office.code if (office := self.office()) else "",
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
            self._sharing = Consenting(self.context, who, purpose, key, self.office())
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

    def asking(self) -> Asking:
        """Return what is asked of the applicant, and told of it."""
        return Asking(self.context, self.record)

    def claim_given(self, paper: AskedPaper) -> bool:
        """Tell that a paper was given before. Returns whether it is on disk; else `problem`."""
        return self._told(lambda: self.asking().claim_given(paper))

    def claim_unlisted(self) -> bool:
        """Tell that a paper not on the list was asked for. Returns whether it is on disk."""
        return self._told(lambda: self.asking().claim_unlisted())

    def disagree(self) -> bool:
        """Tell that the applicant disagrees. Returns whether it is on disk; else `problem`."""
        return self._told(lambda: self.asking().disagree())

    def _told(self, tell: Callable[[], None]) -> bool:
        try:
            tell()
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        self.problem = ""
        return True

    def ways_on(self) -> list[tuple[str, str]]:
        """Return where an agent can lead the request from here: state, and what one does."""
        following = self.following()
        return [(way.end, self._act(way, following.terms.decided_by)) for way in following.ways()]

    def _act(self, way: Way, decided_by: str) -> str:
        """Return the act that leads from a state to another: to whom, or in answer to what."""
        act = f"tablet.request.act.{way.end}"
        if way.end == applications.FILED and self._is_passed_on():
            act += f".{decided_by}"
        if way.end == applications.REVIEWED and way.start in _ANSWERED:
            act += f".{way.start}"
        return self.context.say(act)

    def go_to(self, state: str) -> bool:
        """Lead the request on: the step and what it changes are one group, on disk or not at all.

        Returns whether it is; else `problem` says what lacks. A delivery is signed for first.
        """
        self.problem = self.inputs.unread()
        if self.problem:
            return False
        following = self.following()
        terms = following.terms
        values: Values = {}
        if following.takes_receipt:
            values["receipt_number"] = self.inputs.values.get("receipt_number")
        if state == applications.FILED and not values.get("receipt_number"):
            values["receipt_number"] = self.own_receipt()
        signed: tuple[Values, list[Part]] = ({}, [])
        try:
            if state == "ready":
                present = [paper.code for paper in self.papers() if paper.pages]
                applications.require_papers(terms.documents, present)
            if state == applications.FILED and self._is_share_refused():
                self.problem = self.context.say("tablet.request.share_refused")
                return False
            way = applications.check_step(
                {**self.record.values, **values},
                state,
                before=following.before,
                decided_by=terms.decided_by,
                actor=Actor.AGENT,
            )
            if self.delivering:
                self.problem = self.delivering.problem()
                signed = self.delivering.step()
            if self.problem:
                return False
            self._take(way, following, values, signed)
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        self.delivering = None
        return True

    def _take(
        self, way: Way, following: Following, values: Values, signed: tuple[Values, list[Part]]
    ) -> None:
        """Put a step: its record, the application's new state, and the task that it settles."""
        now_ms, store = self.context.now_ms(), self.context.opened
        step: Values = {
            "application_id": self.record_id,
            "state": way.end,
            "at": now_ms,
            "actor": Actor.AGENT.value,
            "edition": self.record.values["service_version"],
            **signed[0],
        }
        values |= {"state": way.end}
        if way.end == applications.FILED:
            values["submitted_at"] = now_ms
            step["receipt_number"] = values["receipt_number"]
        if way.is_appeal:
            step["appealed"] = True
        ask = following.ask()
        if ask and way.end == applications.REVIEWED:
            brought = [one.code for one in self.asking().papers(ask) if one.is_brought]
            step["pieces"] = tuple(sorted(brought))
        parts = [Part("application_step", step), *signed[1]]
        done: Values = {"state": "done", "done_at": now_ms}
        with transaction(store.db):
            kept = put_with_parts(store, "application", values, parts, record_id=self.record_id)
            for task in self.asking().pieces() if ask else ():
                store.put("task", done, task.record_id)
        self.inputs.values = dict(kept.values)

    def _is_passed_on(self) -> bool:
        office = self.office()
        return office is not None and bool(office.share)

    def _is_share_refused(self) -> bool:
        office = self.office()
        if office is None or not office.share:
            return False
        said = self._words_on(office)
        return not said or not said[-1].values["given"]


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
