"""Requests for services, as coordinators see them.

`pages.py`    the list, by state, and one request
`one.py`      all that is known of one, and the steps that the desk takes itself
`queries.py`  what a request is called, whose it is, which of its steps are flagged
`papers.py`   which papers its service takes, and which are there
`clocks.py`   how much time is left, in words and as a bar
`beside.py`   what a service's own way shows beside its request
`attestations.py` what says that somebody was at a training
`told.py`     its steps in words, for office, desk and applicant
`jobs.py`     what is done of requests each night
`restating.py` ends that a newer calendar moves; `retention.py` papers erased in their time

Offices answer on the pages of `server.offices`; a step is taken by `server.exchange.stepping`.

Which steps a person should look at is found in the exchange (`server.exchange.steps`), and decided
on the pages of `server.reviews`.
"""
