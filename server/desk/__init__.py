"""The desk's own pages: sign-in, the morning's figures, who may do what.

`pages.py`    them
`queries.py`  what the morning's page shows
`plan.py`     yesterday's visits against its plan
`kept.py`     figures that are counted once in some minutes

What waits for a decision is `server.reviews`, tablets are `server.tablets`.
"""
