"""The chains of the audit log looked through each night."""

from __future__ import annotations

from collections.abc import Callable

from server.audit.log import AuditLog
from server.audit.verify import verify
from server.db.work import Work
from server.jobs.job import Ground, Job, Run, Step


def _verify(ground: Ground, _run: Run) -> Callable[[Work], Step]:
    AuditLog(ground.database).write()
    found = ground.database.read(verify)
    said = {"faults": len(found.faults), "events": found.events}
    return lambda _work: Step(None, said=said)


JOBS = (Job("verify-audit", prepare=_verify, nightly_at=3 * 60 + 30),)
