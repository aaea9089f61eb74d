"""Make a complaint, take it, answer it, appeal: and who may not decide.

The queue is of the coordinators of the place. Nobody answers a complaint of what they did
themselves, or of their family: then the programme does. An appeal is a complaint of its own that
names the first; the programme answers it, and nobody who answered before.
"""

from __future__ import annotations

from functools import partial

from server.complaints.titles import title_in, title_of
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.exchange import telling
from server.exchange.complaints import KIND, due_of
from server.exchange.decide import AlreadyDecided, RecordChanged
from server.exchange.notices import recipient_of
from server.exchange.stepping import steps_of
from server.rights import Reach, Right
from server.sms import outbox
from server.sms.outbox import Kind
from server.sms.templates import compose
from server.visits.commands import is_family
from server.web.asked import Asked
from server.web.reader import Reader
from server.web.seen import get_seen
from sync import typed
from sync.checks import Missing, TooLong
from sync.errors import Refusal
from sync.limits import NOTE_CHARS_MAX
from sync.merge import INSERT
from sync.rules.applications import Actor
from sync.rules.codes import short_code
from sync.spec import Values

RIGHT = Right.DECIDE
_PORTAL = Author(None, source="portal")
_SUBJECTS = ("person_id", "enterprise_id")
_APPLICANTS = (Actor.APPLICANT, Actor.CLOCK)


class ComplaintOwn(Refusal):
    """Nobody answers a complaint of what they did themselves."""

    code = "complaint_own"


class ComplaintOfFamily(Refusal):
    """Nobody answers a complaint of somebody of whom they said that they are family."""

    code = "complaint_of_family"


class ComplaintAbove(Refusal):
    """An appeal is answered one level up, by somebody who did not answer before."""

    code = "complaint_above"


class ComplaintNotAnswered(Refusal):
    """There is no answer to object to, or it was objected to already."""

    code = "complaint_not_answered"


def make(work: Work, whose: Stored, about: str, notes: str, application: Stored | None) -> Stored:
    """Keep a complaint of the portal. The same, sent twice, is one. Returns it.

    Args:
        whose: the enterprise that complains; the work has it locked, or its phone's name.
        about: what it is about, one of `ABOUTS`.
        application: the request that it is about, if it is about one.
    """
    values: Values = {
        "commune_code": whose.values["commune_code"],
        f"{whose.entity.name}_id": whose.record_id,
        "kind": KIND,
        "title": title_of(about),
        "notes": notes[:NOTE_CHARS_MAX],
        "due_on": due_of(whose.values["commune_code"], work.now_ms),
        "state": "open",
        "application_id": application.record_id if application else None,
    }
    table = work.tables.records["task"]
    same = [
        table.c[name] == value if value is not None else table.c[name].is_(None)
        for name, value in values.items()
        if name != "due_on"
    ]
    known = work.list("task", *same, table.c.answer.is_(None), limit=1)
    return known[0] if known else work.insert("task", values, _PORTAL)


def appeal(work: Work, complaint: Stored) -> Stored:
    """Object to the answer to a complaint that is locked: it goes one level up, with its words.

    Raises:
        ComplaintNotAnswered: it has no answer, is an appeal itself, or was appealed.
    """
    values = complaint.values
    if not values["answer"] or values["appeal_of"] or appeal_of(work, complaint):
        raise ComplaintNotAnswered(f"task {complaint.record_id.hex()}: no answer to object to")
    kept = ("commune_code", *_SUBJECTS, "kind", "title", "notes", "application_id")
    again = Values({name: values[name] for name in kept})
    again |= {"state": "open", "appeal_of": complaint.record_id}
    again["due_on"] = due_of(values["commune_code"], work.now_ms)
    return work.insert("task", again, _PORTAL)


def appeal_of(records: Records, complaint: Stored) -> Stored | None:
    """Return the appeal against the answer to a complaint, if there is one."""
    table = records.tables.records["task"]
    found = records.list("task", table.c.appeal_of == complaint.record_id, limit=1)
    return found[0] if found else None


def why_not(records: Records, reader: Reader, complaint: Stored) -> Refusal | None:
    """Return why the reader does not decide a complaint, None if they may."""
    by, values = reader.session.agent_id, complaint.values
    named = f"task {complaint.record_id.hex()}"
    if by in _concerned(records, complaint):
        return ComplaintOwn(f"{named}: own")
    if any(is_family(records, by, values[name]) for name in _SUBJECTS):
        return ComplaintOfFamily(f"{named}: of family")
    first_id = values["appeal_of"]
    if isinstance(first_id, bytes):
        first = records.find("task", first_id)
        answered_by = first.values["owner_id"] if first else None
        if answered_by == by or reader.session.standing.reach(RIGHT) is not Reach.ALL:
            return ComplaintAbove(f"{named}: an appeal")
    return None


def _concerned(records: Records, complaint: Stored) -> set[object]:
    """Return whose doing it is: of its request the agent, the holder, all who led it on."""
    whose: set[object] = {complaint.writers[INSERT].agent_id}
    application_id = complaint.values["application_id"]
    request = (
        records.find("application", application_id) if isinstance(application_id, bytes) else None
    )
    if request is not None:
        whose |= {request.values["agent_id"], request.values["holder_id"]}
        whose |= {
            step.values["created_by"] or step.writers[INSERT].agent_id
            for step in steps_of(records, request)
            if step.values["actor"] not in _APPLICANTS
        }
    return whose - {None}


def take(work: Work, reader: Reader, text: str) -> None:
    """Say that the reader sees to a complaint; also one that a colleague has.

    Raises:
        NotFound, ComplaintOwn, ComplaintOfFamily, ComplaintAbove, AlreadyDecided: as they say.
    """
    complaint = _to_decide(work, reader, text)
    by = reader.session.agent_id
    mine: Values = {"owner_id": by, "state": "started"}
    work.change("task", complaint.record_id, mine, Author(by))


def answer(work: Work, reader: Reader, text: str, form: Asked) -> Stored:
    """Answer a complaint in words; who complained is told. Returns it.

    Raises:
        Missing, TooLong: of the words.
        RecordChanged: somebody wrote to it since the page was drawn; and what `take` raises.
    """
    complaint = _to_decide(work, reader, text)
    if complaint.rev > (form.number("seen_rev") or 0):
        raise RecordChanged(f"task {complaint.record_id.hex()}: written since")
    words = typed.text(form.get("answer"))
    if not words:
        raise Missing("complaint: no words", entity="task", field="answer")
    if (over := len(words) - NOTE_CHARS_MAX) > 0:
        raise TooLong("complaint", entity="task", field="answer", most=NOTE_CHARS_MAX, over=over)
    by = reader.session.agent_id
    said: Values = {"answer": words, "owner_id": by, "state": "done", "done_at": work.now_ms}
    work.change("task", complaint.record_id, said, Author(by))
    _tell(work, complaint, words)
    return complaint


def _tell(work: Work, complaint: Stored, answered: str) -> None:
    """Have who complained told that there is an answer; of a request in its inbox too.

    Whom no message reaches is told the answer itself, by an agent.
    """
    about = complaint.values["application_id"]
    request = work.lock("application", about) if isinstance(about, bytes) else None
    recipient = recipient_of(work, request or complaint)
    words = (
        compose(recipient.phrases, "notice.complaint", ref=short_code(request.record_id))
        if request
        else compose(recipient.phrases, "notice.complaint.own")
    )
    made = outbox.order(
        work,
        Kind.STEP,
        recipient.phone,
        words,
        application_id=request.record_id if request else None,
        once=f"complaint {complaint.record_id.hex()}",
        why=recipient.why,
    )
    if made and recipient.why:
        what = partial(title_in, title=complaint.values["title"])
        telling.make_of_complaint(work, complaint, what, answered)


def _to_decide(work: Work, reader: Reader, text: str) -> Stored:
    """Return a complaint locked for who may decide it."""
    seen = get_seen(work, reader, "task", text, RIGHT)
    complaint = work.lock("task", seen.record_id)
    if complaint is None or complaint.deleted_at or complaint.values["kind"] != KIND:
        raise NotFound(f"task {seen.record_id.hex()}: no complaint", entity="task")
    if refusal := why_not(work, reader, complaint):
        raise refusal
    if complaint.values["answer"]:
        raise AlreadyDecided(f"task {complaint.record_id.hex()}: answered")
    return complaint
