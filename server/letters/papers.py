"""Which papers a request has, and what is signed on each: a receipt of its filing, an answer.

A paper is made when it is asked for, of the step that it is about; nothing of it is stored. Steps
are never changed, so the same paper comes out again.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.applications.queries import number_of
from server.db.records import NotFound, Records, Stored
from server.db.schema import proof_key, signing_key
from server.exchange.stepping import steps_of
from server.letters.pdf import Seal, draw
from server.letters.words import letter_of
from server.phrases import load_phrases
from sync import local_time, proof
from sync.phrases import Phrases
from sync.rules.applications import FILED
from sync.rules.scanned import PAPER_PATH

RECEIPT, LETTER = "receipt", "letter"
PAPERS = (RECEIPT, LETTER)
_STEPS = {RECEIPT: (FILED,), LETTER: proof.ANSWERS}


def step_of(steps: Sequence[Stored], paper: str) -> Stored | None:
    """Return the step that a paper is about: the last of its kind; None: there is no such paper."""
    found = [step for step in steps if step.values.get("state") in _STEPS[paper]]
    return found[-1] if found else None


def printed(phrases: Phrases, steps: Sequence[Stored], url: str) -> list[tuple[str, str]]:
    """Return the papers of a request as a page links to them: words, address.

    Args:
        url: of the request's page.
    """
    return [
        (phrases.say(f"letter.{paper}.open"), f"{url}/printed/{paper}")
        for paper in PAPERS
        if step_of(steps, paper) is not None
    ]


def make_pdf(
    records: Records, request: Stored, asked_by: Stored | None, paper: str, server_url: str
) -> bytes:
    """Return a paper of a request.

    Args:
        asked_by: who made the request; None where the reader may not know.

    Raises:
        NotFound: it has no such paper.
    """
    step = step_of(steps_of(records, request), paper) if paper in PAPERS else None
    if step is None:
        raise NotFound(f"application {request.record_id.hex()}: no {paper}", entity="application")
    values, at = step.values, step.values["at"]
    assert isinstance(at, int)
    columns = letter_of(request, asked_by, str(values["state"]), values, at)
    signed = proof.square(signing_key(records), server_url, proof_of(request, asked_by, step))
    typed = proof.code(proof_key(records), request.record_id, step.record_id)
    titles = [load_phrases(one["language"].code).say(f"letter.title.{paper}") for one in columns]
    return draw(columns, titles, Seal(signed, typed, f"{server_url}{PAPER_PATH.lower()[:-1]}"))


def proof_of(request: Stored, asked_by: Stored | None, step: Stored) -> proof.Proof:
    """Return what of a paper is signed."""
    values, at = step.values, step.values["at"]
    names = asked_by.values if asked_by else {}
    return proof.Proof(
        step_id=step.record_id,
        state=str(values["state"]),
        day=local_time.day_of(at if isinstance(at, int) else 0),
        number=number_of(request),
        service=str(request.values["service"]),
        office=str(values["office"] or request.values["office"] or ""),
        latin=str(names.get("name_fr") or ""),
        arabic=str(names.get("name_ar") or ""),
    )
