"""Requests for services, as coordinators see them.

`pages.py`    the list, by state
`queries.py`  what a request is called, whose it is, which of its steps are flagged

Which steps a person should look at is found in the exchange (`server.exchange.steps`), and decided
on the pages of `server.reviews`.
"""
