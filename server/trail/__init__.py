"""Who saw, changed, ordered and took out what: the audit log as the desk's page shows it.

`pages.py`    the list with its filter, and the same as a file
`queries.py`  the events that a filter finds, a page at a time, in the words of their reader
`table.py`    the events as lines of CSV
"""
