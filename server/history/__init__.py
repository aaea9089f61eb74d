"""Why a value is here: what each field of a record had, who wrote it, when, and what became of it.

`pages.py`    the history of a record, or of one field of it
`queries.py`  the values that stood or lost, oldest to newest, from what `server/db/history.py` kept
`words.py`    the same in the words of its reader: names, never ids
"""
