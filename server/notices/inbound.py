"""What a phone sends us: STOP, a request's reference, or anything else.

Only the phone of a request is told of it: to all others a reference that is another's and one that
does not exist are alike. Answers are counted by phone, and of strangers all together.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa

from server.accounts import throttle
from server.accounts.throttle import Count, Limit, TooManyTries
from server.db.records import Stored
from server.db.work import Author, Work
from server.exchange.notices import PURPOSE, recipient_of
from server.portal.follow import named, requests_of, subjects_of
from server.sms import outbox
from server.sms.outbox import Kind, Stage
from server.sms.templates import compose, phrases_of
from sync.entities.forms import PHONE
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.rules.codes import short_code
from sync.spec import Values

_STOP = {"stop", "arret", "arreter", "unsubscribe", "توقف", "قف", "اوقف", "الغاء"}
_CHARS_MAX = 160
_SAME = str.maketrans("أإآ", "ااا")


def receive(work: Work, given: str, text: str) -> None:
    """Do what a phone asks for; of one that is none of Morocco nothing."""
    try:
        phone = PHONE.read("+" + given.lstrip("+"))
    except Refusal:
        return
    words = normalised(text[:_CHARS_MAX])
    if set(words.split()[:1]) & _STOP:
        _stop(work, phone)
        return
    requests = requests_of(work, phone)
    found = named(requests, text[:_CHARS_MAX])
    if found is not None:
        _answer_state(work, phone, found)
    else:
        _answer_unknown(work, phone, words)


def normalised(text: str) -> str:
    """Return a text in small letters without accents, vowel signs, tatweel and marks."""
    parts = unicodedata.normalize("NFKD", text.translate(_SAME)).casefold().replace("ـ", "")
    return "".join(one if one.isalnum() else " " for one in parts if not unicodedata.combining(one))


def _stop(work: Work, phone: str) -> None:
    """Send no more but codes, and withdraw what was agreed to. Nothing is answered: that costs."""
    stops, message = work.tables.message_stop, work.tables.message
    work.connection.execute(work.insert_or_skip(stops).values(phone=phone, at=work.now_ms))
    work.connection.execute(sa.update(stops).where(stops.c.phone == phone).values(at=work.now_ms))
    work.connection.execute(
        sa.update(message)
        .where(message.c.phone == phone, message.c.state == Stage.WAITING)
        .where(message.c.kind != Kind.CODE)
        .values(state=Stage.KEPT, why="stopped", phone="")
    )
    consent = work.tables.records["consent"]
    for entity, ids in subjects_of(work, phone).items():
        found = work.list(
            "consent",
            consent.c[f"{entity}_id"].in_(ids),
            consent.c.purpose == PURPOSE,
            consent.c.given.is_(True),
            consent.c.withdrawn_at.is_(None),
        )
        for one in sorted(found, key=lambda one: one.record_id):
            values: Values = {"withdrawn_at": work.now_ms, "withdrawn_via": "phone"}
            work.change("consent", one.record_id, values, Author(None))


def _answer_state(work: Work, phone: str, request: Stored) -> None:
    if not _may(work, Count(Limit.SMS_ANSWER, phone)):
        return
    phrases = recipient_of(work, request).phrases
    outbox.order(work, Kind.ANSWER, phone, state_words(phrases, request))


def state_words(phrases: Phrases, request: Stored) -> str:
    """Return how a request stands, for a message."""
    ref, due = short_code(request.record_id), request.values["due_on"]
    state = phrases.say("application.state." + str(request.values["state"] or "draft"))
    if isinstance(due, int):
        return compose(phrases, "notice.state.due", ref=ref, state=state, day=phrases.day(due))
    return compose(phrases, "notice.state", ref=ref, state=state)


def _answer_unknown(work: Work, phone: str, words: str) -> None:
    counts = (Count(Limit.SMS_UNKNOWN, phone), Count(Limit.SMS_UNKNOWN_ALL, ""))
    # One after the other: what one phone floods is not counted against all others.
    if not all(_may(work, count) for count in counts):
        return
    is_latin = any("a" <= one <= "z" for one in words) and not any(one >= "ء" for one in words)
    phrases = phrases_of("fr" if is_latin else "ar")
    outbox.order(work, Kind.ANSWER, phone, compose(phrases, "notice.unknown"))


def _may(work: Work, count: Count) -> bool:
    try:
        throttle.take(work, [count])
    except TooManyTries:
        return False
    return True
