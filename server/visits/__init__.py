"""Visits, as coordinators see them.

`pages.py`     the list with its filters, a visit, the form to be filled in on paper
`listed.py`    the list: its page, its filters
`queries.py`   lists of visits, page by page, and from one to the next; how many there were
`rows.py`      a visit in a line, here and on the pages of those who were visited
`one.py`       all that was captured in a visit
`past.py`      who wrote what of it, and what changed since it was returned
`flags.py`     what makes one look at it twice, in words; the rules are `sync.rules.flags`
`commands.py`  accept it, return it, say that one is no judge of it
`spoken.py`    a return's question as it was spoken
`many.py`      accept many by one press, counted first
`jobs.py`      thousands accepted by the server, and taken back
`paper.py`     what the paper form asks
"""
