"""The search over everything, from the head of each page of the desk.

`pages.py`    what was found, a kind each
`queries.py`  people, enterprises, contact points, a visit by its code, communes
"""
