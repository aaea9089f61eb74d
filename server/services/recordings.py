"""Services said aloud: recorded at the desk, published by another, heard on portal and tablet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.media.queries import named_hash
from server.reference.catalogue import catalogue
from server.services.proposals import ProposalOver, ProposalOwn
from server.voice import keeping
from server.voice.keeping import Recording
from server.web.seen import read_id
from sync.entities.service_recording import SERVICE_RECORDING
from sync.errors import Refusal
from sync.merge import INSERT
from sync.phrases import Phrases
from sync.rules import spoken
from sync.rules.editions import Edition
from sync.rules.spoken import PROPOSED, PUBLISHED, SPOKEN, WITHDRAWN

_ENTITY = SERVICE_RECORDING.name


class LanguageMissing(Refusal):
    """A recording without its language, or in one that is none of those spoken here."""

    code = "recording_language_missing"


class RecordingMissing(Refusal):
    """No file was chosen, and nothing was spoken."""

    code = "recording_missing"


def require_language(language: str) -> None:
    """Check what a recording is said in. Raises LanguageMissing."""
    if language not in SPOKEN:
        raise LanguageMissing("recording: no language", field="language")


def propose(work: Work, service: str, language: str, recording: Recording, by: bytes) -> bytes:
    """Put a recording beside the newest edition of a service: it says that one's words.

    Returns:
        The id of its record.

    Raises:
        NotFound, LanguageMissing: as they say.
    """
    require_language(language)
    editions = catalogue().editions(service)
    if not editions:
        raise NotFound(f"no service {service!r}", entity=_ENTITY)
    made = work.insert(
        _ENTITY,
        {
            "service": service,
            "number": editions[0].number,
            "language": language,
            "taken_at": work.now_ms,
            "seconds": recording.seconds,
            "size_bytes": recording.size_bytes,
            "sha256": recording.sha256.hex(),
            "state": PROPOSED,
        },
        Author(by),
    )
    keeping.join(work, _ENTITY, made.record_id, recording)
    return made.record_id


def publish(work: Work, service: str, text: str, by: bytes) -> None:
    """Let everybody hear a recording, in the place of those that say the same in its language.

    Raises:
        NotFound, ProposalOver, ProposalOwn: as they say.
    """
    recording = _lock(work, service, text)
    if recording.values["state"] != PROPOSED:
        raise ProposalOver(f"recording {text}: decided already")
    if recording.writers[INSERT].agent_id == by:
        raise ProposalOwn(f"recording {text}: their own")
    known = catalogue().known(service)
    said = known.get(int(str(recording.values["number"])))
    for other in _of(work, service, (PUBLISHED,)):
        is_like = other.values["language"] == recording.values["language"]
        before = known.get(int(str(other.values["number"])))
        if is_like and said and before and spoken.says_the_same(said, before):
            _withdraw(work, other, by)
    work.change(_ENTITY, recording.record_id, {"state": PUBLISHED}, Author(by))


def remove(work: Work, service: str, text: str, by: bytes) -> None:
    """Take a recording away, heard already or not; its bytes go with the night.

    Raises:
        NotFound, ProposalOver: as they say.
    """
    recording = _lock(work, service, text)
    if recording.values["state"] == WITHDRAWN:
        raise ProposalOver(f"recording {text}: removed")
    _withdraw(work, recording, by)


def _withdraw(work: Work, recording: Stored, by: bytes) -> None:
    work.change(_ENTITY, recording.record_id, {"state": WITHDRAWN}, Author(by))
    keeping.forget(work, recording.record_id)


def _lock(work: Work, service: str, text: str) -> Stored:
    recording_id = read_id(_ENTITY, text)
    work.lock_name(_ENTITY, service)
    found = work.lock(_ENTITY, recording_id)
    if found is None or found.values["service"] != service:
        raise NotFound(f"recording {text}: none of {service}", entity=_ENTITY)
    return found


def heard(
    records: Records, edition: Edition, states: Collection[str] = (PUBLISHED,)
) -> Mapping[str, Stored]:
    """Return the recordings that are heard beside an edition, by language.

    Args:
        states: of those that count.
    """
    found = [(one, one.values) for one in _of(records, edition.code, states)]
    return spoken.heard(edition, catalogue(), found, states)


def sounds(records: Records, edition: Edition, phrases: Phrases) -> list[dict[str, Any]]:
    """Return what plays a service on a page for everybody: an address and its words, each."""
    return [
        {
            "language": language,
            "url": f"/services/{edition.code}/recordings/{UUID(bytes=one.record_id)}",
            "words": words_of(one, phrases),
        }
        for language, one in heard(records, edition).items()
    ]


def told(
    records: Records, edition: Edition, phrases: Phrases, by: bytes
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the recordings of a service as the desk shows them.

    Args:
        edition: whose words count; `by`: who looks.

    Returns:
        Each spoken language with what is heard in it and what waits; then what says other words.
    """
    known = catalogue().known(edition.code)
    found: dict[object, list[dict[str, Any]]] = defaultdict(list)
    for one in _of(records, edition.code, (PUBLISHED, PROPOSED)):
        said = known.get(int(str(one.values["number"])))
        is_like = said is not None and spoken.says_the_same(said, edition)
        found[one.values["language"] if is_like else None].append(_told(one, phrases, by))
    rows = [
        {"code": one, "name": phrases.say(f"language.{one}"), "found": found[one]} for one in SPOKEN
    ]
    return rows, found[None]


def counted(records: Records, editions: Iterable[Edition]) -> dict[str, int]:
    """Return in how many languages each edition is heard, by its service's code."""
    table = records.tables.records[_ENTITY]
    published = records.list(_ENTITY, table.c.state == PUBLISHED)
    by_service = defaultdict(list)
    for one in published:
        by_service[one.values["service"]].append((one, one.values))
    known = catalogue()
    return {one.code: len(spoken.heard(one, known, by_service[one.code])) for one in editions}


def _told(recording: Stored, phrases: Phrases, by: bytes) -> dict[str, Any]:
    values, record_id = recording.values, str(UUID(bytes=recording.record_id))
    return {
        "id": record_id,
        "url": "/".join(("/desk/services", str(values["service"]), "recordings", record_id)),
        "words": words_of(recording, phrases),
        "number": values["number"],
        "at": values["taken_at"],
        "state": values["state"],
        "is_mine": recording.writers[INSERT].agent_id == by,
    }


def words_of(recording: Stored, phrases: Phrases) -> str:
    """Return the language of a recording, and how long it is where that is known."""
    values = recording.values
    name = phrases.say(f"language.{values['language']!s}")
    seconds = values["seconds"]
    long = phrases.say("desk.voice.seconds", n=seconds) if seconds else ""
    return phrases.facts((name, long))


def bytes_of(records: Records, service: str, text: str, states: Collection[str]) -> bytes:
    """Return the SHA-256 of a service's recording in one of some states. Raises NotFound."""
    found = records.find(_ENTITY, read_id(_ENTITY, text))
    sha256 = named_hash(found) if found else None
    is_there = found and found.values["service"] == service and found.values["state"] in states
    if sha256 is None or not is_there:
        raise NotFound(f"recording {text}: not heard", entity=_ENTITY)
    return sha256


def _of(records: Records, service: str, states: Collection[str]) -> list[Stored]:
    """Return the recordings of a service in some states, the newest first."""
    table = records.tables.records[_ENTITY]
    wanted = (table.c.service == service, table.c.state.in_(tuple(states)))
    return records.list(_ENTITY, *wanted, order=(table.c.taken_at.desc(), table.c.id.desc()))
