"""Whether a paper is genuine: what its square proves, or which paper its typed code names.

A square is believed by its signature alone; who has none learns nothing, whatever they try. A code
is 75 bits of which 40 are a seal, and tries are counted (`throttle.Limit.VERIFY_FROM`). Told is
what the paper says itself, and whether it still holds; never what came in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server.db import lookup
from server.db.records import Records, Stored
from server.db.schema import proof_key, signing_key
from server.exchange.stepping import order_of, steps_of
from server.letters import attestation
from server.letters.papers import proof_of
from sync import proof
from sync.rules.search import code_term


class Verdict(StrEnum):
    """What became of a paper."""

    GENUINE = "genuine"
    WITHDRAWN = "withdrawn"  # we wrote it, and it holds no more


@dataclass(frozen=True, slots=True)
class Checked:
    """A paper that we wrote, what it says, and whether it still holds."""

    verdict: Verdict
    proof: proof.Proof


def check_square(records: Records, text: str) -> Checked:
    """Return what a square proves. Raises ProofForged: it is not as we wrote it."""
    public_key = signing_key(records).public_key().public_bytes_raw()
    found = proof.read(text, public_key)
    if found.state == proof.ATTENDED:
        return Checked(_verdict_of_training(records, found.step_id), found)
    step = records.find("application_step", found.step_id)
    return Checked(_verdict(records, step), found)


def check_code(records: Records, text: str) -> Checked:
    """Return which paper a typed code names.

    Raises:
        ProofUnreadable: it is mistyped, or none.
        ProofForged: it names no paper of ours.
    """
    ref, seal = proof.read_code(text)
    key, table = proof_key(records), records.tables.records["application"]
    of_code = lookup.having(records, "application", code_term(ref), regions=None)
    for request in records.list("application", table.c.id.in_(of_code), limit=_ALIKE_MOST):
        for step in steps_of(records, request):
            if proof.is_sealed(key, step.record_id, seal):
                said = proof_of(request, _applicant(records, request), step)
                return Checked(_verdict(records, step), said)
    if (attendance := attestation.find_by_code(records, ref, seal)) is not None:
        said = attestation.proof_of(records, attendance)
        return Checked(_verdict_of_training(records, attendance.record_id), said)
    raise proof.ProofForged("proof: code of no paper")


_ALIKE_MOST = 10
"""Requests of one reference, 35 bits: there is hardly ever a second."""


def _applicant(records: Records, request: Stored) -> Stored | None:
    for entity in ("person", "enterprise"):
        record_id = request.values[f"{entity}_id"]
        if isinstance(record_id, bytes):
            return records.find(entity, record_id)
    return None


def _verdict_of_training(records: Records, attendance_id: bytes) -> Verdict:
    is_valid = attestation.holds(records, attendance_id)
    return Verdict.GENUINE if is_valid else Verdict.WITHDRAWN


def _verdict(records: Records, step: Stored | None) -> Verdict:
    """Return whether the step of a paper still stands, of which no later one took the place."""
    request_id = step.values["application_id"] if step else None
    request = records.find("application", request_id) if isinstance(request_id, bytes) else None
    if step is None or request is None or step.deleted_at or request.deleted_at:
        return Verdict.WITHDRAWN
    later = [one for one in steps_of(records, request) if order_of(one) > order_of(step)]
    is_valid = proof.holds(
        str(step.values["state"]),
        [str(one.values["state"]) for one in later],
        str(request.values["state"]),
    )
    return Verdict.GENUINE if is_valid else Verdict.WITHDRAWN
