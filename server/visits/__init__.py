"""Visits, as coordinators see them.

`pages.py`    the list with its filters, a visit, the form to be filled in on paper
`queries.py`  lists of visits, page by page; how many there were
`rows.py`     a visit in a line, here and on the pages of those who were visited
`paper.py`    what the paper form asks
"""
