"""Jobs: what the server does later, in steps, and goes on with after it was killed.

`job.py`     what a job is: its name, a step, its night
`queue.py`   the table: ordered, claimed, kept, stopped, ended
`runner.py`  who does them: threads
`apart.py`   the process that these are of: begun with the server, gone with it
`jobs.py`    the jobs of the server itself; each feature's are in its own `jobs.py`

A feature declares what it does later as `JOBS` in its `jobs.py`, which is found by its place:

    JOBS = (Job("accept-visits", step=accept_some),)

    def accept_some(work: Work, run: Run) -> Step:
        ids, after = next_ids(work, run.state["filter"], run.state.get("after"))
        ...
        return Step({**run.state, "after": after} if ids else None, done=len(ids))

and orders it within the transaction of who asks: `enqueue(work, "accept-visits", {"filter": …},
by=agent_id, total=412)`. Its words are `job.NAME` and, of how it ended, `job.NAME.said`.
"""
