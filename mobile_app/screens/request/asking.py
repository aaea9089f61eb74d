"""What a request's applicant is asked for, and what is told to the coordinators about it.

Who is asked for what they gave already says so with one touch: the task that is made of it lists
the pages that are here, with their moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mobile_app.screens.context import Context
from mobile_app.screens.request.following import Ask
from mobile_app.store.records import Record
from sync.spec import Values

_CLAIM, _PIECE, _TELL = "complaint", "missing_piece", "tell"
_OPEN = "state IN ('open', 'started')"


@dataclass(frozen=True, slots=True)
class AskedPaper:
    """A paper that is asked for, and why.

    `is_brought`: photographed since; `is_claimed`: given before.
    """

    code: str
    name: str
    is_brought: bool
    is_claimed: bool
    why: str = ""


class Asking:
    """What is asked and told of one request."""

    def __init__(self, context: Context, record: Record) -> None:
        """Begin; the store is read as it is asked."""
        self.context, self.record = context, record

    def papers(self, ask: Ask) -> list[AskedPaper]:
        """Return the papers that are asked for, and what became of each here."""
        since = int(str(ask.step.values["at"] or 0))
        claimed = {str(task.values["title"]) for task in self.tasks(_CLAIM)}
        return [
            AskedPaper(
                code,
                name := self.context.reference.name("documents", code, self.context.script),
                any(taken >= since for taken in self._taken(code)),
                self._claim(name) in claimed,
                ask.whys.get(code, ""),
            )
            for code in ask.codes
        ]

    def pieces(self) -> Sequence[Record]:
        """Return the tasks that wait for the papers."""
        return self.tasks(_PIECE)

    def tellings(self) -> Sequence[Record]:
        """Return the tasks to tell the applicant what was answered."""
        return self.tasks(_TELL)

    def claim_given(self, paper: AskedPaper) -> None:
        """Tell, once, that a paper that is asked for was given before. Raises StoreFull."""
        if not paper.is_claimed:
            taken = self._taken(paper.code)
            pages = self.context.phrases.count("tablet.request.pages", len(taken))
            days = self.context.listed(self.context.phrases.moment(at) for at in taken)
            self._tell(self._claim(paper.name), self.context.facts(paper.name, pages, days))

    def claim_unlisted(self) -> None:
        """Tell, once, that a paper was asked for that is not on the list. Raises StoreFull.

        The list of the edition under which it was filed is the evidence.
        """
        title = self.context.say("tablet.request.unlisted")
        if not self.is_unlisted():
            edition = self.context.terms_of(self.record.values)
            number = self.record.values["service_version"] or edition.number
            papers = self.context.listed(
                self.context.reference.name("documents", code, self.context.script)
                for code in edition.documents
            )
            say = self.context.say("tablet.request.unlisted.list", edition=number, papers=papers)
            self._tell(title, say)

    def is_unlisted(self) -> bool:
        """Whether it is told already."""
        title = self.context.say("tablet.request.unlisted")
        return any(task.values["title"] == title for task in self.tasks(_CLAIM))

    def disagree(self) -> None:
        """Tell, once, that the applicant disagrees with the answer. Raises StoreFull."""
        title = self.context.say("tablet.request.disagrees.told")
        if not any(task.values["title"] == title for task in self.tasks(_CLAIM)):
            self._tell(title, self.context.service(self.record.values["service"]))

    def tasks(self, kind: str) -> Sequence[Record]:
        """Return what is to be done for this request, of one kind."""
        wanted = f"application_id = ? AND kind = ? AND {_OPEN}"
        return self.context.opened.list("task", wanted, (self.record.record_id, kind))

    def _claim(self, name: str) -> str:
        return self.context.say("tablet.request.asked.claim", paper=name)

    def _taken(self, paper: str) -> list[int]:
        """Return when the pages of a paper that are here were taken."""
        field = next(name for name in ("person_id", "enterprise_id") if self.record.values[name])
        wanted = f"{field} = ? AND type = ?"
        found = self.context.opened.list(
            "document", wanted, (self.record.values[field], paper), order="taken_at, id"
        )
        return [at for photo in found if isinstance(at := photo.values["taken_at"], int)]

    def _tell(self, title: str, notes: str) -> None:
        shared = ("person_id", "enterprise_id", "commune_code")
        values: Values = {name: self.record.values[name] for name in shared}
        values |= {"kind": _CLAIM, "title": title, "notes": notes, "state": "open"}
        self.context.opened.put("task", {**values, "application_id": self.record.record_id})
