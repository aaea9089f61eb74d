"""The desk's own pages: sign-in, the morning's figures, who may do what.

`pages.py`    them
`queries.py`  the figures

What waits for a decision is `server.reviews`, tablets are `server.tablets`.
"""
