"""The audit log: who saw, changed, ordered and took out what, in chains that nobody can mend.

`log.py`     what a process notes, and the batches in which it is written
`chain.py`   an event, the digest of its values, and the chain over both
`verify.py`  the chains looked through, and their heads, to be kept with each backup
`erase.py`   somebody forgotten: the values emptied, the chains left whole
`jobs.py`    the chains looked through each night

Who did what to a record of the office is noted by `server/db/events.py`, in the transaction itself.
"""
