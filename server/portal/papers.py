"""Papers of a request that its applicant gives by the portal: a photo of a page, or a PDF.

A paper belongs to who made the request: one copy serves all their requests that take it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256 as sha256_of
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.accounts import proxies, throttle
from server.accounts.visitors import Visitor
from server.applications.papers import PHONE, UNCLEAR, erased_words, papers_of, wanted_by
from server.applications.queries import number_of
from server.applications.retention import KEPT_DAYS
from server.applications.told import office_name, paper_name
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Database, Work
from server.exchange import bringing, passing
from server.exchange.stepping import steps_of
from server.media.cleaning import Clean, clean
from server.media.queries import COMPLETE, FORGOTTEN, has_arrived, is_named, named_hash
from server.media.store import BlobFiles
from server.photos.queries import arrived
from server.portal import requests
from server.portal.file import points_near
from server.portal.queries import applications_of, registration_of
from server.reference.offices import office_for
from server.web.seen import read_id
from sync import limits
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.rules.applications import ASKED
from sync.scopes import DAY_MS
from sync.spec import Value

URL = "/portal/papers"
PAGES_MAX, A_DAY_MAX = 30, 150
"""Files of one paper, and of one enterprise in a day, those taken back too."""
FLAWS = {
    "dark": ("portal.paper.dark", "portal.paper.again"),
    "unclear": ("portal.paper.unclear", "portal.paper.again.still"),
}
"""What may be seen of a page at once -> what is said of it, and what to do."""
_POINTS_MAX = 2
_AUTHOR = Author(None, source="portal")
_BEFORE = ("draft", "ready", None)
_OPEN = (*_BEFORE, *passing.WAITING)


class PaperClosed(Refusal):
    """The request was answered or withdrawn: it takes no papers any more."""

    code = "paper_closed"


class PaperKept(Refusal):
    """The page was filed with a request: who decides may have read it."""

    code = "paper_kept"


class PapersTooMany(Refusal):
    """More pages of a paper, or more in a day, than anybody has. `most` says how many."""

    code = "papers_too_many"


@dataclass(frozen=True, slots=True)
class PaperOf:
    """Which paper somebody means: the request by its id as an address has it, the paper's code."""

    visitor: Visitor
    request: str
    code: str


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers of one server's portal."""

    database: Database
    files: BlobFiles

    def take(self, of: PaperOf, content: bytes) -> bytes:
        """Check a page that came, and keep it. Returns the id of its record.

        For a thread of its own: a process is begun to look at the bytes.

        Raises:
            NotFound, PaperClosed, PapersTooMany: as `require_open`.
            TooManyTries: this phone sent too many files today.
            PaperEmpty, PaperKind, PaperBroken, PaperTooLarge, PaperLocked, PaperActive: the bytes.
            StoreFull, Busy: nothing is kept.
        """
        now = self.database.clock()
        self.database.read(lambda records: require_open(records, of, now))
        tried = [throttle.Count(throttle.Limit.PAPER_BY, of.visitor.phone)]
        self.database.write(lambda work: throttle.take(work, tried))
        cleaned = clean(content)
        sha256 = sha256_of(cleaned.content).digest()
        self.files.sealed.put(sha256, cleaned.content)
        try:
            added = self.database.write(partial(_add, of, cleaned))
        except BaseException:
            if not self.database.read(partial(is_named, sha256)):
                self.files.remove(sha256)
            raise
        if not self.files.has(sha256):  # forgotten this very moment: another had taken it back
            self.files.sealed.put(sha256, cleaned.content)
        return added


def find(records: Records, of: PaperOf) -> Stored:
    """Return a request of the visitor's phone that takes a paper. Raises NotFound: any other."""
    request, _ = requests.find(records, of.visitor, of.request)
    if of.code not in wanted_by(request) or of.code == PHONE:
        raise NotFound("portal: no such paper", entity="document")
    return request


def require_open(records: Records, of: PaperOf, now_ms: int) -> Stored:
    """Return a request that takes another page of a paper now.

    Raises:
        NotFound: as `find`.
        PaperClosed, PapersTooMany: as they say.
    """
    request = find(records, of)
    if request.values["state"] not in _OPEN:
        raise PaperClosed("portal: papers for a request that has ended")
    table, (owner, owner_id) = records.tables.records["document"], _owner_of(request)
    theirs = (table.c[owner] == owner_id, table.c.source == "portal")
    count = sa.select(sa.func.count()).select_from(table)
    here = count.where(*theirs, table.c.type == of.code, table.c.deleted_at.is_(None))
    lately = count.where(*theirs, table.c.taken_at > now_ms - DAY_MS)
    for query, most in ((here, PAGES_MAX), (lately, A_DAY_MAX)):
        if (records.connection.scalar(query) or 0) >= most:
            raise PapersTooMany("portal: papers", most=most)
    return request


def _add(of: PaperOf, cleaned: Clean, work: Work) -> bytes:
    """Make the record of a page whose bytes are here; the same page again is the one there is."""
    sha256 = sha256_of(cleaned.content)
    request = work.lock("application", find(work, of).record_id)
    assert request is not None
    require_open(work, of, work.now_ms)
    table, values = work.tables.records["document"], request.values
    owner, owner_id = _owner_of(request)
    same = work.list(
        "document",
        table.c[owner] == owner_id,
        table.c.type == of.code,
        table.c.sha256 == sha256.hexdigest(),
        limit=1,
    )
    if same and has_arrived(work, same[0]):
        return same[0].record_id
    page = work.insert(
        "document",
        {
            "commune_code": values["commune_code"],
            "type": of.code,
            owner: owner_id,
            "application_id": request.record_id,
            "taken_at": work.now_ms,
            "pages": cleaned.pages,
            "size_bytes": len(cleaned.content),
            "sha256": sha256.hexdigest(),
            "quality": cleaned.quality,
        },
        _AUTHOR,
    )
    work.connection.execute(
        sa.insert(work.tables.upload).values(
            id=work.ids(),
            entity="document",
            record_id=page.record_id,
            sha256=sha256.digest(),
            length_bytes=len(cleaned.content),
            offset_bytes=len(cleaned.content),
            state=COMPLETE,
            begun_at=work.now_ms,
            touched_at=work.now_ms,
        )
    )
    _, subject = requests.find(work, of.visitor, of.request)
    proxies.note(work, of.visitor.phone, subject, "paper", request.record_id)
    bringing.close_brought(work)
    passing.pass_on(work)
    return page.record_id


def take_back(work: Work, visitor: Visitor, text: str) -> None:
    """Take back a page before it is filed; its bytes go with the night.

    Raises:
        NotFound: none of this phone's.
        PaperKept: as it says.
    """
    page = _own_page(work, visitor, text)
    work.lock("document", page.record_id)
    if not _may_take_back(work, page):
        raise PaperKept("portal: filed")
    work.delete("document", page.record_id)
    subject = registration_of(work, visitor, _owner_of(page)[1])
    proxies.note(work, visitor.phone, subject, "take_back", page.record_id)
    table = work.tables.upload
    work.connection.execute(
        sa.update(table).where(table.c.record_id == page.record_id).values(state=FORGOTTEN)
    )


def page_of(records: Records, visitor: Visitor, text: str) -> Stored:
    """Return a page of the visitor's own whose bytes are here. Raises NotFound: any other."""
    page = _own_page(records, visitor, text)
    if named_hash(page) is None or not has_arrived(records, page):
        raise NotFound("portal: not here", entity="document")
    return page


def _own_page(records: Records, visitor: Visitor, text: str) -> Stored:
    page = records.find("document", read_id("document", text))
    if page is None:
        raise NotFound("portal: no such page", entity="document")
    registration_of(records, visitor, _owner_of(page)[1])
    return page


def _owner_of(record: Stored) -> tuple[str, bytes]:
    """Return whose a request or a page is, as (field, id). Raises NotFound: nobody's."""
    for name in ("enterprise_id", "person_id"):
        if isinstance(owner_id := record.values[name], bytes):
            return name, owner_id
    raise NotFound("portal: nobody's", entity=record.entity.name)


def _may_take_back(records: Records, page: Stored) -> bool:
    """Whether nobody who decides may have read a page: no request that takes it was filed since."""
    values = page.values
    owner, owner_id = _owner_of(page)
    subject = records.find(owner.removesuffix("_id"), owner_id)
    if values["source"] != "portal" or subject is None:
        return False
    return not any(
        values["type"] in wanted_by(request) and _is_filed_with(records, request, page)
        for request in applications_of(records, subject)
    )


def _is_filed_with(records: Records, request: Stored, page: Stored) -> bool:
    if request.values["state"] in _BEFORE:
        return False
    if request.values["state"] != ASKED:
        return True
    at, taken_at = steps_of(records, request)[-1].values["at"], page.values["taken_at"]
    return not (isinstance(at, int) and isinstance(taken_at, int) and taken_at > at)


def paper_page(records: Records, of: PaperOf, phrases: Phrases) -> dict[str, Any]:
    """Return what the page of a paper shows. Raises NotFound: as `find`."""
    request, code = find(records, of), of.code
    papers = {one.code: one for one in papers_of(records, [request])[request.record_id]}
    pages = [page for page in papers[code].pages if page.values[_owner_of(request)[0]]]
    here, values = arrived(records, pages), request.values
    office = office_for(values["service"], values["commune_code"], values["service_version"])
    elsewhere = [page for page in pages if page.values["application_id"] != request.record_id]
    url = f"{requests.URL}/{UUID(bytes=request.record_id)}"
    return {
        "url": f"{url}/papers/{code}",
        "request_url": url,
        "application": str(UUID(bytes=request.record_id)),
        "code": code,
        "number": number_of(request),
        "paper": paper_name(phrases, code),
        "is_open": values["state"] in _OPEN,
        "flaws": FLAWS,
        "seen_flaws": {
            "dark" if page.values["quality"] == "dark" else "unclear"
            for page in pages
            if page.values["quality"] in UNCLEAR
        },
        "most": limits.BLOB_BYTES_MAX // 2**20,
        "points": points_near(records, str(values["commune_code"]), phrases)[:_POINTS_MAX],
        "seen": phrases.say("portal.paper.seen", office=office_name(phrases, office.code))
        if office and office.share
        else phrases.say("portal.paper.seen.programme"),
        "erased": erased_words(phrases, papers[code]),
        "kept_days": KEPT_DAYS,
        "given_on": _last_given(elsewhere) if elsewhere == pages else None,
        "pages": [
            {
                "id": str(UUID(bytes=page.record_id)),
                "url": f"{URL}/{UUID(bytes=page.record_id)}",
                "is_here": page.record_id in here,
                "is_dark": page.values["quality"] == "dark",
                "is_unclear": page.values["quality"] in UNCLEAR,
                "count": page.values["pages"],
                "taken_at": page.values["taken_at"],
                "may_take_back": _may_take_back(records, page),
            }
            for page in pages
        ],
    }


def _last_given(pages: list[Stored]) -> Value:
    found = [at for page in pages if isinstance(at := page.values["taken_at"], int)]
    return max(found, default=None)
