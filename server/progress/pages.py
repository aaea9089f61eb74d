"""The desk's page of jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, get, post

from server.db.work import Work
from server.jobs import queue
from server.progress.queries import URL, get_job, list_jobs
from server.rights import Right
from server.web.site import Site, see_other


def routes(site: Site) -> list[Any]:
    """Return the list, and what is done with one."""

    @get(URL, right=Right.SEE_JOBS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: list_jobs(records, reader))
        return site.page(reader, "progress/list.html", "jobs", url=URL, **found)

    async def act(request: Any, job_id: str, do: Callable[[Work, bytes], None]) -> Any:
        reader, _ = await site.posted(request)
        await site.store(lambda work: do(work, get_job(work, reader, job_id)))
        return see_other(URL)

    @post(f"{URL}/{{job_id:str}}/stop", right=Right.STOP_JOBS)
    async def stopped(request: Request[Any, Any, Any], job_id: str) -> Any:
        by = site.reader(request).session.agent_id
        return await act(request, job_id, lambda work, one: queue.stop(work, one, by))

    @post(f"{URL}/{{job_id:str}}/again", right=Right.STOP_JOBS)
    async def again(request: Request[Any, Any, Any], job_id: str) -> Any:
        return await act(request, job_id, queue.try_again)

    return [listed, stopped, again]
