"""Tell the applicant of a step: by a message where they agreed to it, else by their agent.

In the request's inbox it is in any case.

Ordered within the transaction of the step, so none is lost and none tells of what was not stored.
What arrives a week late is told by the request's page alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from server.accounts.passed_on import SUBJECTS
from server.db.records import Records, Stored
from server.db.work import Work
from server.exchange import telling
from server.exchange.consents import at_of, last_answer
from server.exchange.delays import appeal_day
from server.reference import files
from server.sms import outbox
from server.sms.outbox import Kind
from server.sms.templates import compose, phrases_of
from sync.phrases import Phrases
from sync.rules.applications import ASKED, FILED, GRANTED, REJECTED, Actor, piece_reasons
from sync.rules.codes import short_code
from sync.spec import Value

TOLD = (FILED, ASKED, GRANTED, REJECTED, "delivered")
"""Steps that a message tells of."""
ANSWERS = (GRANTED, REJECTED)
"""Steps that an agent tells of where no message does; what is asked for is a task in any case."""
PURPOSE = "contact_sms"
_UNSAID = ("other", "lacking")
"""Why a paper is asked for, where a message says no more by it: it costs."""
_NEWS_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who asked, for messages. `why`: a code of why none may be sent; empty: it may."""

    phone: str
    phrases: Phrases
    why: str


def tell(work: Work) -> None:
    """Order the messages of the steps that this work brings; of a request the last one alone."""
    last: dict[bytes, Stored] = {}
    for step in work.changed("application_step"):
        of = step.values.get("application_id")
        if step.rev == 1 and isinstance(of, bytes):
            last[of] = max(step, last.get(of, step), key=lambda one: at_of(one, "at"))
    for application_id, step in sorted(last.items()):
        application = work.lock("application", application_id)
        if application is not None and application.deleted_at is None:
            tell_step(work, application, step)


def tell_step(work: Work, application: Stored, step: Stored) -> None:
    """Order the message of a step, if it is news and the request still stands there."""
    state, at = step.values.get("state"), step.values.get("at")
    telling.drop(work, application)
    is_news = isinstance(at, int) and at > work.now_ms - _NEWS_MS
    if state not in TOLD or not is_news or application.values.get("state") != state:
        return
    recipient = recipient_of(work, application)
    words = words_of(recipient.phrases, application, step.values)
    made = outbox.order(
        work,
        Kind.STEP,
        recipient.phone,
        words,
        application_id=application.record_id,
        once=f"step {step.record_id.hex()}",
        why=recipient.why,
    )
    is_answer = state in ANSWERS and step.values.get("actor") != Actor.AGENT
    if made and recipient.why and is_answer:
        telling.make(work, application, words)


def tell_back(work: Work, application: Stored) -> None:
    """Order the message that a request stands again where it was: what was told before was none."""
    telling.drop(work, application)
    recipient = recipient_of(work, application)
    phrases, state = recipient.phrases, str(application.values.get("state"))
    outbox.order(
        work,
        Kind.STEP,
        recipient.phone,
        compose(
            phrases,
            "notice.taken_back",
            ref=short_code(application.record_id),
            state=phrases.say(f"application.state.{state}"),
        ),
        application_id=application.record_id,
        once=f"back {application.record_id.hex()} {application.rev}",
        why=recipient.why,
    )


def words_of(phrases: Phrases, application: Stored, said: Mapping[str, Value]) -> str:
    """Return what a message says of a step: short, for each segment costs."""
    state, ref = str(said.get("state")), short_code(application.record_id)
    if state == ASKED:
        papers = _papers(phrases, said)
        code = f"notice.{state}" if papers else f"notice.{state}.words"
        return compose(phrases, code, ref=ref, papers=phrases.listed(papers))
    if state == REJECTED:
        return _refused(phrases, application, said, ref)
    due = application.values.get("due_on")
    if state == FILED and isinstance(due, int):
        return compose(phrases, "notice.submitted.due", ref=ref, day=phrases.day(due))
    return compose(phrases, f"notice.{state}", ref=ref)


def _papers(phrases: Phrases, said: Mapping[str, Value]) -> list[str]:
    """Return the papers that a step asks for, each with why in brackets, if that is said."""
    pieces, names, reasons = said.get("pieces"), files.documents(), piece_reasons(said)
    found = []
    for code in map(str, pieces) if isinstance(pieces, tuple) else ():
        name = names.get(code, {}).get(phrases.language.code, code)
        reason = reasons.get(code, "other")
        why = "" if reason in _UNSAID else phrases.say(f"application_step.piece.{reason}")
        found.append(f"{name} ({why})" if why else name)
    return found


def _refused(phrases: Phrases, application: Stored, said: Mapping[str, Value], ref: str) -> str:
    at, reason = said.get("at"), str(said.get("reason") or "")
    day = appeal_day(application, at) if isinstance(at, int) else None
    why = phrases.say(f"application_step.reason.{reason}") if reason else ""
    told = "notice.rejected.why" if why else "notice.rejected"
    code = "notice.appeal" if day is None else "notice.appeal.until"
    return compose(phrases, told, code, ref=ref, reason=why, day=phrases.day(day or 0))


def recipient_of(records: Records, application: Stored) -> Recipient:
    """Return who is told of a request: their phone, language, and whether they agreed."""
    return recipient_for(records, _subject(records, application))


def recipient_for(records: Records, subject: Stored | None) -> Recipient:
    """Return how a person or an enterprise is told: their phone, language, whether they agreed."""
    phone = str((subject.values.get("phone") if subject else None) or "")
    whose = {f"{subject.entity.name}_id": subject.record_id} if subject else {}
    consent = last_answer(records, whose, PURPOSE)
    language = str(consent.values.get("language") or "") if consent else ""
    if not language and subject is not None and subject.entity.name == "person":
        language = str(subject.values.get("service_language") or "")
    why = "no_phone" if not phone else _why_not(records, consent, phone)
    return Recipient(phone, phrases_of(language), why)


def _why_not(records: Records, consent: Stored | None, phone: str) -> str:
    if consent is None or not consent.values.get("given"):
        return "no_consent"
    if consent.values.get("withdrawn_at") is not None:
        return "withdrawn"
    stopped_at, given_at = stopped_since(records, phone), consent.values.get("given_at")
    is_stopped = stopped_at is not None and not (
        isinstance(given_at, int) and given_at > stopped_at
    )
    return "stopped" if is_stopped else ""


def stopped_since(records: Records, phone: str) -> int | None:
    """Return since when a phone wants no messages; None: it may have them."""
    table = records.tables.message_stop
    return records.connection.scalar(sa.select(table.c.at).where(table.c.phone == phone))


def _subject(records: Records, application: Stored) -> Stored | None:
    """Return who asked; the enterprise where both are named."""
    for entity in reversed(SUBJECTS):
        subject_id = application.values.get(f"{entity}_id")
        if isinstance(subject_id, bytes):
            mine = records.changed(entity) if isinstance(records, Work) else []
            found = next((one for one in mine if one.record_id == subject_id), None)
            return found or records.find(entity, subject_id)
    return None
