"""The papers of a request: which its service takes, which are there, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.accounts.passed_on import SUBJECTS
from server.db.records import Records, Stored
from server.media.queries import ERASED
from server.reference import catalogue, files
from sync import local_time
from sync.phrases import Phrases
from sync.spec import Value

PHONE = "PHONE_OTP"
UNCLEAR = ("blurred", "partial", "dark")
"""What a page's quality may be, if not all of it can be read."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper that a service takes.

    `pages`: the records of what was photographed of it; `is_known`: it is none of paper, and is
    there: a phone that was checked by a code; `erased_at`: since when a page of it is gone.
    """

    code: str
    names: Mapping[str, str]
    pages: tuple[Stored, ...]
    is_known: bool = False
    erased_at: int | None = None

    @property
    def is_here(self) -> bool:
        """Whether there is any of it."""
        return bool(self.pages) or self.is_known

    @property
    def is_unclear(self) -> bool:
        """Whether a page of it cannot be read well."""
        return any(page.values["quality"] in UNCLEAR for page in self.pages)


def wanted_by(application: Stored) -> tuple[str, ...]:
    """Return the codes of the papers that a request's service takes."""
    edition = catalogue.edition_of(application.values)
    return edition.documents if edition else ()


def papers_of(records: Records, applications: Sequence[Stored]) -> dict[bytes, list[Paper]]:
    """Return the papers of requests by request, in the catalogue's order.

    A copy that the applicant gave for another request serves this one too.
    """
    pages: dict[tuple[bytes, str], list[Stored]] = defaultdict(list)
    table = records.tables.records["document"]
    for one, ids in _asking(applications):
        found = records.list(
            "document",
            table.c[f"{one}_id"].in_(ids),
            table.c.type.is_not(None),
            order=(table.c.taken_at, table.c.id),
        )
        for page in found:
            if isinstance(subject_id := page.values[f"{one}_id"], bytes):
                pages[subject_id, str(page.values["type"])].append(page)
    names, checked = files.documents(), _with_checked_phone(records, applications)
    gone = erased_at(records, applications)
    return {
        request.record_id: [
            Paper(
                code,
                names.get(code, {}),
                tuple(_pages_of(pages, request, code)),
                code == PHONE
                and not checked.isdisjoint(request.values[f"{one}_id"] for one in SUBJECTS),
                max(
                    (gone.get((request.values[f"{one}_id"], code), 0) for one in SUBJECTS),
                    default=0,
                )
                or None,
            )
            for code in wanted_by(request)
        ]
        for request in applications
    }


def erased_at(records: Records, requests: Sequence[Stored]) -> dict[tuple[object, str], int]:
    """Return of whom and which paper, (subject's id, code), pages were erased, and when last."""
    page, upload = records.tables.records["document"], records.tables.upload
    found: dict[tuple[object, str], int] = {}
    for one, ids in _asking(requests):
        owner = page.c[f"{one}_id"]
        query = (
            sa.select(owner, page.c.type, sa.func.max(upload.c.touched_at))
            .join(upload, upload.c.record_id == page.c.id)
            .where(owner.in_(ids), upload.c.state == ERASED, page.c.type.is_not(None))
            .group_by(owner, page.c.type)
        )
        for subject_id, code, at in records.connection.execute(query):
            found[bytes(subject_id), str(code)] = int(at)
    return found


def _asking(requests: Sequence[Stored]) -> Iterator[tuple[str, set[Value]]]:
    """Yield who asks, an entity and the ids of its records; none of whom nobody is."""
    for one in SUBJECTS:
        ids = {request.values[f"{one}_id"] for request in requests} - {None}
        if ids:
            yield one, ids


def _with_checked_phone(records: Records, applications: Sequence[Stored]) -> set[object]:
    """Return the ids of those who registered by a phone which was sent a code."""
    found: set[object] = set()
    for one, ids in _asking(applications):
        table = records.tables.records[one]
        checked = records.list(
            one, table.c.id.in_(ids), table.c.phone.is_not(None), table.c.source == "portal"
        )
        found |= {subject.record_id for subject in checked}
    return found


def _pages_of(
    pages: Mapping[tuple[bytes, str], list[Stored]], request: Stored, code: str
) -> list[Stored]:
    found: dict[bytes, Stored] = {}
    for one in SUBJECTS:
        subject_id = request.values[f"{one}_id"]
        if isinstance(subject_id, bytes):
            found |= {page.record_id: page for page in pages.get((subject_id, code), ())}
    return list(found.values())


def erased_words(phrases: Phrases, paper: Paper) -> str:
    """Return since when a paper is gone, in words; "" of what was never erased, or given anew."""
    if paper.erased_at is None or paper.is_here:
        return ""
    day = phrases.day(local_time.day_of(paper.erased_at))
    return phrases.say("desk.queue.paper.erased", day=day)
