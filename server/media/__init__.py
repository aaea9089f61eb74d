"""Photos and documents: their bytes, sent in pieces, kept by their hash.

`routes.py`    which calls there are, and how a piece is stored while it comes
`tus.py`       what the headers of a call say, and those of its answer
`commands.py`  an upload from its beginning to a blob, and how bytes are given back
`queries.py`   which record bytes are for, who may read them, whether they have come
`store.py`     files by their hash, and unfinished ones
`sealed.py`    whole ones under lock, and the server's keys
`objects.py`   where they lie: a port, and a folder that fills it
`cleaning.py`  has a stranger's paper cleaned, by `cleaner.py`, a program of its own
`refusals.py`  why bytes are not taken or not given
`jobs.py`      what is forgotten each night
"""
